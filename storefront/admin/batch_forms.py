"""What the admin reads off a delivery: lot, expiry, quantity, and an answer with its paper to each rule for batches."""

from datetime import date
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, Field, IntegerField, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from catalogue.dossiers import Evidence, Fact
from catalogue.goods_in import Arrival
from catalogue.specification import Rule, Specification
from storefront.admin.forms import YES_NO, in_plain_words, is_numeric, text_field, typed

LARGEST_DELIVERY = 100_000


class ArrivalForm(FlaskForm):
    rules: tuple[Rule, ...] = ()
    supplier_lot = text_field("Supplier’s lot", DataRequired("No lot, no stock: copy it from the box."), longest=60)
    expires_on = DateField("Expires on", [InputRequired("Copy the date from the box.")])
    quantity = IntegerField(
        "Units", [InputRequired("Count them."), NumberRange(1, LARGEST_DELIVERY, "From 1 to 100,000.")]
    )
    delivery_note = text_field("Delivery note", DataRequired("Copy its number."), longest=80)
    code = text_field("Our code", longest=40, description="Left empty, we make one.")

    @property
    def answers(self) -> list[tuple[Rule, Field, Field, Field]]:
        """For each rule: its value, the paper that proves it, and the day of that paper."""
        numbered = enumerate(self.rules)
        return [(rule, self[f"value_{n}"], self[f"paper_{n}"], self[f"issued_{n}"]) for n, rule in numbered]

    def arrival(self, today: date) -> Arrival:
        """A paper without a day is one written today: the inspection of this delivery."""
        facts: dict[str, Fact] = {}
        evidence = []
        for rule, value, paper, issued in self.answers:
            fact = typed(value.data, rule.demand)
            if fact is not None:
                facts[rule.fact] = fact
            if paper.data:
                issued_on = issued.data or today
                evidence.append(Evidence(rule.proof, (rule.fact,), rule.title, "", paper.data, issued_on))
        return Arrival(
            supplier_lot=self.supplier_lot.data or "",
            expires_on=self.expires_on.data,
            quantity=self.quantity.data,
            delivery_note=self.delivery_note.data or "",
            code=self.code.data or "",
            facts=facts,
            evidence=tuple(evidence),
        )


def arrival_form(kind: str, rules: Specification) -> ArrivalForm:
    """The form for a kind of product, under the rules in force."""
    form: ArrivalForm = _arrival_class(kind, rules)()
    return form


@cache
def _arrival_class(kind: str, rules: Specification) -> type[ArrivalForm]:
    asked = rules.rules_for(kind, "batch")
    fields: dict[str, Any] = {"rules": asked}
    for number, rule in enumerate(asked):
        label = in_plain_words(rule.fact)
        is_number = is_numeric(rule.demand)
        fields[f"value_{number}"] = text_field(label) if is_number else SelectField(label, choices=YES_NO)
        fields[f"paper_{number}"] = text_field(f"Reference of the {rule.proof}", longest=120)
        fields[f"issued_{number}"] = DateField("Day of the paper", [Optional()])
    return type("ArrivalFormOfKind", (ArrivalForm,), fields)
