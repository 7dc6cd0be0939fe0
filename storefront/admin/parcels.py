"""The way of a parcel at the desk: the round past the shelves for all that is to be packed, and what is packed handed over in one
press, asked twice. Each parcel is a transaction of its own, at whose door the gate is asked again."""

from collections.abc import Iterator, Sequence

from flask import flash, render_template, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from catalogue.verdicts import Verdict
from storefront import clock
from storefront.admin import bp
from storefront.admin.export_kinds import ROWS_AT_ONCE, Arguments
from storefront.admin.order_forms import HandOverForm, hand_over_form
from storefront.admin.selection import Outcome, carried_out
from storefront.db import db
from storefront.orders import dispatch, pick_list
from storefront.orders.models import Order, Parcel
from storefront.orders.telling import for_the_desk
from storefront.roles import ADMIN, open_to, signed_in

MOST = 100  # orders or parcels at once
Answer = str | tuple[str, int]


@bp.get("/pick-list")
@open_to(ADMIN)
def picking() -> str:
    orders = pick_list.orders_to_pack(MOST)
    proposals = pick_list.proposals_for(orders, clock.today())
    shelves = pick_list.by_shelf(orders, proposals)
    told = {"orders": orders, "proposals": proposals, "shelves": shelves, "most": MOST, "now": clock.now()}
    return render_template("admin/pick_list.html", **told)


@bp.get("/parcels")
@open_to(ADMIN)
def parcels() -> str:
    return parcels_page()


def parcels_page() -> str:
    """All that is packed; with the numbers that were typed, where the page was sent without a tick."""
    waiting = select(Order).join(Order.parcel).where(Order.status == "packed").order_by(Parcel.packed_at, Order.id)
    orders = loaded(waiting.limit(MOST))
    return render_template("admin/parcels.html", form=hand_over_form(orders), most=MOST)


def loaded(found: Select[Order]) -> list[Order]:
    """With all that a row of the list shows."""
    return list(db.session.scalars(found.options(joinedload(Order.parcel), selectinload(Order.lines))))


@bp.post("/parcels/dispatch-plan")
@open_to(ADMIN)
def plan_dispatch() -> Answer:
    """What would leave, by name, with its tracking number; nothing has happened yet."""
    form = hand_over_form(chosen())
    return plan_page(form, 200 if form.validate_on_submit() else 422)


@bp.post("/parcels/dispatch")
@open_to(ADMIN)
def dispatch_chosen() -> Answer:
    form, by = hand_over_form(chosen()), signed_in()
    if not form.orders or not form.validate_on_submit():
        return plan_page(form, 422)
    tracking = form.tracking

    def send(number: str) -> None:
        dispatch.dispatch_order(number, tracking[number], by, clock.now(), clock.today())

    rows = [(order.recipient, order.number) for order in form.orders]
    told = [for_the_packer(carried_out(name, number, send)) for name, number in rows]
    return render_template("admin/parcels_outcome.html", outcomes=told)


def plan_page(form: HandOverForm, status: int) -> Answer:
    """Without any parcel chosen the list again, as it was."""
    if not form.orders:
        flash("Choose parcels first: tick them in the list.", "soon")
        return parcels_page(), 422
    return render_template("admin/parcels_plan.html", form=form), status


def chosen() -> list[Order]:
    """The ticked orders as they are now; one that moved meanwhile is told when it is its turn."""
    numbers = request.form.getlist("order")[:MOST]
    return loaded(select(Order).where(Order.number.in_(numbers)).order_by(Order.id))


def for_the_packer(outcome: Outcome) -> Outcome:
    """Nothing of somebody's care."""
    return Outcome(outcome.name, outcome.reference, for_the_desk(Verdict(outcome.reasons)).reasons)


CARRIER = (
    "Order", "Recipient", "Address line 1", "Address line 2", "Town", "Postcode", "Country", "Weight (g)", "Packed",
    "Tracking",
)  # fmt: skip


def for_the_carrier(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
    """What is packed and goes by post, for the carrier's own program; of what is in a parcel it says nothing."""
    told = (
        Order.number,
        Order.recipient,
        Order.address,
        Order.country,
        Parcel.weight_grams,
        Parcel.packed_at,
        Parcel.tracking,
    )
    packed = select(*told).join(Parcel, Parcel.order_id == Order.id)
    packed = packed.where(Order.status == "packed", Order.delivery == "post").order_by(Parcel.packed_at, Order.id)
    for row in session.execute(packed.execution_options(yield_per=ROWS_AT_ONCE)):
        address = address_parts(row.address)
        yield (row.number, row.recipient, *address, row.country, row.weight_grams, row.packed_at, row.tracking)


def address_parts(address: str) -> tuple[str, str, str, str]:
    """Two lines, town and postcode, as the till keeps them one under the other; one line alone is the first."""
    lines = address.split("\n")
    if len(lines) < 3:
        return lines[0], ", ".join(lines[1:]), "", ""
    return lines[0], ", ".join(lines[1:-2]), lines[-2], lines[-1]
