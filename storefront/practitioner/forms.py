"""The practitioner's forms. They check shape; a valid one yields one value, and the rules say what it is worth."""

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    Field,
    Form,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    StopValidation,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from storefront import clock
from storefront.eligibility.policy import Condition, Policy
from storefront.eligibility.reaction_rules import OUTCOMES
from storefront.eligibility.screenings import Given
from storefront.picking import AllergyPicker
from storefront.plain_text import one_line, trimmed

PHONE = re.compile(r"^[+()\d\s./-]{6,40}$")
OLDEST = date(1900, 1, 1)
BEYOND_MM = Decimal(1000)
BLEEDING = [
    SelectChoice("none", "None"),
    SelectChoice("occasional", "Occasional points"),
    SelectChoice("more", "More than that"),
]
MOMENTS = [SelectChoice("before", "Before the course"), SelectChoice("after", "After it")]
OUTCOME_CHOICES = [SelectChoice(code, outcome.name) for code, outcome in OUTCOMES.items()]
READINGS = [
    SelectChoice("named", "It means what I pick here"),
    SelectChoice("elsewhere", "It is in nothing that we sell"),
    SelectChoice("none", "It is no allergy"),
]
ANSWERS = [SelectChoice("no", "No"), SelectChoice("yes", "Yes"), SelectChoice("not_sure", "Not sure")]
DEFERRAL_WORDS = [
    SelectChoice("later", "Later: I look at it again on a day"),
    SelectChoice("skin", "The skin has to rest and heal first"),
    SelectChoice("visit", "I want to see the skin first"),
    SelectChoice("treatment", "Another treatment comes first"),
    SelectChoice("unsuitable", "Home care with a roller is not right for this skin"),
]
NEEDED = InputRequired("How long are the needles?")


def line(label: str, *validators: object, most: int = 200, **others: object) -> Field:
    return StringField(label, [*validators, Length(max=most)], filters=[one_line], **others)


def text(label: str, *validators: object, **others: object) -> Field:
    return TextAreaField(label, [*validators, Length(max=4000)], filters=[trimmed], **others)


def not_to_come(_form: Form, field: Field) -> None:
    if field.data and not OLDEST <= field.data <= clock.today():
        raise ValidationError("This day is still to come, or too long ago.")


def whole_micrometres(_form: Form, field: Field) -> None:
    if field.data is not None and field.data * 1000 % 1:
        raise ValidationError("Not finer than 0.001 mm.")


def a_number(_form: Form, field: Field) -> None:
    """Decimal reads “NaN”, “Infinity” and 1e999999 as well, with which nothing can be worked out."""
    if field.data is not None and not (field.data.is_finite() and abs(field.data) < BEYOND_MM):
        field.data = None
        raise StopValidation("A length in millimetres, such as 0.20.")


def micrometres(millimetres: Decimal | None) -> int:
    return int((millimetres or Decimal(0)) * 1000)


def millimetres(micrometres: int) -> Decimal:
    """A depth as it stands in a form: 0.20, or 0.155 where it is finer."""
    exact = Decimal(micrometres) / 1000
    return exact.quantize(Decimal("0.01")) if micrometres % 10 == 0 else exact


def depth(label: str, *validators: object, **others: object) -> Field:
    limits = NumberRange(Decimal("0"), Decimal("9.99"), "A length in millimetres, such as 0.20.")
    return DecimalField(label, [*validators, a_number, limits, whole_micrometres], places=None, **others)


def distinct(form: FlaskForm, key: str) -> FlaskForm:
    """The same form several times on one page: names stay, ids differ."""
    for field in form:
        field.id = field.label.field_id = f"{key}-{field.name}"
    return form


class ChecksField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class BirthForm(FlaskForm):
    """What is new of a visitor who becomes a client."""

    born_on = DateField("Date of birth", [InputRequired("It is asked again at the first sign-in."), not_to_come])


class ClientForm(BirthForm):
    name = line("Name", DataRequired("What is the client's full name?"))
    email = EmailField("E-mail", [DataRequired("The invitation goes there."), Length(max=254)], filters=[one_line])
    phone = TelField("Telephone", [Optional(), Regexp(PHONE, message="Only digits, spaces and + ( ) - . /")])


class WhyForm(FlaskForm):
    """An act that needs its reason: a gap explained, an approval withdrawn."""

    why = text("Reason", DataRequired("Write the reason."))


class PresenceForm(FlaskForm):
    """Who was away shows that they are back."""

    password = PasswordField("Your password", [DataRequired("Type your password."), Length(max=1000)])


class GapDecisionForm(FlaskForm):
    counts = RadioField(
        "Does the course still count?",
        [InputRequired("Decide on one.")],
        choices=[
            SelectChoice("yes", "Yes, it counts"),
            SelectChoice("no", "No, it begins again with the treatment after the gap"),
        ],
    )
    why = text("Reason", DataRequired("Write the reason."))


class ConsentForm(FlaskForm):
    """The client signs a text on the tablet; `shown` is the hash of what stands on the page."""

    typed = line("The client’s full name, typed by them", DataRequired("The client types their name here."))
    shown = HiddenField("Text shown")


