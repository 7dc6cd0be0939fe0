"""Home care: may I roll today and with what, the diary of each roller, how to roll, clean and throw away, and how the skin should
look. It shows what the rules say, and only to whom home care was approved; what a treatment asks of the skin is for everybody."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import select

from catalogue import shelf
from catalogue.products import Product
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import home_rules, rules
from storefront.eligibility.aftercare import load_aftercare
from storefront.eligibility.approval_rules import allowed_serums
from storefront.eligibility.models import Approval, Client
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import allergens_of, in_mm, next_roller_from
from storefront.eligibility.reaction_rules import closed_products
from storefront.eligibility.reasons import day_in_words
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.screening_rules import keep_in_mind
from storefront.orders import diary
from storefront.orders.diary import OwnRoller
from storefront.orders.records import purchases_of
from storefront.roles import CLIENT, open_to
from storefront.shop import bp
from storefront.shop.forms import DiaryForm
from storefront.shop.whose import my_client_id, my_record


@dataclass(frozen=True, slots=True)
class Shown:
    """One roller at home as its card tells it, with the form for an earlier day."""

    own: OwnRoller
    most: int
    worn_on: date
    is_used_up: bool
    serves: bool
    kept_from: str
    form: DiaryForm

    @property
    def used(self) -> int:
        return len(self.own.roller.uses)


@bp.get("/care/home")
@open_to(CLIENT)
def home_care() -> str:
    return home_page()


def home_page(bound: DiaryForm | None = None) -> str:
    """`bound` is a form of the diary that was not filled in well."""
    client, policy, today = my_record(), clinic_policy(), clock.today()
    approval = rolling_approval(client, today)
    owned = diary.rollers_at_home(client.id) if approval else []
    days = home_rules.days_of(each.roller for each in owned)
    standing = rules.client_verdict(client, policy, today)
    return render_template(
        "shop/home_care.html",
        policy=policy,
        approval=approval,
        was_approved=bool(client.approvals),
        today=today,
        verdict=home_rules.may_roll(standing, approval, diary.usable(owned, client, approval), policy, today),
        next_on=home_rules.may_roll_from(days, policy),
        last_on=days[-1] if days else None,
        pace=home_rules.pace_of(approval, policy) if approval else 0,
        overuses=home_rules.overuses(days, policy),
        next_roller_on=next_roller_from(approval, purchases_of(client.id), policy) if approval else None,
        rollers=[shown(each, client, approval, policy, today, bound) for each in owned if approval],
        serums=serums_of(client, approval),
        advice=keep_in_mind(client, policy, today),
        bound=bound,
        texts=load_aftercare(),
        mm=in_mm,
    )


def rolling_approval(client: Client, today: date) -> Approval | None:
    """The approval in force, when it is for a roller at all: one of serums alone is no leave to roll."""
    approval = rules.approval_in_force(client, today)
    return approval if approval and approval.greatest_needle_um else None


def shown(
    own: OwnRoller, client: Client, approval: Approval, policy: Policy, today: date, bound: DiaryForm | None
) -> Shown:
    is_bound = bound is not None and bound.roller.data == own.code
    form = bound if bound is not None and is_bound else DiaryForm(formdata=None, roller=own.code)
    form.day.id = form.day.label.field_id = f"day-{own.code.replace('/', '-')}"
    return Shown(
        own,
        home_rules.uses_of(approval, own.roller),
        home_rules.worn_out_on(own.roller, policy),
        home_rules.is_used_up(approval, own.roller),
        home_rules.serves(approval, own.roller, policy, today),
        diary.kept_from(own, client, approval),
        form,
    )


def serums_of(client: Client, approval: Approval | None) -> list[Product]:
    """The serums that are approved, bring the client none of their allergies, and were not closed to them after a report."""
    if approval is None:
        return []
    wanted = (
        select(Product).where(Product.id.in_(allowed_serums(approval))).options(shelf.LISTED).order_by(Product.name)
    )
    found = db.session.scalars(wanted).unique()
    mine = [product for product in found if product.listing and not allergens_of(client, product)]
    return [product for product in mine if product.id not in closed_products(client)]


@bp.post("/care/diary")
@open_to(CLIENT)
def note_use() -> Any:
    form, client_id, now = DiaryForm(), my_client_id(), clock.now()
    if not form.validate_on_submit():
        return home_page(form), 422
    try:
        with transaction():
            diary.note_use(client_id, form.roller.data, form.day.data, clock.day_of(now), now)
    except LookupError:
        abort(404)
    tell(client_id, form.day.data)
    return redirect(url_for("shop.home_care", _anchor="messages"), 303)


def tell(client_id: int, day: date) -> None:
    """What is said at once: that it is noted, and kindly when it came too soon."""
    policy = clinic_policy()
    days = home_rules.days_of(each.roller for each in diary.rollers_at_home(client_id))
    found = [each for each in home_rules.overuses(days, policy) if day in (each.day, each.before)]
    if not found:
        flash(f"Noted for {day_in_words(day)}.")
        return
    opens = home_rules.may_roll_from(days, policy)
    flash(
        f"Noted for {day_in_words(day)}. That was {found[0].days} days after the time before, and your skin needs"
        f" {found[0].least}. It happens: let it rest now until {day_in_words(opens or day)}. Your practitioner sees it too.",
        "soon",
    )


@bp.post("/care/diary/corrections")
@open_to(CLIENT)
def correct_diary() -> Any:
    form, client_id = DiaryForm(), my_client_id()
    if not form.validate_on_submit():
        return home_page(form), 422
    try:
        with transaction():
            diary.strike_use(client_id, form.roller.data, form.day.data, clock.now())
    except LookupError:
        abort(404)
    flash(f"{day_in_words(form.day.data)} is taken out of your diary.")
    return redirect(url_for("shop.home_care", _anchor="messages"), 303)
