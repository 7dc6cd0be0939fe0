"""A batch from its arrival to its end: received, judged against the rules for batches, released, held, recalled. Each move
is a decision with by, at and why; hold and recall reach orders, so only `storefront/orders/stopping.py` calls those."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue import journal
from catalogue.batches import Batch, BatchDecision
from catalogue.canonical import plain
from catalogue.dossiers import Evidence, Fact, facts_from_json
from catalogue.journal import Who
from catalogue.ledger import Occasion, write
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.validity import months_after
from catalogue.verdicts import Finding, Reason, Refused, Stale, Verdict, refuse_silence
from catalogue.vetting import finding_to_json, judge_batch, may_be_released

LARGEST = 1_000_000
LONGEST_SHELF = 20


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the admin reads off the box and the papers. `facts` and `evidence` answer the rules checked on every batch;
    `serial` is that of the box that was scanned, where it has one; `shelf` the place where it is put."""

    supplier_lot: str
    expires_on: date
    quantity: int
    delivery_note: str = ""
    code: str = ""
    serial: str = ""
    shelf: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


def receive_batch(
    session: Session,
    product: Product,
    arrival: Arrival,
    specification: Specification,
    by: Who,
    today: date,
    now: datetime,
) -> Batch:
    """The batch as it arrived, waiting for its release, with our own code where none is given.

    Refuses when the supplier's lot is not named, nothing arrived, it has expired, or the code is taken.
    """
    locked = session.scalar(select(Product).where(Product.id == product.id).with_for_update())
    assert locked is not None
    _refuse_unfit(session, arrival, today)
    batch = Batch(
        product_id=locked.id,
        code=arrival.code.strip() or _next_code(session, locked),
        supplier_lot=arrival.supplier_lot.strip(),
        expires_on=arrival.expires_on,
        status="waiting",
        received=arrival.quantity,
        delivery_note=arrival.delivery_note.strip(),
        serial=arrival.serial.strip(),
        shelf=arrival.shelf.strip(),
        facts=json.dumps(plain(arrival.facts), ensure_ascii=False),
        evidence=json.dumps([evidence.to_json() for evidence in arrival.evidence], ensure_ascii=False),
        findings=_findings(judge_batch(arrival.facts, _shown(arrival.evidence), locked.kind, specification, today)),
        received_at=now,
        received_by=by.name,
    )
    session.add(batch)
    try:
        session.flush()
    except IntegrityError as clash:
        raise Stale.because("changed-meanwhile", f"Somebody took the code {batch.code} at the same moment.") from clash
    write(session, batch.id, "received", Occasion(by, now, why=batch.delivery_note), free=batch.received)
    _decide(session, batch, "received", by, now, arrival.delivery_note.strip())
    return batch


def findings_of(batch: Batch, kind: str, specification: Specification, today: date) -> tuple[Finding, ...]:
    """What the rules for batches say of a stored batch on that day."""
    return judge_batch(facts_from_json(json.loads(batch.facts)), _shown(batch.papers), kind, specification, today)


def reasons_against(batch: Batch, kind: str, specification: Specification, today: date) -> Verdict:
    """Why a batch may not be released on that day; empty when it may."""
    reasons = _too_old(batch, specification.shelf_life_months(kind), today)
    findings = findings_of(batch, kind, specification, today)
    for finding in findings:
        if not may_be_released((finding,)):
            told = f"{finding.rule} {specification.rule(finding.rule).title}: {finding.verdict}"
            reasons.append(Reason("batch-rule", told, "the supplier", f"Demanded: {finding.demanded}."))
    return Verdict(tuple(reasons))


def _too_old(batch: Batch, months: int, today: date) -> list[Reason]:
    """What is good for less than the rules ask when it leaves could be released, and never sold."""
    until, least = batch.expires_on.isoformat(), months_after(today, months)
    if batch.is_expired(today):
        return [Reason("expired", f"{batch.code} expired on {until}.", "nobody", "")]
    if batch.expires_on < least:
        told = f"{batch.code} lasts until {until}, less than the {months} months that are asked for when it leaves."
        return [Reason("too-short", told, "the supplier", f"Ask for units that last until {least.isoformat()}.")]
    return []


