"""What the admin saw of a return: the seal, and what becomes of each unit, by its batch."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from catalogue.batches import Batch
from storefront.orders.models import Allocation
from storefront.orders.return_ending import Seen


class EndReturnForm(FlaskForm):
    batches: tuple[Batch, ...] = ()
    seal = RadioField(
        "The seal",
        [InputRequired("Say how the seal is.")],
        choices=[SelectChoice("whole", "unbroken"), SelectChoice("broken", "broken")],
    )
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
