"""Orders at the desk: what must be done next comes first, one page says all about one order, and every step is a noun."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement, Select, case, func, or_, select, union
from sqlalchemy.orm import contains_eager, selectinload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from catalogue.batches import Batch
from catalogue.money import Money
from catalogue.verdicts import Refused, Verdict
from storefront import clock, errors
from storefront.admin import bp
from storefront.admin.forms import ReasonForm
from storefront.admin.order_forms import DispatchForm, PackingForm, RefundForm, packing_form
from storefront.admin.order_story import keep_the_no, story_of
from storefront.admin.reading import escaped
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.files import hand_out
from storefront.orders import actions, dispatch, holding, owing, pick_list
from storefront.orders.disputes import disputes_of
from storefront.orders.invoicing import invoices_of, sheet_of
from storefront.orders.kit_marks import kits_of_order
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from storefront.orders.records import find_order, locked
from storefront.orders.return_records import returns_of
from storefront.orders.rules import MOVES, STOPPABLE, UNPAID
from storefront.orders.telling import for_the_desk, kept_for_the_desk
from storefront.roles import ADMIN, open_to, signed_in

PER_PAGE = 30
# What a discount takes off an order, in pence.
TAKEN_OFF = select(func.sum(OrderLine.off_minor)).where(OrderLine.order_id == Order.id).scalar_subquery()
# What must be done next, first: who waits for us comes before whom we wait for.
NEXT = {
    "accepted": "Pack it",
    "on_hold": "Decide what becomes of it",
    "packed": "Send it",
    "dispatched": "Note that it arrived",
    "awaiting_payment": "The client pays",
    "expired": "Nothing, unless money comes",
}
NEXT_AT_THE_DESK = {"packed": "Put it ready to collect", "dispatched": "Note that it was collected"}
RANKS = {status: rank for rank, status in enumerate(NEXT)}
Answer = Response | tuple[str, int]


@bp.get("/orders")
@open_to(ADMIN)
def orders() -> str:
    found = listed(request.args).options(contains_eager(Order.client), selectinload(Order.lines))
    page = db.paginate(found, per_page=PER_PAGE, max_per_page=PER_PAGE)
    query, status = request.args.get("q", "")[:100].strip(), request.args.get("status", "")
    told: dict[str, Any] = {"query": query, "status": status, "statuses": tuple(MOVES), "next_step": next_step}
    return render_template("admin/orders.html", page=page, **told)


def next_step(order: Order) -> str | None:
    """What must be done next; what is collected is not sent."""
    if order.is_given_up:
        return "Wait: its money goes back"
    words = NEXT | NEXT_AT_THE_DESK if order.delivery == "collection" else NEXT
    return words.get(order.status)


def listed(arguments: MultiDict[str, str]) -> Select[Order]:
    """The orders that an address asks for, what must be done next first; the page and its export read the same."""
    query, status = arguments.get("q", "")[:100].strip(), arguments.get("status", "")
    found = select(Order).join(Order.client)
    found = matching(found, query) if query else found
    if status in MOVES:
        found = found.where(Order.status == status)
    rank = case(RANKS, value=Order.status, else_=len(RANKS))
    return found.order_by(rank, Order.placed_at, Order.id)


def matching(found: Select[Order], query: str) -> Select[Order]:
    """Orders with this in their number, client, SKU or tracking number, or in the code or lot of a batch of theirs. Each is looked
    for by itself, which databases do much faster than all of it in every row."""
    part = f"%{escaped(query)}%"

    def having(*columns: Any) -> ColumnElement[bool]:
        return or_(*(column.ilike(part, escape="\\") for column in columns))

    clients = select(Client.id).where(having(Client.number, Client.name))
    batches = select(Batch.id).where(having(Batch.code, Batch.supplier_lot))
    ids = union(
        select(Order.id).where(having(Order.number)),
        select(Order.id).where(Order.client_id.in_(clients)),
        select(OrderLine.order_id).where(having(OrderLine.sku)),
        select(Allocation.order_id).where(Allocation.batch_id.in_(batches)),
        select(Parcel.order_id).where(having(Parcel.tracking)),
    )
    return found.where(Order.id.in_(ids))


@bp.get("/orders/<number>")
@open_to(ADMIN)
def order(number: str) -> str:
    return order_page(order_or_404(number))


def order_page(found: Order, against: Verdict | None = None, **forms: FlaskForm) -> str:
    """All about one order. A form that was not filled in well, or says what the rules are `against`, is shown again as it was."""
    told: dict[str, Any] = {
        "packing": packing_form(found, proposals(found)),
        "against": against,
        "sending": DispatchForm(),
        "giving": RefundForm(prefix="refund"),
        "ending": ReasonForm(prefix="end"),
        "next_step": next_step(found),
        "may_end": found.status in UNPAID + STOPPABLE,
        "may_lift": found.status == "on_hold" and not found.owed_back_minor and holding.money_allows(found).is_yes,
        "kept": kept_for_the_desk,
        "papers": invoices_of(found),
        "returns": returns_of(found.id),
        "disputes": disputes_of(found.id),
        "kits": kits_of_order(found),
        "left_minor": found.captured_minor - found.owed_back_minor,
        "story": story_of(found),
    }
    return render_template("admin/order.html", order=found, Money=Money, **{**told, **forms})


def proposals(found: Order) -> dict[int, list[pick_list.Proposal]]:
    """Which batches to take, while it is still to be packed."""
    is_to_pack = found.status == "accepted" and found.is_paid
    return pick_list.proposals_for([found], clock.today()) if is_to_pack else {}


@bp.get("/orders/<number>/invoices/<invoice>")
@open_to(ADMIN)
def order_invoice(number: str, invoice: str) -> Response:
    content = sheet_of(order_or_404(number), invoice)
    return hand_out(content, "application/pdf", f"{invoice}.pdf") if content is not None else abort(404)


@bp.errorhandler(Refused)
def refuse(error: Refused) -> Any:
    """Whoever packs reads that the gate said no, never what it said of somebody's health; what it said is kept."""
    keep_the_no(error)
    return errors.refused(Refused(for_the_desk(error.verdict)))


