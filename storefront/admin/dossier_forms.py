"""A dossier as a form: the product's head, a checklist of the facts that the specification asks for, and numbered documents.
Beside each fact stand the numbers of the documents that prove it, as one writes it on paper."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import DateField, Field, FieldList, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, Regexp

from catalogue.documents import LIMITS
from catalogue.dossier_files import is_gtin
from catalogue.dossiers import Dossier, Evidence, Fact
from catalogue.money import Money
from catalogue.products import Document
from catalogue.specification import PROOFS, Specification
from catalogue.states import mark_of
from storefront.admin.forms import (
    NUMBER,
    YES_NO,
    is_numeric,
    is_sent,
    shown,
    text_field,
    typed,
)  # fmt: skip
from storefront.admin.questions import Question, questions
from storefront.plain_text import one_line, trimmed

KINDS_OF_DOCUMENT = [SelectChoice("", "no document"), *(SelectChoice(proof, proof.capitalize()) for proof in PROOFS)]
COLUMNS = ("proof", "title", "issuer", "reference", "issued_on", "expires_on", "page")
PRICE = re.compile(r"\d{1,6}(\.\d{1,2})?", re.ASCII)
SPARE_ROWS = 2
MOST_DOCUMENTS = 60


class EvidenceForm(Form):
    """One document. `kept` is its place in the dossier as it was, so that its stored file stays; `sha256` is that of a file
    that was taken in since, so that it need not be chosen again."""

    kept = HiddenField()
    sha256 = HiddenField(filters=[one_line])
    file = HiddenField(filters=[one_line])
    proof = SelectField("Kind", choices=KINDS_OF_DOCUMENT)
    title = text_field("Title")
    issuer = text_field("Issued by")
    reference = text_field("Reference", longest=120)
    issued_on = DateField("Issued on", [Optional()])
    expires_on = DateField("Expires on", [Optional()])
    page = text_field("Page", longest=40)
    upload = FileField("File")

    @property
    def is_blank(self) -> bool:
        return not self.proof.data

    @property
    def is_free(self) -> bool:
        """Nobody has put anything into it."""
        fields = (self.kept, self.sha256, self.proof, self.title, self.reference)
        return not any(field.data for field in fields) and not is_sent(self.upload.data)

    def put_in(self, document: Document, told: Evidence | None = None) -> None:
        """Writes a stored file into it, with what another dossier says of that file, or else its name."""
        self.sha256.data, self.file.data = document.sha256, document.name
        if told is None:
            self.proof.data = self.proof.data or "certificate"
            self.title.data = self.title.data or document.name.rsplit(".", 1)[0]
        else:
            for name in COLUMNS:
                self[name].data = getattr(told, name)

    def lacks(self) -> list[Field]:
        """What a document cannot do without."""
        return [field for field in (self.title, self.issuer, self.reference, self.issued_on) if not field.data]


class DossierForm(FlaskForm):
    kind = ""
    rules: Specification
    coming: tuple[Specification, ...]
    was = HiddenField()
    before = HiddenField(filters=[one_line])  # what they had seen who found it changed by somebody else
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
    uploads = MultipleFileField("New documents", description=LIMITS)
    find = text_field("Find a document that is stored", description="Part of its title, reference, issuer or name.")

    @property
    def questions(self) -> tuple[Question, ...]:
        return questions(self.kind, self.rules, *self.coming)

    @property
    def chapters(self) -> dict[str, list[tuple[Question, Field, Field]]]:
        """The checklist: question, its value and the numbers of its documents, by chapter."""
        found: dict[str, list[tuple[Question, Field, Field]]] = {}
        for question in self.questions:
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
        if self.price.data and not PRICE.fullmatch(self.price.data):
            return _wrong(self.price, "An amount such as 34.00.")
        return not self.price.data or Decimal(self.price.data) > 0 or _wrong(self.price, "More than nothing.")

    def _check_facts(self) -> bool:
        results = [self._check_fact(question) for question in self.questions]  # every error at once
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
        covered = {number for question in self.questions for number in numbers(self[f"by_{question.fact}"].data)}
        results = [True]
        for number, entry in enumerate(self.evidence, 1):
            if not entry.form.is_blank:
                results += [_wrong(field, "This is needed.") for field in entry.form.lacks()]
                if number not in covered and not entry.form.kept.data:
                    told = f"Write {number} beside the facts that it proves."
                    results.append(_wrong(entry.form.proof, told))
        return all(results) or _wrong(self.evidence, "A document is not complete.")

    def free_row(self) -> EvidenceForm | None:
        """Room for one document more; None when there is none."""
        free = next((entry.form for entry in self.evidence if entry.form.is_free), None)
        if free is None and len(self.evidence) < MOST_DOCUMENTS:
            free = self.evidence.append_entry().form
        return free

    def attached(self) -> set[str]:
        """The hashes of the files that were taken in with it."""
        return {entry.form.sha256.data for entry in self.evidence if entry.form.sha256.data}

    def dossier(self, current: Dossier | None, stored: Mapping[str, Document]) -> Dossier:
        """What was typed, over what there was: facts and coverage that the checklist does not ask for stay. A document
        without a date, or a price that is none, is left out: the form may be half done. `stored`: files by their hash."""
        before = dict(current.facts) if current else {}
        asked = {question.fact for question in self.questions}
        facts: dict[str, Fact] = {}
        for question in self.questions:
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
            price=self._price(),
            facts={name: value for name, value in before.items() if name not in asked | {"price"}} | facts,
            evidence=tuple(self._documents(current, stored, asked)),
        )

    def _price(self) -> Money | None:
        is_amount = PRICE.fullmatch(self.price.data or "") is not None
        return Money(int(Decimal(self.price.data or "0") * 100)) if is_amount else None

    def _documents(self, current: Dossier | None, stored: Mapping[str, Document], asked: set[str]) -> list[Evidence]:
        rows = [(n, entry.form) for n, entry in enumerate(self.evidence, 1) if not entry.form.is_blank]
        told = [(n, form) for n, form in rows if form.issued_on.data]
        return [
            self._document(n, form, kept_of(form, current), stored.get(form.sha256.data or ""), asked)
            for n, form in told
        ]

    def _document(
        self, number: int, form: EvidenceForm, old: Evidence | None, stored: Document | None, asked: set[str]
    ) -> Evidence:
        covers = [q.fact for q in self.questions if number in numbers(self[f"by_{q.fact}"].data)]
        covers += [fact for fact in old.covers if fact not in asked] if old else []
        is_new = stored is not None and (old is None or old.sha256 != stored.sha256)
        return Evidence(
            proof=form.proof.data,
            covers=old.covers if old and set(old.covers) == set(covers) else tuple(covers),
            title=form.title.data or "",
            issuer=form.issuer.data or "",
            reference=form.reference.data or "",
            issued_on=form.issued_on.data,
            expires_on=form.expires_on.data,
            file=stored.name if stored and is_new else old.file if old else None,
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


def dossier_form(
    kind: str, versions: Sequence[Specification], current: Dossier | None = None, summary: str = ""
) -> DossierForm:
    """The form as it was sent, or filled with the dossier as it is. `versions`: the rules in force, then those to come."""
    form: DossierForm = _form_class(kind, *versions)(data=_filled(questions(kind, *versions), current, summary))
    if not form.is_submitted():
        for _ in range(SPARE_ROWS):
            if len(form.evidence) < MOST_DOCUMENTS:
                form.evidence.append_entry()
    return form


@cache
def _form_class(kind: str, rules: Specification, *coming: Specification) -> type[DossierForm]:
    fields: dict[str, Any] = {"kind": kind, "rules": rules, "coming": coming}
    for question in questions(kind, rules, *coming):
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


def _filled(asked: Iterable[Question], current: Dossier | None, summary: str) -> dict[str, Any]:
    if current is None:
        return {}
    price = current.price or Money(0)
    head = {name: getattr(current, name) or "" for name in ("sku", "name", "brand", "manufacturer", "gtin")}
    data: dict[str, Any] = {
        **head,
        "was": mark_of(current, summary),
        "price": f"{Decimal(price.minor) / 100:.2f}",
        "summary": summary,
    }
    for question in asked:
        data[f"fact_{question.fact}"] = shown(current.facts.get(question.fact))
        proved = [str(n) for n, e in enumerate(current.evidence, 1) if question.fact in e.covers]
        data[f"by_{question.fact}"] = ", ".join(proved)
    data["evidence"] = [
        {"kept": str(n), **{name: getattr(e, name) for name in (*COLUMNS, "file")}}
        for n, e in enumerate(current.evidence)
    ]
    return data
