"""The clients' forms. They check shape; a valid one yields one value, and the rules say what it is worth."""

import re

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
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
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from storefront import clock
from storefront.accounts.actions import is_email
from storefront.eligibility.photos import PHOTO_LIMITS
from storefront.eligibility.reaction_rules import SIGNS, SIZES, Answers
from storefront.eligibility.recheck_rules import Answered, short_questions
from storefront.eligibility.screening_rules import ANSWERS
from storefront.orders.rules import Delivery, delivery_kinds

MOST = 99
LONGEST_NAME = 200
PHOTO_WORDS = f"Kept encrypted with your report, for your practitioner’s eyes. {PHOTO_LIMITS}"
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}")
SIGN_CHOICES = [SelectChoice(code, name) for code, name in SIGNS.items()]
SIZE_CHOICES = [SelectChoice(code, name) for code, name in SIZES.items()]
ELSE = "else"
# What somebody with a slip may point at; the same for every parcel, so that it tells nothing of what was in this one.
MEANT = [
    SelectChoice("roller", "The roller"),
    SelectChoice("serum", "The serum"),
    SelectChoice("both", "Both, or I do not know"),
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


def needed_by_post(form: FlaskForm, field: Field) -> None:
    if form.delivery.data == "post" and not field.data:
        raise ValidationError("A parcel needs this.")


class EarlyWishForm(FlaskForm):
    """A client asks to order before the day, in a few words."""

    quantity = IntegerField("How many", [InputRequired("How many?"), NumberRange(1, MOST, "From 1 to %(max)s.")])
    why = TextAreaField(
        "Why do you need it earlier?",
        [DataRequired("A few words are enough."), Length(max=500, message="At most 500 characters.")],
        filters=[trimmed],
        description="Such as: it fell on the floor, or I am away for two months. Your practitioner alone reads it.",
    )


SHORT_ANSWERS = [SelectChoice("no", "No"), SelectChoice("yes", "Yes"), SelectChoice("not_sure", "Not sure")]


def short_question() -> RadioField:
    """One of the two questions before an order; its words come with the page."""
    known = AnyOf([choice.value for choice in SHORT_ANSWERS], "Choose one; “not sure” is an answer.")
    return RadioField("", [Optional(), known], choices=SHORT_ANSWERS, validate_choice=False)


class ShortQuestionsForm(FlaskForm):
    """The two short questions before an order: one tap says no to both, and where it is at odds with an answer, that counts."""

    nothing_new = BooleanField("Nothing new, and no reaction")
    anything_new = short_question()
    reaction = short_question()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        asked = short_questions()
        for field, question in ((self.anything_new, asked.anything_new), (self.reaction, asked.reaction)):
            field.label.text, field.description = question.question, question.then

    def validate_nothing_new(self, field: Field) -> None:
        if self.answered is None:
            raise ValidationError("Tick this when nothing is new, or answer both questions below.")

    @property
    def answered(self) -> Answered | None:
        """None while a question is open."""
        unsaid = "no" if self.nothing_new.data else ""
        answers = [field.data or unsaid for field in (self.anything_new, self.reaction)]
        return Answered(*answers) if set(answers) <= set(ANSWERS) else None


class CheckoutForm(ShortQuestionsForm):
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


class SameAgainForm(CheckoutForm):
    """The same again: which order or kit, what was asked for in the place of something, and the lines that stood on the page."""

    order = HiddenField("Order", [Length(max=20)], filters=[one_line])
    kit = HiddenField("Kit", [Length(max=12)], filters=[one_line])
    instead = HiddenField("Instead", [Length(max=400)], filters=[one_line])
    shown_lines = HiddenField("Lines shown", [Length(max=4000)], filters=[one_line])


class ConsentForm(FlaskForm):
    """The client signs a text; `shown` is the hash of what stands on the page."""

    typed = StringField("Your full name", [DataRequired("Type your name to sign."), Length(max=LONGEST_NAME)])
    shown = HiddenField("Text shown")
