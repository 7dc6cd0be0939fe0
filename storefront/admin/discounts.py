"""Discount codes at the desk: made with the reason why they are given, listed with their uses, and ended. None is edited: orders
keep what they were shown."""

from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, DecimalField, IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from catalogue.money import Money
from storefront import clock
from storefront.admin import bp
from storefront.admin.forms import pence
from storefront.db import transaction
from storefront.orders import discounts as making
from storefront.orders.discount_rules import standing, told_only, told_worth
from storefront.plain_text import one_line
from storefront.roles import ADMIN, open_to, signed_in

MOST_POUNDS = 10_000
IN_POUNDS = NumberRange(Decimal("0.01"), MOST_POUNDS, "From 0.01 to %(max)s pounds.")


class DiscountForm(FlaskForm):
    code = StringField(
        "Code",
        [
            InputRequired("What is the code?"),
            Regexp(r"\s*[A-Za-z0-9](\s*[A-Za-z0-9-]){3,19}\s*\Z", message="Four to twenty letters, numbers or dashes."),
        ],
        filters=[one_line],
        description="Clients may type it in small letters and with spaces. The longer, the harder to guess.",
    )
    per_cent = IntegerField(
        "Per cent off the goods",
        [Optional(), NumberRange(1, 100, "From 1 to 100.")],
        description="Fill in this, or the pounds.",
    )
    amount = DecimalField("Or pounds off the goods", [Optional(), IN_POUNDS], places=2, description="Such as 5.00.")
    starts_on = DateField("From", [InputRequired("From which day on?")])
    ends_on = DateField("Until", [Optional()], description="Its last day; empty: until you end it.")
    most_uses = IntegerField(
        "How many times in all",
        [Optional(), NumberRange(1, 1_000_000, "From 1 to %(max)s.")],
        description="Empty: as often as it is typed.",
    )
    is_once = BooleanField("Once for each client", default=True)
    least = DecimalField(
        "Least goods in pounds", [Optional(), IN_POUNDS], places=2, description="Empty: any basket. Without delivery."
    )
    limited_to = StringField(
        "Only for",
        [Length(max=400)],
        filters=[one_line],
        description="roller, serum or SKUs, separated by spaces; empty: all products.",
    )
    why = StringField(
        "Why is it given?",
        [DataRequired("Say why."), Length(max=400)],
        filters=[one_line],
        description="For the staff alone.",
    )

    @property
    def told(self) -> making.DiscountTold:
        limited = tuple(dict.fromkeys((self.limited_to.data or "").split()))
        return making.DiscountTold(
            code=self.code.data or "",
            per_cent=self.per_cent.data,
            amount_minor=None if self.amount.data is None else pence(self.amount.data),
            starts_on=self.starts_on.data or clock.today(),
            ends_on=self.ends_on.data,
            most_uses=self.most_uses.data,
            is_once=bool(self.is_once.data),
            least_goods_minor=pence(self.least.data or Decimal(0)),
            limited_to=tuple(one.lower() if one.lower() in making.KINDS else one.upper() for one in limited),
            why=self.why.data or "",
        )


@bp.get("/discounts")
@open_to(ADMIN)
def discounts() -> str:
    return discounts_page(DiscountForm(formdata=None, starts_on=clock.today()))


def discounts_page(form: DiscountForm) -> str:
    today = clock.today()
    told = [(each, standing(each, today), told_worth(each), told_only(each)) for each in making.discounts_made()]
    return render_template("admin/discounts.html", told=told, form=form, Money=Money)


@bp.post("/discounts")
@open_to(ADMIN)
def make_discount() -> Any:
    form = DiscountForm()
    if not form.validate_on_submit():
        return discounts_page(form), 422
    with transaction():
        made = making.make_discount(form.told, signed_in(), clock.now())
    flash(f"The code {made.code} is made.")
    return redirect(url_for("admin.discounts"), 303)


@bp.post("/discounts/<code>/ending")
@open_to(ADMIN)
def end_discount(code: str) -> Response:
    try:
        with transaction():
            making.end_discount(code, signed_in(), clock.now())
    except LookupError:
        abort(404)
    flash(f"The code {code} counts no longer; orders that have it keep it.")
    return redirect(url_for("admin.discounts"), 303)
