"""The visitors' forms. They check shape; a valid one yields one value."""

import re

from flask_wtf import FlaskForm
from wtforms import EmailField, StringField, TelField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional, Regexp

from storefront.accounts.actions import is_email
from storefront.eligibility.consultations import Wish

PHONE = re.compile(r"^[+()\d\s./-]{6,40}$")


def one_line(text: str | None) -> str:
    return " ".join((text or "").replace("\0", " ").split())


def trimmed(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\0", "").strip()


def one_address(_form: FlaskForm, field: EmailField) -> None:
    """One address and nothing beside it: a mail goes there."""
    if not is_email(field.data or ""):
        raise ValidationError("That does not look like an e-mail address, such as name@example.org.")


class ConsultationForm(FlaskForm):
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
    concern = TextAreaField(
        "What is it about?",
        description="A scar, lines, large pores: in your own words. Nothing else about your health is needed yet.",
        filters=[trimmed],
        validators=[DataRequired("A few words are enough."), Length(max=2000, message="At most 2,000 characters.")],
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
    website = StringField("Leave this empty")

    @property
    def is_trapped(self) -> bool:
        """People do not see the last field; who fills it in is a program."""
        return bool(self.website.data)

    def wish(self) -> Wish:
        return Wish(
            name=self.name.data or "",
            email=(self.email.data or "").lower(),
            phone=self.phone.data or "",
            concern=self.concern.data or "",
            wishes=self.wishes.data or "",
            times=self.times.data or "",
        )