class PhotoForm(FlaskForm):
    picture = FileField("Picture", [DataRequired("Choose a picture.")])
    moment = RadioField("Taken", [InputRequired("Before or after?")], choices=MOMENTS)
    view = line("View", DataRequired("What does it show?"), most=40, default="face, front")
    taken_on = DateField("Day", [InputRequired("On which day?"), not_to_come])


class SeenForm(FlaskForm):
    note = text("How the skin is now", DataRequired("Write what you saw."))


class ClearanceForm(FlaskForm):
    note = text("Note", DataRequired("Write why it may be lifted."))
    from_on = DateField("Counts from", [InputRequired("From which day?")])
    letter_seen = BooleanField("I have seen the doctor's letter")
    said = HiddenField("Answers shown")


class EarlyAnswerForm(FlaskForm):
    """An exception for one order before its day, granted within limits or not."""

    granted = RadioField(
        "May it be ordered early?",
        [InputRequired("Decide on one.")],
        choices=[
            SelectChoice("yes", "Yes, once, within these limits"),
            SelectChoice("no", "No, it stays with the day"),
        ],
    )
    quantity = IntegerField("How many at most", [Optional(), NumberRange(1, 99)])
    until = DateField("Ordered no later than", [Optional()])
    note = text("Note to the client", DataRequired("Write why; the client reads it."))

    def validate_granted(self, field: Field) -> None:
        if field.data == "yes" and not (self.quantity.data and self.until.data):
            raise ValidationError("An exception needs a number and a last day.")


class OutcomeForm(FlaskForm):
    outcome = RadioField("Outcome", [InputRequired("Choose one.")], choices=OUTCOME_CHOICES)
    note = text("Note", DataRequired("Write what you found."))


class AllergyForm(AllergyPicker):
    """One allergy or several, each by a name of the lists or in the client's own words."""

    def validate_name(self, field: Field) -> None:
        if not self.told:
            raise ValidationError("An ingredient's name, a group of them, or nickel.")


class ReadingForm(AllergyPicker):
    """What an allergy is that no list of ours holds."""

    outcome = RadioField("What is it?", [InputRequired("Choose one.")], choices=READINGS)
    note = text("Note", DataRequired("Write what you found out."))


class StrikingForm(FlaskForm):
    """An allergy that proved to be none."""

    note = text("Why it is none", DataRequired("Write how you know."))


class ApprovalForm(FlaskForm):
    greatest_mm = depth("Greatest depth in mm", NEEDED)
    serums = ChecksField("Serums by name")
    classes = ChecksField("Serums by class")
    reorder_days = IntegerField("Again after days", [InputRequired("After how many days?"), NumberRange(1, 3650)])
    quantity = IntegerField("Of one kind in an order", [InputRequired("How many?"), NumberRange(1, 99)])
    uses_per_roller = IntegerField("Uses per roller", [InputRequired("How many uses?"), NumberRange(1, 99)])
    valid_until = DateField("Valid until", [InputRequired("Until when?")])
    deep_note = text("Why so deep")
    review_note = text("Why these serums")
    note = text("Note to the client")
    shown = HiddenField("Record shown")


class DeferralForm(FlaskForm):
    """Not now: denied for a reason, or later, on a day."""

    why = RadioField("Why not now", [InputRequired("Choose one.")], choices=DEFERRAL_WORDS)
    until = DateField("Look again on", [Optional()], description="Only for “later”.")
    note = text("Note")


class ScreeningForm(AllergyPicker):
    """The questions are added per version of the screening by `screening_form`."""

    def asked(self, condition: Condition) -> dict[str, Field | None]:
        ends = {"answer": "", "detail": "-detail", "since": "-since"}
        return {name: self._fields.get(condition.code + end) for name, end in ends.items()}

    def given(self, policy: Policy) -> dict[str, Given]:
        """What was answered, by the code of each condition; a question that was not due may be left."""
        answers = {}
        for condition in policy.conditions:
            told = {name: field.data if field else None for name, field in self.asked(condition).items()}
            is_no = told["answer"] == "no"
            detail, since = ("", None) if is_no else (told["detail"] or "", told["since"])
            if condition.picks_allergies and not is_no:
                detail = ", ".join(self.told)
            if told["answer"]:
                answers[condition.code] = Given(told["answer"], detail, since)
        return answers


def screening_form(policy: Policy, due: Collection[Condition]) -> ScreeningForm:
    """A form with a question for each condition, and what is asked after it; those that are due have to be answered."""
    asked: dict[str, Field] = {}
    for condition in policy.conditions:
        needed = InputRequired("Choose one.") if condition in due else Optional()
        asked[condition.code] = RadioField(condition.question, [needed], choices=ANSWERS)
        if condition.follow_up and not condition.picks_allergies:
            asked[f"{condition.code}-detail"] = line(condition.follow_up, most=500)
        if condition.since:
            asked[f"{condition.code}-since"] = DateField(condition.since, [Optional(), not_to_come])
    form: ScreeningForm = type("Questions", (ScreeningForm,), asked)()
    return form
