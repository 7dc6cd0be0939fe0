"""What the admin reads off a delivery: the code of the box, lot, expiry, quantity, and an answer with its document to each rule
for batches; and what happens to units that are not sold."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from catalogue import gs1
from catalogue.dossiers import Evidence, Fact
from catalogue.goods_in import Arrival
from catalogue.products import Document, Product
from catalogue.specification import Rule
from storefront.admin.forms import YES_NO, in_plain_words, is_document, is_numeric, is_sent, text_field, typed
from storefront.plain_text import trimmed

LARGEST_DELIVERY = 100_000


class RuleAnswersForm(FlaskForm):
    """For each rule checked on every batch: its value, the document that proves it, its reference and its day."""

    rules: tuple[Rule, ...] = ()

    @property
    def answers(self) -> list[tuple[Rule, list[Field]]]:
        names = ("value", "file", "paper", "issued")
        return [(rule, [self[f"{name}_{n}"] for name in names]) for n, rule in enumerate(self.rules)]

    def uploads(self) -> dict[int, Any]:
        """The files that were sent, by the number of their rule."""
        return {n: fields[1].data for n, (_, fields) in enumerate(self.answers) if is_sent(fields[1].data)}

    def facts(self) -> dict[str, Fact]:
        told = ((rule.fact, typed(value.data, rule.demand)) for rule, (value, *_) in self.answers)
        return {name: fact for name, fact in told if fact is not None}

    def evidence(self, stored: Mapping[int, Document], today: date) -> tuple[Evidence, ...]:
        """A document without a day is one written today: the inspection of this delivery."""
        found = []
        for n, (rule, (_value, _file, paper, issued)) in enumerate(self.answers):
            document = stored.get(n)
            if document or paper.data:
                reference = paper.data or (document.name if document else "")
                told = (rule.proof, (rule.fact,), rule.title, "", reference[:120], issued.data or today)
                name, sha256 = (document.name, document.sha256) if document else (None, None)
                found.append(Evidence(*told, file=name, sha256=sha256))
        return tuple(found)


class ArrivalForm(RuleAnswersForm):
    # A scanner may type the separator of GS1, which other fields would take for a space.
    scan = StringField(
        "Code of the box",
        [Length(max=gs1.LONGEST)],
        filters=[lambda text: (text or "").replace("\0", "").strip(" \r\n\t")],
        description="Put the cursor here and scan it: lot, date and serial fill themselves.",
    )
    supplier_lot = text_field("Supplier’s lot", DataRequired("No lot, no stock: copy it from the box."), longest=60)
    expires_on = DateField("Expires on", [InputRequired("Copy the date from the box.")])
    quantity = IntegerField(
        "Units", [InputRequired("Count them."), NumberRange(1, LARGEST_DELIVERY, "From 1 to 100,000.")]
    )
    delivery_note = text_field("Delivery note", DataRequired("Copy its number."), longest=80)
    serial = text_field("Serial of the box", longest=20)
    code = text_field("Our code", longest=40, description="Left empty, we make one.")
    shelf = text_field("Shelf", longest=20, description="Where whoever packs finds it, such as A-3.")

    def read_code(self, product: Product, today: date) -> bool:
        """Fills in what the code of the box says. False, with the reason at the field, when it cannot be this product's."""
        scan = self._scan(product, today)
        if scan is None:
            return False
        for field, value in (
            (self.supplier_lot, scan.lot),
            (self.expires_on, scan.expires_on),
            (self.serial, scan.serial),
        ):
            if value is not None:
                field.data, field.raw_data = value, None
        return True

    def agrees_with_code(self, product: Product, today: date) -> bool:
        """Whether what was typed is what the code says, where one was scanned."""
        if not self.scan.data:
            return True
        scan = self._scan(product, today)
        if scan is None:
            return False
        for field, value in ((self.supplier_lot, scan.lot), (self.expires_on, scan.expires_on)):
            if value is not None and field.data != value:
                field.errors = [*field.errors, f"The code of the box says {value}."]
        return not (self.supplier_lot.errors or self.expires_on.errors)

    def _scan(self, product: Product, today: date) -> gs1.Scan | None:
        try:
            scan = gs1.read(self.scan.data or "", today)
        except gs1.Unreadable as error:
            self.scan.errors = [str(error)]
            return None
        if gs1.is_of(scan, product.gtin):
            return scan
        self.scan.errors = [f"This box is GTIN {scan.gtin}; {product.name} has {product.gtin}. Take the right product."]
        return None

    def arrival(self, stored: Mapping[int, Document], today: date) -> Arrival:
        return Arrival(
            supplier_lot=self.supplier_lot.data or "",
            expires_on=self.expires_on.data,
            quantity=self.quantity.data,
            delivery_note=self.delivery_note.data or "",
            code=self.code.data or "",
            serial=self.serial.data or "",
            shelf=self.shelf.data or "",
            facts=self.facts(),
            evidence=self.evidence(stored, today),
        )


def arrival_form(rules: tuple[Rule, ...]) -> ArrivalForm:
    form: ArrivalForm = type("ArrivalFormOfKind", (ArrivalForm,), _fields(rules))()
    return form


def answers_form(rules: tuple[Rule, ...]) -> RuleAnswersForm:
    form: RuleAnswersForm = type("AnswersFormOfKind", (RuleAnswersForm,), _fields(rules))()
    return form


def _fields(rules: tuple[Rule, ...]) -> dict[str, Any]:
    fields: dict[str, Any] = {"rules": rules}
    for number, rule in enumerate(rules):
        label = in_plain_words(rule.fact)
        is_number = is_numeric(rule.demand)
        fields[f"value_{number}"] = text_field(label) if is_number else SelectField(label, choices=YES_NO)
        fields[f"file_{number}"] = FileField(f"The {rule.proof}", [is_document])
        fields[f"paper_{number}"] = text_field(f"Reference of the {rule.proof}", longest=120)
        fields[f"issued_{number}"] = DateField("Day of the document", [Optional()])
    return fields


def why_field() -> TextAreaField:
    return TextAreaField("Why?", [DataRequired("Say why."), Length(max=1000)], filters=[trimmed])


def units_field() -> IntegerField:
    return IntegerField("Units", [InputRequired("Count them."), NumberRange(1, LARGEST_DELIVERY, "From 1 to 100,000.")])


class ShelfForm(FlaskForm):
    shelf = text_field("Shelf", longest=20, description="Where whoever packs finds it, such as A-3.")


class DestructionForm(FlaskForm):
    units = units_field()
    place = RadioField(
        "From", choices=[SelectChoice("free", "the shelf"), SelectChoice("returned", "quarantine")], default="free"
    )
    why = why_field()


class ReturnForm(FlaskForm):
    order = text_field("Order", DataRequired("From which order do they come?"), longest=20)
    units = units_field()
    is_destroyed = BooleanField("Destroyed at once")
    why = why_field()


class CorrectionForm(FlaskForm):
    """`seen` is the sum of corrections that the page showed, so that of two people who count at once the second looks again."""

    seen = HiddenField(validators=[Regexp(r"^-?[0-9]{1,9}$")])
    difference = IntegerField(
        "Units more (or fewer, with a minus)",
        [
            InputRequired("How many more or fewer?"),
            NumberRange(-LARGEST_DELIVERY, LARGEST_DELIVERY, "At most 100,000."),
        ],
    )
    why = why_field()

    def validate_difference(self, field: Field) -> None:
        if field.data == 0:
            raise ValidationError("Nought changes nothing.")
