"""The clients' forms. They check shape; a valid one yields one value, and the rules say what it is worth."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
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
from storefront.eligibility.photos import PHOTO_LIMITS
from storefront.eligibility.reaction_rules import SIGNS, SIZES, Answers
from storefront.plain_text import one_line, trimmed

MOST = 99
LONGEST_NAME = 200
PHOTO_WORDS = f"Kept encrypted with your report, for your practitioner’s eyes. {PHOTO_LIMITS}"
SIGN_CHOICES = [SelectChoice(code, name) for code, name in SIGNS.items()]
SIZE_CHOICES = [SelectChoice(code, name) for code, name in SIZES.items()]
ELSE = "else"
# What somebody with a slip may point at; the same for every parcel, so that it tells nothing of what was in this one.
MEANT = [
    SelectChoice("roller", "The roller"),
    SelectChoice("serum", "The serum"),
    SelectChoice("both", "Both, or I do not know"),
]


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
    shown = IntegerField("How many were there", [Optional()])


class NewsForm(FlaskForm):
    """Up to where somebody has read."""

    until = IntegerField("Read up to", [InputRequired(), NumberRange(1, 2**31 - 1)])


class DiscountForm(FlaskForm):
    """A discount code, and the page that it was typed on."""

    code = StringField("Discount code", [DataRequired("Type the code."), Length(max=40)], filters=[one_line])
    page = HiddenField("Page", [Length(max=20)])


class KitForm(FlaskForm):
    """A kit, by its code."""

    kit = StringField("Kit", [InputRequired("Choose a kit."), Length(max=12)], filters=[one_line])


class DiaryForm(FlaskForm):
    """One day on which one roller was used."""

    roller = HiddenField("Roller", [InputRequired("Choose the roller."), Length(max=100)])
    day = DateField("Day", [InputRequired("Which day was it?"), not_to_come])


class SkinForm(FlaskForm):
    """What happened to the skin; told in the client's own words."""

    used_on = DateField("When did you last use it?", [Optional(), not_to_come])
    signs = ChecksField("What do you see or feel?", description="Press all that fit.", choices=SIGN_CHOICES)
    size = RadioField("How large is it?", choices=SIZE_CHOICES, validate_choice=False)  # nobody is held up by this one
    began_on = DateField("Since when?", [Optional(), not_to_come], description="The first day on which you saw it.")
    photo = FileField("A picture", description=PHOTO_WORDS)
    told = TextAreaField(
        "In your own words",
        [Length(max=4000, message="At most 4,000 characters.")],
        filters=[trimmed],
        description="Where on the skin, what you did before. As much or as little as you like.",
    )

    def validate_told(self, field: Field) -> None:
        if not field.data and not self.signs.data:
            raise ValidationError("Press what you see above, or write a few words.")

    def words(self) -> str:
        """What was ticked and what was written, as the practitioner reads it."""
        ticked = [sign.label for sign in SIGN_CHOICES if sign.value in (self.signs.data or [])]
        return "\n".join(part for part in ("; ".join(ticked), self.told.data or "") if part)

    def answers(self, order_number: str = "") -> Answers:
        size = self.size.data if self.size.data in SIZES else ""
        return Answers(tuple(self.signs.data or ()), size or "", self.used_on.data, order_number)

    def picture(self) -> bytes:
        """The bytes that came; none when nothing was chosen."""
        return self.photo.data.read() if self.photo.data else b""


class ReactionForm(SkinForm):
    product = RadioField("Which product was it?", [InputRequired("Choose one; “something else” is an answer.")])


class SlipForm(SkinForm):
    """A report by the code on a parcel's slip; of what was in the parcel nothing is shown."""

    code = StringField(
        "The code on your slip",
        [DataRequired("Eight letters and figures, below the words “Something wrong with your skin?”."), Length(max=40)],
        filters=[one_line, str.upper],
    )
    product = RadioField("Which product was it?", [InputRequired("Choose one.")], choices=MEANT, default="both")


class EarlyWishForm(FlaskForm):
    """A client asks to order before the day, in a few words."""

    quantity = IntegerField("How many", [InputRequired("How many?"), NumberRange(1, MOST, "From 1 to %(max)s.")])
    why = TextAreaField(
        "Why do you need it earlier?",
        [DataRequired("A few words are enough."), Length(max=500, message="At most 500 characters.")],
        filters=[trimmed],
        description="Such as: it fell on the floor, or I am away for two months. Your practitioner alone reads it.",
    )


class ConsentForm(FlaskForm):
    """The client signs a text; `shown` is the hash of what stands on the page."""

    typed = StringField("Your full name", [DataRequired("Type your name to sign."), Length(max=LONGEST_NAME)])
    shown = HiddenField("Text shown")
