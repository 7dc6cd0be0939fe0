"""What every act on a client's record shares: who may sign it, who signs and when, and the line in the journal (ids and verbs
only: a client's number, never a health word)."""

from datetime import date, datetime
from typing import Any, TypedDict, TypeVar

from catalogue import journal
from catalogue.journal import Who
from catalogue.verdicts import Refused, require
from storefront.db import db
from storefront.eligibility.approval_rules import may_sign
from storefront.eligibility.models import Client
from storefront.eligibility.records import qualifications_of

Row = TypeVar("Row", bound=Any)


class Signature(TypedDict):
    by_id: int | None
    by_name: str
    at: datetime


def signature(by: Who, now: datetime) -> Signature:
    return {"by_id": by.id, "by_name": by.name, "at": now}


def insist_qualified(by: Who, today: date) -> None:
    """Refuses when `by` is no practitioner with a training certificate that is valid today."""
    require(may_sign(qualifications_of(by), today))


def registration_of(by: Who, today: date) -> str:
    """The number under which a practitioner's latest certificate is registered."""
    valid = [each for each in qualifications_of(by) if today <= each.expires_on]
    return max(valid, key=lambda each: each.expires_on).registration if valid else ""


def found_in(rows: list[Row], row_id: int, what: str) -> Row:
    """The row of this client with that id. Refuses when it is not on this record."""
    for row in rows:
        if row.id == row_id:
            return row
    raise Refused.because("not-on-record", f"There is no such {what} on this record.")


def note(verb: str, client: Client, by: Who, now: datetime, **ids: object) -> None:
    """The journal's line about a client's record."""
    journal.note(db.session(), verb, "client", client.number, by, now, **ids)
