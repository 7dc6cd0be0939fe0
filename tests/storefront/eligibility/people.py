"""A clinic in the database for tests of actions and pages: practitioners, clients, and records brought as far as needed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.accounts.models import Account
from storefront.db import db
from storefront.eligibility import actions
from storefront.eligibility.actions import AreaTold, Given, TreatmentTold
from storefront.eligibility.models import Answer, Approval, Client, Qualification
from storefront.eligibility.policy import load_policy
from storefront.eligibility.records import load_client
from storefront.eligibility.rules import Limits, client_verdict
from tests.storefront.agreed import agree

POLICY = load_policy()
TODAY = date(2026, 11, 22)
NOW = datetime.combine(TODAY, time(9), UTC)
SEVEN_WEEKS = timedelta(days=49)
FACE = (AreaTold(needle_um=500),)


def account(name: str, role: str) -> Account:
    row = Account(email=f"{name.lower().replace(' ', '.')}@clinic.example", name=name, role=role, created_at=NOW)
    db.session.add(row)
    db.session.flush()
    return row


def practitioner(name: str = "Petra Practitioner", until: date | None = date(2027, 12, 31)) -> Who:
    """With a training certificate that is valid until that day; None: without one."""
    row = account(name, "practitioner")
    if until:
        db.session.add(Qualification(account_id=row.id, title="Needling", registration="NMC 1", expires_on=until))
        db.session.flush()
    return row.who


def client(by: Who, name: str = "Ada Standard", born_on: date = date(1985, 5, 5)) -> Client:
    """A new client, who agreed to treatments long ago."""
    row = actions.register_client(account(name, "client"), born_on, by, NOW)
    agree(row.id)
    return row


def told(day: date, **others: object) -> TreatmentTold:
    return TreatmentTold(**{"treated_on": day, "areas": FACE, **others})  # type: ignore[arg-type]


def treat(number: int, by: Who, *days: date, **others: object) -> None:
    """A course under way with treatments on those days."""
    actions.open_course(number, by, TODAY, NOW)
    for day in days:
        actions.record_treatment(number, told(day, **others), by, TODAY, NOW)


def usual_days(count: int = 3, last: date = TODAY - SEVEN_WEEKS) -> list[date]:
    return [last - SEVEN_WEEKS * back for back in reversed(range(count))]


def screen(number: int, by: Who, **answers: str | Given) -> dict[str, Answer]:
    """A whole screening, "no" but for `C_CON_01="yes"`; the answers by their code."""
    given = {condition.code: Given("no") for condition in POLICY.conditions}
    for code, answer in answers.items():
        given[code.replace("_", "-")] = answer if isinstance(answer, Given) else Given(answer)
    found = actions.answer_screening(number, given, by, TODAY, NOW)
    return {answer.condition: answer for answer in found.answers}


def limits(**others: object) -> Limits:
    usual: dict[str, object] = {"greatest_needle_um": 200, "reorder_days": 70, "quantity": 1, "uses_per_roller": 10}
    return Limits(**{**usual, "valid_until": TODAY + timedelta(days=300), **others})  # type: ignore[arg-type]


def approve(number: int, by: Who, **others: object) -> Approval:
    return actions.grant_approval(number, limits(**others), by, TODAY, NOW)


def approved_client(by: Who, name: str = "Ada Standard") -> Client:
    """Treated, complete, screened and approved."""
    row = client(by, name)
    treat(row.id, by, *usual_days())
    actions.complete_course(row.id, by, TODAY, NOW)
    screen(row.id, by)
    approve(row.id, by)
    return reloaded(row.id)


def reloaded(client_id: int) -> Client:
    db.session.flush()
    db.session.expire_all()
    found = load_client(client_id)
    assert found is not None
    return found


def codes(refusal: pytest.ExceptionInfo[Refused]) -> tuple[str, ...]:
    return refusal.value.verdict.codes


def standing(client_id: int, today: date = TODAY) -> tuple[str, ...]:
    return client_verdict(reloaded(client_id), POLICY, today).codes
