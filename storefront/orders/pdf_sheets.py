"""The pages of what is printed, on fpdf. Imported by `pdf_pages` when something is drawn: with its fonts it would take a fifth of
the shop's whole start."""

from fpdf import FPDF

from storefront.orders.pdf_pages import latin


class Sheets(FPDF):
    """Pages that say below what they belong to, with their number."""

    foot = ""

    def footer(self) -> None:
        if self.foot:
            self.set_y(-12)
            self.set_font("Helvetica", size=8)
            self.cell(0, 4, latin(f"{self.foot}, page {self.page_no()}"), align="R")
