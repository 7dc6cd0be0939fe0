"""Signing a vetting: the second person puts their name under exactly what they were shown, and an accepted vetting puts the
product on sale. Two people on every vetting, from the first version on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from catalogue import drafts, journal, rejudging
from catalogue.canonical import fingerprint
from catalogue.documents import keep
from catalogue.dossiers import Dossier, Evidence
from catalogue.journal import Who
from catalogue.known_verdicts import keep_verdicts
from catalogue.products import DossierChange, Listing, Product, Vetting, Voiding
from catalogue.search_words import keep_words
from catalogue.specification import Specification
from catalogue.states import written
from catalogue.verdicts import Refused, Stale
from catalogue.vetting import Report, finding_to_json, judge

MEANING = "I have read these facts, documents and findings, and they are as shown."
SIGNERS = ("practitioner", "admin")


def shown_hash(report: Report, dossier: Dossier, summary: str = "") -> str:
    """The hash of what a person has before them when they sign: the product's head, its dossier, every finding, the rules."""
    head = [dossier.sku, dossier.name, dossier.brand, dossier.manufacturer, dossier.gtin, summary]
    findings = [finding_to_json(finding) for finding in report.findings]
    return fingerprint([head, dossier.hash, report.specification.hash, findings])


def record_vetting(
    session: Session,
    product: Product,
    specification: Specification,
    by: Who,
    today: date,
    now: datetime,
    shown_hash: str,
    notes: Mapping[str, str] | None = None,
) -> Vetting:
    """The signed vetting, judged afresh with the product locked; on sale when it is accepted and every document is stored.

    `notes` (rule id → text) are a practitioner's answers to rules that wait for a look. They become evidence of the dossier in
    the act of signing, so they make nobody an author of it: who entered it and who signs remain the two people. A dossier
    that rests on any note is signed by a practitioner only, whoever put the note there.

    Refuses when the signer entered or changed what they sign, is no practitioner or admin, when a note is not a
    practitioner's or answers no open rule; Stale when it is no longer what was shown.
    """
    locked = drafts.locked_product(session, product.sku)
    if locked is None:
        raise Stale.because("gone", "This product is no longer there.")
    dossier = drafts.dossier_of(locked)
    report = judge(dossier, specification, today)
    if _shown(report, dossier, locked.summary) != shown_hash:
        raise Stale.because(
            "changed-meanwhile", "What you signed is no longer what the shop knows.", "you", "Read it again."
        )
    changes = _open_changes(session, locked)
    _refuse_signer(locked, changes, by, [*(notes or {}), *_rules_with_notes(dossier)])
    if notes:
        dossier = _with_notes(session, locked, report, notes, by, now, today)
        report = judge(dossier, specification, today)
    vetting = _vetting(locked, dossier, report, shown_hash, by, now)
    session.add(vetting)
    keep_verdicts(session, {locked.id: report})
    session.flush()
    _list(session, locked, dossier, vetting, changes, today, now)
    _tell(session, locked, vetting, by, now)
    return vetting


def void_vetting(session: Session, product: Product, by: Who, now: datetime, why: str) -> None:
    """Takes a product off sale at once, whatever its dossier says; a new signature puts it back. Refuses without a
    reason; Stale when it is off sale already."""
    if not why.strip():
        raise Refused.because("no-reason", "Say why it goes off sale.")
    locked = drafts.locked_product(session, product.sku)
    vetting_id = drafts.take_off_sale(session, locked) if locked else None
    if vetting_id is None:
        raise Stale.because("not-listed", f"{product.sku} is not on sale.")
    session.add(Voiding(vetting_id=vetting_id, by_id=by.id, by_name=by.name, at=now, why=why.strip()))
    journal.note(session, "taken off sale", "product", product.sku, by, now, vetting=vetting_id)


def may_not_sign(product: Product, changes: Sequence[DossierChange], by: Who) -> str | None:
    """Why this person may not sign this dossier, in words; None when they may. `changes`: those nobody has vouched for yet."""
    if by.role not in SIGNERS or by.id is None:
        return "A practitioner or an admin signs."
    if by.id == product.dossier.changed_by_id or any(change.by_id == by.id for change in changes):
        return "You entered or changed this dossier, so another person must sign it."
    return None


def open_changes(changes: Sequence[DossierChange]) -> list[DossierChange]:
    """The changes that no accepted vetting vouches for."""
    return [change for change in changes if change.vetting_id is None]


def _shown(report: Report, dossier: Dossier, summary: str) -> str:
    return shown_hash(report, dossier, summary)


