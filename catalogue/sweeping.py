"""All known verdicts of a catalogue after a version took force, some thousand products at a time. Where nothing but limits moved,
only the facts under them are compared: a fact that meets both limits or neither leaves every finding as it was, on whatever
day. What a new limit rejects is rejected; everything else is judged afresh. Only verdicts that change are written; up to
which product the others hold under the new version as well stands in one row."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Row, Select, bindparam, select, text, update
from sqlalchemy.orm import Session

from catalogue.canonical import restored
from catalogue.dossiers import Dossier, Evidence, facts_from_json
from catalogue.drafts import evidence_of
from catalogue.known_verdicts import KnownVerdict, VerdictSweep
from catalogue.money import Money
from catalogue.products import DossierRow, EvidenceRow, Product
from catalogue.rejudging import asks
from catalogue.specification import KINDS, Rule, Specification
from catalogue.verdicts import ProductVerdict
from catalogue.versions import others_than
from catalogue.vetting import judge

AT_ONCE = 2000
READ_OTHERWISE = {"price", "ingredients"}
_NEW_MARK = text(
    "INSERT INTO verdict_sweep (before, after, reached) VALUES (:before, :after, 0) ON CONFLICT DO NOTHING"
)
_known = KnownVerdict.__table__
_NEW_VERDICT = update(_known).where(  # type: ignore[arg-type]
    _known.c.product_id == bindparam("id"),
    _known.c.dossier_hash == bindparam("hash"),
    _known.c.specification_version == bindparam("was"),
)
Told = tuple[ProductVerdict, date | None]
Answer = Literal["stays", "rejected", "ask"]
Glance = Callable[[Mapping[str, object]], Answer]


def sweep(session: Session, rules: Specification, today: date) -> int:
    """The next products that are known under other rules; how many those were. A fixed number of queries."""
    for before in others_than(session, rules.version):
        if not _is_left(session, before, rules):
            continue
        mark = _locked_mark(session, before, rules)
        rows = session.execute(_known_under(before, mark.reached).limit(AT_ONCE)).all()
        if rows:
            _write(session, rows, _changed(session, rows, before, rules, today), rules, today)
            mark.reached = rows[-1].product_id
            session.flush()
            return len(rows)
    return 0


def is_under_way(session: Session, rules: Specification) -> bool:
    """Whether products are left that a sweep has not seen."""
    return any(_is_left(session, before, rules) for before in others_than(session, rules.version))


def _is_left(session: Session, before: Specification, after: Specification) -> bool:
    mark = session.get(VerdictSweep, (before.version, after.version))
    return session.execute(_known_under(before, mark.reached if mark else 0).limit(1)).first() is not None


def _locked_mark(session: Session, before: Specification, after: Specification) -> VerdictSweep:
    """How far the sweep from one version to another came; nobody else carries it on until the commit."""
    names = {"before": before.version, "after": after.version}
    session.execute(_NEW_MARK, names)
    mine = select(VerdictSweep).filter_by(**names).with_for_update()
    return session.scalars(mine.execution_options(populate_existing=True)).one()


def _known_under(before: Specification, reached: int) -> Select[Any]:
    """What is known of products beyond one of them by these rules, of the dossier as it is now."""
    known = select(*KnownVerdict.__table__.columns, Product.kind, DossierRow.facts)
    known = known.join(Product, Product.id == KnownVerdict.product_id)
    known = known.join(DossierRow, DossierRow.product_id == KnownVerdict.product_id)
    known = known.where(KnownVerdict.specification_version == before.version, KnownVerdict.product_id > reached)
    return known.where(KnownVerdict.dossier_hash == DossierRow.hash).order_by(KnownVerdict.product_id)


def _changed(
    session: Session, rows: Iterable[Row[Any]], before: Specification, after: Specification, today: date
) -> dict[int, Told]:
    """Of these products those whose verdict is another one, or lasts until another day."""
    glances = {kind: glance_of(before, after, kind) for kind in KINDS}
    known: dict[int, Told] = {row.product_id: (row.verdict, row.lapses_on) for row in rows}
    answers = {row.product_id: glances[row.kind](json.loads(row.facts)) for row in rows}
    told: dict[int, Told] = {id: ("rejected", None) for id, answer in answers.items() if answer == "rejected"}
    for id, dossier in _dossiers(session, [id for id, answer in answers.items() if answer == "ask"]).items():
        report = judge(dossier, after, today)
        told[id] = (report.verdict, report.lapses_on)
    return {id: verdict for id, verdict in told.items() if verdict != known[id]}


def glance_of(before: Specification, after: Specification, kind: str) -> Glance:
    """What facts alone, as they are kept, tell about a known verdict."""
    moved = _moved_limits(before.rules_for(kind), after.rules_for(kind))

    def glance(facts: Mapping[str, object]) -> Answer:
        if moved is None:
            return "ask"
        answer: Answer = "stays"
        for old, new in moved:
            value = restored(facts.get(new.fact))
            if _meets(old, value) != _meets(new, value):
                if _rejects(new) and not _meets(new, value):
                    return "rejected"
                answer = "ask"
        return answer

    return glance


def _moved_limits(before: Iterable[Rule], after: Iterable[Rule]) -> list[tuple[Rule, Rule]] | None:
    """The rules of which nothing but the limit changed, before and after; None when anything else did, or a limit of what
    does not stand among the facts as it is read."""
    old, new = ({rule.id: rule for rule in rules} for rules in (before, after))
    if old.keys() != new.keys():
        return None
    changed = [(old[id], new[id]) for id in old if asks(old[id]) != asks(new[id])]
    is_plain = all(_besides_limit(one) == _besides_limit(other) for one, other in changed)
    return changed if is_plain and not READ_OTHERWISE & {rule.fact for rule, _ in changed} else None


def _besides_limit(rule: Rule) -> tuple[object, ...]:
    """All that a rule asks but its limit."""
    return (rule.fact, *asks(replace(rule, demand=None)))


def _meets(rule: Rule, value: object) -> bool | None:
    """Whether a stated value meets the limit; None when nothing is stated."""
    if value is None or value == () or (isinstance(value, str) and not value.strip()):
        return None
    return rule.demand is not None and rule.demand.holds(value)


def _rejects(rule: Rule) -> bool:
    """Whether missing the limit rejects a product, whatever its papers say."""
    return rule.outcome == "reject" and rule.applies_when is None


def _dossiers(session: Session, ids: list[int]) -> dict[int, Dossier]:
    """The dossiers of these products, read without keeping a row."""
    if not ids:
        return {}
    papers: dict[int, list[Evidence]] = {}
    of_products = select(DossierRow.product_id, *EvidenceRow.__table__.columns)
    of_products = of_products.join(DossierRow, DossierRow.id == EvidenceRow.dossier_id)
    for row in session.execute(of_products.where(DossierRow.product_id.in_(ids)).order_by(EvidenceRow.id)):
        papers.setdefault(row.product_id, []).append(evidence_of(row))  # type: ignore[arg-type]  # it has the same names
    products = select(*Product.__table__.columns, DossierRow.facts)
    products = products.join(DossierRow, DossierRow.product_id == Product.id).where(Product.id.in_(ids))
    return {row.id: _dossier(row, papers.get(row.id, ())) for row in session.execute(products)}


def _dossier(row: Any, papers: Iterable[Evidence]) -> Dossier:
    facts, price = facts_from_json(json.loads(row.facts)), Money(row.price_minor, row.currency)
    return Dossier(row.kind, row.sku, row.name, row.brand, row.manufacturer, row.gtin, price, facts, tuple(papers))


def _write(
    session: Session, rows: Iterable[Row[Any]], changed: Mapping[int, Told], after: Specification, today: date
) -> None:
    """What changed, unless somebody has written it or the dossier meanwhile."""
    told = [
        {"id": row.product_id, "hash": row.dossier_hash, "was": row.specification_version}
        | dict(zip(("verdict", "lapses_on"), changed[row.product_id], strict=True))
        for row in rows
        if row.product_id in changed
    ]
    if told:
        session.execute(_NEW_VERDICT.values(specification_version=after.version, judged_on=today), told)
