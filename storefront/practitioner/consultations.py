"""Visitors who asked for a consultation, oldest first: read, call back, note what came of it. What they tell is health data,
so only practitioners read it."""

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from catalogue.journal import note_each
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import consultations
from storefront.practitioner import bp
from storefront.roles import PRACTITIONER, open_to, signed_in


class AnswerForm(FlaskForm):
    note = TextAreaField(
        "What came of it",
        description="For example: called, comes on Tuesday at 5 pm.",
        filters=[lambda text: (text or "").replace("\0", "").strip()],
        validators=[DataRequired("A few words, so that nobody calls twice."), Length(max=2000)],
    )


@bp.get("/consultations")
@open_to(PRACTITIONER)
def consultation_requests() -> str:
    return page(AnswerForm(), "")


@bp.post("/consultations/<reference>/answer")
@open_to(PRACTITIONER)
def answer_consultation(reference: str) -> Response | tuple[str, int]:
    form = AnswerForm()
    if not form.validate_on_submit():
        return page(form, reference), 422
    with transaction():
        consultations.answer_request(reference, form.note.data or "", signed_in(), clock.now())
    flash(f"{reference} is answered.", "ok")
    return redirect(url_for("practitioner.consultation_requests"), 303)


def page(form: AnswerForm, refused: str) -> str:
    """`refused` names the request whose note was not taken; the others get an empty form. Each that is shown is noted."""
    with transaction():
        requests = consultations.open_requests()
        lines = [("consultation read", each.reference) for each in requests]
        note_each(db.session(), "consultation", lines, signed_in(), clock.now())
    return render_template("practitioner/consultations.html", requests=requests, form=form, refused=refused)
