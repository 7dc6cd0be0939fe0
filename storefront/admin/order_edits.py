"""Changing an order at the desk until it is packed: what is in it, and where it goes."""

from werkzeug.wrappers import Response

from catalogue.verdicts import Refused
from storefront import clock, errors
from storefront.admin import bp
from storefront.admin.order_forms import edit_form
from storefront.admin.order_story import keep_the_no
from storefront.admin.orders import done, order_or_404, order_page
from storefront.db import transaction
from storefront.orders.editing import edit_order
from storefront.orders.telling import for_the_desk
from storefront.roles import ADMIN, open_to, signed_in


@bp.post("/orders/<number>/changes")
@open_to(ADMIN)
def change_order(number: str) -> Response | tuple[str, int] | errors.Answer:
    found = order_or_404(number)
    form = edit_form(found)
    if not form.validate_on_submit():
        return order_page(found, changing=form), 422
    wished, why = form.value(), form.why.data or ""
    try:
        with transaction():
            edit = edit_order(number, wished, why, signed_in(), clock.now(), clock.today())
    except Refused as refused:
        keep_the_no(refused)
        told = for_the_desk(refused.verdict)
        return errors.refused(
            Refused(told), lambda: order_page(order_or_404(number), told, "It was not changed", changing=form)
        )
    if edit is None:
        return done(number, "Nothing was left in it: it is stopped, and what was paid is given back.", "soon")
    return done(number, "Changed; the client is told.")
