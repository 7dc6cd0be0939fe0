"""Issuing an invoice for every order whose money was taken, and a credit note for every refund that was given; drawing and keeping
the sheet of each. What is owed is asked of the rows, so that whatever was interrupted is found again."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import joinedload, selectinload

from catalogue.journal import SYSTEM, note
from catalogue.money import in_proportion, plain_rate
from storefront.clock import day_of
from storefront.db import db
from storefront.orders.clinic_terms import addressed, clinic_terms
from storefront.orders.delivery_terms import HOME
from storefront.orders.invoice_models import PREFIX, Invoice, InvoiceBook, InvoiceSheet
from storefront.orders.invoice_rules import InvoiceLine, credit, credit_line, credit_parts, in_units, remaining
from storefront.orders.invoice_sheets import drawn
from storefront.orders.models import Capture, Order, Refund
from storefront.orders.return_models import RefundPart
from storefront.orders.rules import delivery_parts

Words = dict[str, Any]


def orders_to_invoice() -> Select[int]:
    """Orders whose money was taken and that have no invoice, in the order in which it was taken."""
    found = select(Order.id).join(Capture, Capture.order_id == Order.id)
    invoiced = select(Invoice.order_id).where(Invoice.kind == "invoice")
    found = found.where(Order.captured_minor > 0, Capture.done_at.is_not(None), Order.id.not_in(invoiced))
    return found.order_by(Capture.done_at, Order.id).limit(1)


def refunds_to_credit() -> Select[int]:
    """Refunds that were given and have no credit note, of orders that have an invoice."""
    credited = select(Invoice.refund_id).where(Invoice.refund_id.is_not(None))
    invoiced = select(Invoice.order_id).where(Invoice.kind == "invoice")
    found = select(Refund.id).where(Refund.done_at.is_not(None), Refund.id.not_in(credited))
    return found.where(Refund.order_id.in_(invoiced)).order_by(Refund.done_at, Refund.id).limit(1)


def sheets_to_draw() -> Select[int]:
    found = select(Invoice.id).outerjoin(InvoiceSheet, InvoiceSheet.invoice_id == Invoice.id)
    return found.where(InvoiceSheet.invoice_id.is_(None)).order_by(Invoice.id).limit(1)


def issue_invoice(order_id: int, now: datetime) -> Invoice | None:
    """The invoice of an order, in the caller's transaction; None when somebody else issued it meanwhile."""
    _lock_book("invoice")
    if db.session.scalar(select(Invoice.id).where(Invoice.order_id == order_id, Invoice.kind == "invoice")):
        return None
    wanted = select(Order).where(Order.id == order_id)
    loaded = (selectinload(Order.lines), joinedload(Order.client), joinedload(Order.capture))
    order = db.session.scalars(wanted.options(*loaded).execution_options(populate_existing=True)).one()
    assert order.capture is not None
    assert order.capture.done_at is not None
    lines = lines_of(order)
    words = {**_parties(order), "lines": [asdict(line) for line in lines]}
    words |= {"discount": order.discount_code, "why_no_tax": _why_no_tax(order, lines)}
    return _issue("invoice", order, words, order.capture.done_at, now)


def issue_credit_note(refund_id: int, now: datetime) -> Invoice | None:
    """The credit note of a refund, in the caller's transaction; None when somebody else issued it meanwhile."""
    _lock_book("credit_note")
    if db.session.scalar(select(Invoice.id).where(Invoice.refund_id == refund_id)):
        return None
    refund = db.session.get_one(Refund, refund_id)
    wanted = select(Order).where(Order.id == refund.order_id).options(selectinload(Order.lines))
    order = db.session.scalars(wanted).one()
    invoice, *notes = db.session.scalars(select(Invoice).where(Invoice.order_id == order.id).order_by(Invoice.id))
    told = json.loads(invoice.words)
    left = remaining(_lines(invoice), [line for each in notes for line in _lines(each)])
    parties = {name: told[name] for name in ("seller", "buyer", "order")}
    credited = [asdict(line) for line in _credited(order, refund, _lines(invoice), left)]
    of = {"of": invoice.number, "of_on": day_of(invoice.issued_at).isoformat(), "why": refund.why}
    assert refund.done_at is not None
    return _issue("credit_note", order, {**parties, **of, "lines": credited}, refund.done_at, now, refund.id)


