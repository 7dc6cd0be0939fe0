"""What the gate said of an order at each moment at which it was asked, kept as it was: every reason, and the specification,
approval, screening and vettings that it read. Read whole by the practitioner alone; the desk reads no reason of care."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Row, String, Table, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalogue.base import Base, UTCDateTime
from catalogue.lasting import lasts
from catalogue.products import Product
from catalogue.verdicts import YES, Refused, Verdict
from storefront.db import db
from storefront.eligibility.approval_rules import approval_in_force
from storefront.eligibility.models import Client
from storefront.eligibility.screening_rules import current_screening
from storefront.orders import gate
from storefront.orders.models import Order
from storefront.orders.records import records_of

PLACING, PAYMENT, DAILY, CHANGE = "placing", "payment", "daily", "change"
PACKING, DISPATCH, LIFTING = "packing", "dispatch", "lifting"
MOMENTS = (PLACING, PAYMENT, DAILY, CHANGE, PACKING, DISPATCH, LIFTING)
MOST = 100


class GateReport(Base):
    """`why`: a line for each of `codes`, in the same order; none of either where the answer was yes. `read`: what the answer
    rests on, as JSON."""

    __tablename__ = "gate_report"
    __table_args__ = (CheckConstraint(f"moment in {MOMENTS}", name="moment"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    moment: Mapped[str] = mapped_column(String(10))
    codes: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    read: Mapped[str] = mapped_column(Text)

    order: Mapped[Order] = relationship(lazy="raise")

    @property
    def is_yes(self) -> bool:
        return not self.codes

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Each code with its sentence."""
        return list(zip(self.codes.split(","), self.why.split("\n"), strict=True)) if self.codes else []

    @property
    def rests_on(self) -> dict[str, str]:
        return cast(dict[str, str], json.loads(self.read))


lasts(cast(Table, GateReport.__table__))


class GateClosed(Refused):
    """The gate said no to a step, which is rolled back with all that it did; the edge keeps this report after that."""

    def __init__(self, verdict: Verdict, report: Mapping[str, object]) -> None:
        super().__init__(verdict)
        self.report = report


@dataclass(frozen=True, slots=True)
class Asking:
    """Of which order the gate is asked, when, and at which moment of its way; rows under their locks."""

    client: Client
    order: Order
    products: Mapping[int, Product]
    moment: str
    now: datetime
    today: date

    def report(self, verdict: Verdict, specification: str) -> dict[str, object]:
        """The columns of its row."""
        why = "\n".join(reason.text.replace("\n", " ") for reason in verdict.reasons)
        read = json.dumps(self._rests_on(specification), ensure_ascii=False)
        told = {"order_id": self.order.id, "at": self.now, "moment": self.moment}
        return told | {"codes": ",".join(verdict.codes), "why": why, "read": read}

    def _rests_on(self, specification: str) -> dict[str, str]:
        approval, screening = approval_in_force(self.client, self.today), current_screening(self.client)
        listings = ((line.sku, self.products[line.product_id].listing) for line in self.order.kept_lines)
        found = {"Specification": specification, "Approval": str(approval.id) if approval else "none in force"}
        found["Screening"] = str(screening.id) if screening else "none"
        return found | {f"Vetting of {sku}": str(one.vetting_id) if one else "none" for sku, one in listings}

    def answer(self) -> tuple[Verdict, dict[str, object]]:
        """What the gate says, and the report of it."""
        rules = gate.rules_on(self.today)
        verdict = gate.ask_for_order(self.client, self.order, self.products, self.today, rules)
        return verdict, self.report(verdict, rules.version)


def ask(
    client: Client, order: Order, products: Mapping[int, Product], moment: str, now: datetime, today: date
) -> Verdict:
    """Asks the gate about an order, and keeps what it said in the caller's transaction."""
    verdict, report = Asking(client, order, products, moment, now, today).answer()
    db.session.add(GateReport(**report))
    return verdict


def insist(
    client: Client, order: Order, products: Mapping[int, Product], moment: str, now: datetime, today: date
) -> None:
    """Asks the gate and keeps its yes. Refuses when it says no, with the report that is still to be kept."""
    verdict, report = Asking(client, order, products, moment, now, today).answer()
    if not verdict.is_yes:
        raise GateClosed(verdict, report)
    db.session.add(GateReport(**report))


def keep_yes(client: Client, order: Order, products: Mapping[int, Product], now: datetime, today: date) -> None:
    """Of the order that is being placed: the gate has just said yes to what became its lines."""
    asking = Asking(client, order, products, PLACING, now, today)
    db.session.add(GateReport(**asking.report(YES, order.specification_version)))


def keep(closed: GateClosed) -> None:
    """The report of a step that was refused and rolled back."""
    db.session.add(GateReport(**closed.report))


def reports_of(order: Order) -> Sequence[GateReport]:
    """Of one order, as they came."""
    return db.session.scalars(select(GateReport).where(GateReport.order_id == order.id).order_by(GateReport.id)).all()


def latest_reports_of(client_id: int) -> Sequence[Row[*tuple[GateReport, str]]]:
    """Of all orders of a client, each with its order's number, the latest first, at most a hundred."""
    found = select(GateReport, Order.number).join(Order, Order.id == GateReport.order_id)
    found = found.where(Order.client_id.in_(records_of(client_id))).order_by(GateReport.id.desc()).limit(MOST)
    return db.session.execute(found).all()
