"""What the admin types of a recall: the batches and the cause, the parts of the notice with a proposal for each, and every
attempt to reach a client."""

from datetime import datetime

from flask import current_app
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from catalogue.documents import LARGEST, taken
from catalogue.pictures import FORMATS
from catalogue.recall_notices import Notice
from catalogue.recalls import Picture
from catalogue.verdicts import Refused
from storefront.admin.forms import ReasonForm, content_of, is_sent, text_field
from storefront.clock import day_of
from storefront.plain_text import one_line, trimmed

LONGEST = Length(max=2000, message="At most 2,000 characters.")
SEVERITIES = [
    SelectChoice("serious", "Serious: somebody may be harmed, and soon"),
    SelectChoice("other", "Other: it must not be used any longer"),
]
REMEDIES = [
    SelectChoice("refund", "Refund"),
    SelectChoice("replacement", "A unit of another batch"),
    SelectChoice("repair", "Repair"),
]
WAYS = [SelectChoice("phone", "By telephone"), SelectChoice("letter", "By letter"), SelectChoice("mail", "By mail")]
OUTCOMES = [
    SelectChoice("not_reached", "Not reached"),
    SelectChoice("reached", "Reached"),
    SelectChoice("came_back", "It came back"),
]
ANSWERS = [
    SelectChoice("", "no answer yet"),
    SelectChoice("stopped", "Stopped, destroyed"),
    SelectChoice("never_received", "Never received it"),
    SelectChoice("passed_on", "Passed it on"),
]


class ChecksField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OpeningForm(ReasonForm):
    """Which batches, how bad, and why: the cause stands on the public page."""

    codes = ChecksField("Which batches?", [InputRequired("Tick one at least.")])
    severity = RadioField("How bad is it?", choices=SEVERITIES, default="serious")


class NoticeForm(FlaskForm):
    """The parts of the notice. Any may be left open and written later; the page says what is missing."""

    hazard = TextAreaField(
        "What is the danger?",
        [LONGEST],
        filters=[trimmed],
        description="In plain words, and nothing that plays it down.",
    )
    action = TextAreaField("What must they do?", [LONGEST], filters=[trimmed], description="Above all: stop using it.")
    where = TextAreaField("Where on the pack does the number stand?", [LONGEST], filters=[trimmed])
    sold = TextAreaField("Sold when, where and by whom", [LONGEST], filters=[trimmed])
    remedies = ChecksField(
        "What do they get?", choices=REMEDIES, description="Two at least, or the reason why only one."
    )
    only_remedy = TextAreaField("Why only one", [LONGEST], filters=[trimmed])
    contact = TextAreaField("Where can they ask, free of charge?", [LONGEST], filters=[trimmed])
    share = TextAreaField("Asking them to tell others", [LONGEST], filters=[trimmed])
    picture = FileField("A picture of the product", description=f"PNG, JPEG or WebP, at most {LARGEST // 2**20} MB.")

    where_picture = FileField(
        "A picture of where the number stands",
        description="The pack or the bottle with the number in view. Clients find it sooner by a picture than by words.",
    )

    def validate_picture(self, field: Field) -> None:
        if not is_sent(field.data):
            return
        try:
            media_type, _ = taken(field.data.filename, content_of(field.data))
        except Refused as refused:
            raise ValidationError(" ".join(reason.text for reason in refused.verdict.reasons)) from None
        if media_type not in FORMATS:
            raise ValidationError("This is no picture.")

    validate_where_picture = validate_picture

    def notice(self) -> Notice:
        texts = ("where", "sold", "hazard", "action", "only_remedy", "contact", "share")
        told = {name: self[name].data or "" for name in texts}
        return Notice(remedies=tuple(self.remedies.data or ()), **told)

    @property
    def pictures(self) -> tuple[Picture | None, Picture | None]:
        """Of the product and of where the number stands, drawn anew; None where none was sent."""
        return _drawn(self.picture), _drawn(self.where_picture)


def _drawn(field: Field) -> Picture | None:
    return Picture(*taken(field.data.filename, content_of(field.data))) if is_sent(field.data) else None


def proposed(sold: tuple[datetime | None, datetime | None]) -> Notice:
    """What can be said before anybody wrote a word. The danger and where the number stands are for a person to say."""
    settings = current_app.config["SETTINGS"]
    first, last = sold
    when = f"From {in_words(first)} to {in_words(last)}" if first and last else "Not sold to anybody"
    return Notice(
        sold=f"{when}, by {settings.clinic_name}, {settings.clinic_address}, by post and at the clinic.",
        action="Stop using it at once. Put a roller into your sharps box; close a serum and throw it away. Do not send it back.",
        remedies=("refund",),
        only_remedy="What touched your skin or was opened cannot be repaired, and we have no other batch to replace it with.",
        contact=f"Call {settings.clinic_phone}, say “recall”, and we call back at once: it costs you nothing.",
        share="Please tell everybody to whom you gave it, and everybody who may use it in your home.",
    )


def in_words(instant: datetime) -> str:
    on = day_of(instant)
    return f"{on.day} {on:%B %Y}"


class AttemptForm(FlaskForm):
    """One attempt to reach one client, and what they said."""

    way = SelectField("How?", choices=WAYS)
    outcome = SelectField("How did it go?", choices=OUTCOMES)
    answer = SelectField("What do they say?", choices=ANSWERS, default="")
    note = StringField("Note", [Length(max=500)], filters=[one_line])


class EndForm(ReasonForm):
    why = TextAreaField("How did it end?", [DataRequired("Say how it ended."), Length(max=1000)], filters=[trimmed])


class DrillForm(FlaskForm):
    batch = text_field("Batch or supplier’s lot", DataRequired("Name a batch or a lot."), longest=60)
