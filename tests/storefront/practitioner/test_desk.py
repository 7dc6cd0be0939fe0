"""The practitioner's desk by the test client: each act from its form to its row, refusals with their reasons, and who may."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from storefront import clock
from storefront.accounts.models import Account, SignInLink
from storefront.eligibility import actions
from storefront.eligibility.allergy_rules import counting_allergies
from storefront.eligibility.home_reminder_rules import Wishes
from storefront.eligibility.models import Approval
from storefront.eligibility.rules import client_verdict
from storefront.messages.models import Message
from storefront.orders import home_reminders
from tests.catalogue import samples
from tests.storefront.agreed import agree
from tests.storefront.practitioner.acts import POLICY, approve, record, screen, send, whole_course

Become = Callable[[Account], FlaskClient]


def test_from_registration_to_an_approved_kit(session: Session, desk: FlaskClient) -> None:
    harmless = {"ingredients": "Aqua, Glycerin, Sodium Hyaluronate"}
    serum_id = samples.on_sale(session, "serum", "SE-001", today=clock.today(), **harmless).id
    samples.on_sale(session, "serum", "SE-002", today=clock.today())
    session.commit()
    fields = {"name": "Noor Haddad", "email": "noor@example.org", "born_on": "1990-02-03"}
    answer = desk.post("/practitioner/clients", data=fields)
    number = answer.location.rsplit("/", 1)[1]
    agree(record(session, number).id)
    assert session.scalar(select(func.count(SignInLink.id))) == 1
    assert session.scalars(select(Message.kind)).all() == ["invitation"]
    whole_course(desk, number)
    screen(desk, number)
    send(desk, number, "allergies", name="panthenol")
    page = desk.get(f"/practitioner/clients/{number}").text
    assert "Approve, sign and invite" in page
    assert "Noor Haddad has not come yet: the mail about it is the invitation." in page
    assert "Sample serum SE-001" in page
    assert "Sample serum SE-002: not approved, allergen (Panthenol)" in page
    approve(desk, number, 422, serums="SE-002")
    approve(desk, number, serums="SE-001")
    client = record(session, number)
    assert client_verdict(client, POLICY, clock.today()).is_yes
    assert [each.product_id for each in client.approvals[0].serums] == [serum_id]
    assert session.scalars(select(Message.kind).order_by(Message.id)).all() == ["invitation", "invitation"]
    account = session.scalars(select(Account).where(Account.email == "noor@example.org")).one()
    account.is_invited = False  # she has come
    session.commit()
    assert "invitation" not in desk.get(f"/practitioner/clients/{number}").text
    approve(desk, number, serums="SE-001")
    assert session.scalars(select(Message.kind).order_by(Message.id)).all()[2:] == ["approved"]


def test_each_reading_of_a_record_is_noted(session: Session, desk: FlaskClient, number: str) -> None:
    for what in ("", "/treatments", "/papers", "/screening"):
        assert desk.get(f"/practitioner/clients/{number}{what}").status_code == 200
    read = select(JournalEntry).where(JournalEntry.verb == "record read")
    assert "record read" not in desk.get(f"/practitioner/clients/{number}").text
    session.expire_all()
    assert [(entry.reference, entry.by_name) for entry in session.scalars(read)] == [(number, "Dr Ines Holt")] * 5


@pytest.mark.parametrize("number", ["C-9999", "C-%00", "c-1001", "1", "C-" + "9" * 30])
def test_nobody_is_there_who_is_not(desk: FlaskClient, number: str) -> None:
    for what in ("", "/treatments", "/papers", "/screening"):
        assert desk.get(f"/practitioner/clients/{number}{what}").status_code == 404


@pytest.mark.parametrize("what", ["courses", "treatments", "completion", "papers", "screening", "approvals", "withdrawal",
                                  "allergies", "treatments/2026-01-01/skin-seen", "answers/C-CON-01/clearance"])  # fmt: skip
def test_nothing_is_done_to_who_is_not_there(desk: FlaskClient, what: str) -> None:
    assert desk.post(f"/practitioner/clients/C-9999/{what}").status_code == 404


def test_only_practitioners_come_in(client: FlaskClient, member: Account, number: str, signed_in: Become) -> None:
    mine = signed_in(member)
    for address in ("/practitioner", "/practitioner/clients", f"/practitioner/clients/{number}"):
        assert client.get(address).status_code == 303
        assert mine.get(address).status_code == 403
    assert mine.post(f"/practitioner/clients/{number}/approvals").status_code == 403


def test_a_lapsed_certificate_lets_one_look_and_stop_but_not_sign(
    session: Session, worker: Account, signed_in: Become, number: str
) -> None:
    yesterday = clock.today() - timedelta(days=1)
    actions.record_qualification(worker, "Needling", "NMC 1", yesterday, SYSTEM, clock.now())
    session.commit()
    browser = signed_in(worker)
    page = browser.get(f"/practitioner/clients/{number}")
    assert page.status_code == 200
    assert 'data-reason="not-qualified"' in page.text
    for what in ("treatments", "papers"):
        assert 'data-reason="not-qualified"' in browser.get(f"/practitioner/clients/{number}/{what}").text
    assert 'data-reason="not-qualified"' in send(browser, number, "courses", 409)
    assert 'data-reason="not-qualified"' in approve(browser, number, 409)
    assert session.scalar(select(func.count(Approval.id))) == 0
    send(browser, number, "allergies", name="Nickel")


def test_an_answer_is_cleared_with_note_and_date(session: Session, desk: FlaskClient, number: str) -> None:
    whole_course(desk, number)
    screen(desk, number, C_CON_06="not_sure")
    assert 'data-reason="contraindication"' in approve(desk, number, 409)
    today = clock.today().isoformat()
    assert "Please look again" in send(desk, number, "answers/C-CON-06/clearance", 422, note="", from_on=today)
    send(desk, number, "answers/C-CON-06/clearance", note="clear since May", from_on=today, said="1")
    approve(desk, number)
    assert desk.post(f"/practitioner/clients/{number}/answers/C-CON-01/clearance").status_code == 404


def test_nobody_clears_an_answer_that_they_have_not_read(session: Session, desk: FlaskClient, number: str) -> None:
    whole_course(desk, number)
    [screen(desk, number, C_CON_06="not_sure") for _ in range(2)]
    told = {"note": "clear since May", "from_on": clock.today().isoformat()}
    assert 'data-reason="changed-meanwhile"' in send(desk, number, "answers/C-CON-06/clearance", 409, said="1", **told)
    assert 'data-reason="contraindication"' in approve(desk, number, 409)
    send(desk, number, "answers/C-CON-06/clearance", said="2", **told)
    approve(desk, number)


def test_an_unanswered_screening_comes_back_with_what_was_chosen(desk: FlaskClient, number: str) -> None:
    page = send(desk, number, "screening", 422, **{"C-CON-01": "yes"})
    assert page.count("Choose one.") >= 20
    assert "checked" in page


def test_a_withdrawal_says_what_it_does_and_needs_a_reason(session: Session, desk: FlaskClient, number: str) -> None:
    whole_course(desk, number)
    screen(desk, number)
    approve(desk, number)
    page = desk.get(f"/practitioner/clients/{number}").text
    assert "No open order is touched" in page
    assert "The reminders that the client set" not in page
    home = home_reminders.set_reminders(record(session, number).id, Wishes(frozenset(("use",)), 18), clock.now())
    home_reminders.confirm_reminders(home.token, clock.now())
    session.commit()
    assert "The reminders that the client set for home care rest" in desk.get(f"/practitioner/clients/{number}").text
    assert "Write the reason." in send(desk, number, "withdrawal", 422, why=" ")
    send(desk, number, "withdrawal", why="moved away")
    assert client_verdict(record(session, number), POLICY, clock.today()).codes == ("approval-withdrawn",)
    send(desk, number, "withdrawal", 409, why="moved away")


@pytest.mark.parametrize(("outcome", "codes"), [("continue", ()), ("stop", ("approval-withdrawn",))])
def test_closing_a_reaction_ends_the_approval_unless_one_may_go_on(
    session: Session, desk: FlaskClient, number: str, outcome: str, codes: tuple[str, ...]
) -> None:
    whole_course(desk, number)
    screen(desk, number)
    approve(desk, number)
    client = record(session, number)
    actions.report_reaction(client.id, "red for four days", SYSTEM, clock.now())
    session.commit()
    assert "red for four days" in desk.get(f"/practitioner/clients/{number}").text
    send(desk, number, "reactions/1/outcome", 422, outcome=outcome)
    send(desk, number, "reactions/2/outcome", 404, outcome=outcome, note="seen")
    send(desk, number, "reactions/1/outcome", outcome=outcome, note="seen")
    assert client_verdict(record(session, number), POLICY, clock.today()).codes == codes


def test_limits_beyond_the_policy_are_refused_by_name(desk: FlaskClient, number: str) -> None:
    whole_course(desk, number)
    screen(desk, number)
    assert 'data-reason="deep-note"' in approve(desk, number, 409, greatest_mm="0.25")
    assert 'data-reason="greatest-depth"' in approve(desk, number, 409, greatest_mm="0.3", deep_note="scars")
    approve(desk, number, 422, quantity="many")
    approve(desk, number, greatest_mm="0.25", deep_note="scars")


def test_clients_are_found_by_part_of_name_or_number(session: Session, desk: FlaskClient, number: str) -> None:
    for q in ("mara", "FINCH", number.lower(), ""):
        assert "Mara Finch" in desk.get("/practitioner/clients", query_string={"q": q}).text
    for q in ("%", "nobody", "_ara"):
        assert "Nobody of that name" in desk.get("/practitioner/clients", query_string={"q": q}).text


def test_a_place_to_leave_out_stands_beside_the_decision_until_it_is_lifted(desk: FlaskClient, number: str) -> None:
    screen(desk, number, C_CON_07="yes", C_CON_21="yes")
    place, told = f"/practitioner/clients/{number}", {"note": "a wart, gone", "from_on": clock.today(), "said": "1"}
    beside = desk.get(place).text.partition('aria-label="Decision"')[2]
    assert "Leave out the place of your raised moles, warts or keratoses." in beside
    assert 'data-reason="letter"' in send(desk, number, "answers/C-CON-07/clearance", 409, **told)
    send(desk, number, "answers/C-CON-07/clearance", letter_seen="y", **told)
    beside = desk.get(place).text.partition('aria-label="Decision"')[2]
    assert "raised moles" not in beside
    assert "tattoo or permanent make-up" in beside
    assert "answers/C-CON-21/clearance" not in desk.get(place).text


def test_an_address_is_registered_once(desk: FlaskClient, member: Account) -> None:
    fields = {"name": "Mara Again", "email": "mara@example.org", "born_on": "1988-04-09"}
    answer = desk.post("/practitioner/clients", data=fields)
    assert answer.status_code == 409
    assert 'data-reason="email-taken"' in answer.text
    assert desk.post("/practitioner/clients", data={**fields, "born_on": "2988-04-09"}).status_code == 422


def test_an_allergy_that_is_no_name_waits_until_it_is_read(session: Session, desk: FlaskClient, number: str) -> None:
    send(desk, number, "allergies", name="something blue")
    page = desk.get(f"/practitioner/clients/{number}").text
    assert "No list of ours holds “something blue”" in page
    assert "allergy to read: “something blue”" in page
    assert 'data-reason="contraindication"' in page
    send(desk, number, "allergies", name="Limonene")
    assert "No list of ours holds “" not in desk.get(f"/practitioner/clients/{number}").text
    assert [each.name for each in record(session, number).allergies] == ["something blue", "limonene"]
    offered = send(desk, number, "allergies/1/reading", 200, look="1", name="pantenol", note="a plaster")
    assert 'value="panthenol"' in offered
    assert "a plaster" in offered
    assert "Choose one." in send(desk, number, "allergies/1/reading", 422, note="a plaster")
    refused = send(desk, number, "allergies/1/reading", 409, note="a plaster", outcome="named")
    assert 'data-reason="no-name"' in refused
    send(desk, number, "allergies/1/reading", note="a plaster", outcome="named", names="panthenol")
    assert "allergy to read" not in desk.get(f"/practitioner/clients/{number}").text
    send(desk, number, "allergies/2/striking", 422)
    send(desk, number, "allergies/2/striking", note="tested at the hospital")
    assert [each.name for each in counting_allergies(record(session, number))] == ["something blue", "panthenol"]
    send(desk, number, "allergies", name="limonene")
    assert [each.name for each in record(session, number).allergies][2:] == ["panthenol", "limonene"]
    send(desk, number, "allergies/9/striking", 404, note="which?")
