"""The slip that goes into a parcel: what is in it, what to do when something is wrong, the code, what helps after rolling, and how
to get rid of sharps."""

from flask import abort, current_app, render_template

from storefront.admin import bp
from storefront.admin.orders import order_or_404
from storefront.eligibility.aftercare import load_aftercare
from storefront.orders import slips
from storefront.orders.kit_marks import kits_of_order
from storefront.roles import ADMIN, open_to
from storefront.square_code import square_code


@bp.get("/orders/<number>/slip")
@open_to(ADMIN)
def slip(number: str) -> str:
    order = order_or_404(number)
    if order.parcel is None:
        abort(404)
    code = slips.printed(order.parcel.slip_code or "")
    square = square_code(f"{current_app.config['SETTINGS'].base_url}/skin/{code}")
    told = {
        "after_use": load_aftercare().after("use"),
        "kits": {kit.id: kit for kit in kits_of_order(order).values()}.values(),
    }
    return render_template("admin/slip.html", order=order, code=code, square=square, **told)
