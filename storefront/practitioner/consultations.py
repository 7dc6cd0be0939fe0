"""Visitors who asked for a consultation, oldest first: read, offer times, note what came of it. What they tell is health data,
so only practitioners read it."""

from datetime import datetime
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateTimeLocalField, FieldList, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from catalogue.journal import note_each
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import consultation_times, consultations
from storefront.eligibility.consultation_rules import instant_of
from storefront.eligibility.consultations import ConsultationTime
from storefront.practitioner import bp
from storefront.practitioner.forms import BirthForm
from storefront.roles import PRACTITIONER, open_to, signed_in

TIMES_AT_ONCE = 4


class AnswerForm(FlaskForm):
    note = TextAreaField(
        "What came of it",
        description="For example: called, comes on Tuesday at 5 pm.",
        filters=[lambda text: (text or "").replace("\0", "").strip()],
        validators=[DataRequired("A few words, so that nobody calls twice."), Length(max=2000)],
    )


def on_the_clock(_form: Any, field: DateTimeLocalField) -> None:
    if field.data and instant_of(field.data, current_app.config["SETTINGS"].time_zone) is None:
        raise ValidationError("The clock jumps over this time on that day.")


class TimesForm(FlaskForm):
    """Times as the clinic's clock shows them; a row left empty is not meant."""

    times = FieldList(
        DateTimeLocalField("Time", [Optional(), on_the_clock]), min_entries=TIMES_AT_ONCE, max_entries=TIMES_AT_ONCE
    )

    def validate(self, extra_validators: Any = None) -> bool:
        is_well = super().validate(extra_validators)
        if is_well and not self.starts():
            self.times[0].errors = ["Give one time or several."]
            return False
        return is_well

    def starts(self) -> list[datetime]:
        zone = current_app.config["SETTINGS"].time_zone
        found = [instant_of(field.data, zone) for field in self.times if field.data]
        return [instant for instant in found if instant is not None]

    @property
    def told(self) -> str:
        """What is wrong, once."""
        return " ".join(dict.fromkeys(error for field in self.times for error in field.errors))


@bp.get("/consultations")
@open_to(PRACTITIONER)
def consultation_requests() -> str:
    return page()


@bp.post("/consultations/<reference>/answer")
@open_to(PRACTITIONER)
def answer_consultation(reference: str) -> Response | tuple[str, int]:
    form = AnswerForm()
    if not form.validate_on_submit():
        return page(reference, form=form), 422
    with transaction():
        consultations.answer_request(reference, form.note.data or "", signed_in(), clock.now())
    flash(f"{reference} is answered.", "ok")
    return redirect(url_for("practitioner.consultation_requests"), 303)


@bp.post("/consultations/<reference>/times")
@open_to(PRACTITIONER)
def offer_times(reference: str) -> Response | tuple[str, int]:
    form = TimesForm()
    if not form.validate_on_submit():
        return page(reference, offer=form), 422
    with transaction():
        consultation_times.offer_times(reference, form.starts(), signed_in(), clock.now())
    flash(f"The times are offered; {reference} has a mail with the link.", "ok")
    return redirect(url_for("practitioner.consultation_requests"), 303)


@bp.post("/consultations/<reference>/cancellation")
@open_to(PRACTITIONER)
def take_times_back(reference: str) -> Response:
    with transaction():
        consultation_times.take_times_back(reference, signed_in(), clock.now())
    flash(f"The times of {reference} are taken back; the visitor is told.", "ok")
    return redirect(url_for("practitioner.consultation_requests"), 303)


def page(refused: str = "", **bound: FlaskForm) -> str:
    """`refused` names the request whose form was not taken; the others get empty ones. Each that is shown is noted."""
    with transaction():
        requests = consultations.open_requests()
        lines = [("consultation read", each.reference) for each in requests]
        note_each(db.session(), "consultation", lines, signed_in(), clock.now())
    forms = {"form": AnswerForm(formdata=None), "offer": TimesForm(formdata=None), "birth": BirthForm(formdata=None)}
    told: dict[str, Any] = {"requests": requests, "refused": refused, "bound": bound, "now": clock.now(), **forms}
    return render_template("practitioner/consultations.html", **told)


def consultations_today() -> list[ConsultationTime]:
    """Who comes today, for the desk: each name that is shown is a look, noted in the caller's transaction."""
    now = clock.now()
    found = consultation_times.taken_between(clock.beginning_of(clock.day_of(now)), clock.tomorrow(now))
    lines = [("seen in a list", each.taken_by.reference) for each in found if each.taken_by]
    note_each(db.session(), "consultation", lines, signed_in(), now)
    return found
