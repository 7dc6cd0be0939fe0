"""The visitors' forms. They check shape; a valid one yields one value."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import current_app
from flask_wtf import FlaskForm
from itsdangerous import BadData, URLSafeSerializer
from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from storefront import clock
from storefront.accounts.actions import is_email
from storefront.eligibility.consultation_rules import CONCERNS
from storefront.eligibility.consultations import Wish
from storefront.plain_text import one_line, trimmed

PHONE = re.compile(r"^[+()\d\s./-]{6,40}$")
LEAST_TO_FILL = timedelta(seconds=3)  # nobody reads, ticks and types faster; a program does


def one_address(_form: FlaskForm, field: EmailField) -> None:
    """One address and nothing beside it: a mail goes there."""
    if not is_email(field.data or ""):
        raise ValidationError("That does not look like an e-mail address, such as name@example.org.")


def ticked_or_written(form: FlaskForm, field: TextAreaField) -> None:
    if not (field.data or form.concerns.data):
        raise ValidationError("Tick what it is about, or write a few words.")


def stamp(now: datetime) -> str:
    """When a form was given out, signed, so that nobody makes one up."""
    return str(_stamps().dumps(now.timestamp()))


def is_stamped_before(text: str, moment: datetime) -> bool:
    """Whether this is our stamp, and not a younger one."""
    try:
        return float(_stamps().loads(text)) <= moment.timestamp()
    except (BadData, TypeError, ValueError):
        return False


def _stamps() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SETTINGS"].secret_key, salt="form-given-out")


class ChecksField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class HandWrittenForm(FlaskForm):
    """A form that anybody may send, and that asks programs no riddle: a field that nobody sees, and the least time to fill."""

    website = StringField("Leave this empty")
    began = HiddenField()

    def validate(self, extra_validators: dict[str, list[object]] | None = None) -> bool:
        """Also whether a person wrote it. What was typed stays, so that who was taken for a program presses once more."""
        is_well = super().validate(extra_validators)
        said = list(self._doubts(clock.now()))
        self.form_errors = said
        return is_well and not said

    def _doubts(self, now: datetime) -> Iterator[str]:
        if self.website.data:
            self.website.data = ""
            yield "A field that nobody sees was filled in, as programs do. It is empty again: please press once more."
        if not is_stamped_before(self.began.data or "", now):
            self.began.data = stamp(now)
        if not is_stamped_before(self.began.data or "", now - LEAST_TO_FILL):
            yield "That was very quick, and programs are quick. Please press once more."


class ReminderForm(HandWrittenForm):
    """When somebody may buy at the earliest is told to them on the day."""

    email = EmailField("E-mail", [DataRequired("Where shall we write to?"), one_address], filters=[one_line])
    began_on = DateField(
        "First treatment of your course",
        [InputRequired("On which day is, or was, your first treatment?")],
        description="The day it was, or the day that is booked.",
    )


class ConsultationForm(HandWrittenForm):
    """Asks for no more than it takes to call somebody back."""

    name = StringField(
        "Your name",
        filters=[one_line],
        validators=[DataRequired("Tell us what to call you."), Length(max=200, message="At most 200 characters.")],
    )
    email = EmailField(
        "E-mail",
        filters=[one_line],
        validators=[
            DataRequired("We need an address to answer to."),
            one_address,
            Length(max=254, message="At most 254 characters."),
        ],
    )
    phone = TelField(
        "Telephone",
        filters=[one_line],
        validators=[Optional(), Regexp(PHONE, message="Only digits, spaces and + ( ) - . /, at least six.")],
    )
    concerns = ChecksField(
        "What is it about?",
        description="Tick what fits; one or several.",
        choices=[SelectChoice(code, name) for code, name in CONCERNS.items()],
    )
    concern = TextAreaField(
        "In your own words",
        description="Something else, or more about it. Nothing else about your health is needed yet.",
        filters=[trimmed],
        validators=[ticked_or_written, Length(max=2000, message="At most 2,000 characters.")],
    )
    wishes = TextAreaField(
        "What do you hope for, or fear?",
        filters=[trimmed],
        validators=[Length(max=2000, message="At most 2,000 characters.")],
    )
    times = StringField(
        "When suits you?",
        description="For example: Tuesday or Thursday after 5 pm",
        filters=[one_line],
        validators=[Length(max=300, message="At most 300 characters.")],
    )

    def wish(self) -> Wish:
        return Wish(
            name=self.name.data or "",
            email=(self.email.data or "").lower(),
            phone=self.phone.data or "",
            concern=self.concern.data or "",
            wishes=self.wishes.data or "",
            times=self.times.data or "",
            concerns=",".join(code for code in CONCERNS if code in (self.concerns.data or ())),
        )
