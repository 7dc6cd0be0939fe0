"""Placing, cancelling, holding and lifting orders. Locks are always taken in one order: client, products, order, batches,
journal. What a rule said no to leaves no trace, because the edge rolls the whole transaction back."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import update

from catalogue.journal import SYSTEM, Who, note
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.verdicts import Reason, Refused, Stale, Verdict, require
from storefront.db import db, rows_changed
from storefront.eligibility.models import Client
from storefront.eligibility.recheck_rules import Answered, may_place
from storefront.eligibility.records import lock_client
from storefront.eligibility.rules import Wanted, approval_in_force, current_screening
from storefront.orders import gate, gate_reports
from storefront.orders.addresses import may_deliver
from storefront.orders.asked import bind_answers
from storefront.orders.basket_models import BasketLine
from storefront.orders.basket_news import tell_of_order
from storefront.orders.baskets import Chosen, basket_to_order, plain_lines, return_to_basket
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.discount_uses import InBasket, claim, code_in_basket
from storefront.orders.finding import keep_findable
from storefront.orders.holding import end_for_good
from storefront.orders.kit_marks import mark_order
from storefront.orders.models import Order, OrderLine
from storefront.orders.moving import add_cancellation, move, tell
from storefront.orders.owing import owe_closing
from storefront.orders.pricing import goods_of
from storefront.orders.pricing import priced as priced_lines
from storefront.orders.records import locked, open_order
from storefront.orders.rules import (
    CLIENT_MAY_CANCEL,
    UNPAID,
    Delivery,
    Priced,
    Totals,
    may_be_charged,
    totals,
)
from storefront.orders.units import reserve_units

SESSION_LASTS = timedelta(minutes=31)  # Stripe's least is 30
ASKED_AFTER = timedelta(minutes=3)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # read out on the telephone: nothing that looks like something else
NUMBER_LENGTH = 7


def new_number() -> str:
    """A public reference that says nothing about how many orders there are."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH))


def place_order(
    client_id: int,
    delivery: Delivery,
    answered: Answered | None,
    by: Who,
    now: datetime,
    today: date,
    shown_minor: int | None = None,
    chosen: Sequence[Chosen] | None = None,
) -> Order:
    """An order for the whole basket, its units reserved; the one that already awaits payment is given back instead. What is
    `chosen` is ordered in place of the basket, which then keeps what is in it.

    Refuses when the basket is empty, when the gate says no, when the two short questions are open or something is new, when it
    may not go there, when the last unit or the last use of the code went to somebody else, and when the total is too small to
    be charged, or no longer the one that was shown (`shown_minor`, pence).
    """
    client = lock_client(client_id)
    waiting = open_order(client_id)
    if waiting is not None and waiting.expires_at > now:
        return _still_waiting(client, waiting, answered, today)
    lines, products = _lines_locked(client_id, waiting, chosen, now)
    rules = gate.rules_on(today)
    wanted = [Wanted(products[line.product_id], line.quantity) for line in lines]
    require(gate.ask(client, wanted, today, rules=rules) + may_place(answered) + _may_go(delivery))
    code = code_in_basket(client_id)
    priced, costs = _costs(wanted, delivery, code, today, shown_minor)
    order = _new_order(client, delivery, costs, rules, now)
    order.lines = [_freeze(one.product, each, client, today) for one, each in zip(wanted, priced, strict=True)]
    bind_answers(order, client, by, now)
    claim(order, code, now)
    gate_reports.keep_yes(client, order, products, now, today)
    keep_findable(db.session(), order.id, order.number)
    reserve_units(order, products, rules, today, by, now)
    mark_order(order, None if chosen is None else {each.kit_id for each in chosen if each.kit_id})
    if chosen is None:
        basket_to_order(order, now)
    note(db.session(), "order placed", "order", order.number, by, now, total_minor=order.total_minor)
    tell(order, "order_placed", now)
    return order


def _lines_locked(
    client_id: int, waiting: Order | None, chosen: Sequence[Chosen] | None, now: datetime
) -> tuple[Sequence[BasketLine | Chosen], dict[int, Product]]:
    """What is to be ordered and its products, locked; an order whose time to pay is over gives its lines back first."""
    lines = plain_lines(client_id) if chosen is None else chosen
    products = gate.lock_products(line.product_id for line in [*lines, *(waiting.lines if waiting else ())])
    if waiting is not None:
        expire_order(waiting, now)
        lines = plain_lines(client_id) if chosen is None else chosen
    if not lines:
        raise Refused.because("empty-basket", "Your basket is empty.", "you", "Choose a product first.")
    return lines, products


def _still_waiting(client: Client, order: Order, answered: Answered | None, today: date) -> Order:
    products = gate.lock_products(line.product_id for line in order.lines)
    require(gate.ask_for_order(client, order, products, today) + may_place(answered))
    return order


def _may_go(delivery: Delivery) -> Verdict:
    return may_deliver(delivery, clinic_terms())


