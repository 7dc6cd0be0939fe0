"""A dossier as a form: the product's head, a checklist of the facts that the specification asks for, and numbered documents.
Beside each fact stand the numbers of the documents that prove it, as one writes it on paper."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, Field, FieldList, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, Regexp

from catalogue import specification
from catalogue.dossier_files import is_gtin
from catalogue.dossiers import Dossier, Evidence, Fact
from catalogue.money import Money
from catalogue.products import Document
from catalogue.reports import chapter_of
from catalogue.specification import PROOFS, Condition
from storefront.admin.forms import (
    NUMBER,
    YES_NO,
    in_plain_words,
    is_document,
    is_numeric,
    is_sent,
    shown,
    text_field,
    trimmed,
    typed,
)  # fmt: skip

KINDS_OF_DOCUMENT = [SelectChoice("", "no document"), *(SelectChoice(proof, proof.capitalize()) for proof in PROOFS)]
SPARE_ROWS = 4
MOST_DOCUMENTS = 60


@dataclass(frozen=True, slots=True)
class Question:
    """One fact that the specification asks for, and how to ask a person."""

    fact: str
    chapter: str
    label: str
    hint: str
    demand: Condition | None
    choices: tuple[str, ...]


@cache
def questions(kind: str) -> tuple[Question, ...]:
    """The checklist of a kind of product, in the order of the specification; the price stands in the head."""
    asked: dict[str, list[str]] = {}
    first: dict[str, tuple[str, Condition | None]] = {}
    for rule in specification.load().rules_for(kind):
        for condition in (rule.applies_when, rule.demand, rule.unless):
            if condition:
                first.setdefault(condition.fact, (rule.id, condition))
        first.setdefault(rule.fact, (rule.id, rule.demand))
        asked.setdefault(rule.fact, []).append(f"Demanded: {rule.demanded}, by {rule.proof}" if rule.demand else "")
    names = [name for name in first if name not in ("price",)]
    return tuple(_question(name, *first[name], asked.get(name, [])) for name in names)


def _question(fact: str, rule_id: str, demand: Condition | None, demanded: list[str]) -> Question:
    if fact == "ingredients":
        hint, demand = "The whole list as printed on the label, with commas between.", None
    else:
        hint = "; ".join(dict.fromkeys(filter(None, demanded))) or "Decides whether other rules apply"
    choices = demand.limit if demand and isinstance(demand.limit, tuple) and demand.must == "one of" else ()
    unit = f" ({demand.unit})" if demand and demand.unit and demand.unit != "count" else ""
    return Question(fact, chapter_of(rule_id), in_plain_words(fact) + unit, hint, demand, tuple(map(str, choices)))


class EvidenceForm(Form):
    """One document. `kept` is its place in the dossier as it was, so that its stored file stays."""

    kept = HiddenField()
    proof = SelectField("Kind", choices=KINDS_OF_DOCUMENT)
    title = text_field("Title")
    issuer = text_field("Issued by")
    reference = text_field("Reference", longest=120)
    issued_on = DateField("Issued on", [Optional()])
    expires_on = DateField("Expires on", [Optional()])
    page = text_field("Page", longest=40)
    upload = FileField("File", [is_document])

    @property
    def is_blank(self) -> bool:
        return not self.proof.data

    def lacks(self) -> list[Field]:
        """What a document cannot do without."""
        return [field for field in (self.title, self.issuer, self.reference, self.issued_on) if not field.data]


class DossierForm(FlaskForm):
    kind = ""
    was = HiddenField()
    sku = text_field(
        "SKU",
        DataRequired("A product needs a SKU."),
        Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", message="Letters, digits, dots and dashes."),
        longest=40,
    )
    name = text_field("Name", DataRequired("What is it called?"))
    brand = text_field("Brand")
    manufacturer = text_field("Manufacturer", DataRequired("Who made it?"))
    gtin = text_field("GTIN", longest=14, description="The digits below the bar code.")
    price = text_field("Price in pounds, VAT included", DataRequired("What does it cost?"), longest=12)
    summary = TextAreaField(
        "Text on the product page",
        [Length(max=2000)],
        filters=[trimmed],
        description="No claim that it heals or treats.",
    )
    evidence = FieldList(FormField(EvidenceForm), max_entries=MOST_DOCUMENTS)

    @property
    def chapters(self) -> dict[str, list[tuple[Question, Field, Field]]]:
        """The checklist: question, its value and the numbers of its documents, by chapter."""
        found: dict[str, list[tuple[Question, Field, Field]]] = {}
        for question in questions(self.kind):
            row = (question, self[f"fact_{question.fact}"], self[f"by_{question.fact}"])
            found.setdefault(question.chapter, []).append(row)
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        checks = [self._check_head(), self._check_facts(), self._check_documents()]
        return is_valid and all(checks)

    def _check_head(self) -> bool:
        if self.gtin.data and not is_gtin(self.gtin.data):
            return _wrong(self.gtin, "The length or the check digit is wrong.")
        if self.price.data and not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", self.price.data, re.ASCII):
            return _wrong(self.price, "An amount such as 34.00.")
        return not self.price.data or Decimal(self.price.data) > 0 or _wrong(self.price, "More than nothing.")

    def _check_facts(self) -> bool:
        results = [self._check_fact(question) for question in questions(self.kind)]  # every error at once
        return all(results)

    def _check_fact(self, question: Question) -> bool:
        value, by = self[f"fact_{question.fact}"], self[f"by_{question.fact}"]
        was_shown = value.data and value.data == value.object_data
        if value.data and is_numeric(question.demand) and not was_shown and not NUMBER.fullmatch(value.data):
            return _wrong(value, "A number in the unit named, such as 0.20.")
        unknown = [number for number in numbers(by.data) if not self._has_document(number)]
        return not unknown or _wrong(by, f"There is no document {unknown[0]} below.")

    def _has_document(self, number: int) -> bool:
        return 0 < number <= len(self.evidence) and not self.evidence[number - 1].form.is_blank

    def _check_documents(self) -> bool:
        covered = {number for question in questions(self.kind) for number in numbers(self[f"by_{question.fact}"].data)}
        results = [True]
        for number, entry in enumerate(self.evidence, 1):
            if not entry.form.is_blank:
                results += [_wrong(field, "This is needed.") for field in entry.form.lacks()]
                if number not in covered and not entry.form.kept.data:
                    told = f"Write {number} beside the facts that it proves."
                    results.append(_wrong(entry.form.proof, told))
        return all(results) or _wrong(self.evidence, "A document is not complete.")

    def uploads(self) -> dict[int, Any]:
        """The files that were sent, by the number of their document."""
        return {n: e.form.upload.data for n, e in enumerate(self.evidence, 1) if is_sent(e.form.upload.data)}

    def dossier(self, current: Dossier | None, stored: Mapping[int, Document]) -> Dossier:
        """What was typed, over what there was: facts and coverage that the checklist does not ask for stay."""
        before = dict(current.facts) if current else {}
        asked = {question.fact for question in questions(self.kind)}
        facts: dict[str, Fact] = {}
        for question in questions(self.kind):
            fact = typed(self[f"fact_{question.fact}"].data, question.demand, before.get(question.fact))
            if fact is not None:
                facts[question.fact] = fact
        return Dossier(
            kind=self.kind,
            sku=self.sku.data or "",
            name=self.name.data or "",
            brand=self.brand.data or "",
            manufacturer=self.manufacturer.data or "",
            gtin=self.gtin.data or None,
            price=Money(int(Decimal(self.price.data or "0") * 100)),
            facts={name: value for name, value in before.items() if name not in asked | {"price"}} | facts,
            evidence=tuple(self._documents(current, stored, asked)),
        )

    def _documents(self, current: Dossier | None, stored: Mapping[int, Document], asked: set[str]) -> list[Evidence]:
        rows = [(n, entry.form) for n, entry in enumerate(self.evidence, 1) if not entry.form.is_blank]
        return [self._document(n, form, kept_of(form, current), stored.get(n), asked) for n, form in rows]

    def _document(
        self, number: int, form: EvidenceForm, old: Evidence | None, stored: Document | None, asked: set[str]
    ) -> Evidence:
        covers = [q.fact for q in questions(self.kind) if number in numbers(self[f"by_{q.fact}"].data)]
        covers += [fact for fact in old.covers if fact not in asked] if old else []
        return Evidence(
            proof=form.proof.data,
            covers=old.covers if old and set(old.covers) == set(covers) else tuple(covers),
            title=form.title.data or "",
            issuer=form.issuer.data or "",
            reference=form.reference.data or "",
            issued_on=form.issued_on.data,
            expires_on=form.expires_on.data,
            file=stored.name if stored else old.file if old else None,
            page=form.page.data or None,
            sha256=stored.sha256 if stored else old.sha256 if old else None,
        )


def kept_of(form: EvidenceForm, current: Dossier | None) -> Evidence | None:
    place = form.kept.data or ""
    is_there = current is not None and place.isascii() and place.isdigit() and int(place) < len(current.evidence)
    return current.evidence[int(place)] if current and is_there else None


def numbers(text: str | None) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,3}", text or "", re.ASCII)]


def _wrong(field: Field, told: str) -> bool:
    field.errors = [*field.errors, told]
    return False


def dossier_form(kind: str, current: Dossier | None = None, summary: str = "") -> DossierForm:
    """The form as it was sent, or filled with the dossier as it is."""
    form: DossierForm = _form_class(kind)(data=_filled(kind, current, summary))
    if not form.is_submitted():
        for _ in range(SPARE_ROWS if current else 2 * SPARE_ROWS):
            if len(form.evidence) < MOST_DOCUMENTS:
                form.evidence.append_entry()
    return form


@cache
def _form_class(kind: str) -> type[DossierForm]:
    fields: dict[str, Any] = {"kind": kind}
    for question in questions(kind):
        fields[f"fact_{question.fact}"] = _field(question)
        told = f"Documents for {question.label}"
        fields[f"by_{question.fact}"] = StringField(told, [Regexp(r"^[\d ,;]*$", message="Numbers, such as 1, 3.")])
    return type("DossierFormOfKind", (DossierForm,), fields)


def _field(question: Question) -> Field:
    if question.fact == "ingredients":
        return TextAreaField(question.label, [Length(max=20_000)], filters=[trimmed])
    if question.demand and isinstance(question.demand.limit, bool):
        return SelectField(question.label, choices=YES_NO)
    return text_field(question.label)


def _filled(kind: str, current: Dossier | None, summary: str) -> dict[str, Any]:
    if current is None:
        return {}
    price = current.price or Money(0)
    head = {name: getattr(current, name) or "" for name in ("sku", "name", "brand", "manufacturer", "gtin")}
    data: dict[str, Any] = {
        **head,
        "was": current.hash,
        "price": f"{Decimal(price.minor) / 100:.2f}",
        "summary": summary,
    }
    for question in questions(kind):
        data[f"fact_{question.fact}"] = shown(current.facts.get(question.fact))
        proved = [str(n) for n, e in enumerate(current.evidence, 1) if question.fact in e.covers]
        data[f"by_{question.fact}"] = ", ".join(proved)
    columns = ("proof", "title", "issuer", "reference", "issued_on", "expires_on", "page")
    data["evidence"] = [
        {"kept": str(n), **{name: getattr(e, name) for name in columns}} for n, e in enumerate(current.evidence)
    ]
    return data