def order_or_404(number: str) -> Order:
    return find_order(number) or abort(404)


def done(number: str, text: str, tone: str = "ok") -> Response:
    flash(text, tone)
    return redirect(url_for("admin.order", number=number), 303)


@bp.post("/orders/<number>/packing")
@open_to(ADMIN)
def pack(number: str) -> Answer | errors.Answer:
    found = order_or_404(number)
    form = packing_form(found, proposals(found))
    if not form.validate_on_submit():
        return order_page(found, packing=form), 422
    picks, grams = form.picks, form.weight.data
    try:
        with transaction():
            dispatch.pack_order(number, picks, signed_in(), clock.now(), clock.today(), grams)
    except Refused as refused:
        keep_the_no(refused)
        return not_packed(number, form, for_the_desk(refused.verdict))
    return done(number, "Packed.")


def not_packed(number: str, form: PackingForm, told: Verdict) -> errors.Answer:
    """What was scanned stays on the page: often one code of several was wrong."""
    return errors.refused(Refused(told), lambda: order_page(order_or_404(number), told, packing=form))


@bp.post("/orders/<number>/dispatch")
@open_to(ADMIN)
def send(number: str) -> Answer:
    found, form = order_or_404(number), DispatchForm()
    if not form.validate_on_submit():
        return order_page(found, sending=form), 422
    with transaction():
        dispatch.dispatch_order(number, form.tracking.data or "", signed_in(), clock.now(), clock.today())
    where = "It is on its way" if found.delivery == "post" else "It is ready to collect"
    return done(number, f"{where}; the client is told.")


@bp.post("/orders/<number>/delivery")
@open_to(ADMIN)
def deliver(number: str) -> Answer:
    found = order_or_404(number)
    with transaction():
        dispatch.deliver_order(number, signed_in(), clock.now())
    return done(number, "Delivered." if found.delivery == "post" else "Collected.")


@bp.post("/orders/<number>/cancellation")
@open_to(ADMIN)
def cancel(number: str) -> Answer:
    found, form = order_or_404(number), ReasonForm(prefix="end")
    if not form.validate_on_submit():
        return order_page(found, ending=form), 422
    with transaction():
        actions.cancel_order(number, form.why.data or "", signed_in(), clock.now())
    return done(number, "Stopped; what was paid is given back.", "soon")


@bp.post("/orders/<number>/hold-end")
@open_to(ADMIN)
def lift_hold(number: str) -> Answer:
    order_or_404(number)
    with transaction():
        holding.lift_order(number, signed_in(), clock.now(), clock.today())
    return done(number, "It goes on: pack it.")


@bp.post("/orders/<number>/refunds")
@open_to(ADMIN)
def refund(number: str) -> Answer:
    found, form = order_or_404(number), RefundForm(prefix="refund")
    if not form.validate_on_submit():
        return order_page(found, giving=form), 422
    with transaction():
        owing.owe_refund(locked(number), form.amount_minor, form.why.data or "", signed_in(), clock.now())
    return done(number, "The money goes back in the next minute.")
