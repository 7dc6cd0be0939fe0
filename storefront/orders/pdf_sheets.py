"""The pages of what is printed, on fpdf. Imported by `pdf_pages` when something is drawn: with its fonts it would take a fifth of
the shop's whole start."""

from pathlib import Path

from fpdf import FPDF

from storefront.orders.pdf_pages import FONT, written

FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"


class Sheets(FPDF):
    """Pages that say below what they belong to, with their number."""

    foot = ""

    def __init__(self) -> None:
        super().__init__()
        for style, name in (("", "dejavu-sans"), ("B", "dejavu-sans-bold")):
            self.add_font(FONT, style, FONTS / f"{name}-2.37.ttf")

    def footer(self) -> None:
        if self.foot:
            self.set_y(-12)
            self.set_font(FONT, size=8)
            self.cell(0, 4, written(self, f"{self.foot}, page {self.page_no()}"), align="R")
