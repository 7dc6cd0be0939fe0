"""The drill: a recall tried on the clinic's own rows, without sending or holding anything. It counts how long the list took and
how many units could be traced to a place or a person, and is due again after the months that the policy says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import Who, note
from catalogue.verdicts import Refused
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.policy import months_after
from storefront.eligibility.records import clinic_policy
from storefront.orders import recall_lists
from storefront.orders.recall_lists import Balance
from storefront.orders.recall_models import RecallDrill

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Traced:
    """What a drill found: where every unit is, how many clients have some, and how many units nobody could find."""

    batches: tuple[Batch, ...]
    balances: tuple[Balance, ...]
    clients: int
    units: int
    traced: int


def trace(text: str) -> Traced:
    """The list that a recall of this batch or lot would begin with. Refuses when there is no such batch."""
    batches = recall_lists.batches_named(text)
    if not batches:
        raise Refused.because("no-batch", f"There is no batch or lot {text.strip()}.", "you", "Check it and try again.")
    balances = recall_lists.balances(batches)
    having = recall_lists.affected_addresses([batch.id for batch in batches])
    lost = sum(units for _, units, address, phone in having if not address and not phone)
    traced = sum(min(balance.accounted, balance.received) for balance in balances) - lost
    received = sum(balance.received for balance in balances)
    return Traced(tuple(batches), tuple(balances), len(having), received, max(traced, 0))


def record_drill(found: Traced, milliseconds: int, by: Who, now: datetime) -> RecallDrill:
    """Keeps what a drill found and how long it took."""
    codes = ", ".join(batch.code for batch in found.batches)
    drill = RecallDrill(batches=codes, clients=found.clients, units=found.units, traced=found.traced, at=now)
    drill.milliseconds, drill.by_id, drill.by_name = milliseconds, by.id, by.name
    db.session.add(drill)
    db.session.flush()
    note(db.session(), "recall drill", "recall drill", drill.id, by, now, batches=codes, milliseconds=milliseconds)
    return drill


def drill_due(session: Session, today: date) -> date:
    """The day by which the next drill is due; today where there was none yet."""
    last = session.scalar(select(func.max(RecallDrill.at)))
    return months_after(day_of(last), clinic_policy().recall_drill_months) if last else today


def last_drills() -> Sequence[RecallDrill]:
    return db.session.scalars(select(RecallDrill).order_by(RecallDrill.id.desc()).limit(SHOWN)).all()
