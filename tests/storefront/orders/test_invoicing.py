"""Invoices and credit notes: one for what was taken, one for each refund, numbered without gaps, kept as they were drawn."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.money import Money
from catalogue.verdicts import Verdict
from storefront import upkeep
from storefront.db import db, transaction
from storefront.eligibility.reasons import day_in_words
from storefront.orders import audit, invoicing
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.actions import cancel_unpaid
from storefront.orders.invoice_models import Invoice, InvoiceBook, InvoiceSheet
from storefront.orders.models import Order, Refund
from storefront.orders.owing import owe_refund, record_capture, record_refund
from storefront.orders.records import locked
from storefront.orders.rules import Delivery
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def number(session: Session) -> str:
    return taken(world.BY_POST)


def taken(to: Delivery, before: Delivery | None = None) -> str:
    """An accepted order whose money was taken; `before` it one that was cancelled."""
    with transaction():
        product = world.on_sale(units=5)
        client = world.approved_client()
    if before is not None:
        with transaction():
            cancel_unpaid(world.placed(client, product, to=before), Verdict(()), ADMIN, NOW)
    with transaction():
        number = world.placed(client, product, to=to).number
    accept(number)
    with transaction():
        record_capture(locked(number), NOW)
    return number


def accept(number: str) -> None:
    total = locked(number).total_minor
    db.session.rollback()
    with transaction():
        accept_order(number, Authorisation("pi_1", Money(total)), NOW, TODAY)


def given_back(number: str, *amounts: int) -> None:
    for n, amount in enumerate(amounts):
        with transaction():
            refund = owe_refund(locked(number), amount, "a gesture", ADMIN, LATER)
        with transaction():
            record_refund(locked(number), refund.id, f"re_{amount}_{n}", LATER)


def work(now: datetime = LATER) -> int:
    return sum(1 for _ in iter(lambda: upkeep.issue_papers(now), False))


def sheets_in_words(session: Session) -> list[str]:
    """What the PDFs say, in the order in which they were drawn."""
    kept = session.scalars(select(InvoiceSheet.content).order_by(InvoiceSheet.invoice_id))
    return [" ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split()) for content in kept]


def papers(session: Session) -> list[tuple[str, int]]:
    return [(each.number, each.gross_minor) for each in session.scalars(select(Invoice).order_by(Invoice.id))]


def test_what_was_taken_is_invoiced_once_and_each_refund_credited_once(session: Session, number: str) -> None:
    total = session.scalars(select(Order.total_minor)).one()
    assert work() == 2
    given_back(number, 100, total - 100)
    assert work() == 4
    assert work() == 0
    assert papers(session) == [("INV-000001", total), ("CN-000001", 100), ("CN-000002", total - 100)]
    invoice, first, last = session.scalars(select(Invoice).order_by(Invoice.id))
    assert first.tax_minor + last.tax_minor == invoice.tax_minor
    told = json.loads(last.words)
    assert (told["of"], told["why"], told["seller"]["vat_number"]) == ("INV-000001", "a gesture", "GB 000 0000 00")
    assert [content[:4] for content in session.scalars(select(InvoiceSheet.content))] == [b"%PDF"] * 3
    assert list(audit.broken_rows(TODAY)) == []


def test_the_sheets_say_all_that_the_tax_office_asks_for(session: Session, number: str) -> None:
    """HMRC, VAT Notice 700, 16.3.1 and 18.2.1: also where a sheet is issued a day after its tax point."""
    work(NOW + timedelta(days=1))
    given_back(number, 1000)
    work(NOW + timedelta(days=2))
    invoice, credited = sheets_in_words(session)
    supplied, issued = day_in_words(TODAY), day_in_words(TODAY + timedelta(days=1))
    both = (
        "Demo Skin Clinic",
        "1 Example Street, London",
        "VAT registration number GB 000 0000 00",
        "Mara Finch 1 Example Road London N1 9GU United Kingdom",
        "20 %",
    )
    told = (
        "INV-000001",
        f"Issued on {issued}",
        f"(tax point): {supplied}",
        "Sample roller RL-020 (RL-020) 1 28.33 20 % 28.33 5.67",
    )
    assert [
        words for words in (*both, *told, "VAT: 6.33 GBP", "Total without VAT: 31.62 GBP") if words not in invoice
    ] == []
    told = (
        "Credit note CN-000001",
        f"Credits invoice INV-000001 of {issued}",
        "Reason: a gesture",
        f"Given back on {supplied}",
    )
    assert [
        words for words in (*both, *told, "VAT: 1.66 GBP", "Total without VAT: 8.34 GBP") if words not in credited
    ] == []
    assert "tax point" not in credited


def test_an_invoice_for_what_leaves_the_country_says_why_it_bears_no_tax(session: Session) -> None:
    taken(Delivery("post", "Mara Finch", "1 Example Road\nSt Helier\nJE2 3AB", country="JE"))
    work()
    (invoice,) = sheets_in_words(session)
    told = (
        "Jersey Client number",
        "1 34.00 0 % 34.00 0.00 34.00",
        "Zero-rated (0 %): the goods leave the United Kingdom for Jersey",
    )
    assert [words for words in (*told, "VAT: 0.00 GBP", "Total: 39.95 GBP") if words not in invoice] == []


def test_who_collects_is_invoiced_where_their_last_parcel_went(session: Session) -> None:
    taken(Delivery("collection"), before=world.BY_POST)
    work()
    (invoice,) = sheets_in_words(session)
    assert "To Mara Finch 1 Example Road London N1 9GU United Kingdom Client number" in invoice
    assert "Total: 34.00 GBP" in invoice


def test_an_order_that_was_never_taken_has_no_invoice(session: Session) -> None:
    with transaction():
        product = world.on_sale(units=5)
        client = world.approved_client()
    with transaction():
        number = world.placed(client, product).number
    accept(number)
    assert work() == 0
    assert papers(session) == []


def test_a_number_is_not_lost_by_what_fails(session: Session, number: str) -> None:
    order_id = session.scalars(select(Order.id)).one()
    with suppress(ZeroDivisionError), transaction():
        invoicing.issue_invoice(order_id, LATER)
        raise ZeroDivisionError
    with transaction():
        assert invoicing.issue_invoice(order_id, LATER) is not None
    with transaction():
        assert invoicing.issue_invoice(order_id, LATER) is None
    assert papers(session)[0][0] == "INV-000001"
    assert session.scalars(select(InvoiceBook.last).order_by(InvoiceBook.kind)).all() == [0, 1]


def test_the_same_invoice_is_drawn_the_same(session: Session, number: str) -> None:
    work()
    invoice_id = session.scalars(select(Invoice.id)).one()
    content, digest = invoicing.draw_sheet(invoice_id)
    assert session.scalars(select(InvoiceSheet.sha256)).one() == digest
    upkeep.draw(invoice_id, LATER)
    assert session.scalars(select(InvoiceSheet.content)).all() == [content]


REFUSED = (
    "UPDATE invoice SET gross_minor = 1",
    "DELETE FROM invoice",
    "UPDATE invoice_sheet SET sha256 = 'x'",
    "DELETE FROM invoice_sheet",
    "UPDATE invoice_book SET last = 7 WHERE kind = 'invoice'",
    "UPDATE invoice_book SET last = 0 WHERE kind = 'invoice'",
    "INSERT INTO invoice (kind, nth, number, order_id, refund_id, issued_at, supplied_on, gross_minor, tax_minor, currency, words)"
    " SELECT kind, nth + 2, 'INV-000003', order_id, refund_id, issued_at, supplied_on, gross_minor, tax_minor, currency, words"
    " FROM invoice WHERE kind = 'invoice'",
    "INSERT INTO invoice (kind, nth, number, order_id, refund_id, issued_at, supplied_on, gross_minor, tax_minor, currency, words)"
    " SELECT kind, nth + 1, 'INV-000002', order_id, refund_id, issued_at, supplied_on, gross_minor, tax_minor, currency, words"
    " FROM invoice WHERE kind = 'invoice'",
)


def test_the_database_keeps_papers_as_they_were_issued(session: Session, number: str) -> None:
    work()
    for statement in REFUSED:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(statement))
    assert len(papers(session)) == 1


def test_the_audit_names_a_paper_that_says_another_sum(session: Session, number: str) -> None:
    work()
    given_back(number, 100)
    work()
    session.execute(Refund.__table__.update().values(amount_minor=90))
    found: list[Any] = list(invoicing.broken_invoices())
    assert found == ["CN-000001: says 100, its lines 100, and the money was 90"]
    session.rollback()
