"""Journey 8 through the pages: found by lot, recalled at one press, the notice written and refused and sent, answers, attempts,
refunds, the end; and the drill, which leaves everything as it was."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import JournalEntry
from catalogue.ledger import unbalanced
from catalogue.recalls import Recall
from storefront import cli
from storefront.accounts.models import Account
from storefront.eligibility.models import Client
from storefront.eligibility.reactions import report_reaction
from storefront.orders import recall_lists
from storefront.orders.audit_units import broken_units
from storefront.orders.recall_models import RecallDrill, RecallNotice
from tests.catalogue.samples import WHOLE_NOTICE, complete
from tests.storefront.conftest import once_for_the_file
from tests.storefront.orders import world
from tests.storefront.orders.recalled import CODE, TAMPERED, Recalled, tamper
from tests.storefront.payments.ledger import Ledger

UNBALANCED = f"batch {CODE}: its ledger does not add up to its counters"
OPENING = {"q": "lot-1", "codes": CODE, "severity": "serious", "why": "The maker warns of bent needles."}


@pytest.fixture(scope="module")
def sent(ground: Connection, built_app: Flask) -> Recalled:
    with once_for_the_file(ground, built_app) as (ledger, patch):
        return Recalled(ledger, patch, clients=2)


@pytest.fixture
def clinic(sent: Recalled, session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Recalled:
    return sent.again(ledger, monkeypatch)


@pytest.fixture
def admin(clinic: Recalled, boss: Account, signed_in: Callable[[Account], FlaskClient]) -> FlaskClient:
    return signed_in(boss)


def png(colour: str = "white") -> tuple[BytesIO, str]:
    kept = BytesIO()
    Image.new("RGB", (12, 8), colour).save(kept, "PNG")
    return BytesIO(kept.getvalue()), "roller.png"


def notice_form(**changed: Any) -> dict[str, Any]:
    texts = ("where", "sold", "hazard", "action", "only_remedy", "contact", "share")
    told = {name: getattr(WHOLE_NOTICE, name) for name in texts}
    return {**told, "remedies": ["refund"], "picture": png(), **changed}


def opened(admin: FlaskClient) -> str:
    answer = admin.post("/admin/recalls", data=OPENING)
    assert answer.status_code == 303
    return str(answer.location)


def told(admin: FlaskClient) -> str:
    """The address of a recall whose notice is sent."""
    page = opened(admin)
    assert admin.post(f"{page}/notice", data=notice_form()).status_code == 303
    assert admin.post(f"{page}/sending").status_code == 303
    return page


def test_found_by_lot_and_by_order_it_is_recalled_at_one_press(
    session: Session, admin: FlaskClient, clinic: Recalled
) -> None:
    batch, paper = session.scalars(select(Batch)).one(), replace(complete("roller").evidence[0], reference="B-PAPER")
    batch.serial, batch.evidence = "SN-77", json.dumps([paper.to_json()])
    report_reaction(clinic.clients[0].id, "It is itchy.", world.ADMIN, clinic.now, batch_id=batch.id)
    session.commit()
    page = admin.get("/admin/recalls/new?q=r-instr").text
    assert "No batch of that name" in page, "a part of a reference is not enough"
    assert "1 client</li>" in page
    assert "itchy" not in page
    for query in ("LOT-1", CODE.lower(), clinic.numbers[0], "sn-77", "R-INSTRUCTIONS", "b-paper"):
        page = admin.get("/admin/recalls/new", query_string={"q": query}).text
        assert "2 clients have" in page, query
        assert "closes" in page
    page = opened(admin)
    assert session.scalars(select(Batch.status)).one() == "recalled"
    assert "Off sale, nobody told yet" in admin.get(page).text
    assert CODE in admin.get("/recalls").text
    assert 'data-reason="batch-moved"' in admin.post("/admin/recalls", data=OPENING).text


@pytest.mark.parametrize("changed", [{"why": ""}, {"codes": []}, {"codes": "RL-9"}, {"severity": "none"}])
def test_an_opening_that_says_too_little_keeps_what_was_typed(
    session: Session, admin: FlaskClient, changed: dict[str, Any]
) -> None:
    answer = admin.post("/admin/recalls", data={**OPENING, **changed})
    assert answer.status_code == 422
    assert "lot-1" in answer.text
    assert session.scalars(select(Recall)).all() == []


def test_a_missing_part_blocks_the_sending_and_is_named(session: Session, admin: FlaskClient) -> None:
    page = opened(admin)
    assert admin.post(f"{page}/notice", data=notice_form(hazard="", picture=(BytesIO(), ""))).status_code == 303
    written = admin.get(f"{page}/notice").text
    assert "Missing: what the danger is (article 36(2)(c))." in written
    assert "Missing: a picture of the product" in written
    assert "Send it to everybody" not in written
    answer = admin.post(f"{page}/sending")
    assert answer.status_code == 409
    assert answer.text.count('data-reason="part-missing"') == 2
    assert session.scalars(select(RecallNotice)).all() == []


def test_a_proposal_needs_only_what_a_person_knows(admin: FlaskClient) -> None:
    written = admin.get(f"{opened(admin)}/notice").text
    assert written.count('data-reason="part-missing"') == 3
    assert "From 22 November 2026 to 22 November 2026" in written


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"%PDF-1.4 no picture"])
def test_only_a_picture_is_a_picture(admin: FlaskClient, content: bytes) -> None:
    page = opened(admin)
    for name in ("picture", "where_picture"):
        answer = admin.post(f"{page}/notice", data=notice_form(**{name: (BytesIO(content), "a.png")}))
        assert answer.status_code == 422
    assert WHOLE_NOTICE.hazard in answer.text


def test_the_picture_is_public_once_the_notice_is_sent(admin: FlaskClient, client: FlaskClient) -> None:
    page = opened(admin)
    number = page.rpartition("/")[2]
    admin.post(f"{page}/notice", data=notice_form())
    assert client.get(f"/recalls/{number}/picture").status_code == 404
    assert admin.get(f"{page}/picture").mimetype == "image/png"
    assert admin.get(f"{page}/picture?of=where").status_code == 404
    admin.post(f"{page}/notice", data=notice_form(picture=(BytesIO(), ""), where_picture=png()))
    assert "Where the batch number stands" in admin.get(f"{page}/notice").text
    admin.post(f"{page}/sending")
    for of in ("", "?of=where"):
        assert client.get(f"/recalls/{number}/picture{of}").mimetype == "image/png"
    assert "Where the batch number stands" in client.get("/recalls").text
    assert WHOLE_NOTICE.hazard in client.get("/recalls").text
    assert "Product safety recall" in client.get("/products/sample-roller-rl-020").text
    assert admin.post(f"{page}/notice", data=notice_form()).status_code == 409


def test_a_client_answers_by_the_link_without_signing_in(
    session: Session, admin: FlaskClient, client: FlaskClient, clinic: Recalled
) -> None:
    page = told(admin)
    clinic.work()
    code = clinic.notices()[0].code
    assert WHOLE_NOTICE.action in client.get(f"/recalls/answers/{code}").text
    for answer in ("passed_on", "stopped"):
        assert client.post(f"/recalls/answers/{code}", data={"answer": answer}).status_code == 303
        assert f'data-answer="{answer}"' in client.get(f"/recalls/answers/{code}").text
    assert client.post(f"/recalls/answers/{code}", data={"answer": "perhaps"}).status_code == 409
    assert client.get(f"/recalls/answers/{code[:-1]}").status_code == 404
    assert "1 stopped and destroyed" in admin.get(page).text


def test_a_client_finds_it_on_the_account_and_says_where_to_be_reached(
    session: Session, admin: FlaskClient, clinic: Recalled, signed_in: Callable[[Account], FlaskClient]
) -> None:
    account = session.get_one(Account, clinic.clients[0].account_id)
    mara = signed_in(account)
    assert mara.post("/account/safety-address", data={"email": "not an address"}).status_code == 422
    assert mara.post("/account/safety-address", data={"email": "Safe@example.org"}).status_code == 303
    told(admin)
    assert clinic.notices()[0].address == "safe@example.org"
    assert f"/recalls/answers/{clinic.notices()[0].code}" in mara.get("/account").text
    assert mara.post("/account/safety-address", data={"email": ""}).status_code == 303
    assert session.get_one(Client, clinic.clients[0].id).safety_address == "p0@example.org"


def test_whoever_looks_at_the_clients_is_noted_in_their_journals(
    session: Session, admin: FlaskClient, clinic: Recalled
) -> None:
    page = told(admin)
    admin.get(f"{page}?show=phone")
    read = select(JournalEntry.reference).where(JournalEntry.verb == "read in a recall")
    assert session.scalars(read).all() == []
    admin.get(page)
    assert sorted(session.scalars(read)) == sorted(one.number for one in clinic.clients)


def test_attempts_are_kept_until_it_may_be_closed(session: Session, admin: FlaskClient, clinic: Recalled) -> None:
    page = told(admin)
    first, second = (one.number for one in clinic.clients)
    spoken = {f"{first}-way": "phone", f"{first}-outcome": "reached", f"{first}-answer": "stopped"}
    assert admin.post(f"{page}/clients/{first}/attempts", data=spoken).status_code == 303
    assert admin.post(f"{page}/closing", data={"end-why": "done"}).status_code == 409
    came_back = {f"{second}-way": "mail", f"{second}-outcome": "came_back", f"{second}-note": "mailbox full"}
    admin.post(f"{page}/clients/{second}/attempts", data=came_back)
    listed = admin.get(f"{page}?show=phone").text
    assert "mailbox full" in listed
    number = page.rpartition("/")[2]
    for show, expected in (("", 2), ("open", 1), ("phone", 1)):
        answer = admin.get(f"/admin/exports/recall-answers?recall={number}&show={show}", buffered=True)
        rows = answer.text.splitlines()[1:]
        assert (len(rows), all(second in row for row in rows)) == (expected, expected == 1)
    assert f"/admin/exports/recall-answers?format=csv&amp;recall={number}&amp;show=phone" in listed
    for _ in range(2):
        admin.post(
            f"{page}/clients/{second}/attempts", data={f"{second}-way": "letter", f"{second}-outcome": "not_reached"}
        )
    assert admin.post(f"{page}/closing", data={"end-why": ""}).status_code == 422
    assert admin.post(f"{page}/closing", data={"end-why": "All done."}).status_code == 303
    report = admin.get(f"{page}/report.pdf")
    assert (report.mimetype, report.data[:5]) == ("application/pdf", b"%PDF-")
    assert report.data == admin.get(f"{page}/report.pdf").data


def test_refunds_are_promised_at_one_press_and_shown(admin: FlaskClient, clinic: Recalled) -> None:
    page = told(admin)
    admin.post(f"{page}/refunds")
    assert "0 of 2 orders paid back" in admin.get(page).text
    clinic.work()
    admin.post(f"{page}/refunds")
    assert '2 of 2 orders paid back, <span class="money">£68.00</span>' in admin.get(page).text


def test_a_mistake_is_lifted_with_its_reason(session: Session, admin: FlaskClient) -> None:
    page = told(admin)
    assert admin.post(f"{page}/lifting", data={"lift-why": ""}).status_code == 422
    assert admin.post(f"{page}/lifting", data={"lift-why": "Another lot."}).status_code == 303
    assert session.scalars(select(Batch.status)).one() == "waiting"
    assert "Lifted" in admin.get(page).text


def test_a_drill_says_how_long_and_how_much(session: Session, admin: FlaskClient) -> None:
    assert "Due now" in admin.get("/admin/recalls").text
    assert admin.post("/admin/recall-drills", data={"batch": ""}).status_code == 422
    assert admin.post("/admin/recall-drills", data={"batch": "none"}).status_code == 409
    assert admin.post("/admin/recall-drills", data={"batch": CODE}).status_code == 303
    page = admin.get("/admin/recalls").text
    assert "2 clients in 0.0" in page
    assert "100.0 % of the units traced" in page
    assert "Next by 22 May 2027" in page
    assert session.scalars(select(RecallDrill.clients)).one() == 2
    assert session.scalars(select(Batch.status)).one() == "released"


def test_who_writes_past_the_ledger_is_refused_or_found_out(
    session: Session, admin: FlaskClient, clinic: Recalled, app: Flask
) -> None:
    page = opened(admin)
    assert "batch" not in app.test_cli_runner().invoke(cli.audit).output
    for what in TAMPERED:
        aside = session.begin_nested()
        tamper(session, what)
        assert list(broken_units(world.TODAY)) + list(unbalanced(session)) == [UNBALANCED], what
        assert not recall_lists.balances(recall_lists.batches_named(CODE))[0].closes, what
        aside.rollback()
    tamper(session, "a sale is gone")
    session.commit()
    assert "open: 2 missing" in admin.get(page).text
    assert "The balance does not close" in admin.get(f"/admin/batches/{CODE}").text
    told = app.test_cli_runner().invoke(cli.audit)
    assert (told.exit_code, UNBALANCED in told.output.splitlines()) == (1, True)


def one_more_is_told(session: Session, code: str) -> None:
    recall_id = session.scalars(select(Recall.id)).one()
    fresh = world.approved_client(code, f"{code}@example.org")
    notice = RecallNotice(recall_id=recall_id, client_id=fresh.id, code=code, address=fresh.email, units=1)
    notice.owed_at = world.NOW
    session.add(notice)
    session.commit()


def test_the_board_asks_the_same_queries_however_many_clients(
    session: Session, admin: FlaskClient, clinic: Recalled, count_queries: Any
) -> None:
    page, counts = told(admin), []
    for code in ("nora", "olga"):
        with count_queries() as sent:
            assert admin.get(page).status_code == 200
        counts.append(len([one for one in sent if not one.startswith("INSERT INTO journal_entry")]))
        one_more_is_told(session, code)
    assert counts[0] == counts[1]
