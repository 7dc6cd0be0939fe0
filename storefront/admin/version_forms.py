"""A version of the specification as forms: its head, and one rule at a time. What a rule's form gives is the entry that would
stand in the TOML, asked by the same checks as loading; each fault stands beside its field."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from catalogue.ingredient_classes import class_titles
from catalogue.limits import CHECKS, in_words
from catalogue.specification_checks import BASES, KINDS, MOMENTS, OUTCOMES, PROOFS, SEVERITIES, faults_of_rule
from storefront.admin.forms import NUMBER, text_field
from storefront.plain_text import trimmed

MOST_SOURCES = 12
LARGEST_FILE = 1_000_000
TABLES = {"when": "applies_when", "unless": "unless"}


def same(words: Iterable[str]) -> list[SelectChoice]:
    """Choices that are called what they are."""
    return [SelectChoice(word, word) for word in words]


COMPARISONS = [SelectChoice("", "none"), *same(CHECKS)]


class VersionForm(FlaskForm):
    """The head of a version. A file brings its own name, day and rules."""

    version = text_field(
        "Name",
        DataRequired("What is it called?"),
        Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", message="Letters, digits, dots and dashes."),
        longest=20,
    )
    in_force_from = DateField("In force from", [InputRequired("From which day?")])
    reason = TextAreaField("Why?", [DataRequired("Say why."), Length(max=2000)], filters=[trimmed])
    note = TextAreaField(
        "Note to the clients whom it touches",
        [Length(max=2000)],
        filters=[trimmed],
        description="Mailed when it takes force. No word of anybody's health. Left empty, no note is sent.",
    )
    was = HiddenField()


class VersionFileForm(FlaskForm):
    document = FileField("A specification as TOML")
    why = TextAreaField("Why?", [DataRequired("Say why."), Length(max=2000)], filters=[trimmed])


class SignatureForm(FlaskForm):
    shown = HiddenField()
    password = PasswordField("Your password", [InputRequired("Type your password to sign."), Length(max=1000)])


class SourceForm(Form):
    title = text_field("Title", longest=400)
    clause = text_field("Clause")
    address = text_field("Address", longest=600)
    read_on = DateField("Read on", [Optional()])

    def entry(self) -> dict[str, Any]:
        told = {key: self[key].data for key in ("title", "clause", "address", "read_on")}
        return {key: value for key, value in told.items() if value}


class RuleForm(FlaskForm):
    """One rule. Fields of a condition are named by what they belong to: `must`, `when_must`, `unless_must`."""

    was = HiddenField()
    id = text_field("Id", longest=20)
    product = SelectField("Kind of product", choices=same(KINDS))
    title = text_field("Title")
    fact = text_field("Fact that it reads", longest=80)
    must = SelectField("Must be", choices=COMPARISONS)
    limit = TextAreaField("Limit", [Length(max=2000)], filters=[trimmed], description="One value a line.")
    unit = text_field("Unit", longest=20)
    contains_none_of = SelectMultipleField("Or: none of these classes of ingredients")
    when_fact, unless_fact = text_field("Applies when the fact", longest=80), text_field("Unless the fact", longest=80)
    when_must, unless_must = SelectField("is", choices=COMPARISONS), SelectField("is", choices=COMPARISONS)
    when_limit, unless_limit = text_field("this value", longest=400), text_field("this value", longest=400)
    when_unit, unless_unit = text_field("in this unit", longest=20), text_field("in this unit", longest=20)
    checked_on = SelectField("Checked on", choices=same(MOMENTS))
    outcome = SelectField("When it is not met", choices=same(OUTCOMES))
    severity = SelectField("Severity", choices=same(SEVERITIES))
    proof = SelectField("Proof", choices=same(PROOFS))
    proof_valid_months = IntegerField("Months for which a proof is valid", [Optional()])
    basis = SelectField("Basis", choices=same(BASES))
    law_of = text_field("Whose law", longest=80)
    note = TextAreaField("Note", [Length(max=2000)], filters=[trimmed])
    sources = FieldList(FormField(SourceForm), max_entries=MOST_SOURCES)

    def __init__(self, *args: Any, taken: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = taken
        titles = sorted(class_titles().items(), key=lambda each: each[1])
        self.contains_none_of.choices = [SelectChoice(name, title) for name, title in titles]

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        for fault in faults_of_rule(self.entry()):
            self._place(fault)
        if self.id.data in self.taken:
            self.id.errors = [*self.id.errors, "There is a rule of this id already."]
        return not any(field.errors for field in self)

    def _place(self, fault: str) -> None:
        """Puts a fault beside the field that it speaks of, else beside the id."""
        first = re.split(r"[^a-z_]", fault)[0]
        table = {name: prefix for prefix, name in TABLES.items()}.get(first)
        name = f"{table}_must" if table else "sources" if first == "source" else first
        field: Field = self[name] if name in self else self.id  # noqa: SIM401  a form has no get
        field.errors = [*field.errors, fault]

    def entry(self) -> dict[str, Any]:
        """The rule as it would stand in the TOML; what is left empty is left out."""
        plain = ("id", "product", "title", "checked_on", "outcome", "severity", "proof", "basis")
        entry: dict[str, Any] = {key: self[key].data for key in plain}
        entry["sources"] = [row.form.entry() for row in self.sources if row.form.entry()]
        optional = ("proof_valid_months", "law_of", "note", "contains_none_of")
        entry |= {key: self[key].data for key in optional if self[key].data not in (None, "", [])}
        entry |= self._condition("")
        for prefix, key in TABLES.items():
            if told := self._condition(f"{prefix}_"):
                entry[key] = told
        return entry

    def _condition(self, prefix: str) -> dict[str, Any]:
        told = {key: self[prefix + key].data for key in ("fact", "must", "unit") if self[prefix + key].data}
        limit = self[f"{prefix}limit"].data
        return told | ({"limit": typed_limit(limit, told.get("must", ""))} if limit else {})


def typed_limit(text: str, must: str) -> object:
    """A limit in the type that its comparison asks for; what is none stays a text, for the check to refuse."""
    items = [item.strip() for item in text.splitlines() if item.strip()]
    if must == "one of":
        return items
    if must == "between":
        return [_number(item) for item in items]
    if must == "equal to" and text in ("yes", "no"):
        return text == "yes"
    return _number(text)


def _number(text: str) -> object:
    if not NUMBER.fullmatch(text):
        return text
    return Decimal(text) if "." in text else int(text)


def rule_form(entry: Mapping[str, Any] | None, was: str, taken: frozenset[str]) -> RuleForm:
    """The form as it was sent, or filled with the rule as it stands, with room for one source more."""
    form = RuleForm(data=_filled(entry or {}) | {"was": was}, taken=taken)
    if not form.is_submitted() and len(form.sources) < MOST_SOURCES:
        form.sources.append_entry()
    return form


def _filled(entry: Mapping[str, Any]) -> dict[str, Any]:
    filled = {key: value for key, value in entry.items() if key not in TABLES.values()}
    filled |= {"limit": _shown(entry["limit"])} if "limit" in entry else {}
    for prefix, key in TABLES.items():
        for name, value in entry.get(key, {}).items():
            filled[f"{prefix}_{name}"] = _shown(value) if name == "limit" else value
    return filled


def _shown(limit: object) -> str:
    return "\n".join(map(in_words, limit)) if isinstance(limit, list) else in_words(limit)
