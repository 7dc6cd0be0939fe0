"""Headings and paragraphs on A4 pages, for what is printed or fixed for good. The built-in font knows Latin-1 only, so what is
typed most often beside it is written as the nearest there is."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

    from storefront.orders.pdf_sheets import Sheets

LIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "€": "EUR ", "−": "-"})
LIKE |= str.maketrans({"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "ẞ": "SS"})
# Millimetres. Lines end before the margin: a reader without this font takes a wider one.
LINE, HEADING, WIDTH, BELOW = 5, 7.5, 162, 15


def begun(title: str, made_at: datetime) -> "Sheets":
    """A document without a page yet; the same words always give the same bytes."""
    from storefront.orders.pdf_sheets import Sheets

    pdf = Sheets()
    pdf.set_creation_date(made_at)
    pdf.set_title(latin(title))
    pdf.set_auto_page_break(True, BELOW)
    return pdf


def heading(pdf: "FPDF", text: str, size: int) -> None:
    """Never the last line of a page."""
    pdf.ln(3)
    if pdf.will_page_break(HEADING + 2 * LINE):
        pdf.add_page()
    pdf.set_font("Helvetica", "B", size)
    pdf.multi_cell(WIDTH, HEADING, latin(text), align="L", new_x="LMARGIN", new_y="NEXT")


def lines(pdf: "FPDF", told: Iterable[str]) -> None:
    pdf.set_font("Helvetica", size=10)
    for line in told:
        pdf.multi_cell(WIDTH, LINE, latin(line.strip()), align="L", new_x="LMARGIN", new_y="NEXT")


def latin(text: str) -> str:
    """As the font can write it: a letter that it does not know stands without its accent, or as a question mark."""
    known = (letter if _is_known(letter) else _bare(letter) for letter in text.translate(LIKE))
    return "".join(known).encode("latin-1", "replace").decode("latin-1")


def _is_known(letter: str) -> bool:
    return ord(letter) < 256


def _bare(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
