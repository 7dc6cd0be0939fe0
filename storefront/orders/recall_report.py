"""The report of a recall: every time, the mass balance, the clients by their numbers, answers, attempts and refunds, and the
fingerprint of the journal at that instant. Fixed as facts when the recall is closed; the PDF is drawn from them alone."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from catalogue.batches import Batch
from catalogue.journal import JournalHead
from catalogue.recalls import Recall
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import pdf_pages, recall_board, recall_lists
from storefront.orders.recall_models import RecallNotice

Facts = dict[str, Any]
WORDS = {
    "stopped": "stopped, destroyed",
    "never_received": "never received",
    "passed_on": "passed on",
    "not_reached": "not reached",
    "came_back": "mail came back",
}


def facts_of(recall: Recall, attempts: int, now: datetime) -> Facts:
    """All that the report says, as plain values. The recall's batches have their products."""
    head = db.session.execute(select(JournalHead.number, JournalHead.hash)).first()
    counts = recall_board.count_notices(recall.id, attempts)
    refunds = recall_board.count_refunds(recall.id)
    return {
        "number": recall.number,
        "severity": recall.severity,
        "cause": recall.cause,
        "batches": [_batch(batch) for batch in recall.batches],
        "notice": json.loads(recall.notice),
        "made_at": now.isoformat(),
        "decisions": [[one.decision, one.at.isoformat(), one.by_name, one.why] for one in recall.decisions],
        "balance": [_balance(balance) for balance in recall_lists.balances(recall.batches)],
        "counts": asdict(counts),
        "clients": [_client(notice) for notice in _notices(recall.id)],
        "refunds": asdict(refunds),
        "journal": {"entry": head[0] if head else 0, "hash": head[1] if head else ""},
    }


def fingerprint(facts: Facts) -> str:
    """SHA-256 of the facts, printed with them."""
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _balance(balance: recall_lists.Balance) -> Facts:
    return asdict(balance) | {"closes": balance.closes}


def _batch(batch: Batch) -> list[str]:
    product = batch.product
    told = [batch.code, f"lot {batch.supplier_lot}", f"use by {batch.expires_on.isoformat()}", product.name]
    return [*told, f"made by {product.manufacturer}", *([f"GTIN {product.gtin}"] if product.gtin else [])]


def _notices(recall_id: int) -> list[RecallNotice]:
    mine = select(RecallNotice).where(RecallNotice.recall_id == recall_id).order_by(RecallNotice.id)
    loading = (
        joinedload(RecallNotice.client).load_only(Client.number),
        joinedload(RecallNotice.message).load_only(Message.given_up_at),
        selectinload(RecallNotice.attempts_made),
    )
    return list(db.session.scalars(mine.options(*loading)))


def _client(notice: RecallNotice) -> Facts:
    return {
        "client": notice.client.number,
        "units": notice.units,
        "mails": notice.told,
        "bounced": notice.has_bounced,
        "answer": notice.answer or "",
        "answered_at": notice.answered_at.isoformat() if notice.answered_at else "",
        "remedy": notice.remedy,
        "attempts": [[one.way, one.outcome, one.at.isoformat(), one.by_name] for one in notice.attempts_made],
    }


def draw(facts: Facts) -> bytes:
    """The report as a PDF of A4 pages; the same facts always give the same bytes."""
    pdf = pdf_pages.begun(f"Recall {facts['number']}", datetime.fromisoformat(facts["made_at"]))
    pdf.add_page()
    pdf_pages.heading(pdf, f"Product safety recall {facts['number']}", 18)
    pdf_pages.lines(pdf, [f"Made {_moment(facts['made_at'])}. Severity: {facts['severity']}. Why: {facts['cause']}"])
    for title, lines in _chapters(facts):
        pdf_pages.heading(pdf, title, 13)
        pdf_pages.lines(pdf, lines)
    return bytes(pdf.output())


def _chapters(facts: Facts) -> list[tuple[str, list[str]]]:
    counts, refunds, journal = facts["counts"], facts["refunds"], facts["journal"]
    total = [f"{_many(counts['clients'], 'client')}, {counts['reached']} reached, {counts['tried']} tried for in vain."]
    money = f"{refunds['given']} of {_many(refunds['orders'], 'order')} paid back, {refunds['given_minor'] / 100:.2f} in all."
    seal = [f"Journal entry {journal['entry']}: {journal['hash']}", f"These facts: {fingerprint(facts)}"]
    said = [f"{name.replace('_', ' ').capitalize()}: {_said(part)}" for name, part in facts["notice"].items() if part]
    return [
        ("What was recalled", [", ".join(batch) for batch in facts.get("batches", ())]),
        ("The notice as it was sent", said or ["None was written."]),
        ("What was decided", [f"{what}, {_moment(at)}, {by}. {why}" for what, at, by, why in facts["decisions"]]),
        ("Mass balance", [_balance_line(balance) for balance in facts["balance"]]),
        ("Clients", total + [_client_line(client) for client in facts["clients"]]),
        ("Refunds", [money]),
        ("Fingerprints (SHA-256)", seal),
    ]


def _said(part: str | list[str]) -> str:
    return part if isinstance(part, str) else ", ".join(part)


def _balance_line(of: Facts) -> str:
    places = f"{of['with_clients']} with clients + {of['waiting']} sold and kept back + {of['reserved']} reserved"
    rest = f"{of['in_stock']} in stock + {of['returned']} returned + {of['destroyed']} destroyed"
    return f"{of['code']}: {of['received']} received = {places} + {rest}. {'It closes.' if of['closes'] else 'IT DOES NOT CLOSE.'}"


def _client_line(of: Facts) -> str:
    said = f"{WORDS.get(of['answer'], of['answer'])}, {_moment(of['answered_at'])}" if of["answer"] else "no answer"
    tried = [f"{way} {WORDS.get(outcome, outcome)} {_moment(at)} ({by})" for way, outcome, at, by in of["attempts"]]
    bounced = ["bounced"] if of["bounced"] else []
    return "; ".join(
        [f"{of['client']}: {_many(of['units'], 'unit')}, {_many(of['mails'], 'mail')}", said, *bounced, *tried]
    )


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _moment(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%d %B %Y, %H:%M} UTC" if iso else ""
