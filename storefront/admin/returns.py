"""Returns at the desk: who waits for us first, and on one page what arrived, what becomes of it, and what is paid for it."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from catalogue.money import Money
from catalogue.verdicts import require
from storefront import clock
from storefront.admin import bp
from storefront.admin.order_list import PER_PAGE
from storefront.admin.orders import order_or_404, order_page
from storefront.admin.return_form import EndReturnForm, end_return_form, open_return_form
from storefront.db import db, transaction
from storefront.orders.return_ending import ask_return, end_return
from storefront.orders.return_models import GoodsReturn
from storefront.orders.return_records import LOADED, find_return, with_client
from storefront.orders.return_rules import restocked_kinds
from storefront.orders.rules import has_left
from storefront.roles import ADMIN, open_to, signed_in


@bp.get("/returns")
@open_to(ADMIN)
def returns() -> str:
    """Those that wait come first, the oldest of them on top."""
    found = select(GoodsReturn).options(*LOADED)
    found = found.order_by(GoodsReturn.ended_at.is_not(None), GoodsReturn.ended_at.desc(), GoodsReturn.id)
    page = db.paginate(found, per_page=PER_PAGE, max_per_page=PER_PAGE)
    return render_template("admin/returns.html", page=page)


@bp.post("/orders/<number>/returns")
@open_to(ADMIN)
def open_return(number: str) -> Response | tuple[str, int]:
    """For a client who called: asked by the same rule, and the client is told."""
    found = order_or_404(number)
    require(has_left(found.status))
    form, now = open_return_form(found), clock.now()
    if not form.validate_on_submit():
        return order_page(found, returning=form), 422
    asked = form.value()
    with transaction():
        name = ask_return(number, asked, signed_in(), now, clock.day_of(now)).number
    flash("Opened; the client is told what to do.")
    return redirect(url_for("admin.goods_return", name=name), 303)


@bp.get("/returns/<name>")
@open_to(ADMIN)
def goods_return(name: str) -> Any:
    found = return_or_404(name)
    return return_page(found, end_return_form(with_client(name)))


def return_page(found: GoodsReturn, form: EndReturnForm, status: int = 200) -> Any:
    told = {"may_restock": any(each.line.kind in restocked_kinds() for each in found.lines), "Money": Money}
    return render_template("admin/return.html", found=found, form=form, **told), status


def return_or_404(name: str) -> GoodsReturn:
    return (find_return(name) if "\0" not in name else None) or abort(404)


@bp.post("/returns/<name>/end")
@open_to(ADMIN)
def end(name: str) -> Response | tuple[str, int]:
    found = return_or_404(name)
    form = end_return_form(with_client(name))
    if not form.validate_on_submit():
        return return_page(found, form, 422)  # type: ignore[no-any-return]
    seen = form.value()
    with transaction():
        end_return(name, seen, signed_in(), clock.now())
    flash("Ended. The client reads what became of it.")
    return redirect(url_for("admin.goods_return", name=name), 303)
