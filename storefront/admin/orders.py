"""One order at the desk: one page says all about it, and every step is a noun."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from catalogue.money import Money
from catalogue.verdicts import Refused, Verdict
from storefront import clock, errors
from storefront.admin import bp
from storefront.admin.forms import ReasonForm
from storefront.admin.order_forms import DispatchForm, OtherWayForm, PackingForm, RefundForm, edit_form, packing_form
from storefront.admin.order_story import keep_the_no, story_of
from storefront.admin.return_form import open_return_form
from storefront.db import db, transaction
from storefront.files import hand_out
from storefront.orders import actions, dispatch, holding, next_orders, owing, pick_list
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.disputes import disputes_of
from storefront.orders.invoicing import invoices_of, sheet_of
from storefront.orders.kit_marks import kits_of_order
from storefront.orders.models import Order
from storefront.orders.records import find_order, locked
from storefront.orders.return_records import returns_of
from storefront.orders.rules import EDITABLE, LEFT, STOPPABLE, UNPAID
from storefront.orders.telling import for_the_desk, kept_for_the_desk
from storefront.roles import ADMIN, open_to, signed_in

Answer = Response | tuple[str, int]


@bp.get("/orders/<number>")
@open_to(ADMIN)
def order(number: str) -> str:
    return order_page(order_or_404(number))


def order_page(found: Order, against: Verdict | None = None, title: str = "", **forms: FlaskForm) -> str:
    """All about one order. A form that was not filled in well, or says what the rules are `against` (under this `title`), is shown
    again as it was."""
    told: dict[str, Any] = {
        "packing": packing_form(found, proposals(found)),
        "against": against,
        "against_title": title,
        "sending": DispatchForm(),
        "giving": RefundForm(prefix="refund"),
        "ending": ReasonForm(prefix="end"),
        "paying": OtherWayForm(prefix="other"),
        "came_back": [each for each in found.refunds if each.returned_at and not each.other_way_at],
        "next_step": next_orders.step_of(db.session(), found.id, clock.now()),
        "returning": open_return_form(found) if found.status in LEFT else None,
        "changing": edit_form(found) if found.status in EDITABLE else None,
        "may_end": found.status in UNPAID + STOPPABLE,
        "may_lift": holding.may_go_on(found),
        "kept": kept_for_the_desk,
        "papers": invoices_of(found),
        "returns": returns_of(found.id),
        "disputes": disputes_of(found.id),
        "kits": kits_of_order(found),
        "country": clinic_terms().countries.get(found.country),
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
    return errors.refused(
        Refused(told), lambda: order_page(order_or_404(number), told, "It was not packed", packing=form)
    )


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


@bp.post("/orders/<number>/other-way")
@open_to(ADMIN)
def pay_otherwise(number: str) -> Answer:
    found, form = order_or_404(number), OtherWayForm(prefix="other")
    if not form.validate_on_submit():
        return order_page(found, paying=form), 422
    with transaction():
        owing.record_other_way(locked(number), form.how.data or "", signed_in(), clock.now())
    return done(number, "Written down.")