def _costs(
    wanted: Sequence[Wanted], delivery: Delivery, code: InBasket | None, today: date, shown_minor: int | None
) -> tuple[list[Priced], Totals]:
    """The lines and their total. A code that takes nothing off is said no to where no total was shown that tells so."""
    if code is not None and shown_minor is None:
        require(code.verdict(goods_of(wanted), today))
    terms = clinic_terms()
    lines = priced_lines(wanted, delivery.country, terms, code, today)
    costs = totals(lines, terms.price(delivery.kind, delivery.country))
    require(may_be_charged(costs))
    _require_shown(costs, shown_minor)
    return lines, costs


def _require_shown(costs: Totals, shown_minor: int | None) -> None:
    if shown_minor is not None and shown_minor != costs.total.minor:
        text = "A price has changed since this page was shown to you."
        raise Refused.because("price-changed", text, "you", "Look at the new total, then confirm it.")


def _new_order(client: Client, delivery: Delivery, costs: Totals, rules: Specification, now: datetime) -> Order:
    way = clinic_terms().ways[delivery.kind]
    return Order(
        number=new_number(),
        client_id=client.id,
        status="awaiting_payment",
        placed_at=now,
        expires_at=now + SESSION_LASTS,
        ask_at=now + ASKED_AFTER,
        specification_version=rules.version,
        delivery=way.leaves,
        way=way.code,
        way_name=way.name,
        recipient=delivery.recipient or client.name,
        address=delivery.address,
        country=delivery.country,
        delivery_minor=costs.delivery.minor,
        delivery_tax_minor=costs.delivery_tax.minor,
        total_minor=costs.total.minor,
        currency=costs.total.currency,
    )


def _freeze(product: Product, priced: Priced, client: Client, today: date) -> OrderLine:
    line = OrderLine(
        product_id=product.id,
        sku=product.sku,
        name=product.name,
        kind=product.kind,
        quantity=priced.quantity,
        unit_minor=priced.unit.minor,
        off_minor=priced.off_minor,
        tax_percent=priced.tax_percent,
        tax_minor=priced.tax.minor,
        taken_out=0,
        allocations=[],
    )
    bind([line], {product.id: product}, client, today)
    return line


def bind(lines: Sequence[OrderLine], products: Mapping[int, Product], client: Client, today: date) -> None:
    """Ties each line to the vetting, approval and screening that allow it now; the gate has just said yes."""
    approval, screening = approval_in_force(client, today), current_screening(client)
    for line in lines:
        listing = products[line.product_id].listing
        if approval is None or screening is None or listing is None:
            raise Stale.because("wrong-state", "What allowed this order is no longer there.")
        line.vetting_id, line.approval_id, line.screening_id = listing.vetting_id, approval.id, screening.id


def record_session(number: str, session_id: str, url: str | None) -> None:
    """Keeps where an order is paid. The same page may be recorded again; another one is Stale."""
    mine = update(Order).where(Order.number == number)
    mine = mine.where((Order.session_id.is_(None)) | (Order.session_id == session_id))
    if rows_changed(mine.values(session_id=session_id, session_url=url)) != 1:
        raise Stale.because("wrong-state", "This order has another payment page already.")


def renew_expiry(number: str, old: datetime, now: datetime) -> None:
    """Gives an order whose payment page was never opened its full time again. Stale when somebody opened one meanwhile."""
    mine = update(Order).where(Order.number == number, Order.session_id.is_(None), Order.expires_at == old)
    mine = mine.where(Order.status == "awaiting_payment")
    if rows_changed(mine.values(expires_at=now + SESSION_LASTS)) != 1:
        raise Stale.because("wrong-state", "Somebody else moved this order first.")


def expire_order(order: Order, now: datetime) -> None:
    """The time to pay ran out. The units stay reserved until the payment page is closed at the provider."""
    move(order, "expired", SYSTEM, now, ask_at=None)
    owe_closing(order, now)
    return_to_basket(order, "which was not paid in time", now)
    tell(order, "order_expired", now)


def cancel_unpaid(order: Order, why: Verdict, by: Who, now: datetime) -> None:
    """Ends an order that was not accepted. Its payment page is closed first; then its units are free again."""
    if order.status == "awaiting_payment":  # of one that expired everything came back
        text = (
            f"Order {order.number} was stopped before it was paid, and nothing of it came back here: its page says why."
        )
        tell_of_order(order, "order-stopped", text, now)
    move(order, "cancelled", by, now, ask_at=None)
    add_cancellation(order, why, by, now)
    owe_closing(order, now)


def cancel_order(number: str, why: str, by: Who, now: datetime) -> Order:
    """Stops an order for good at somebody's wish: before it is paid it is cancelled, after that held and given back.

    Refuses when it left the clinic or is over, and for a client when it is packed or held already.
    """
    order = locked(number)
    if by.role == "client" and order.status not in CLIENT_MAY_CANCEL:
        text = "This order can no longer be cancelled here."
        raise Refused.because("wrong-state", text, "the clinic", "Call the clinic: we will find a way.")
    reason = Verdict((Reason("asked-to-cancel", why, "nobody", ""),))
    if order.status in UNPAID:
        cancel_unpaid(order, reason, by, now)
        return_to_basket(order, "which was cancelled", now)
        tell(order, "order_cancelled", now, reason)
    else:
        end_for_good(order, reason, by, now)
    return order
