"""Something is wrong with my skin: help first, then five quick questions. What is told stops every sale to the client at once
and goes to the top of the practitioner's queue. A picture follows in a second step: what stops never waits for it."""

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from wtforms.fields.choices import SelectChoice

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import actions
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.reaction_rules import within
from storefront.eligibility.records import clinic_policy
from storefront.messages.actions import queue_message
from storefront.orders import stopping
from storefront.orders.slips import Packed, packed_for
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.forms import ELSE, ReactionForm, SkinForm
from storefront.shop.whose import my_client_id, my_record


def form_for(bought: list[Packed]) -> ReactionForm:
    form = ReactionForm()
    mine = [SelectChoice(one.choice, f"{one.name} (order {one.number}, batch {one.batch})") for one in bought]
    form.product.choices = [*mine, SelectChoice(ELSE, "Something else, or a treatment at the clinic")]
    if not form.is_submitted():
        form.product.data = form.product.choices[0].value
    return form


@bp.get("/care/reaction")
@open_to(CLIENT)
def reaction() -> Any:
    return reaction_page(form_for(packed_for(my_client_id())))


def reaction_page(form: ReactionForm, status: int = 200) -> Any:
    return render_template("shop/reaction.html", form=form, answered=answered_within()), status


def answered_within() -> str:
    return within(clinic_policy().reaction_answer_days)


@bp.post("/care/reaction")
@open_to(CLIENT)
def report() -> Any:
    client_id, now = my_client_id(), clock.now()
    bought = packed_for(client_id)
    form = form_for(bought)
    if not form.validate_on_submit():
        return reaction_page(form, 422)
    about = next((one for one in bought if one.choice == form.product.data), None)
    keep_report(client_id, form, about, about.number if about else "", signed_in(), now)
    return redirect(url_for("shop.reaction_told"), 303)


def keep_report(client_id: int, form: SkinForm, about: Packed | None, number: str, by: Who, now: datetime) -> datetime:
    """Keeps what was told, at once; then the picture, if there is one and it can be kept. By when it is answered. Where somebody
    else than the client reported, the client is told that there is news."""
    ids = {"product_id": about.product_id, "batch_id": about.batch_id} if about else {}
    told = {"began_on": form.began_on.data, "answers": form.answers(number), **ids}
    with transaction():
        kept = stopping.report_reaction(client_id, form.words(), by, now, **told)
        reaction_id, answer_by = kept.id, kept.answer_by
        if by.id is None:
            client = db.session.get_one(Client, client_id)
            queue_message("news", client.email, now, about=client.number, client=client)
    if picture := form.picture():
        _keep_picture(reaction_id, picture, by, now)
    return answer_by or now


def _keep_picture(reaction_id: int, picture: bytes, by: Who, now: datetime) -> None:
    try:
        with transaction():
            actions.add_reaction_photo(db.session.get_one(Reaction, reaction_id), picture, by, now)
    except Refused as refused:
        flash(f"Your report is kept, the picture is not. {refused.verdict.reasons[0].text}", "soon")


@bp.get("/care/reaction/received")
@open_to(CLIENT)
def reaction_told() -> str:
    told = my_record().reactions
    return render_template("shop/reaction_received.html", reaction=told[-1] if told else None)
