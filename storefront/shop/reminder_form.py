"""The form in which a client says of what to be reminded, on which day and at what hour."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from storefront.eligibility.home_reminder_rules import AFTER, REPLACING, USE, Wishes

FIRST_DAY = "first"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS, USUAL_HOUR = range(6, 22), 18


class RemindersForm(FlaskForm):
    use = BooleanField("The day on which I may use my roller")
    after = BooleanField("The day after, for the sunscreen", description="The day after each one in your diary.")
    replacing = BooleanField("When my roller is used up or too old, and I may order the next one")
    weekday = SelectField(
        "Which day for the roller?",
        choices=[
            SelectChoice(FIRST_DAY, "The first day that my diary allows"),
            *(SelectChoice(str(nth), f"Every {name}, if it is allowed by then") for nth, name in enumerate(WEEKDAYS)),
        ],
    )
    hour = SelectField("At what time?", choices=[SelectChoice(str(hour), f"{hour:02}:00") for hour in HOURS])

    def validate(self, extra_validators: object = None) -> bool:
        is_valid = super().validate(extra_validators)
        if not (self.use.data or self.after.data or self.replacing.data):
            self.use.errors = ["Choose at least one, or end the reminders below."]
            return False
        return bool(is_valid)

    def wishes(self) -> Wishes:
        chosen = {USE: self.use.data, AFTER: self.after.data, REPLACING: self.replacing.data}
        weekday = None if self.weekday.data == FIRST_DAY else int(self.weekday.data)
        return Wishes(frozenset(kind for kind, is_wanted in chosen.items() if is_wanted), int(self.hour.data), weekday)

    @classmethod
    def showing(cls, wishes: Wishes | None) -> RemindersForm:
        """The form with what was set before; for the first time all three, in the evening."""
        told = wishes or Wishes(frozenset((USE, AFTER, REPLACING)), USUAL_HOUR)
        weekday = FIRST_DAY if told.weekday is None else str(told.weekday)
        wanted = {"use": USE in told.kinds, "after": AFTER in told.kinds, "replacing": REPLACING in told.kinds}
        return cls(formdata=None, **wanted, weekday=weekday, hour=str(told.hour))