def _open_changes(session: Session, product: Product) -> Sequence[DossierChange]:
    made = select(DossierChange).where(DossierChange.dossier_id == product.dossier.id)
    return session.scalars(made.where(DossierChange.vetting_id.is_(None)).order_by(DossierChange.id)).all()


def _refuse_signer(product: Product, changes: Sequence[DossierChange], by: Who, noted: list[str]) -> None:
    why = may_not_sign(product, changes, by)
    if why:
        raise Refused.because("two-people", why, "a second person", "Ask a colleague to sign.")
    if noted and by.role != "practitioner":
        text = f"{', '.join(dict.fromkeys(noted))}: a practitioner's note is a practitioner's to sign."
        raise Refused.because("practitioner-only", text, "a practitioner", "Ask a practitioner to sign.")


def _rules_with_notes(dossier: Dossier) -> list[str]:
    return [rule for evidence in dossier.evidence if evidence.proof == "note" for rule in evidence.covers]


def _with_notes(
    session: Session, product: Product, report: Report, notes: Mapping[str, str], by: Who, now: datetime, today: date
) -> Dossier:
    """The dossier with one note more for each rule that waits; every note's text is kept as a document of its own."""
    waiting = {finding.rule for finding in report.findings if finding.verdict == "review"}
    wrong = [rule for rule, text in notes.items() if rule not in waiting or not text.strip()]
    if wrong:
        raise Refused.because("note", f"No note is waited for, or it is empty: {', '.join(wrong)}.")
    drafts.take_off_sale(session, product)
    signed = []
    for rule, text in notes.items():
        told = f"{rule}, {product.sku}, {today.isoformat()}, {by.name}\n\n{text.strip()}\n".encode()
        document = keep(session, f"note-{rule}.txt", told, "text/plain", now)
        title, reference = f"Practitioner's note on {rule}", f"NOTE-{rule}-{hashlib.sha256(told).hexdigest()[:8]}"
        signed.append(
            Evidence("note", (rule,), title, by.name, reference, today, file=document.name, sha256=document.sha256)
        )
    dossier = replace(report.dossier, evidence=(*report.dossier.evidence, *signed))
    product.dossier.evidence.extend(drafts.new_evidence(note) for note in signed)
    product.dossier.hash = dossier.hash
    session.flush()
    keep_words(session, {product.id: dossier})
    return dossier


def _vetting(product: Product, dossier: Dossier, report: Report, shown: str, by: Who, now: datetime) -> Vetting:
    return Vetting(
        product_id=product.id,
        dossier_hash=dossier.hash,
        dossier=written(dossier, product.summary),
        specification_version=report.specification.version,
        specification_hash=report.specification.hash,
        verdict=report.verdict,
        findings=json.dumps([finding_to_json(finding) for finding in report.findings], ensure_ascii=False),
        shown_hash=shown,
        lapses_on=report.lapses_on,
        entered_by_id=product.dossier.changed_by_id,
        entered_by_name=product.dossier.changed_by_name,
        signed_by_id=by.id,
        signed_by_name=by.name,
        signed_by_role=by.role,
        signed_at=now,
        meaning=MEANING,
    )


def _list(
    session: Session,
    product: Product,
    dossier: Dossier,
    vetting: Vetting,
    changes: Sequence[DossierChange],
    today: date,
    now: datetime,
) -> None:
    """The accepted vetting vouches for the changes so far, and lists the product when every document is there to be seen."""
    drafts.take_off_sale(session, product)
    if vetting.verdict != "accepted":
        return
    mine = [change.id for change in changes]
    session.execute(update(DossierChange).where(DossierChange.id.in_(mine)).values(vetting_id=vetting.id))
    if all(evidence.sha256 for evidence in dossier.evidence):
        listing = Listing(product_id=product.id, vetting_id=vetting.id, dossier_hash=dossier.hash, listed_at=now)
        session.add(listing)
        session.flush()
        set_committed_value(listing, "vetting", vetting)
        set_committed_value(listing, "judgements", [])
        set_committed_value(product, "listing", listing)
        rejudging.judge_by_coming(session, product, today, now)


def _tell(session: Session, product: Product, vetting: Vetting, by: Who, now: datetime) -> None:
    journal.note(
        session,
        "vetting signed",
        "product",
        product.sku,
        by,
        now,
        vetting=vetting.id,
        verdict=vetting.verdict,
        dossier=vetting.dossier_hash,
        specification=vetting.specification_version,
        listed=product.listing is not None,
    )
