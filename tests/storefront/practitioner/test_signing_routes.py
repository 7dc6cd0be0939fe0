"""Who may sign, at every route by which a practitioner can: all of them are listed here, and on the day after the certificate's
last day each is refused."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.early_models import EarlyWish
from storefront.orders import stopping
from storefront.roles import PRACTITIONER
from tests.catalogue import samples
from tests.catalogue.revisions import drafted
from tests.storefront.agreed import agree
from tests.storefront.conftest import PASSWORD
from tests.storefront.eligibility import people
from tests.storefront.practitioner.acts import record
from tests.storefront.practitioner.test_consents import photo
from tests.storefront.practitioner.test_rule_changes import PAGE, marks

# What needs no certificate: it stops or asks, is signed by the client, or is no judgement of a skin or a product.
FREE = {
    "add_allergy", "answer_consultation", "answer_screening", "defer", "invite", "offer_times", "register", "register_visitor",
    "sign_consent", "take_times_back", "withdraw", "withdraw_consent", "hold", "export_chosen", "void", "hold_chosen", "plan_hold",
    "void_chosen", "plan_voiding", "withdraw_version", "sign_out_everywhere", "ingredient_names",
    "take_back", "return_to_the_screen", "end_kit", "make_kit", "invite_from_tablet",
}  # fmt: skip


def test_on_the_day_after_the_certificate_nothing_can_be_signed_at_any_route(
    app: Flask,
    session: Session,
    worker: Account,
    number: str,
    signed_in: Callable[[Account], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "TODAY", clock.today())
    monkeypatch.setattr(people, "NOW", clock.now())
    signing = on_its_last_day(session, worker, number)
    theirs = {name for name, roles in routes_of(app) if PRACTITIONER in roles}
    assert theirs == FREE | signing.keys()
    signing["confirm"][1]["shown"] = marks(signed_in(worker).get(PAGE).text)[0]
    with time_machine.travel(people.NOW + timedelta(days=1)):
        desk = signed_in(worker)
        for name, (address, form) in signing.items():
            answer = desk.post(address, data=form)
            assert answer.status_code == 409, (name, answer.text)
            assert 'data-reason="not-qualified"' in answer.text, name


def routes_of(app: Flask) -> list[tuple[str, tuple[str, ...]]]:
    """The name of each route that changes something, and who may open it."""
    changing = [rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return [(name.rpartition(".")[2], getattr(app.view_functions[name], "open_to", ())) for name in changing]


def days() -> list[date]:
    """Of three sessions: the second too long after the first, the third too soon after the second."""
    return [people.TODAY - timedelta(days=back) for back in (200, 100, 70)]


def on_its_last_day(session: Session, worker: Account, number: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """A client for whom everything waits that can be signed, done on the certificate's last day; what is sent where."""
    today, now, by = people.TODAY, people.NOW, worker.who
    with transaction():
        actions.record_qualification(worker, "Needling", "NMC 1", today, SYSTEM, now)
        client, other = record(session, number), people.client(by, "Mara Fynch")
        people.treat(client.id, by, *days(), bleeding="more", health_today="", skin_type=2)
        people.screen(client.id, by, C_CON_06="yes")
        actions.report_reaction(client.id, "red and hot", by, now)
        for name in ("panthenol", "my aunt's cream"):
            actions.add_allergy(client.id, name, by, now)
        agree(client.id, "photos")
        approved = people.approved_client(by, "Ada First")
        roller = samples.on_sale(session, sku="RL-020", today=today)
        wish = {"approval_id": approved.approvals[0].id, "product_id": roller.id, "name": roller.name, "quantity": 1}
        session.add(EarlyWish(**wish, opens_on=today, why="I am away then", by_name=approved.name, at=now))
        draft = drafted(session, "2099.1", today + timedelta(days=7), now, R_LEN_01=Decimal("0.15"))
    for who in (samples.COLLEAGUE, by):
        with transaction():
            stopping.sign_version("2099.1", who, today, now, draft.hash)
    return what_is_sent(f"/practitioner/clients/{number}", other.number, approved.number)


def what_is_sent(of_client: str, other: str, approved: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """By the name of each route: the address, and the form as somebody with a certificate would send it."""
    first, second, third = days()
    today, why, session_form = people.TODAY, {"why": "seen"}, sent_as(first)
    paper = {
        f"treatments-{row}-{name}": told for row, day in enumerate(days()) for name, told in paper_row(day).items()
    }
    approval = {"greatest_mm": "0.20", "reorder_days": 70, "quantity": 1, "uses_per_roller": 10}
    signature = {"shown": "x", "password": PASSWORD}
    picture = {"picture": (BytesIO(photo()), "face.png"), "moment": "before", "view": "face", "taken_on": today}
    return {
        "answer_exception": (
            f"/practitioner/clients/{approved}/exceptions/1/answer",
            {"granted": "no", "note": "not yet"},
        ),
        "begin_course": (f"{of_client}/courses", {}),
        "record_treatment": (f"{of_client}/treatments", sent_as(today)),
        "correct_treatment": (f"{of_client}/treatments/{first}/correction", session_form | why | {"shown": "1"}),
        "explain_gap": (f"{of_client}/treatments/{third}/gap-reason", why),
        "decide_gap": (f"{of_client}/treatments/{second}/gap-decision", why | {"counts": "yes"}),
        "see_skin": (f"{of_client}/treatments/{third}/skin-seen", {"note": "calm"}),
        "complete_course": (f"{of_client}/completion", {}),
        "take_over_course": (f"{of_client}/papers", paper | {"attestation": "I have read the card."}),
        "add_photo": (f"{of_client}/photos", picture),
        "approve": (f"{of_client}/approvals", approval | {"valid_until": today + timedelta(days=90), "shown": "x"}),
        "close_reaction": (f"{of_client}/reactions/1/outcome", {"outcome": "continue", "note": "mild"}),
        "strike_allergy": (f"{of_client}/allergies/1/striking", {"note": "tested"}),
        "read_allergy": (f"{of_client}/allergies/2/reading", {"note": "asked her", "outcome": "elsewhere"}),
        "clear_answer": (f"{of_client}/answers/C-CON-06/clearance", {"note": "clear", "from_on": today, "said": "1"}),
        "merge_records": (f"{of_client}/merges/{other}", why),
        "confirm": (f"{PAGE}/{approved}/approvals", {}),
        "sign": ("/admin/products/RL-020/vetting", signature),
        "sign_version": ("/admin/specifications/2099.1/signature", signature),
    }


def sent_as(day: object) -> dict[str, Any]:
    """A session as its form sends it."""
    area = {"area": "face", "needle_mm": "0.50", "passes": "4", "device": "Pen 3", "device_lot": "N-1"}
    usual = {"treated_on": day, "health_asked": "no", "skin_type": "2", "bleeding": "none"}
    return usual | {f"areas-0-{name}": value for name, value in area.items()}


def paper_row(day: object) -> dict[str, Any]:
    return {"treated_on": day, "needle_mm": "0.5", "bleeding": "none", "gap_reason": "as the card says"}
