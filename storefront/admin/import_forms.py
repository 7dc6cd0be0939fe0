"""The forms of suppliers' files: sending one, and saying of each column what it states and in which unit."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, FieldList, Form, FormField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from catalogue.columns import FACT, HEAD, KEPT, LEFT_OUT, UNASKED, Asked, Column, Plan, in_words, kept_name, units_for
from catalogue.csv_sheets import ENCODINGS
from catalogue.sheets import Glance, SheetError, glance
from catalogue.specification import KINDS
from catalogue.units import UNITS
from storefront.admin.forms import content_of, is_sent
from storefront.plain_text import one_line

KEEP = "keep"  # kept under its own name, though nobody asks for it
MARKS = [
    SelectChoice("", "either: 1,234 is refused"),
    SelectChoice(",", "a comma: 0,25"),
    SelectChoice(".", "a point: 0.25"),
]


class FileForm(FlaskForm):
    """A supplier's file, looked into as soon as it is sent."""

    supplier = StringField(
        "Supplier",
        [DataRequired("Whose list is it?"), Length(max=200)],
        filters=[one_line],
        description="What you say of the columns is remembered for the next list of the same supplier.",
    )
    sheet = FileField("Sheet", description="XLSX or CSV, up to 11 MB, 200 columns and 200,000 rows.")
    seen: Glance | None = None

    def validate_sheet(self, field: Field) -> None:
        if not is_sent(field.data):
            raise ValidationError("Choose the supplier's file.")
        try:
            self.seen = glance(content_of(field.data))
        except SheetError as error:
            raise ValidationError(str(error)) from error


def targets(asked: Asked) -> list[SelectChoice]:
    """What a column may state, in groups."""
    chosen = [SelectChoice(LEFT_OUT, "leave it out"), SelectChoice(KEEP, "keep it, though no rule asks for it")]
    chosen += [SelectChoice(target, title, optgroup="The product") for target, title in HEAD.items()]
    for kind in KINDS:
        facts = sorted(asked[kind], key=in_words_of_fact)
        chosen += [SelectChoice(FACT + fact, in_words_of_fact(fact), optgroup=f"Facts of a {kind}") for fact in facts]
    for fact, unit in UNASKED.items():
        title = f"{in_words_of_fact(fact)} ({unit})"
        chosen.append(SelectChoice(FACT + fact, title, optgroup="Stated by many, asked by no rule"))
    return chosen


def in_words_of_fact(fact: str) -> str:
    return in_words(FACT + fact)


def units() -> list[SelectChoice]:
    """Every unit that a bare number may stand in."""
    named = dict.fromkeys(name for family in UNITS.values() if len(family) > 1 for name in family)
    return [SelectChoice("", "the rule’s own"), *(SelectChoice(name, name) for name in named)]


class ColumnForm(Form):
    """One column. It goes by its place; its header is shown beside it. What is `asked` is set before it is checked."""

    asked: Asked
    target = SelectField("States", choices=[])
    unit = SelectField("Unit of a bare number", choices=units)

    def validate_unit(self, field: Field) -> None:
        if field.data and field.data not in units_for(self.target.data or "", self.asked):
            raise ValidationError(f"{in_words(self.target.data or '') or 'This'} is not told in {field.data}.")


class ColumnsForm(FlaskForm):
    kind = RadioField(
        "The products are",
        choices=[*(SelectChoice(kind, f"{kind}s") for kind in KINDS), SelectChoice("", "told by a column")],
    )
    mark = SelectField("A decimal is written with", choices=MARKS)
    encoding = SelectField("The letters are written as", choices=[SelectChoice(*pair) for pair in ENCODINGS.items()])
    columns = FieldList(FormField(ColumnForm))

    def validate_kind(self, field: Field) -> None:
        if not field.data and "product_kind" not in [entry.form.target.data for entry in self.columns]:
            raise ValidationError("Say what they are, or which column tells it.")

    def validate_columns(self, field: Field) -> None:
        said = [entry.form.target.data for entry in self.columns if entry.form.target.data not in (LEFT_OUT, KEEP)]
        twice = {target for target in said if said.count(target) > 1}
        told = [f"Two columns state the same: {in_words(target)}." for target in sorted(twice)]
        told += [] if "sku" in said else ["Say which column is the SKU: by it a product is known again."]
        if told:
            raise ValidationError(" ".join(told))

    def plan(self, headers: tuple[str, ...]) -> Plan:
        """What was said, as the file is read by it."""
        columns = tuple(
            Column(header, _target(entry.form, header), entry.form.unit.data or "")
            for header, entry in zip(headers, self.columns, strict=True)
        )
        return Plan(columns, self.kind.data or "", mark=self.mark.data or "", encoding=self.encoding.data or "")


def _target(form: ColumnForm, header: str) -> str:
    return KEPT + kept_name(header) if form.target.data == KEEP else form.target.data or LEFT_OUT


def columns_form(plan: Plan, asked: Asked) -> ColumnsForm:
    """The form as it was proposed, or with what was sent; a column may state what is asked."""
    told: list[dict[str, Any]] = [
        {"target": KEEP if column.target.startswith(KEPT) else column.target, "unit": column.unit}
        for column in plan.columns
    ]
    chosen = {"kind": plan.kind, "mark": plan.mark, "encoding": plan.encoding or "utf-8-sig"}
    form: ColumnsForm = ColumnsForm(data=chosen | {"columns": told})
    choices = targets(asked)
    for entry in form.columns:
        entry.form.asked, entry.form.target.choices = asked, choices
    return form
