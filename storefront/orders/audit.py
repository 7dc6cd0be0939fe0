"""What must hold of every order, asked of the rows themselves, whatever wrote them: here that each line lies within what allowed
it. `flask --app storefront audit` prints nothing when all holds, else each broken row in one line."""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from catalogue import audit as catalogue_audit
from catalogue.dossiers import Fact, facts_from_json
from catalogue.journal import broken_links
from catalogue.products import Listing, Product, Vetting, Voiding
from catalogue.serum_classes import classes_of_list
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.models import (
    Answer,
    Approval,
    ApprovedClass,
    ApprovedSerum,
    Clearance,
    Screening,
    Withdrawal,
)
from storefront.eligibility.records import clinic_policy
from storefront.orders.audit_classes import classes_beyond_their_limits
from storefront.orders.audit_early import exceptions_beyond_their_grant, exceptions_used
from storefront.orders.audit_gate import accepted_against_the_gate, orders_unasked
from storefront.orders.audit_money import broken_money
from storefront.orders.audit_units import broken_units
from storefront.orders.invoicing import broken_invoices
from storefront.orders.models import Order, OrderLine
from storefront.orders.rules import ACCEPTED, BOUGHT


def broken_rows(today: date) -> Iterator[str]:
    """Every row that breaks a rule of the shop, in words. `today` is the clinic's day."""
    db.session.expire_all()  # the rows decide, not what this session remembers of them
    checks = (
        lines_beyond_their_approval, orders_with_too_many, orders_too_soon, lines_beyond_their_vetting,
        lines_beyond_their_screening, listings_without_vetting, accepted_against_the_gate, orders_unasked,
        exceptions_beyond_their_grant, classes_beyond_their_limits, broken_money, broken_invoices,
    )  # fmt: skip
    for check in checks:
        yield from check()
    yield from broken_units(today)
    yield from _from_tomorrow(today)
    yield from catalogue_audit.broken_rows(db.session())
    yield from broken_links(db.session())


def _decided_on(order: Order) -> date:
    return day_of(order.accepted_at or order.placed_at)


def lines_beyond_their_approval() -> Iterator[str]:
    """A line's approval is its client's and was in force when the order was decided; it allows this serum, this depth."""
    policy, allowed = clinic_policy(), _allowed()
    told = select(Order, OrderLine, Approval, Withdrawal.at, Vetting.dossier)
    told = told.join(OrderLine, OrderLine.order_id == Order.id).join(Approval, Approval.id == OrderLine.approval_id)
    told = told.outerjoin(Withdrawal, Withdrawal.approval_id == Approval.id)
    told = told.join(Vetting, Vetting.id == OrderLine.vetting_id).order_by(OrderLine.id)
    for order, line, approval, withdrawn_at, dossier in db.session.execute(told):
        where = f"order {order.number}, line {line.sku}: approval {approval.id}"
        decided_at = order.accepted_at or order.placed_at
        if approval.client_id != order.client_id:
            yield f"{where} is another client's"
        if approval.at > decided_at or approval.valid_until < _decided_on(order):
            yield f"{where} was not in force"
        if withdrawn_at is not None and withdrawn_at < decided_at:
            yield f"{where} was withdrawn before"
        signed = facts_from_json(json.loads(dossier)["facts"])
        if line.kind == "serum":
            is_noted = any(each["proof"] == "note" for each in json.loads(dossier)["evidence"])
            if not _may_have(allowed, approval.id, line.product_id, () if is_noted else _classes_in(signed)):
                yield f"{where} does not allow this serum"
            elif is_noted and not approval.review_note.strip():
                yield f"{where} lacks the note that this serum needs"
        if line.kind == "roller" and _depth_um(signed) > approval.greatest_needle_um:
            yield f"{where} does not allow this depth"
        if line.kind == "roller" and _depth_um(signed) > policy.deep_note_above_um and not approval.deep_note.strip():
            yield f"{where} lacks the note that this depth needs"


def _allowed() -> set[tuple[int, int | str]]:
    """What each approval allows of serums: products by their id, classes by their name."""
    by_name = db.session.execute(select(ApprovedSerum.approval_id, ApprovedSerum.product_id))
    by_class = db.session.execute(select(ApprovedClass.approval_id, ApprovedClass.name))
    return {(row[0], row[1]) for row in (*by_name, *by_class)}


def _may_have(allowed: set[tuple[int, int | str]], approval_id: int, product_id: int, classes: Collection[str]) -> bool:
    return any((approval_id, each) in allowed for each in (product_id, *classes))


def _classes_in(signed: Mapping[str, Fact]) -> frozenset[str]:
    return classes_of_list(str(signed.get("ingredients") or ""))


def _depth_um(signed: Mapping[str, Fact]) -> int:
    """The needle length that was signed; one that is not known is deeper than any approval."""
    length = signed.get("needle_length_nominal")
    return math.ceil(Decimal(length) * 1000) if isinstance(length, (int, Decimal)) else 10**9


