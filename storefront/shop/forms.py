"""The clients' forms. They check shape; a valid one yields one value, and the rules say what it is worth."""

import re

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from storefront import clock
from storefront.accounts.actions import is_email
from storefront.orders.rules import Delivery, delivery_kinds

MOST = 99
LONGEST_NAME = 200
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}")
# Warning signs as the clinic's rules name them; the words are what the practitioner reads.
SIGNS = [
    SelectChoice("redness-long", "Redness for more than 72 hours"),
    SelectChoice("hot-spreading", "Hot, or spreading"),
    SelectChoice("swelling", "Swelling"),
    SelectChoice("blisters", "Blisters"),
    SelectChoice("pus", "Pus, or a fever"),
    SelectChoice("rows", "Straight rows of marks"),
    SelectChoice("dark", "Dark patches"),
    SelectChoice("bumps", "Firm bumps or itchy patches"),
    SelectChoice("bleeding", "Bleeding with the home roller"),
    SelectChoice("other", "Something else"),
]


def one_line(text: str | None) -> str:
    return " ".join((text or "").replace("\0", " ").split())


def trimmed(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\0", "").strip()


def not_to_come(_form: FlaskForm, field: DateField) -> None:
    if field.data and field.data > clock.today():
        raise ValidationError("This day is still to come.")


class ChecksField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SafetyAddressForm(FlaskForm):
    """Where recalls are sent; empty is the address of the account."""

    email = EmailField("E-mail for recalls", [Length(max=254)], filters=[one_line])

    def validate_email(self, field: Field) -> None:
        if field.data and not is_email(field.data):
            raise ValidationError("That does not look like an e-mail address, such as name@example.org.")


class LineForm(FlaskForm):
    """One product and how many of it."""

    sku = StringField("Product", [InputRequired("Choose a product."), Length(max=40)], filters=[one_line])
    quantity = IntegerField("How many", [InputRequired("How many?"), NumberRange(1, MOST, "From 1 to %(max)s.")])


class ReactionForm(FlaskForm):
    """Which product, since when, what is to be seen; told in the client's own words."""

    product = RadioField("Which product was it?", [InputRequired("Choose one; “something else” is an answer.")])
    began_on = DateField("Since when?", [Optional(), not_to_come], description="The first day on which you saw it.")
    signs = ChecksField("What do you see or feel?", description="Tick all that fit.", choices=SIGNS)
    told = TextAreaField(
        "In your own words",
        [Length(max=4000, message="At most 4,000 characters.")],
        filters=[trimmed],
        description="Where on the skin, how large, what you did before. Write as much or as little as you like.",
    )

    def validate_told(self, field: Field) -> None:
        if not field.data and not self.signs.data:
            raise ValidationError("Tick what you see, or write a few words.")

    def words(self) -> str:
        """What was ticked and what was written, as the practitioner reads it."""
        ticked = [sign.label for sign in SIGNS if sign.value in (self.signs.data or [])]
        return "\n".join(part for part in ("; ".join(ticked), self.told.data or "") if part)


def needed_by_post(form: FlaskForm, field: Field) -> None:
    if form.delivery.data == "post" and not field.data:
        raise ValidationError("A parcel needs this.")


class CheckoutForm(FlaskForm):
    """How the order reaches the client, and the totals that were shown: the one that was read is the one that is charged."""

    delivery = RadioField("How shall it reach you?", [InputRequired("Choose one.")])
    recipient = StringField("Name on the parcel", [Length(max=200)], filters=[one_line])
    line1 = StringField("Address", [needed_by_post, Length(max=200)], filters=[one_line])
    line2 = StringField("Second line", [Length(max=200)], filters=[one_line])
    town = StringField("Town", [needed_by_post, Length(max=100)], filters=[one_line])
    postcode = StringField("Postcode", [needed_by_post], filters=[one_line, str.upper])
    shown_post = IntegerField("Total by post", [Optional()])
    shown_collection = IntegerField("Total at the clinic", [Optional()])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.delivery.choices = [SelectChoice(kind.code, kind.name) for kind in delivery_kinds().values()]

    def validate_postcode(self, field: Field) -> None:
        if self.delivery.data == "post" and field.data and not POSTCODE.fullmatch(field.data):
            raise ValidationError("That does not look like a UK postcode, such as M1 2AB.")

    @property
    def shown_minor(self) -> int | None:
        """The total that stood on the page beside the chosen delivery."""
        return self.shown_post.data if self.delivery.data == "post" else self.shown_collection.data

    def value(self) -> Delivery:
        kind = self.delivery.data
        lines = [self.line1.data, self.line2.data, self.town.data, self.postcode.data]
        address = "\n".join(line for line in lines if line) if kind == "post" else ""
        return Delivery(kind, self.recipient.data or "", address)


class ConsentForm(FlaskForm):
    """The client signs a text; `shown` is the hash of what stands on the page."""

    typed = StringField("Your full name", [DataRequired("Type your name to sign."), Length(max=LONGEST_NAME)])
    shown = HiddenField("Text shown")
