"""The admin's small forms, and the fields that several share. They check shape; a valid one yields one value."""

import re
from decimal import Decimal
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, Form, HiddenField, PasswordField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from catalogue.documents import LIMITS, taken
from catalogue.dossiers import Fact
from catalogue.entries import is_numeric
from catalogue.limits import in_words
from catalogue.specification import Condition
from catalogue.verdicts import Refused
from storefront.plain_text import one_line, trimmed

NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)
YES_NO = [SelectChoice("", "not stated"), SelectChoice("yes", "Yes"), SelectChoice("no", "No")]


def pence(pounds: Decimal) -> int:
    """What somebody typed in pounds, to the nearest penny."""
    return round(pounds * 100)


class ReasonForm(FlaskForm):
    why = TextAreaField("Why?", [DataRequired("Say why."), Length(max=1000)], filters=[trimmed])


class VettingForm(FlaskForm):
    """The signature: what was shown, a note for each rule that waits, and the password once more."""

    shown = HiddenField()
    password = PasswordField("Your password", [InputRequired("Type your password to sign."), Length(max=1000)])

    def notes(self) -> list[tuple[str, Field]]:
        """The fields for notes with the rule that each answers."""
        return [(field.description, field) for field in self if field.name.startswith("note_")]

    def notes_given(self) -> dict[str, str]:
        return {rule: field.data for rule, field in self.notes() if field.data}


def vetting_form(rules: tuple[str, ...]) -> VettingForm:
    form: VettingForm = _vetting_form_class(rules)()
    return form


@cache
def _vetting_form_class(rules: tuple[str, ...]) -> type[VettingForm]:
    notes = {
        f"note_{number}": TextAreaField(f"Your note on {rule}", [Length(max=2000)], filters=[trimmed], description=rule)
        for number, rule in enumerate(rules)
    }
    return type("VettingFormWithNotes", (VettingForm,), notes)


def is_document(_form: Form, field: Field) -> None:
    """What was sent can be stored: whole, small enough, and nothing in it but a document."""
    for file in field.data if isinstance(field.data, list) else [field.data]:
        if is_sent(file):
            try:
                taken(file.filename or "The file", content_of(file))
            except Refused as refused:
                raise ValidationError(" ".join(reason.text for reason in refused.verdict.reasons)) from refused


def is_sent(file: object) -> bool:
    return isinstance(file, FileStorage) and bool(file.filename)


def content_of(file: FileStorage) -> bytes:
    file.stream.seek(0)
    content = file.stream.read()
    file.stream.seek(0)
    return content


class DossierFileForm(FlaskForm):
    """A dossier as a TOML file, and the documents that it names."""

    dossier = FileField("The dossier", description="A TOML file with [product], [facts] and [[evidence]].")
    documents = MultipleFileField(
        "Its documents", [is_document], description=f"{LIMITS} Under the names that the dossier uses."
    )

    def validate_dossier(self, field: Field) -> None:
        if not is_sent(field.data):
            raise ValidationError("Choose the dossier's file.")

    @property
    def files(self) -> list[FileStorage]:
        return [file for file in self.documents.data or [] if is_sent(file)]


def typed(text: str | None, demand: Condition | None, current: Fact | None = None) -> Fact | None:
    """The fact that a person typed, in the type that the rule reads. What was not touched stays exactly as it was; a number
    where a number is due, else the text as it stands, for the judge to refuse. Empty states nothing."""
    written = (text or "").strip()
    if not written:
        return None
    if current is not None and written == shown(current):
        return current
    if demand and isinstance(demand.limit, bool):
        return {"yes": True, "no": False}.get(written, written)
    if NUMBER.fullmatch(written) and is_numeric(demand):
        return Decimal(written) if "." in written else int(written)
    return written


def shown(fact: Fact | None) -> str:
    """A fact as the form shows it."""
    return "" if fact is None else in_words(fact)


_ABBREVIATIONS = "ISO CPSR IFU GTIN UDI CE INCI UK EU SCPN CPNP GMP pH III V"
_SPELLINGS = {word.lower(): word for word in _ABBREVIATIONS.split(" ")}


def in_plain_words(fact: str) -> str:
    """needle_length_nominal → Needle length nominal."""
    words = [_SPELLINGS.get(word, word) for word in fact.split("_")]
    first = words[0] if words[0] in _SPELLINGS.values() else words[0].capitalize()
    return " ".join([first, *words[1:]])


def text_field(label: str, *validators: Any, longest: int = 200, **more: Any) -> StringField:
    """A line of text."""
    told = Length(max=longest, message=f"At most {longest} characters.")
    return StringField(label, [*validators, told], filters=[one_line], **more)
