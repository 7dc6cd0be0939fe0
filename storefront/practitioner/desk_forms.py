"""The small forms of a client's desk. One form may stand there several times (an answer, a gap), so each has its key; the
one that came back invalid stands in the place of the fresh one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice

from catalogue.products import Product
from catalogue.serum_classes import serum_classes
from catalogue.verdicts import Verdict
from storefront.eligibility.approval_rules import LATER, Limits, approval_in_force, latest_approval
from storefront.eligibility.course_rules import Gap, gaps_that_count, may_complete, open_course_of, to_see_again
from storefront.eligibility.early_models import EarlyWish
from storefront.eligibility.early_rules import waiting_wishes, wishes_of
from storefront.eligibility.models import Allergy, Client, Course, Recheck, Treatment
from storefront.eligibility.policy import Policy
from storefront.eligibility.product_rules import classes_of, is_under_review
from storefront.eligibility.rules import current_course
from storefront.eligibility.screening_rules import Standing, blocks, keep_in_mind, news_of, standing_answers
from storefront.eligibility.shown import shown_hash
from storefront.practitioner.forms import (
    DEFERRAL_WORDS,
    AllergyForm,
    ApprovalForm,
    ClearanceForm,
    DeferralForm,
    EarlyAnswerForm,
    GapDecisionForm,
    OutcomeForm,
    ReadingForm,
    SeenForm,
    StrikingForm,
    WhyForm,
    distinct,
    millimetres,
)

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DeskForms:
    """What is open on one record, each with its form."""

    client: Client
    policy: Policy
    today: date
    limits: Limits
    serums: Sequence[Product]
    bound: FlaskForm | None = None
    key: str = ""

    def __post_init__(self) -> None:
        if self.bound is not None:
            distinct(self.bound, self.key)

    def _one(self, kind: type[FlaskForm], key: str, **values: Any) -> Any:
        if self.bound is not None and self.key == key:
            return self.bound
        return distinct(kind(formdata=None, **values), key)

    @property
    def is_bound(self) -> bool:
        return self.bound is not None

    @property
    def course(self) -> Course | None:
        """The course in which things are done: the one under way, else the one the gate judges."""
        return open_course_of(self.client) or current_course(self.client)

    @property
    def under_way(self) -> Course | None:
        return open_course_of(self.client)

    @property
    def may_complete(self) -> Verdict:
        """Whether the course under way may be signed as complete, so that nobody presses in vain."""
        return may_complete(self.client, self.under_way, self.policy)

    @property
    def _gaps(self) -> list[Gap]:
        return gaps_that_count(self.course, self.policy) if self.course else []

    @property
    def to_decide(self) -> list[tuple[Gap, Any]]:
        return [
            (gap, self._one(GapDecisionForm, f"decision-{gap.treatment.treated_on}"))
            for gap in self._gaps
            if gap.is_undecided
        ]

    @property
    def to_explain(self) -> list[tuple[Gap, Any]]:
        return [
            (gap, self._one(WhyForm, f"gap-{gap.treatment.treated_on}"))
            for gap in self._gaps
            if gap.window in ("close", "wide") and not gap.has_reason
        ]

    @property
    def to_see(self) -> list[tuple[Treatment, Any]]:
        return [(each, self._one(SeenForm, f"seen-{each.treated_on}")) for each in to_see_again(self.client)]

    @property
    def blocks(self) -> list[tuple[Standing, Any]]:
        """What stops sales; the form where a practitioner may lift it."""
        return [(each, self._clearance(each)) for each in blocks(self.client, self.policy, self.today)]

    def lifting(self, standing: Standing) -> Any:
        """The form for an answer that stops nothing; None where it is over, or nobody may lift it."""
        return None if standing.is_over else self._clearance(standing)

    def _clearance(self, standing: Standing) -> Any:
        if standing.liftable_by == "nobody" or standing.clearance is not None:
            return None
        first = max(self.today, standing.until or self.today)
        return self._one(ClearanceForm, f"answer-{standing.code}", from_on=first)

    @property
    def in_mind(self) -> list[Standing]:
        """Places to leave out and advice, for whoever approves."""
        return keep_in_mind(self.client, self.policy, self.today)

    @property
    def quiet_answers(self) -> list[Standing]:
        """Answers that stop nothing, or no more."""
        told = standing_answers(self.client, self.policy, self.today)
        return [each for each in told if not each.stops_sales or each.is_over]

    def outcome(self, nth: int) -> Any:
        return self._one(OutcomeForm, f"reaction-{nth}")

    @property
    def news(self) -> list[Recheck]:
        """What was told anew before an order, while the safety questions are due for it."""
        return news_of(self.client)

    @property
    def wishes(self) -> list[tuple[EarlyWish, int, Any]]:
        """What waits of orders before their day, each with its number on the record and its form."""
        places = {wish.id: nth for nth, wish in enumerate(wishes_of(self.client), start=1)}
        waiting = waiting_wishes(self.client, self.today)
        return [(wish, places[wish.id], self._early(wish, places[wish.id])) for wish in waiting]

    def _early(self, wish: EarlyWish, nth: int) -> Any:
        until = min(self.today + WEEK, wish.opens_on)
        return self._one(EarlyAnswerForm, f"exception-{nth}", quantity=wish.quantity, until=until)

    @property
    def allergy(self) -> Any:
        return self._one(AllergyForm, "allergy")

    @property
    def unread(self) -> list[tuple[int, Allergy, Any]]:
        """Allergies that no list holds, each with its place on the record."""
        told = enumerate(self.client.allergies, 1)
        return [(nth, each, self._one(ReadingForm, f"reading-{nth}")) for nth, each in told if each.is_unread]

    def striking(self, nth: int) -> Any:
        return self._one(StrikingForm, f"striking-{nth}")

    @property
    def withdrawal(self) -> Any:
        """None when there is nothing to withdraw."""
        approval = latest_approval(self.client)
        if approval is None or approval.withdrawal is not None:
            return None
        return self._one(WhyForm, "withdrawal")

    @property
    def deferral(self) -> Any:
        """None while an approval is in force: that one is withdrawn instead."""
        if approval_in_force(self.client, self.today):
            return None
        form = self._one(DeferralForm, "deferral")
        form.why.choices = [choice for choice in DEFERRAL_WORDS if choice.value != LATER]
        return form

    @property
    def later(self) -> Any:
        """The same put off to a day, a week from now unless another is chosen."""
        return self._one(DeferralForm, "later", until=self.today + timedelta(days=7))

    @property
    def approval(self) -> Any:
        form = self._one(ApprovalForm, "approval", **proposed(self.limits, self.serums))
        form.shown.data = shown_hash(self.client)
        form.serums.choices = [SelectChoice(serum.sku, serum.name) for serum in self.serums]
        form.classes.choices = class_choices(self.serums)
        return form


def class_choices(serums: Iterable[Product]) -> list[SelectChoice]:
    """Every class of serums, each with those on sale that it opens to this client today."""
    held = [(serum.name, classes_of(serum)) for serum in serums if not is_under_review(serum)]
    choices = []
    for name, each in serum_classes().items():
        inside = ", ".join(serum for serum, classes in held if name in classes)
        choices.append(SelectChoice(name, f"{each.title.capitalize()} ({inside or 'none on sale today'})"))
    return choices


def proposed(limits: Limits, serums: Sequence[Product]) -> dict[str, Any]:
    """The proposal as the form shows it."""
    return {
        "greatest_mm": millimetres(limits.greatest_needle_um),
        "serums": [serum.sku for serum in serums if serum.id in limits.serum_ids],
        "classes": sorted(limits.serum_classes),
        "reorder_days": limits.reorder_days,
        "quantity": limits.quantity,
        "uses_per_roller": limits.uses_per_roller,
        "valid_until": limits.valid_until,
        "deep_note": limits.deep_note,
        "review_note": limits.review_note,
    }
