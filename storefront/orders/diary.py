"""The diary of a client's rollers: one tap for a use, also of an earlier day, and a mistake is put right by a new entry. Only
rollers that left the clinic are at home; each unit has days of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select

from catalogue.batches import Batch
from catalogue.dossiers import Fact
from catalogue.products import Vetting
from catalogue.verdicts import Refused
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.home_rules import Roller
from storefront.eligibility.models import Approval, Client
from storefront.eligibility.product_rules import allergens_in, length_um
from storefront.eligibility.reaction_rules import closed_products
from storefront.eligibility.records import lock_client
from storefront.orders.home_models import HomeUse
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from storefront.orders.records import UNITS_KEPT, days_noted, most_uses, records_of, signed_facts
from storefront.orders.rules import LEFT


@dataclass(frozen=True, slots=True)
class OwnRoller:
    """One roller that the client has at home, and what it is called on the page and in its forms."""

    number: str
    sku: str
    name: str
    line_id: int
    nth: int
    of: int
    product_id: int
    facts: Mapping[str, Fact]
    is_called_back: bool  # its batch is recalled or held
    roller: Roller

    @property
    def code(self) -> str:
        return f"{self.number}/{self.sku}/{self.nth}"


def rollers_at_home(client_id: int) -> list[OwnRoller]:
    """What reached the client, the newest first; two queries."""
    line = OrderLine.id, OrderLine.sku, OrderLine.name, UNITS_KEPT.label("quantity"), OrderLine.product_id
    stopped = exists().where(Allocation.line_id == OrderLine.id, Allocation.state == "packed")
    stopped = stopped.where(Batch.id == Allocation.batch_id, Batch.status.in_(("recalled", "held"))).correlate(
        OrderLine
    )
    lines = select(*line, Order.number, Parcel.dispatched_at, Vetting.dossier, stopped.label("is_stopped"))
    lines = lines.select_from(OrderLine).join(Order, Order.id == OrderLine.order_id)
    lines = lines.join(Parcel, Parcel.order_id == Order.id).join(Vetting, Vetting.id == OrderLine.vetting_id)
    lines = lines.where(Order.client_id.in_(records_of(client_id)), Order.status.in_(LEFT), OrderLine.kind == "roller")
    rows = db.session.execute(lines.order_by(Order.id.desc(), OrderLine.id)).all()
    noted = days_noted(client_id)
    return [_own_roller(row, nth, noted.get((row.id, nth), ())) for row in rows for nth in range(1, row.quantity + 1)]


def uses_of(rollers: Sequence[OwnRoller], sku: str | None, number: str = "") -> int | None:
    """How many uses the diary has of the rollers of a product, of one order where it is named; None when there is no such."""
    mine = [each for each in rollers if each.sku == sku and number in ("", each.number)]
    return sum(len(each.roller.uses) for each in mine) if mine else None


def _own_roller(row: Any, nth: int, uses: tuple[date, ...]) -> OwnRoller:
    facts = signed_facts(row.dossier)
    roller, of = Roller(day_of(row.dispatched_at), uses, most_uses(facts)), row.quantity
    return OwnRoller(row.number, row.sku, row.name, row.id, nth, of, row.product_id, facts, row.is_stopped, roller)


def kept_from(own: OwnRoller, client: Client, approval: Approval) -> str:
    """Why the client is not to use a roller that they have, whatever its age; empty when nothing speaks against it. What was
    right on the day of the purchase need not be so today."""
    depth = length_um(own.facts)
    if own.is_called_back:
        return "called back"
    if own.product_id in closed_products(client):
        return "closed to you after your report"
    if depth is None or depth > approval.greatest_needle_um:
        return "longer than your approval"
    return "against your allergy" if allergens_in(client, "roller", own.sku, own.facts) else ""


def usable(owned: Iterable[OwnRoller], client: Client, approval: Approval | None) -> list[Roller]:
    """The rollers that nothing but their age and uses could speak against."""
    return [own.roller for own in owned if approval is not None and not kept_from(own, client, approval)]


def note_use(client_id: int, code: str, day: date, today: date, now: datetime) -> OwnRoller:
    """Notes that a roller was used on a day; noted twice it is the same. Refuses a roller that is not the client's, a day that is
    still to come, and one before the roller was sent."""
    own = _own(client_id, code)
    if not own.roller.since <= day <= today:
        text = "A day is noted from the one on which the roller left the clinic until today."
        raise Refused.because("no-such-day", text, "you", "Choose the day on which you used it.")
    if day not in own.roller.uses:
        _write(own, day, False, now)
    return own


def strike_use(client_id: int, code: str, day: date, now: datetime) -> OwnRoller:
    """Puts right that a roller was not used on a day. Refuses when no such use is noted."""
    own = _own(client_id, code)
    if day not in own.roller.uses:
        text = "This day is not in your diary."
        raise Refused.because("no-such-day", text, "you", "Look at your diary again: it may be put right already.")
    _write(own, day, True, now)
    return own


def _own(client_id: int, code: str) -> OwnRoller:
    """The client's roller of this code, the record locked before: of two taps the second sees the first. LookupError when it is
    not theirs."""
    lock_client(client_id)
    return {own.code: own for own in rollers_at_home(client_id)}[code]


def _write(own: OwnRoller, day: date, is_struck: bool, now: datetime) -> None:
    db.session.add(HomeUse(line_id=own.line_id, nth=own.nth, used_on=day, is_struck=is_struck, at=now))
    db.session.flush()
