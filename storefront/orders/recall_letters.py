"""The notice of a recall on paper, for clients whom no mail reaches: one letter each, to the address of their last order, with
every part of the notice and its pictures. That it was posted is for a person to say, and counts as one attempt a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from catalogue import recalls
from catalogue.journal import Who, note
from catalogue.recalls import Recall
from catalogue.verdicts import Refused
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders import pdf_pages
from storefront.orders.clinic_terms import addressed
from storefront.orders.models import Order
from storefront.orders.recall_answers import LOADING, record_attempt
from storefront.orders.recall_lists import units_of_clients
from storefront.orders.recall_models import RecallNotice
from storefront.orders.recall_sending import letter_parts

PICTURE = (40, 40)  # millimetres: width and height at most
WINDOW = 45  # where the address begins, so that it shows in the window of an envelope
TEXT_BEGINS = 86


@dataclass(frozen=True, slots=True)
class Place:
    """Where a client's last parcel went, and by which order."""

    order: str
    recipient: str
    address: str


def last_places(client_ids: Iterable[int]) -> dict[int, Place]:
    """The postal address of each client's last order that had one; one query."""
    mine = Order.client_id.in_(list(client_ids)), Order.address != ""
    last = select(func.max(Order.id)).where(*mine).group_by(Order.client_id)
    told = select(Order.client_id, Order.number, Order.recipient, Order.address, Order.country)
    found = db.session.execute(told.where(Order.id.in_(last)))
    return {row[0]: Place(row[1], row[2], addressed(row[3], row[4])) for row in found}


def draw_letters(recall: Recall, notices: Sequence[RecallNotice], now: datetime) -> bytes:
    """One letter for each of these clients who has a postal address, each from a new page on. Refuses when nobody has one."""
    places = last_places(notice.client_id for notice in notices)
    if not places:
        raise Refused.because("no-letter", "Nobody on this list has a postal address.", "you", "Call them instead.")
    drawn = db.session.execute(select(Recall.where_picture, Recall.picture).where(Recall.id == recall.id)).one()
    pictures = [picture for picture in drawn if picture]
    sent = units_of_clients([batch.id for batch in recall.batches], list(places))
    pdf = pdf_pages.begun(f"Letters of recall {recall.number}", now)
    for notice in notices:
        if notice.client_id in places:
            parts = letter_parts(recall, notice.client, sent.get(notice.client_id, []), notice.code, notice.owed_at)
            text = render_template("mail/recall_letter.txt", **parts)
            pdf.add_page()
            pdf.foot = f"Recall {recall.number}, letter to {notice.client.number}"
            _letter(pdf, places[notice.client_id], text, pictures, now)
    return bytes(pdf.output())


def _letter(pdf: "pdf_pages.Sheets", to: Place, text: str, pictures: Sequence[bytes], now: datetime) -> None:
    headline, _, rest = text.partition("\n")
    pdf.set_y(WINDOW)
    pdf_pages.lines(pdf, [to.recipient, *to.address.splitlines()])
    for place, picture in enumerate(reversed(pictures), 1):  # the product outermost
        left = pdf.w - pdf.r_margin - place * (PICTURE[0] + 2)
        pdf.image(BytesIO(picture), left, WINDOW - 10, *PICTURE, keep_aspect_ratio=True)
    pdf.set_y(TEXT_BEGINS)
    pdf_pages.lines(pdf, [f"{day_of(now):%d %B %Y}"])
    pdf_pages.heading(pdf, headline, 18)
    for line in rest.strip().splitlines():
        if line.isupper() and line.replace(" ", "").isalpha():
            pdf_pages.heading(pdf, line.capitalize(), 12)
        elif line:
            pdf_pages.lines(pdf, [line])
        else:
            pdf.ln(1.2)


def record_posted(number: str, clients: Iterable[str], by: Who, now: datetime) -> int:
    """Notes an attempt by letter for each of these clients (their numbers); how many it noted. A letter of the same day is
    noted once. Refuses without a client who has an address, or (Stale) when the recall is over."""
    recall = recalls.locked_recall(db.session(), number)
    recalls.insist_under_way(recall)
    wanted = select(RecallNotice).join(RecallNotice.client).where(RecallNotice.recall_id == recall.id)
    wanted = wanted.where(Client.number.in_(list(clients))).order_by(RecallNotice.id)
    found = db.session.scalars(wanted.options(*LOADING, selectinload(RecallNotice.attempts_made))).all()
    places = last_places(notice.client_id for notice in found)
    if not places:
        raise Refused.because("no-letter", "Say to whom the letters went.", "you", "Tick those that you posted.")
    fresh = [one for one in found if one.client_id in places and not was_posted_on(one, now)]
    for notice in fresh:
        record_attempt(
            notice, "letter", "not_reached", f"Posted to the address of {places[notice.client_id].order}", by, now
        )
    note(db.session(), "recall letters posted", "recall", number, by, now, letters=len(fresh))
    return len(fresh)


def was_posted_on(notice: RecallNotice, now: datetime) -> bool:
    return any(one.way == "letter" and day_of(one.at) == day_of(now) for one in notice.attempts_made)
