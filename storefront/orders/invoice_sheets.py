"""The sheet of an invoice or a credit note, with all that the United Kingdom asks of one (HMRC, VAT Notice 700, sections 16.3
and 18.2, https://www.gov.uk/guidance/vat-guide-notice-700): number, dates, both parties, the seller's VAT number, for each line
quantity, price without tax, rate, and what is charged; of a credit note also its reason, and number and date of its
invoice. A discount is named with what it takes off each line, and the tax is on what is left (section 7.3)."""

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from catalogue.money import Money
from storefront.clock import day_of
from storefront.eligibility.reasons import day_in_words
from storefront.orders import pdf_pages
from storefront.orders.invoice_rules import InvoiceLine, by_rate

if TYPE_CHECKING:
    from storefront.orders.invoice_models import Invoice
    from storefront.orders.pdf_sheets import Sheets

TITLES = {"invoice": "Invoice", "credit_note": "Credit note"}
COLUMNS = ("What", "Quantity", "Each, without VAT", "VAT rate", "Without VAT", "VAT", "Total")
WIDTHS = (54, 17, 24, 17, 22, 17, 23)  # millimetres, in all what a page is wide


def drawn(invoice: "Invoice") -> bytes:
    """The PDF; the same invoice always gives the same bytes."""
    words = json.loads(invoice.words)
    lines = [InvoiceLine(**line) for line in words["lines"]]
    title = f"{TITLES[invoice.kind]} {invoice.number}"
    pdf = pdf_pages.begun(title, invoice.issued_at)
    pdf.foot = title
    pdf.add_page()
    pdf_pages.heading(pdf, title, 18)
    pdf_pages.lines(pdf, _dates(invoice, words))
    pdf_pages.heading(pdf, "From", 12)
    pdf_pages.lines(pdf, _seller(words["seller"]))
    pdf_pages.heading(pdf, "To", 12)
    pdf_pages.lines(pdf, _buyer(words["buyer"]))
    pdf_pages.heading(pdf, "What was given back" if invoice.kind == "credit_note" else "What was supplied", 12)
    table(pdf, [COLUMNS, *(_row(line) for line in lines)])
    pdf_pages.heading(pdf, "In all", 12)
    pdf_pages.lines(pdf, _sums(invoice, lines))
    return bytes(pdf.output())


def table(pdf: "Sheets", rows: list[tuple[str, ...]]) -> None:
    """Rows of cells, the first being the titles; a row is never cut by the end of a page."""
    pdf.set_font(pdf_pages.FONT, size=8)
    with pdf.table(col_widths=WIDTHS, width=sum(WIDTHS), line_height=5, align="L", text_align=("L", *"RRRRRR")) as grid:  # type: ignore[arg-type]
        for cells in rows:
            row = grid.row()
            for cell in cells:
                row.cell(pdf_pages.written(pdf, cell))


def pounds(minor: int) -> str:
    return f"{Money(minor).minor / 100:,.2f}"


def _dates(invoice: "Invoice", words: dict[str, Any]) -> list[str]:
    told = [f"Issued on {day_in_words(day_of(invoice.issued_at))}"]
    day = "Given back on" if invoice.kind == "credit_note" else "Time of supply (tax point):"
    told += [f"{day} {day_in_words(invoice.supplied_on)}", f"Order {words['order']}"]
    if invoice.kind == "credit_note":
        of_on = day_in_words(date.fromisoformat(words["of_on"]))
        told += [f"Credits invoice {words['of']} of {of_on}", f"Reason: {words['why']}"]
    return told


def _seller(seller: dict[str, str]) -> list[str]:
    return [seller["name"], *seller["address"].splitlines(), f"VAT registration number {seller['vat_number']}"]


def _buyer(buyer: dict[str, str]) -> list[str]:
    return [buyer["name"], *buyer["address"].splitlines(), f"Client number {buyer['number']}"]


def _row(line: InvoiceLine) -> tuple[str, ...]:
    money = (pounds(line.net), pounds(line.tax), pounds(line.gross))
    name = f"{line.name}, less {pounds(line.off)} discount (VAT in it)" if line.off else line.name
    return (name, str(line.quantity), pounds(line.unit_net), f"{line.tax_percent} %", *money)


def _sums(invoice: "Invoice", lines: list[InvoiceLine]) -> list[str]:
    rates = [f"At {each.tax_percent} %: {pounds(each.net)} and VAT {pounds(each.tax)}" for each in by_rate(lines)]
    net = f"Total without VAT: {pounds(invoice.gross_minor - invoice.tax_minor)} {invoice.currency}"
    tax = f"VAT: {pounds(invoice.tax_minor)} {invoice.currency}"
    words, off = json.loads(invoice.words), sum(line.off for line in lines)
    code, why = words.get("discount"), words.get("why_no_tax")
    less = [f"Discount {code}: {pounds(off)} {invoice.currency} with the VAT in it, taken off above"] if off else []
    free = [f"Zero-rated (0 %): {why}"] if why else []
    paid = "Given back" if invoice.kind == "credit_note" else "Paid by card"
    return [*less, *rates, *free, net, tax, f"Total: {pounds(invoice.gross_minor)} {invoice.currency}. {paid}."]
