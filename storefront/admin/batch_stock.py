"""Units of a batch that are not sold: come back, destroyed, or counted otherwise. Each leaves its row in the ledger."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from catalogue import stock
from catalogue.ledger import Occasion
from catalogue.verdicts import Refused
from storefront import clock
from storefront.admin import bp
from storefront.admin.batch_forms import CorrectionForm, DestructionForm, ReturnForm
from storefront.admin.batches import batch_or_404, batch_page
from storefront.db import db, transaction
from storefront.orders import returning
from storefront.roles import ADMIN, open_to, signed_in

Answer = Response | tuple[str, int]


def occasion(why: str | None) -> Occasion:
    return Occasion(signed_in(), clock.now(), why=why or "")


def moved(code: str, text: str, change: Callable[[], object]) -> Response:
    with transaction():
        change()
    flash(text)
    return redirect(url_for("admin.batch", code=code), 303)


@bp.post("/batches/<code>/destructions")
@open_to(ADMIN)
def destroy(code: str) -> Answer:
    batch, form = batch_or_404(code), DestructionForm(prefix="destroy")
    if not form.validate_on_submit():
        return batch_page(code, destroying=form), 422
    units, place = form.units.data, form.place.data
    told = f"{units} destroyed."
    return moved(code, told, lambda: stock.destroy(db.session(), batch.id, units, occasion(form.why.data), place))


@bp.post("/batches/<code>/returns")
@open_to(ADMIN)
def take_back(code: str) -> Answer:
    batch_or_404(code)
    form = ReturnForm(prefix="return")
    if not form.validate_on_submit():
        return batch_page(code, returning=form), 422
    number, units, why = (form.order.data or "").upper(), form.units.data, form.why.data or ""
    told = f"{units} back from {number}, " + ("and destroyed." if form.is_destroyed.data else "in quarantine.")

    fate = "destroyed" if form.is_destroyed.data else "quarantine"

    def change() -> None:
        try:
            returning.take_back(number, code, units, signed_in(), clock.now(), why, fate)
        except LookupError:
            text = f"There is no order {number}."
            raise Refused.because("no-order", text, "you", "Look at the number again.") from None

    return moved(code, told, change)


@bp.post("/batches/<code>/corrections")
@open_to(ADMIN)
def correct(code: str) -> Answer:
    batch, form = batch_or_404(code), CorrectionForm(prefix="correct")
    if not form.validate_on_submit():
        return batch_page(code, correcting=form), 422
    seen, difference = int(form.seen.data or 0), form.difference.data
    told = f"The count is corrected by {difference:+d}."
    return moved(code, told, lambda: stock.correct(db.session(), batch.id, difference, occasion(form.why.data), seen))
