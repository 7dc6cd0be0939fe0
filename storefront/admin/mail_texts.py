"""The words of each mail: read, tried with invented people, and changed by the clinic. What was sent before stays as it was."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from catalogue.verdicts import YES, Verdict
from storefront import clock
from storefront.admin import bp
from storefront.db import db, transaction
from storefront.messages import actions, texts
from storefront.messages.kinds import MailKind, kinds
from storefront.messages.models import MailText
from storefront.plain_text import one_line, trimmed
from storefront.roles import ADMIN, open_to, signed_in


class MailTextForm(FlaskForm):
    subject = StringField("Subject", [InputRequired("Write a subject.")], filters=[one_line])
    text = TextAreaField("Text", [InputRequired("Write the text.")], filters=[trimmed])
    why = TextAreaField("Why is it changed?", [Length(max=500)], filters=[trimmed])
    after = HiddenField(validators=[Regexp(r"\d{1,6}\Z", message="Open the page again.")])

    def words(self) -> texts.MailWords:
        return texts.MailWords(self.subject.data or "", self.text.data or "")


@bp.get("/mail-texts")
@open_to(ADMIN)
def mail_texts() -> str:
    latest: dict[str, MailText] = {}
    for row in db.session.scalars(select(MailText).order_by(MailText.nth)):
        latest[row.kind] = row
    return render_template("admin/mail_texts.html", kinds=kinds().values(), latest=latest)


@bp.get("/mail-texts/<kind>")
@open_to(ADMIN)
def mail_text(kind: str) -> str:
    found, own = kind_or_404(kind), actions.latest_text(kind)
    words = actions.words_of(kind)
    form = MailTextForm(formdata=None, subject=words.subject, text=words.text, after=str(own.nth if own else 0))
    return text_page(found, form, words)


def text_page(kind: MailKind, form: MailTextForm, words: texts.MailWords, against: Verdict = YES) -> str:
    """The form, and how its words read where nothing speaks against them."""
    versions = select(MailText).where(MailText.kind == kind.code).order_by(MailText.nth.desc())
    told: dict[str, Any] = {
        "versions": db.session.scalars(versions).all(),
        "fillings": texts.fillings(kind.code),
        "previews": [] if kind.fixed or not against.is_yes else texts.previews(kind.code, words),
    }
    return render_template("admin/mail_text.html", kind=kind, form=form, against=against, **told)


@bp.post("/mail-texts/<kind>")
@open_to(ADMIN)
def word_mail(kind: str) -> Any:
    """Keeps the words, or shows how they would read."""
    found, form = kind_or_404(kind), MailTextForm()
    is_well = form.validate_on_submit()
    against = texts.may_say(kind, form.words()) if is_well and not found.fixed else YES
    if is_well and not form.why.data and "preview" not in request.form:
        form.why.errors = [*form.why.errors, "Say why."]
        is_well = False
    if not is_well or not against.is_yes:
        return text_page(found, form, actions.words_of(kind) if form.errors else form.words(), against), 422
    if "preview" in request.form:
        return text_page(found, form, form.words())
    with transaction():
        words = (form.words(), int(form.after.data or 0), form.why.data or "")
        actions.write_words(kind, *words, by=signed_in(), now=clock.now())
    flash("From now on this mail is written in these words.")
    return redirect(url_for("admin.mail_text", kind=kind), 303)


@bp.post("/mail-texts/<kind>/package-words")
@open_to(ADMIN)
def unword_mail(kind: str) -> Any:
    kind_or_404(kind)
    own = actions.latest_text(kind)
    with transaction():
        why = "Back to the words that the shop came with."
        actions.write_words(kind, None, own.nth if own else 0, why, by=signed_in(), now=clock.now())
    flash("This mail is written in the words that the shop came with.")
    return redirect(url_for("admin.mail_text", kind=kind), 303)


def kind_or_404(code: str) -> MailKind:
    return kinds().get(code) or abort(404)
