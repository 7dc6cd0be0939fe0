"""Judging under a coming version what was judged under another: only rules that changed are asked, and the outcome is always that
of judging afresh. What is on sale is judged beforehand, for the version's first day, some products at a time, so
that nobody waits long to write; what is not judged yet does not count."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, bindparam, case, func, select, text
from sqlalchemy.orm import Session

from catalogue import shelf
from catalogue.base import UTCDateTime
from catalogue.dossiers import Dossier
from catalogue.drafts import LOADING, dossier_of
from catalogue.judgements import Judgement
from catalogue.products import Listing, Product, Vetting
from catalogue.specification import Condition, Rule, Specification
from catalogue.standings import counted
from catalogue.verdicts import Finding
from catalogue.versions import published
from catalogue.vetting import finding_to_json, findings_by, is_open, judge

AT_ONCE = 250
# Two who judge the same at the same moment say the same.
_NEW_JUDGEMENT = text(
    "INSERT INTO judgement (product_id, dossier_hash, specification_hash, verdict, open_rules, findings, lapses_on, judged_at)"
    " VALUES (:product_id, :dossier_hash, :specification_hash, :verdict, :open_rules, :findings, :lapses_on, :judged_at)"
    " ON CONFLICT DO NOTHING"
).bindparams(bindparam("lapses_on", type_=Date), bindparam("judged_at", type_=UTCDateTime))


def asks(rule: Rule) -> tuple[object, ...]:
    """All of a rule that its finding depends on, told in words: True and 1 are equal, and do not ask the same."""
    conditions = (rule.demand, rule.applies_when, rule.unless)
    age = rule.proof_valid_months
    return (rule.id, rule.outcome, rule.proof, age, rule.contains_none_of, *map(_condition, conditions))


def _condition(condition: Condition | None) -> tuple[object, ...] | None:
    return (condition.fact, condition.must, repr(condition.limit), condition.unit) if condition else None


class Differing:
    """The rules for one kind of product that two versions do not ask alike. Of what they ask alike both say the same, so that
    most of a dossier need not be asked."""

    def __init__(self, before: Specification, after: Specification, kind: str) -> None:
        was, will = before.rules_for(kind), after.rules_for(kind)
        asked_before, asked_after = set(map(asks, was)), set(map(asks, will))
        self.before = [rule for rule in was if asks(rule) not in asked_after]
        self.after = [rule for rule in will if asks(rule) not in asked_before]
        self.alike = [rule for rule in will if asks(rule) in asked_before]

    def findings(self, dossier: Dossier, day: date) -> "Moved":
        """What is said otherwise of a dossier on that day."""
        return Moved(findings_by(dossier, self.before, day), findings_by(dossier, self.after, day))

    def now_passes(self, dossier: Dossier, moved: "Moved", day: date) -> bool:
        """Whether the dossier is accepted by the rules after and was not by those before: what stood against it is gone, and
        nothing else does. The rules that are alike are asked last, and only as long as none speaks against it."""
        is_freed = any(map(is_open, moved.before)) and not any(map(is_open, moved.after))
        return is_freed and not any(is_open(one) for rule in self.alike for one in findings_by(dossier, [rule], day))


@dataclass(frozen=True, slots=True)
class Moved:
    """The findings of the rules that differ: those of the version before, and those of the one after."""

    before: tuple[Finding, ...]
    after: tuple[Finding, ...]


def judge_beforehand(session: Session, rules: Specification, now: datetime) -> int:
    """Judges by a version some more of what is listed and was not yet judged by it; how many those were."""
    found = select(Product).where(_is_unjudged(rules)).order_by(Product.id).limit(AT_ONCE).options(*LOADING)
    locked = found.with_for_update(of=Product).execution_options(populate_existing=True)
    judged = [judgement(product, rules, now) for product in session.scalars(locked)]
    if judged:
        session.execute(_NEW_JUDGEMENT, judged)
    return len(judged)


def count_judged(session: Session, rules: Specification) -> tuple[int, int]:
    """How many products on sale a version was asked about, and of how many; the others do not count under it."""
    found = select(func.sum(case((_is_unjudged(rules), 0), else_=1)), func.count(Product.id))
    judged, listed = session.execute(found.where(Product.listing.has())).one()
    return judged or 0, listed


def is_unjudged(session: Session, rules: Specification) -> bool:
    """Whether there is any such product."""
    return session.scalar(select(Product.id).where(_is_unjudged(rules)).limit(1)) is not None


def judge_by_coming(session: Session, product: Product, today: date, now: datetime) -> None:
    """A product that was just listed is judged by every version that is published and not yet in force."""
    judged = [judgement(product, rules, now) for _, rules in published(session, after=today)]
    if judged:
        session.execute(_NEW_JUDGEMENT, judged)


def judgement(product: Product, rules: Specification, now: datetime) -> dict[str, object]:
    """What the rules say of a product's dossier on the first day of their version, as a row."""
    report = judge(dossier_of(product), rules, rules.in_force_from)
    return {
        "product_id": product.id,
        "dossier_hash": product.dossier.hash,
        "specification_hash": rules.hash,
        "verdict": report.verdict,
        "open_rules": json.dumps([finding.rule for finding in report.findings if is_open(finding)]),
        "findings": json.dumps([finding_to_json(finding) for finding in report.findings], ensure_ascii=False),
        "lapses_on": report.lapses_on,
        "judged_at": now,
    }


def fallen(session: Session, rules: Specification) -> list[Product]:
    """What is listed and does not count under these rules, in the order of its ids."""
    listed = select(Product).where(Product.listing.has(), ~counted(rules)).order_by(Product.id)
    fresh = listed.options(*shelf.LOADING).execution_options(populate_existing=True)
    return list(session.scalars(fresh).unique())


def _is_unjudged(rules: Specification) -> ColumnElement[bool]:
    """Listed, vetted under other rules, and its dossier was never judged by these."""
    known = select(Judgement.id).where(
        Judgement.product_id == Listing.product_id,
        Judgement.dossier_hash == Listing.dossier_hash,
        Judgement.specification_hash == rules.hash,
    )
    listed = select(Listing.id).join(Vetting, Vetting.id == Listing.vetting_id)
    listed = listed.where(Listing.product_id == Product.id, Vetting.specification_hash != rules.hash)
    return listed.where(~known.exists()).correlate(Product).exists()
