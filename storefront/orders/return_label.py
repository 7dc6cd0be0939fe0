"""The sheet that goes with a return: where it is sent, and its number. Whoever carries or opens the parcel reads no more."""

from datetime import datetime

from flask import current_app

from storefront.orders import pdf_pages
from storefront.orders.return_models import GoodsReturn

NUMBER, ADDRESS = 30, 20  # points: to be read across a table


def label(mine: GoodsReturn, now: datetime) -> bytes:
    """One A4 page as PDF."""
    clinic = current_app.config["SETTINGS"]
    pdf = pdf_pages.begun(f"Return {mine.number}", now)
    pdf.add_page()
    pdf_pages.heading(pdf, "Return to", 12)
    for line in (clinic.clinic_name, *clinic.clinic_address.splitlines()):
        pdf_pages.heading(pdf, line, ADDRESS)
    pdf.ln(10)
    pdf_pages.heading(pdf, "Return number", 12)
    pdf_pages.heading(pdf, mine.number, NUMBER)
    pdf.ln(10)
    told = ["Put this page into the parcel, or cut it and stick its upper half on it.", "Keep the receipt of the post."]
    pdf_pages.lines(pdf, [*told, f"Questions: {clinic.clinic_phone}, {clinic.clinic_email}"])
    return bytes(pdf.output())
