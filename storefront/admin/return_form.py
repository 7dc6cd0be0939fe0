"""What the admin writes of a return: what a client who called wants to give back, and what was seen of it when it came: the seal,
and what becomes of each unit, by its batch."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from catalogue.batches import Batch
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.return_ending import Asked, Seen
from storefront.orders.return_records import lines_left
from storefront.orders.return_rules import return_reasons


class SealForm(FlaskForm):
    seal = RadioField(
        "The seal",
        [InputRequired("Say how the seal is.")],
        choices=[SelectChoice("whole", "unbroken"), SelectChoice("broken", "broken")],
    )


class OpenReturnForm(SealForm):
    """A number for each line of which units are left."""

    lines: tuple[OrderLine, ...] = ()
    reason = RadioField(
        "Why, says the client",
        [InputRequired("Say why.")],
        choices=[SelectChoice(code, each.desk) for code, each in return_reasons().items()],
    )

    @property
    def units(self) -> list[tuple[OrderLine, Field]]:
        return [(line, self[f"units_{line.id}"]) for line in self.lines]

    def value(self) -> Asked:
        return Asked(self.reason.data, self.seal.data == "broken", {line.id: field.data for line, field in self.units})


def open_return_form(order: Order) -> OpenReturnForm:
    """A form for the units of an order that may still be asked back."""
    left = {each.line_id: each.units for each in lines_left(order.id) if each.units > 0}
    mine = tuple(line for line in order.lines if line.id in left)
    fields: dict[str, Any] = {"lines": mine}
    for line in mine:
        most = left[line.id]
        rules = [InputRequired("Say how many, or 0."), NumberRange(0, most, f"From 0 to {most}.")]
        fields[f"units_{line.id}"] = IntegerField(f"Units of {line.name}, at most {most}", rules, default=0)
    return type("OpenReturnFormOfOrder", (OpenReturnForm,), fields)(prefix="return")  # type: ignore[no-any-return]


class EndReturnForm(SealForm):
    batches: tuple[Batch, ...] = ()
    why = StringField("Note for the ledger", [Length(max=300)])
    refusal = TextAreaField("Why nothing is paid back", [Length(max=500)])

    @property
    def units(self) -> list[tuple[Batch, Field, Field]]:
        return [(each, self[f"restocked_{each.id}"], self[f"destroyed_{each.id}"]) for each in self.batches]

    def value(self) -> Seen:
        restocked = {batch.code: field.data or 0 for batch, field, _ in self.units}
        destroyed = {batch.code: field.data or 0 for batch, _, field in self.units}
        words = (self.why.data or "").strip(), (self.refusal.data or "").strip()
        return Seen(self.seal.data == "broken", restocked, destroyed, *words)


def end_return_form(units: Sequence[tuple[Allocation, Batch]]) -> EndReturnForm:
    """Two numbers for each batch that is with the client."""
    batches = {batch.id: batch for _, batch in units}
    fields: dict[str, Any] = {"batches": tuple(batches.values())}
    for id, batch in batches.items():
        most = sum(unit.quantity - unit.returned for unit, _ in units if unit.batch_id == id)
        rules = [InputRequired("Say how many, or 0."), NumberRange(0, most, f"From 0 to {most}.")]
        for name, words in (("restocked", "back on the shelf"), ("destroyed", "destroyed")):
            fields[f"{name}_{id}"] = IntegerField(f"{batch.code}: units {words}", rules, default=0)
    return type("EndReturnFormOfUnits", (EndReturnForm,), fields)()  # type: ignore[no-any-return]
