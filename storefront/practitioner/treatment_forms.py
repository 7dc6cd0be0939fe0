"""The forms of a session: recorded at the chair in under a minute, corrected later, or read off the clinic's papers. What rarely
changes is filled in from the last session; the order of the fields is the order of the work."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, StopValidation

from storefront.eligibility.photos import PHOTO_LIMITS
from storefront.eligibility.treatments import PLAIN, AreaTold, TopicalTold, TreatmentTold
from storefront.practitioner.forms import BLEEDING, depth, line, micrometres, millimetres, not_to_come, text

TANS = ("burns always, never tans", "burns easily", "burns at times", "burns rarely", "brown", "black")
NUMERALS = ("I", "II", "III", "IV", "V", "VI")
TYPES = [SelectChoice(str(n), f"{NUMERALS[n - 1]}: {tan}") for n, tan in enumerate(TANS, 1)]
HEALTH = [SelectChoice("no", "Asked: nothing is new"), SelectChoice("yes", "Asked: this is new")]
UNASKED = SelectChoice("unasked", "Not on record")
ROWS = 3
MOST_PAPERS = 6
PAPER_LIMITS = f"PDF, {PHOTO_LIMITS}"


class NeededBeside:
    """A row is whole or left out: this field is needed as soon as the other is filled in."""

    def __init__(self, other: str, message: str) -> None:
        self.other, self.message = other, message

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            field.errors = []
            raise StopValidation(self.message if form[self.other].data else "")


class AreaRow(Form):
    """One area; a row without a name is not meant."""

    area = line("Area", most=80)
    needle_mm = depth("Depth in mm", NeededBeside("area", "How deep?"))
    passes = IntegerField("Passes", [NeededBeside("area", "How often over it?"), NumberRange(1, 50)])
    device = line("Device", NeededBeside("area", "With what?"), most=120)
    device_lot = line("Lot of the needles", NeededBeside("area", "Which lot?"), most=60)

    def told(self) -> AreaTold:
        words = {name: self[name].data for name in ("area", "passes", "device", "device_lot")}
        return AreaTold(needle_um=micrometres(self.needle_mm.data), **words)


class TopicalRow(Form):
    """One thing that was put on; a row without a name is not meant."""

    name = line("Put on the skin")
    lot = line("Its lot", most=60)


class TreatmentForm(FlaskForm):
    """One session."""

    treated_on = DateField("Day", [InputRequired("On which day?"), not_to_come])
    health_asked = RadioField("The client’s health today", [InputRequired("Ask, then choose.")], choices=HEALTH)
    health_news = line("What is new, where something is", most=2000)
    skin_type = SelectField(
        "Skin type (Fitzpatrick)", [DataRequired("Which type?")], choices=[SelectChoice("", "Choose"), *TYPES]
    )
    areas = FieldList(FormField(AreaRow), min_entries=ROWS, max_entries=ROWS * 2)
    topicals = FieldList(FormField(TopicalRow), min_entries=ROWS, max_entries=ROWS * 2)
    numbing_cream = BooleanField("Numbing cream was used")
    end_point = line("End point seen", description="For example: even redness.")
    bleeding = RadioField("Bleeding", choices=BLEEDING, default="none")
    track_marks = BooleanField("Track marks are seen")
    minutes_to_settle = IntegerField("Minutes until the skin settled", [Optional(), NumberRange(0, 10000)])
    reactions = line("Reactions", most=2000)
    aftercare_given = BooleanField("Aftercare was explained, and the sheet given")
    next_on = DateField("Next session", [Optional()])
    gap_reason = line("Reason for the gap", most=2000)
    notes = text("Notes")

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        is_well = bool(super().validate(extra_validators))
        return self._has_area() and self._says_what_is_new() and is_well

    def _has_area(self) -> bool:
        first = self.areas[0].form.area
        if not any(row.form.area.data for row in self.areas):
            first.errors = ["Which area?"]
        return not first.errors

    def _says_what_is_new(self) -> bool:
        if self.health_asked.data == "yes" and not self.health_news.data:
            self.health_news.errors = ["Write what is new. If it stops home care, ask the safety questions too."]
        return not self.health_news.errors

    def told(self) -> TreatmentTold:
        kept = {name: self[name].data for name in PLAIN if name in self}
        kept["skin_type"] = int(self.skin_type.data) if self.skin_type.data else None
        told = {"no": "", "yes": self.health_news.data, "unasked": None}
        kept["health_today"] = told[self.health_asked.data]
        areas = tuple(row.form.told() for row in self.areas if row.form.area.data)
        topicals = [row.data for row in self.topicals if row.form["name"].data]
        return TreatmentTold(**kept, areas=areas, topicals=tuple(TopicalTold(**row) for row in topicals))


class CorrectionForm(TreatmentForm):
    """A session told anew; what was never asked may stay so."""

    health_asked = RadioField("The client’s health that day", choices=[*HEALTH, UNASKED], default="unasked")
    skin_type = SelectField("Skin type (Fitzpatrick)", choices=[SelectChoice("", "Not on record"), *TYPES])
    is_struck = BooleanField("It did not take place: recorded by mistake")
    shown = HiddenField("Version shown")
    why = text("Reason for the correction", DataRequired("Write what was wrong."))

    def corrected(self, before: TreatmentTold) -> TreatmentTold:
        """What is told now; “never asked” stays apart from “no” where nothing was ticked."""
        told = self.told()
        if before.aftercare_given is None and not told.aftercare_given:
            kept = {name: getattr(told, name) for name in TreatmentTold.__slots__}
            return TreatmentTold(**{**kept, "aftercare_given": None})
        return told


def as_typed(told: TreatmentTold) -> dict[str, Any]:
    """A session as its form holds it."""
    plain = {name: getattr(told, name) for name in PLAIN if name != "health_today"}
    asked = {None: "unasked", "": "no"}.get(told.health_today, "yes")
    areas = [
        {name: getattr(area, name) for name in AreaTold.__slots__} | {"needle_mm": millimetres(area.needle_um)}
        for area in told.areas
    ]
    topicals = [{"name": topical.name, "lot": topical.lot} for topical in told.topicals]
    others = {"health_asked": asked, "health_news": told.health_today or "", "skin_type": str(told.skin_type or "")}
    return {**plain, **others, "areas": areas, "topicals": topicals}


LIKE_LAST_TIME = ("areas", "topicals", "skin_type", "numbing_cream", "end_point")


def proposed(last: TreatmentTold | None, today: date, next_on: date | None) -> dict[str, Any]:
    """What the form proposes: today, the last session's values, the next one's first day. The health is never proposed."""
    values = as_typed(last) if last else {"areas": [{"area": "face"}]}
    kept = {name: values[name] for name in LIKE_LAST_TIME if name in values}
    return {**kept, "treated_on": today, "next_on": next_on, "aftercare_given": True}


class PaperRow(Form):
    """One treatment as the papers show it; a row without a day is not meant."""

    treated_on = DateField("Day", [Optional(), not_to_come])
    needle_mm = depth("Needle depth in mm", NeededBeside("treated_on", "How long were the needles?"))
    bleeding = RadioField("Bleeding", choices=BLEEDING, default="none")
    track_marks = BooleanField("Track marks")
    gap_reason = line("Reason for the gap before, where it is unusual", most=2000)
    notes = line("Notes; how the skin healed", most=2000)

    def told(self) -> TreatmentTold:
        kept = {name: self[name].data for name in ("treated_on", "bleeding", "track_marks", "gap_reason", "notes")}
        return TreatmentTold(**kept, areas=(AreaTold(needle_um=micrometres(self.needle_mm.data or Decimal(0))),))


class PapersForm(FlaskForm):
    """A course from before the shop existed: by a copy of the papers, an attestation, or both."""

    treatments = FieldList(FormField(PaperRow), min_entries=4, max_entries=MOST_PAPERS)
    document = FileField("A copy of the papers", description=PAPER_LIMITS)
    attestation = text("Attestation")

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        is_well = bool(super().validate(extra_validators))
        if not self.attestation.data and not self.document.data:
            self.attestation.errors = ["Say what you have seen and where it is kept, or add a copy of it."]
        return is_well and not self.attestation.errors

    def told(self) -> list[TreatmentTold]:
        return [row.form.told() for row in self.treatments if row.form.treated_on.data]

    def paper(self) -> bytes:
        return self.document.data.read() if self.document.data else b""