def draw_sheet(invoice_id: int) -> tuple[bytes, str]:
    """The sheet of an invoice and its hash; nothing is written."""
    invoice = db.session.get_one(Invoice, invoice_id)
    content = drawn(invoice)
    db.session.rollback()
    return content, sha256(content).hexdigest()


def keep_sheet(invoice_id: int, content: bytes, digest: str, now: datetime) -> None:
    """IntegrityError when it was kept meanwhile."""
    db.session.add(InvoiceSheet(invoice_id=invoice_id, content=content, sha256=digest, drawn_at=now))
    db.session.flush()


def invoices_of(order: Order) -> Sequence[Row[*tuple[Any, ...]]]:
    """Number, kind, when, amount and hash (None until it is drawn) of each paper of an order."""
    columns = (Invoice.number, Invoice.kind, Invoice.issued_at, Invoice.gross_minor, InvoiceSheet.sha256)
    found = select(*columns).outerjoin(InvoiceSheet, InvoiceSheet.invoice_id == Invoice.id)
    return db.session.execute(found.where(Invoice.order_id == order.id).order_by(Invoice.id)).all()


def sheet_of(order: Order, number: str) -> bytes | None:
    """The kept sheet of one paper of this order."""
    found = select(InvoiceSheet.content).join(Invoice, InvoiceSheet.invoice_id == Invoice.id)
    return db.session.scalar(found.where(Invoice.order_id == order.id, Invoice.number == number))


def lines_of(order: Order) -> list[InvoiceLine]:
    """What an order was sold for, its delivery last."""
    lines = [
        InvoiceLine(
            f"{one.name} ({one.sku})",
            one.quantity,
            one.total_minor,
            plain_rate(one.tax_percent),
            one.tax_minor,
            one.off_minor,
        )
        for one in order.lines
    ]
    return [*lines, *_brought(order)]


def _brought(order: Order) -> list[InvoiceLine]:
    """Its delivery, a line for each rate of the goods that it brought."""
    parts = delivery_parts([line.priced for line in order.lines], order.delivery_price)
    rates = [plain_rate(part.tax_percent) for part in parts]
    names = [order.way_name if len(parts) == 1 else f"{order.way_name}, at {rate} %" for rate in rates]
    named = zip(names, rates, parts, strict=True)
    return [InvoiceLine(name, 1, part.gross.minor, rate, part.tax.minor) for name, rate, part in named]


def broken_invoices() -> Iterator[str]:
    """What must hold of the papers: numbered from one without gaps, of the money that was taken and given back, with the sheet
    that was drawn."""
    seen = dict.fromkeys(PREFIX, 0)
    told = select(Invoice, Order.captured_minor, Refund.amount_minor, Refund.done_at)
    told = told.join(Order, Order.id == Invoice.order_id).outerjoin(Refund, Refund.id == Invoice.refund_id)
    for invoice, taken, given, given_at in db.session.execute(told.order_by(Invoice.kind, Invoice.nth)):
        seen[invoice.kind] += 1
        if invoice.nth != seen[invoice.kind]:
            yield f"{invoice.number}: number {seen[invoice.kind]} is missing before it"
            seen[invoice.kind] = invoice.nth
        money = taken if invoice.kind == "invoice" else given if given_at else 0
        lines = _lines(invoice)
        sums = (sum(line.gross for line in lines), sum(line.tax for line in lines))
        if invoice.gross_minor != money or sums != (invoice.gross_minor, invoice.tax_minor):
            yield f"{invoice.number}: says {invoice.gross_minor}, its lines {sums[0]}, and the money was {money}"
    for number, digest, content in db.session.execute(
        select(Invoice.number, InvoiceSheet.sha256, InvoiceSheet.content).join(InvoiceSheet, InvoiceSheet.invoice_id == Invoice.id)
    ).yield_per(100):  # fmt: skip
        if sha256(content).hexdigest() != digest:
            yield f"{number}: its sheet is not the one that was drawn"


