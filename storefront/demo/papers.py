"""Small PDF documents for the invented makers' evidence: one page that says it is invented."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from catalogue.dossiers import Dossier, Evidence

if TYPE_CHECKING:
    from fpdf import FPDF

INVENTED = "Invented for a demonstration. This is no real product, maker or certificate."


def write_paper(dossier: Dossier, paper: Evidence) -> bytes:
    """The evidence as an A4 page; the same dossier always gives the same bytes."""
    return write_page(paper, told(dossier, paper))


def write_page(paper: Evidence, lines: list[str]) -> bytes:
    return write_sheet(paper.title, paper.issued_on, lines)


def write_sheet(title: str, written_on: date, lines: list[str]) -> bytes:
    from fpdf import FPDF  # slow to import, and only the first start writes papers

    pdf = FPDF()
    pdf.set_creation_date(datetime.combine(written_on, datetime.min.time(), UTC))
    pdf.set_title(title)
    pdf.add_page()
    pdf.set_font("Helvetica", "B", 18)
    draw(pdf, 10, title)
    pdf.set_font("Helvetica", size=11)
    for line in lines:
        draw(pdf, 7, line)
    return bytes(pdf.output())


def draw(pdf: "FPDF", height: int, line: str) -> None:
    """What fits is measured once; `multi_cell` measures a line anew with each letter, and the first start waits for it."""
    text = plain(line)
    fits = pdf.get_string_width(text) < pdf.epw - 2 * pdf.c_margin
    (pdf.cell if fits else pdf.multi_cell)(0, height, text, new_x="LMARGIN", new_y="NEXT")


def told(dossier: Dossier, paper: Evidence) -> list[str]:
    until = f"Valid to and including {paper.expires_on:%d %B %Y}." if paper.expires_on else "No date of expiry."
    facts = [f"{name}: {fact(dossier, name)}" for name in paper.covers]
    return [
        f"{paper.reference}, issued by {paper.issuer} on {paper.issued_on:%d %B %Y}.",
        until,
        f"Product: {dossier.name} ({dossier.sku}) by {dossier.manufacturer}.",
        "",
        *facts,
        "",
        INVENTED,
    ]


def fact(dossier: Dossier, name: str) -> str:
    value = dossier.stated.get(name, "looked at")
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def plain(text: str) -> str:
    """The page's built-in font knows Latin-1 only."""
    return text.encode("latin-1", "replace").decode("latin-1")