def _shown(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Only what lies before us proves a rule; the reference of a paper that nobody can open does not."""
    return tuple(paper for paper in evidence if paper.sha256)


def answer_rules(
    session: Session, batch: Batch, facts: Mapping[str, Fact], evidence: tuple[Evidence, ...], by: Who, now: datetime
) -> None:
    """Answers the rules of a batch that waits: what is stated now replaces what was, what is not stays.

    Refuses (Stale) when it no longer waits: what is released was judged as it was.
    """
    fresh = {fact for paper in evidence for fact in paper.covers}
    kept = tuple(paper for paper in batch.papers if not fresh.issuperset(paper.covers))
    told = {
        "facts": json.dumps(plain({**facts_from_json(json.loads(batch.facts)), **facts}), ensure_ascii=False),
        "evidence": json.dumps([paper.to_json() for paper in (*kept, *evidence)], ensure_ascii=False),
    }
    _move(session, batch, ("waiting",), "waiting", **told)
    _decide(session, batch, "answered", by, now, "")


def place_batch(session: Session, batch: Batch, shelf: str, by: Who, now: datetime) -> None:
    """Says where whoever packs finds it; nothing else about it moves. Refuses a place that is longer than its label."""
    if len(shelf.strip()) > LONGEST_SHELF:
        raise Refused.because("goods-in", f"A shelf has at most {LONGEST_SHELF} characters.", "you", "Name it shorter.")
    batch.shelf = shelf.strip()
    _decide(session, batch, "placed", by, now, f"Shelf {batch.shelf}" if batch.shelf else "On no shelf")


def release_batch(
    session: Session, batch: Batch, specification: Specification, by: Who, today: date, now: datetime, why: str = ""
) -> None:
    """On sale from now on, judged afresh. Refuses while any rule for batches is open, or when it has expired."""
    kind = session.scalar(select(Product.kind).where(Product.id == batch.product_id))
    verdict = reasons_against(batch, str(kind), specification, today)
    if not verdict.is_yes:
        raise Refused(verdict)
    batch.findings = _findings(findings_of(batch, str(kind), specification, today))
    _move(session, batch, ("waiting",), "released")
    _decide(session, batch, "released", by, now, why)


def hold_batch(session: Session, batch: Batch, by: Who, now: datetime, why: str) -> None:
    """Off sale at once; one person is enough. Refuses (Stale) when it is held or recalled already."""
    _move(session, batch, ("waiting", "released"), "held")
    _decide(session, batch, "held", by, now, why)


def lift_hold(session: Session, batch: Batch, by: Who, now: datetime, why: str) -> None:
    """Back to waiting: releasing it judges it once more. Refuses without a reason, or (Stale) when it is not held."""
    refuse_silence(why)
    _move(session, batch, ("held",), "waiting")
    _decide(session, batch, "lifted", by, now, why)


def recall_batch(session: Session, batch: Batch, by: Who, now: datetime, why: str) -> None:
    """Off sale for good. Refuses without a reason, or (Stale) when it is recalled already."""
    refuse_silence(why)
    _move(session, batch, ("waiting", "released", "held"), "recalled")
    _decide(session, batch, "recalled", by, now, why)


def lift_recall(session: Session, batch: Batch, by: Who, now: datetime, why: str) -> None:
    """The recall was a mistake: back to waiting, to be released anew. Refuses without a reason, or (Stale) when there is none."""
    refuse_silence(why)
    _move(session, batch, ("recalled",), "waiting")
    _decide(session, batch, "lifted", by, now, why)


def _refuse_unfit(session: Session, arrival: Arrival, today: date) -> None:
    reasons = []
    if not arrival.supplier_lot.strip():
        reasons.append("The supplier's lot is missing: no lot, no stock.")
    if not 1 <= arrival.quantity <= LARGEST:
        reasons.append(f"From one unit to {LARGEST} can arrive.")
    short = max(len(arrival.serial), len(arrival.shelf)) - LONGEST_SHELF
    if max(len(arrival.supplier_lot) - 60, len(arrival.delivery_note) - 80, short) > 0:
        reasons.append("The supplier's lot has at most 60 characters, the delivery note 80, serial and shelf 20.")
    if arrival.expires_on < today:
        reasons.append("It has expired.")
    code = arrival.code.strip()
    if code and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", code):
        reasons.append("A batch code has letters, digits, dots and dashes, at most 40.")
    if code and session.scalar(select(Batch.id).where(Batch.code == code)) is not None:
        reasons.append(f"There is a batch {code} already.")
    if reasons:
        raise Refused(Verdict(tuple(Reason("goods-in", text, "you", "Correct the entry.") for text in reasons)))


def _next_code(session: Session, product: Product) -> str:
    """Ours, such as RL-020-003; the product is locked, so the next number is nobody else's."""
    number = session.scalar(select(func.count(Batch.id)).where(Batch.product_id == product.id)) or 0
    while True:
        number += 1
        code = f"{product.sku[:34]}-{number:03d}"
        if session.scalar(select(Batch.id).where(Batch.code == code)) is None:
            return code


def _move(session: Session, batch: Batch, olds: tuple[str, ...], new: str, **told: str) -> None:
    statement = update(Batch).where(Batch.id == batch.id, Batch.status.in_(olds)).values(status=new, **told)
    done = cast(CursorResult[Any], session.execute(statement.execution_options(synchronize_session=False)))
    if done.rowcount != 1:
        raise Stale.because("batch-moved", f"{batch.code} can no longer become {new}.", "you", "Reload the page.")
    session.refresh(batch)


def _decide(session: Session, batch: Batch, decision: str, by: Who, now: datetime, why: str) -> None:
    session.add(
        BatchDecision(batch_id=batch.id, decision=decision, by_id=by.id, by_name=by.name, at=now, why=why.strip())
    )
    journal.note(session, f"batch {decision}", "batch", batch.code, by, now, lot=batch.supplier_lot)


def _findings(findings: tuple[Finding, ...]) -> str:
    return json.dumps([finding_to_json(finding) for finding in findings], ensure_ascii=False)