def _lock_book(kind: str) -> None:
    """Two who issue at once follow each other; no number is taken yet, so that none is lost."""
    db.session.execute(select(InvoiceBook.last).where(InvoiceBook.kind == kind).with_for_update())


def _next_number(kind: str) -> int:
    counted = update(InvoiceBook).where(InvoiceBook.kind == kind).values(last=InvoiceBook.last + 1)
    return db.session.execute(counted.returning(InvoiceBook.last)).scalar_one()


def _parties(order: Order) -> Words:
    clinic = current_app.config["SETTINGS"]
    seller = {"name": clinic.clinic_name, "address": clinic.clinic_address, "vat_number": clinic.clinic_vat_number}
    address = addressed(order.address, order.country) or _last_address(order)
    buyer = {"name": order.recipient or order.client.name, "address": address, "number": order.client.number}
    return {"seller": seller, "buyer": buyer, "order": order.number}


def _last_address(order: Order) -> str:
    """Of who collects an order: where their last parcel went. Nothing where none did: up to £250 an invoice needs no address
    (HMRC, VAT Notice 700, 16.6)."""
    sent = select(Order.address, Order.country).where(Order.client_id == order.client_id, Order.address != "")
    last = db.session.execute(sent.where(Order.recipient == order.recipient).order_by(Order.id.desc()).limit(1)).first()
    return addressed(*last) if last else ""


def _why_no_tax(order: Order, lines: Iterable[InvoiceLine]) -> str:
    """What an invoice has to say where something on it bears no VAT; nothing where everything bears some."""
    if all(Decimal(line.tax_percent) for line in lines):
        return ""
    terms = clinic_terms()
    if order.country != HOME:
        return f"the goods leave the United Kingdom for {terms.name_of(order.country)} (HMRC, VAT Notice 703)"
    return terms.countries[HOME].source


def _lines(invoice: Invoice) -> list[InvoiceLine]:
    return [InvoiceLine(**line) for line in json.loads(invoice.words)["lines"]]


def _credited(
    order: Order, refund: Refund, invoiced: Sequence[InvoiceLine], left: Sequence[InvoiceLine]
) -> list[InvoiceLine]:
    """Units that come back are counted; what is given for no unit lowers the price of all of them."""
    places = {line.id: n for n, line in enumerate(order.lines)}
    parts = select(RefundPart).where(RefundPart.refund_id == refund.id).order_by(RefundPart.id)
    amounts = {part.line_id: part.amount_minor for part in db.session.scalars(parts)}
    if amounts:
        wanted = {places[id]: amount for id, amount in amounts.items() if id is not None}
        brought = {n: left[n].gross for n in range(len(places), len(left)) if left[n].gross}
        if brought:
            delivery = in_proportion(amounts.get(None, 0), list(brought.values()))
            wanted |= dict(zip(brought, delivery, strict=True))
        return in_units(credit_parts(left, wanted, refund.amount_minor), invoiced)
    if refund.line_id:
        return in_units(credit_line(left, places[refund.line_id], refund.amount_minor), invoiced)
    return credit(left, refund.amount_minor)


def _issue(
    kind: str, order: Order, words: Words, supplied_at: datetime, now: datetime, refund_id: int | None = None
) -> Invoice:
    lines, nth = [InvoiceLine(**line) for line in words["lines"]], _next_number(kind)
    invoice = Invoice(kind=kind, nth=nth, number=f"{PREFIX[kind]}-{nth:06d}", order_id=order.id, refund_id=refund_id)
    invoice.issued_at, invoice.supplied_on, invoice.currency = now, day_of(supplied_at), order.currency
    invoice.gross_minor, invoice.tax_minor = sum(line.gross for line in lines), sum(line.tax for line in lines)
    invoice.words = json.dumps(words, ensure_ascii=False, sort_keys=True)
    db.session.add(invoice)
    note(db.session(), f"{kind.replace('_', ' ')} issued", "order", order.number, SYSTEM, now, number=invoice.number)
    return invoice
