"""Headings and paragraphs on A4 pages, for what is printed or fixed for good. The font is the shop's own and lies in each
document, as far as it is used: Polish, Greek and Russian names, and all others of Europe, stand as they are written."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

    from storefront.orders.pdf_sheets import Sheets

FONT = "DejaVu"
LINE, HEADING, WIDTH, BELOW = 5, 7.5, 174, 15  # millimetres


def begun(title: str, made_at: datetime) -> "Sheets":
    """A document without a page yet; the same words always give the same bytes."""
    from storefront.orders.pdf_sheets import Sheets

    pdf = Sheets()
    pdf.set_creation_date(made_at)
    pdf.set_title(title)
    pdf.set_auto_page_break(True, BELOW)
    return pdf


def heading(pdf: "FPDF", text: str, size: int) -> None:
    """Never the last line of a page."""
    pdf.ln(3)
    if pdf.will_page_break(HEADING + 2 * LINE):
        pdf.add_page()
    pdf.set_font(FONT, "B", size - 1)
    pdf.multi_cell(WIDTH, HEADING, written(pdf, text), align="L", new_x="LMARGIN", new_y="NEXT")


def lines(pdf: "FPDF", told: Iterable[str]) -> None:
    pdf.set_font(FONT, size=9)
    for line in told:
        pdf.multi_cell(WIDTH, LINE, written(pdf, line.strip()), align="L", new_x="LMARGIN", new_y="NEXT")


def written(pdf: "FPDF", text: str) -> str:
    """As the font in use can write it: a letter with its accent as one, and what no script of Europe has as a question mark."""
    drawn = pdf.current_font.cmap  # type: ignore[union-attr]
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter if letter == "\n" or ord(letter) in drawn else "?" for letter in composed)
