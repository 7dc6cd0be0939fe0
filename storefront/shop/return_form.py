"""What a client says when something is to go back: which units, why, and whether the seal is whole."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from storefront.orders.models import OrderLine
from storefront.orders.return_ending import Asked
from storefront.orders.return_rules import LineLeft, return_reasons


class AskReturnForm(FlaskForm):
    """One number for each line of which units are left."""

    lines: tuple[OrderLine, ...] = ()
    reason = RadioField(
        "Why?",
        [InputRequired("Say why.")],
        choices=[SelectChoice(code, each.name) for code, each in return_reasons().items()],
    )
    seal = RadioField(
        "Is the seal unbroken?",
        [InputRequired("Say whether the seal is unbroken.")],
        choices=[SelectChoice("whole", "Yes, nothing was opened"), SelectChoice("broken", "No, it was opened")],
    )

    @property
    def units(self) -> list[tuple[OrderLine, Field]]:
        return [(line, self[f"line_{line.id}"]) for line in self.lines]

    def value(self) -> Asked:
        return Asked(self.reason.data, self.seal.data == "broken", {line.id: field.data for line, field in self.units})


def ask_return_form(lines: Sequence[OrderLine], left: Sequence[LineLeft]) -> AskReturnForm:
    """A form for the units that are left; the only one there is comes back unless it is taken out."""
    units = {each.line_id: each.units for each in left if each.units > 0}
    mine = tuple(line for line in lines if line.id in units)
    fields: dict[str, Any] = {"lines": mine}
    for line in mine:
        most = units[line.id]
        rules = [InputRequired("Say how many, or 0."), NumberRange(0, most, f"From 0 to {most}.")]
        only = most if sum(units.values()) == 1 else 0
        fields[f"line_{line.id}"] = IntegerField(f"Units of {line.name}, at most {most}", rules, default=only)
    return type("AskReturnFormOfOrder", (AskReturnForm,), fields)()  # type: ignore[no-any-return]
