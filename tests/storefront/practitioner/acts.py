"""What a practitioner does at the desk, as the forms send it."""

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront import clock
from storefront.eligibility.models import Client
from storefront.eligibility.policy import load_policy
from storefront.eligibility.records import load_client

POLICY = load_policy()


def record(session: Session, number: str) -> Client:
    found = load_client(session.scalars(select(Client.id).where(Client.number == number)).one())
    assert found is not None
    return found


def send(desk: FlaskClient, number: str, what: str, status: int = 303, **fields: Any) -> str:
    answer = desk.post(f"/practitioner/clients/{number}/{what}", data=fields)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def treat(desk: FlaskClient, number: str, back: int, status: int = 303, **fields: Any) -> str:
    day = clock.today() - timedelta(days=back)
    usual = {"treated_on": day, "health_asked": "no", "skin_type": "2", "bleeding": "none"}
    area = {"area": "face", "needle_mm": "0.50", "passes": "4", "device": "Pen 3", "device_lot": "N-1"}
    usual |= {f"areas-0-{name}": value for name, value in area.items()}
    return send(desk, number, "treatments", status, **{**usual, **fields})


def screen(desk: FlaskClient, number: str, **answers: str) -> None:
    fields = {condition.code: "no" for condition in POLICY.conditions}
    send(desk, number, "screening", **fields | {code.replace("_", "-"): answer for code, answer in answers.items()})


def whole_course(desk: FlaskClient, number: str) -> None:
    send(desk, number, "courses")
    for back in (147, 98, 49):
        treat(desk, number, back)
    send(desk, number, "completion")


def shown_of(desk: FlaskClient, number: str) -> str:
    """What the form says was on the screen."""
    page = desk.get(f"/practitioner/clients/{number}").text
    return found[1] if (found := re.search(r'name="shown" type="hidden" value="(\w+)"', page)) else ""


def approve(desk: FlaskClient, number: str, status: int = 303, **fields: Any) -> str:
    usual = {"greatest_mm": "0.20", "reorder_days": "70", "quantity": "1", "uses_per_roller": "10"}
    usual["valid_until"] = (clock.today() + timedelta(days=300)).isoformat()
    usual["shown"] = shown_of(desk, number)
    return send(desk, number, "approvals", status, **{**usual, **fields})
