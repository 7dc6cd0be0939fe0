"""Judging under a coming version what was judged under another: only rules that changed are asked again, and the outcome is
always that of judging afresh. What is on sale is judged beforehand, for the version's first day."""

import json
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalogue import shelf
from catalogue.drafts import LOADING, dossier_of
from catalogue.judgements import Judgement
from catalogue.products import Listing, Product
from catalogue.specification import Condition, Rule, Specification
from catalogue.versions import Publication, of_publication, published
from catalogue.vetting import Report, finding_to_json, findings_by, is_open, judge


def judged_again(before: Report, rules: Specification, today: date) -> Report:
    """The report of the same dossier under other rules: `judge(before.dossier, rules, today)`, with the findings of rules
    that did not change kept where they are of the same day."""
    if today != before.today:
        return judge(before.dossier, rules, today)
    kind = before.dossier.kind
    unchanged = {asks(rule) for rule in before.specification.rules_for(kind)}
    kept = {finding.rule: finding for finding in before.findings}
    changed = [rule for rule in rules.rules_for(kind) if asks(rule) not in unchanged]
    fresh = {finding.rule: finding for finding in findings_by(before.dossier, changed, today)}
    return Report(before.dossier, rules, today, tuple(fresh.get(r.id) or kept[r.id] for r in rules.rules_for(kind)))


def asks(rule: Rule) -> tuple[object, ...]:
    """All of a rule that its finding depends on, told in words: True and 1 are equal, and do not ask the same."""
    conditions = (rule.demand, rule.applies_when, rule.unless)
    age = rule.proof_valid_months
    return (rule.id, rule.outcome, rule.proof, age, rule.contains_none_of, *map(_condition, conditions))


def _condition(condition: Condition | None) -> tuple[object, ...] | None:
    return (condition.fact, condition.must, repr(condition.limit), condition.unit) if condition else None


def judge_beforehand(session: Session, publication: Publication, now: datetime) -> None:
    """Judges by a published version whatever is listed and was not yet judged by it."""
    rules = of_publication(session, publication)
    known = select(Judgement.id).where(
        Judgement.product_id == Product.id,
        Judgement.dossier_hash == Listing.dossier_hash,
        Judgement.specification_hash == rules.hash,
    )
    listed = select(Product).join(Product.listing).where(~known.exists()).order_by(Product.id)
    for product in session.scalars(listed.options(*LOADING, selectinload(Product.listing))):
        session.add(judgement(product, rules, publication.in_force_from, now))
    session.flush()


def judge_by_coming(session: Session, product: Product, today: date, now: datetime) -> None:
    """A product that was just listed is judged by every version that is published and not yet in force."""
    for publication, rules in published(session, after=today):
        known = select(Judgement.id).where(
            Judgement.product_id == product.id,
            Judgement.dossier_hash == product.dossier.hash,
            Judgement.specification_hash == rules.hash,
        )
        if session.scalar(known) is None:
            session.add(judgement(product, rules, publication.in_force_from, now))


def judgement(product: Product, rules: Specification, day: date, now: datetime) -> Judgement:
    """What the rules say of a product's dossier on the first day of their version."""
    report = judge(dossier_of(product), rules, day)
    return Judgement(
        product_id=product.id,
        dossier_hash=product.dossier.hash,
        specification_hash=rules.hash,
        verdict=report.verdict,
        open_rules=json.dumps([finding.rule for finding in report.findings if is_open(finding)]),
        findings=json.dumps([finding_to_json(finding) for finding in report.findings], ensure_ascii=False),
        lapses_on=report.lapses_on,
        judged_at=now,
    )


def fallen(session: Session, rules: Specification) -> list[Product]:
    """What is listed and does not count under these rules, in the order of its ids."""
    listed = select(Product).join(Product.listing).order_by(Product.id).options(*shelf.LOADING)
    products: Iterable[Product] = session.scalars(listed.execution_options(populate_existing=True)).unique()
    return [product for product in products if shelf.counting(product, rules) is None]
