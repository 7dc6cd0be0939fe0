"""What the admin types about an order: the batch of every unit, a tracking number, money to give back, a reason."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import DecimalField, Field, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from storefront.admin.forms import ReasonForm
from storefront.orders.models import Order, OrderLine

PENCE = 100


class RefundForm(ReasonForm):
    amount = DecimalField(
        "Pounds to give back", [InputRequired("Say how much."), NumberRange(0.01, 100_000, "From 0.01 up.")], places=2
    )

    @property
    def amount_minor(self) -> int:
        return round(self.amount.data * PENCE)


class DispatchForm(FlaskForm):
    tracking = StringField("Tracking number", [Length(max=80)])


class PackingForm(FlaskForm):
    """One field for each line: its batch, or one code for each unit."""

    lines: tuple[OrderLine, ...] = ()

    @property
    def codes(self) -> list[tuple[OrderLine, Field]]:
        return [(line, self[f"line_{line.id}"]) for line in self.lines]

    @property
    def picks(self) -> dict[int, list[str]]:
        return {line.id: (field.data or "").replace(",", " ").split() for line, field in self.codes}


def packing_form(order: Order) -> PackingForm:
    """Proposes the batches that the order holds: those that expire first."""
    fields: dict[str, Any] = {"lines": tuple(order.lines)}
    for line in order.lines:
        proposed = " ".join(unit.batch.code for unit in line.held for _ in range(_times(line, unit.quantity)))
        told = (
            f"Batch of {line.name}"
            if line.quantity == 1
            else f"Batches of {line.name}: one, or one for each of {line.quantity}"
        )
        fields[f"line_{line.id}"] = StringField(told, [InputRequired("Scan it."), Length(max=500)], default=proposed)
    return type("PackingFormOfOrder", (PackingForm,), fields)()  # type: ignore[no-any-return]


def _times(line: OrderLine, quantity: int) -> int:
    """A line from one batch is answered by one code."""
    return 1 if quantity == line.quantity else quantity
