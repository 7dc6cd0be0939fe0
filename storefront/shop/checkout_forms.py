"""The form of the till: the two questions, the way and the place of delivery, and the totals that were shown beside them."""

import re
from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length, Optional, Regexp, ValidationError

from catalogue.verdicts import Verdict
from storefront.eligibility.recheck_rules import Answered, short_questions
from storefront.eligibility.screening_rules import ANSWERS
from storefront.orders.addresses import AT_THE_CLINIC, may_send_to, names_america, postcode_fault
from storefront.orders.clinic_terms import clinic_terms
from storefront.orders.delivery_terms import HOME
from storefront.orders.rules import Delivery, Totals
from storefront.plain_text import one_line

ELSEWHERE = "else"
SHOWN = re.compile(r"([a-z]+:[A-Z]{2}=[0-9]{1,9}( |$))*\Z", re.ASCII)


def needed_by_post(form: Any, field: Field) -> None:
    if form.is_posted and not field.data:
        raise ValidationError("A parcel needs this.")


def not_in_america(form: Any, field: Field) -> None:
    if form.is_posted and names_america(field.data or ""):
        raise ValidationError(f"We do not send to {form.terms.why_closed('US').name}. {AT_THE_CLINIC}")


SHORT_ANSWERS = [SelectChoice("no", "No"), SelectChoice("yes", "Yes"), SelectChoice("not_sure", "Not sure")]


def short_question() -> RadioField:
    """One of the two questions before an order; its words come with the page."""
    known = AnyOf([choice.value for choice in SHORT_ANSWERS], "Choose one; “not sure” is an answer.")
    return RadioField("", [Optional(), known], choices=SHORT_ANSWERS, validate_choice=False)


class ShortQuestionsForm(FlaskForm):
    """The two short questions before an order: one tap says no to both, and where it is at odds with an answer, that counts."""

    nothing_new = BooleanField("Nothing new, and no reaction")
    anything_new = short_question()
    reaction = short_question()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        asked = short_questions()
        for field, question in ((self.anything_new, asked.anything_new), (self.reaction, asked.reaction)):
            field.label.text, field.description = question.question, question.then

    def validate_nothing_new(self, field: Field) -> None:
        if self.answered is None:
            raise ValidationError("Tick this when nothing is new, or answer both questions below.")

    @property
    def answered(self) -> Answered | None:
        """None while a question is open."""
        unsaid = "no" if self.nothing_new.data else ""
        answers = [field.data or unsaid for field in (self.anything_new, self.reaction)]
        return Answered(*answers) if set(answers) <= set(ANSWERS) else None


class CheckoutForm(ShortQuestionsForm):
    """How the order reaches the client, and the totals that were shown: the one that was read is the one that is charged."""

    delivery = RadioField("How shall it reach you?", [InputRequired("Choose one.")])
    recipient = StringField("Name on the parcel", [Length(max=200)], filters=[one_line])
    line1 = StringField("Address", [needed_by_post, not_in_america, Length(max=200)], filters=[one_line])
    line2 = StringField("Second line", [not_in_america, Length(max=200)], filters=[one_line])
    town = StringField("Town", [needed_by_post, not_in_america, Length(max=100)], filters=[one_line])
    postcode = StringField("Postcode", [needed_by_post, Length(max=20)], filters=[one_line, str.upper])
    country = SelectField("Country", validate_choice=False, default=HOME)
    shown = HiddenField("Totals shown", [Optional(), Regexp(SHOWN, message="Look at the totals again.")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = clinic_terms()
        self.delivery.choices = [SelectChoice(way.code, way.name) for way in self.terms.ways.values()]
        there = [SelectChoice(each.code, each.name) for each in self.terms.countries.values()]
        self.country.choices = [*there, SelectChoice(ELSEWHERE, "Another country")]
        if not self.country.data or (not self.is_submitted() and self.country.data not in self.terms.countries):
            self.country.data = HOME

    @property
    def is_posted(self) -> bool:
        way = self.terms.ways.get(self.delivery.data or "")
        return way is not None and way.is_posted

    @property
    def place(self) -> str:
        """The country whose tax is in the prices; what is collected stays at home."""
        return str(self.country.data) if self.is_posted else HOME

    def shown_for(self, way: str) -> str:
        """The country that this way is shown for first: the chosen one, where it goes there."""
        prices = self.terms.ways[way].prices
        return self.country.data if self.country.data in prices else next(iter(prices))

    def offers_of(self, way: str, totals: Mapping[tuple[str, str], Totals]) -> list[tuple[str, Totals]]:
        """What this way costs, with the countries where it costs that; those with the one shown for first at the head."""
        found: dict[Totals, list[str]] = {totals[(way, self.shown_for(way))]: []}
        for country in self.terms.ways[way].prices:
            found.setdefault(totals[(way, country)], []).append(self.terms.name_of(country))
        return [(", ".join(names), costs) for costs, names in found.items()]

    @property
    def shipping(self) -> Verdict:
        """Why nothing is sent to the country that was chosen."""
        return may_send_to(self.place, self.terms)

    def validate_country(self, field: Field) -> None:
        if not self.shipping.is_yes:
            raise ValidationError("We do not send there; read why beside it, or collect it at the clinic.")

    def validate_delivery(self, field: Field) -> None:
        way = self.terms.ways.get(field.data)
        if way and self.shipping.is_yes and self.place not in way.prices:
            raise ValidationError(f"{way.name} does not go to {self.terms.name_of(self.place)}. Choose another way.")

    def validate_postcode(self, field: Field) -> None:
        if not self.is_posted or not field.data or not self.shipping.is_yes:
            return
        if fault := postcode_fault(field.data, self.place, self.terms):
            raise ValidationError(fault)

    @property
    def shown_minor(self) -> int | None:
        """The total that stood on the page beside the chosen delivery."""
        pairs = (pair.partition("=") for pair in (self.shown.data or "").split())
        told = {key: int(minor) for key, _, minor in pairs}
        return told.get(f"{self.delivery.data}:{self.place}")

    def show(self, offers: Mapping[tuple[str, str], Totals]) -> None:
        """Writes what the page shows now into the form, over what it showed before: each way to each country."""
        shown = (f"{way}:{country}={costs.total.minor}" for (way, country), costs in offers.items())
        self.shown.data = " ".join(shown)
        self.shown.raw_data = None

    def value(self) -> Delivery:
        lines = [self.line1.data, self.line2.data, self.town.data, self.postcode.data]
        address = "\n".join(line for line in lines if line) if self.is_posted else ""
        return Delivery(self.delivery.data, self.recipient.data or "", address, self.place)


class SameAgainForm(CheckoutForm):
    """The same again: which order or kit, what was asked for in the place of something, and the lines that stood on the page."""

    order = HiddenField("Order", [Length(max=20)], filters=[one_line])
    kit = HiddenField("Kit", [Length(max=12)], filters=[one_line])
    instead = HiddenField("Instead", [Length(max=400)], filters=[one_line])
    shown_lines = HiddenField("Lines shown", [Length(max=4000)], filters=[one_line])
