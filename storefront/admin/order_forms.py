"""What the admin types about an order: the batch of every unit, a tracking number, what it is changed to, money to give back, a
reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DecimalField, Field, IntegerField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from storefront.admin.forms import ReasonForm, pence
from storefront.orders import scanning
from storefront.orders.delivery_terms import LEAVES
from storefront.orders.edit_rules import COLLECTION, Content
from storefront.orders.editing import content_of
from storefront.orders.models import Order, OrderLine
from storefront.orders.pick_list import Proposal
from storefront.plain_text import one_line, trimmed

HEAVIEST = 30_000
MOST_UNITS = 999


class OtherWayForm(FlaskForm):
    """Where money went that the client's bank had sent back."""

    how = TextAreaField(
        "How was the client paid instead?", [DataRequired("Say how."), Length(max=300)], filters=[trimmed]
    )


class RefundForm(ReasonForm):
    amount = DecimalField(
        "Pounds to give back", [InputRequired("Say how much."), NumberRange(0.01, 100_000, "From 0.01 up.")], places=2
    )

    @property
    def amount_minor(self) -> int:
        return pence(self.amount.data)


class EditForm(ReasonForm):
    """What the clinic may change of an order: fewer units of a line, and where it goes."""

    before: Content
    lines: tuple[OrderLine, ...] = ()
    delivery = RadioField("How it reaches them", [InputRequired("Choose one.")])
    recipient = StringField(
        "Name on the parcel", [DataRequired("Say whose it is."), Length(max=200)], filters=[one_line]
    )
    address = TextAreaField("Address, as on the label", [Length(max=500)], filters=[trimmed])

    def validate_address(self, field: Field) -> None:
        if self.delivery.data != COLLECTION and not field.data:
            raise ValidationError("Say where the parcel goes.")

    @property
    def units(self) -> list[tuple[OrderLine, Field]]:
        return [(line, self[f"units_{line.id}"]) for line in self.lines]

    def value(self) -> Content:
        is_sent = self.delivery.data != COLLECTION
        where = {"kind": self.delivery.data, "recipient": self.recipient.data}
        where["address"] = self.address.data if is_sent else ""
        return Content({line.id: field.data for line, field in self.units}, replace(self.before.delivery, **where))


def edit_form(order: Order) -> EditForm:
    """The order as it is, to be made less; what was paid to be sent may be collected instead."""
    before = content_of(order)
    fields: dict[str, Any] = {"before": before, "lines": tuple(order.kept_lines)}
    for line in order.kept_lines:
        rules = [InputRequired("Say how many, or 0."), NumberRange(0, MOST_UNITS, "From 0 to %(max)s.")]
        fields[f"units_{line.id}"] = IntegerField(f"Units of {line.name}", rules, default=line.units)
    where = {"delivery": order.delivery, "recipient": order.recipient, "address": order.address}
    form: EditForm = type("EditFormOfOrder", (EditForm,), fields)(prefix="edit", data=where)
    kinds = dict.fromkeys((order.delivery, COLLECTION))
    form.delivery.choices = [SelectChoice(kind, LEAVES[kind]) for kind in kinds]
    return form


class DispatchForm(FlaskForm):
    tracking = StringField("Tracking number", [Length(max=80)])


class PackingForm(FlaskForm):
    """One field for each line, never filled in beforehand: who packs scans what is really in their hand."""

    lines: tuple[OrderLine, ...] = ()
    weight = IntegerField("Weight of the parcel in grams", [Optional(), NumberRange(1, HEAVIEST, "From 1 to 30,000.")])

    @property
    def codes(self) -> list[tuple[OrderLine, Field]]:
        return [(line, self[f"line_{line.id}"]) for line in self.lines]

    @property
    def picks(self) -> dict[int, list[str]]:
        return {line.id: scanning.words(field.data or "") for line, field in self.codes}

    @property
    def next_line(self) -> str:
        """The field whose turn it is: the first that is empty."""
        return next((field.id for _, field in self.codes if not field.data), "")


def packing_form(order: Order, proposals: Mapping[int, Sequence[Proposal]] | None = None) -> PackingForm:
    """Says at each line which batch to take: of those that last long enough, the one that expires first."""
    fields: dict[str, Any] = {"lines": tuple(order.kept_lines)}
    for line in order.kept_lines:
        told = (
            f"Batch of {line.name}"
            if line.units == 1
            else f"Batches of {line.name}: one, or one for each of {line.units}"
        )
        hint = "; ".join(one.in_words for one in (proposals or {}).get(line.id, ()))
        fields[f"line_{line.id}"] = StringField(told, [InputRequired("Scan it."), Length(max=500)], description=hint)
    return type("PackingFormOfOrder", (PackingForm,), fields)()  # type: ignore[no-any-return]


class HandOverForm(FlaskForm):
    """A tracking number for each parcel that goes by post; several parcels never have the same one."""

    orders: tuple[Order, ...] = ()

    @property
    def rows(self) -> list[tuple[Order, Field | None]]:
        return [(order, self._fields.get(f"tracking_{order.number}")) for order in self.orders]

    @property
    def tracking(self) -> dict[str, str]:
        return {order.number: (field.data or "") if field else "" for order, field in self.rows}

    def validate(self, extra_validators: Any = None) -> bool:
        is_well = super().validate(extra_validators)
        told = Counter(number for number in self.tracking.values() if number)
        for _, field in self.rows:
            if field and told[field.data or ""] > 1:
                field.errors = [*field.errors, "Another of these parcels has the same number."]
                is_well = False
        return is_well


def hand_over_form(orders: Sequence[Order]) -> HandOverForm:
    """What is collected at the clinic has no tracking number."""
    fields: dict[str, Any] = {"orders": tuple(orders)}
    for order in (order for order in orders if order.delivery == "post"):
        label = f"Tracking number of {order.number}"
        fields[f"tracking_{order.number}"] = StringField(label, [Length(max=80)], filters=[one_line])
    return type("HandOverFormOfParcels", (HandOverForm,), fields)()  # type: ignore[no-any-return]