def orders_with_too_many() -> Iterator[str]:
    """No order has more rollers together, or more of one serum, than its approval allows."""
    for kind, units in (("roller", func.sum(OrderLine.quantity)), ("serum", func.max(OrderLine.quantity))):
        told = select(Order.number, units, func.min(Approval.quantity)).join(OrderLine, OrderLine.order_id == Order.id)
        told = told.join(Approval, Approval.id == OrderLine.approval_id).where(OrderLine.kind == kind)
        for number, wanted, allowed in db.session.execute(told.group_by(Order.number)):
            if wanted > allowed:
                yield f"order {number}: {wanted} of one kind ({kind}), its approval allows {allowed}"


def orders_too_soon() -> Iterator[str]:
    """Between two orders of one kind by one client lie the days that the later one's approval asks for, but for an exception."""
    granted = exceptions_used()
    told = select(Order, OrderLine, Approval.reorder_days).join(OrderLine, OrderLine.order_id == Order.id)
    told = told.join(Approval, Approval.id == OrderLine.approval_id).where(Order.status.in_(ACCEPTED))
    last: dict[tuple[int, str, int], tuple[int, date]] = {}
    for order, line, days in db.session.execute(told.order_by(Order.accepted_at, Order.id)):
        key = (order.client_id, line.kind, line.product_id if line.kind == "serum" else 0)
        before = last.get(key)
        is_early = before and before[0] != order.id and _decided_on(order) < before[1] + timedelta(days=days)
        if is_early and line.id not in granted:
            yield f"order {order.number}, line {line.sku}: bought again too soon"
        if order.status in BOUGHT and line.units:
            last[key] = (order.id, _decided_on(order))


def lines_beyond_their_vetting() -> Iterator[str]:
    """A line's vetting accepted that very product before the order was decided, and had not lapsed."""
    told = select(Order, OrderLine, Vetting, Voiding.at).join(OrderLine, OrderLine.order_id == Order.id)
    told = told.join(Vetting, Vetting.id == OrderLine.vetting_id).outerjoin(Voiding, Voiding.vetting_id == Vetting.id)
    for order, line, vetting, voided_at in db.session.execute(told.order_by(OrderLine.id)):
        where = f"order {order.number}, line {line.sku}: vetting {vetting.id}"
        decided_at = order.accepted_at or order.placed_at
        if vetting.product_id != line.product_id or vetting.verdict != "accepted" or vetting.signed_at > decided_at:
            yield f"{where} did not allow it"
        if vetting.lapses_on is not None and vetting.lapses_on < _decided_on(order):
            yield f"{where} had lapsed"
        if voided_at is not None and voided_at < decided_at:
            yield f"{where} was void"


def lines_beyond_their_screening() -> Iterator[str]:
    """A line's screening is its client's, was answered before the order was decided, and had no answer that stops sales."""
    stopped = _stopping_answers()
    told = select(Order, OrderLine.sku, Screening).join(OrderLine, OrderLine.order_id == Order.id)
    for order, sku, screening in db.session.execute(told.join(Screening, Screening.id == OrderLine.screening_id)):
        where = f"order {order.number}, line {sku}: screening {screening.id}"
        if screening.client_id != order.client_id or screening.at > (order.accepted_at or order.placed_at):
            yield f"{where} did not allow it"
        day = _decided_on(order)
        if any(
            until is None or day < until
            for until, lifted_on in stopped.get(screening.id, ())
            if not _is(lifted_on, day)
        ):
            yield f"{where} had an answer that stops sales"


def _is(lifted_on: date | None, day: date) -> bool:
    return lifted_on is not None and lifted_on <= day


def _stopping_answers() -> dict[int, list[tuple[date | None, date | None]]]:
    """Of each screening, the answers that stop sales: until when, and from when a practitioner lifted it."""
    codes = [condition.code for condition in clinic_policy().conditions if condition.stops_sales]
    told = select(Answer.screening_id, Answer.until, Clearance.from_on)
    told = told.outerjoin(Clearance, Clearance.answer_id == Answer.id)
    found: dict[int, list[tuple[date | None, date | None]]] = {}
    for screening_id, until, lifted_on in db.session.execute(
        told.where(Answer.answer != "no", Answer.condition.in_(codes))
    ):
        found.setdefault(screening_id, []).append((until, lifted_on))
    return found


def listings_without_vetting() -> Iterator[str]:
    """What is on sale was accepted by two people, in exactly this dossier."""
    told = select(Product.sku, Listing, Vetting).join(Listing, Listing.product_id == Product.id)
    for sku, listing, vetting in db.session.execute(told.outerjoin(Vetting, Vetting.id == Listing.vetting_id)):
        if vetting is None or vetting.verdict != "accepted" or vetting.product_id != listing.product_id:
            yield f"product {sku}: on sale without an accepted vetting"
        elif vetting.dossier_hash != listing.dossier_hash:
            yield f"product {sku}: on sale with another dossier than was signed"
        elif vetting.signed_by_id == vetting.entered_by_id:
            yield f"product {sku}: signed by the person who entered it"


def _from_tomorrow(today: date) -> Iterator[str]:
    """Nothing was decided on a day that is yet to come."""
    told = select(Order).where(Order.accepted_at.is_not(None)).order_by(Order.id)
    for order in db.session.scalars(told):
        if _decided_on(order) > today:
            yield f"order {order.number}: accepted on a day that is yet to come"
