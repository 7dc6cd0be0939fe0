"""What the demo clinic's clients agreed to, the pictures that were taken of some (drawn ones, of nobody), the one session that was
written down wrong, and the certificates of those who treat."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from catalogue.documents import store_document
from catalogue.journal import Who
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.demo.papers import INVENTED, write_sheet
from storefront.eligibility import actions
from storefront.eligibility.consent_texts import load_texts, text_on
from storefront.eligibility.course_rules import all_treatments
from storefront.eligibility.models import Client
from storefront.eligibility.records import lock_client
from storefront.eligibility.treatments import load_parts, told_of
from storefront.roles import CLIENT

SKIN, REDNESS = (236, 200, 178), (201, 98, 84)
SPOTS = ((112, 210), (128, 236), (104, 250), (206, 214), (196, 240), (216, 232), (160, 130), (146, 122), (160, 300))


def certify(account: Account, told: dict[str, Any], calendar: Calendar, by: Who, ago: int) -> None:
    """The certificate with its document, in the transaction of who is hired."""
    expires_on, day = calendar.today + timedelta(days=told["certificate_days_left"]), calendar.day(ago)
    lines = [f"{told['name']}, {told['registration']}", f"Valid to and including {expires_on:%d %B %Y}.", "", INVENTED]
    sheet = write_sheet(told["certificate"], day, lines)
    kept = store_document(db.session(), f"certificate-{told['registration']}.pdf", sheet, calendar.moment(ago))
    words = (told["certificate"], told["registration"], expires_on)
    actions.record_qualification(account, *words, by, calendar.moment(ago), kept.sha256)


def agree(client: Client, kind: str, ago: int, calendar: Calendar) -> None:
    day, by = calendar.day(ago), Who(client.account_id, client.name, CLIENT)
    shown = text_on(kind, day, load_texts()).sha256
    actions.sign_consent(client.id, kind, client.name, shown, by, day, calendar.moment(ago))


def take_pictures(client: Client, told: dict[str, Any], calendar: Calendar, by: Who) -> None:
    """One before the first session and one after the last, under a consent of its own."""
    before, after = told["pictured"]
    with transaction():
        agree(client, "photos", before, calendar)
    for moment, ago, spots in (("before", before, SPOTS), ("after", after, SPOTS[:2])):
        day = calendar.day(ago)
        with transaction():
            actions.add_photo(client.id, face(spots), moment, "face, front", day, by, day, calendar.moment(ago))


def face(spots: tuple[tuple[int, int], ...]) -> bytes:
    """A small drawn face; nobody sat for it."""
    picture = Image.new("RGB", (320, 400), (214, 224, 222))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((124, 320, 196, 400), fill=SKIN)
    draw.ellipse((64, 44, 256, 350), fill=SKIN)
    for x, y in spots:
        draw.ellipse((x - 8, y - 8, x + 8, y + 8), fill=REDNESS)
    picture = picture.filter(ImageFilter.GaussianBlur(3))
    draw = ImageDraw.Draw(picture)
    draw.chord((60, 30, 260, 210), 180, 360, fill=(96, 70, 54))
    for x in (122, 198):
        draw.arc((x - 18, 168, x + 18, 192), 200, 340, fill=(70, 50, 40), width=4)
    draw.line((160, 190, 152, 244, 166, 246), fill=(186, 138, 118), width=3)
    draw.arc((128, 262, 192, 296), 20, 160, fill=(160, 80, 76), width=5)
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=82)
    return kept.getvalue()


def correct(client_id: int, told: dict[str, Any], calendar: Calendar, by: Who) -> None:
    """A session told anew: the lot on its record was the one before it on the shelf."""
    day, moment = calendar.day(told["ago"]), calendar.moment(told["ago"])
    with transaction():
        treatment = all_treatments(lock_client(client_id))[told["nth"] - 1]
        load_parts([treatment])
        before = told_of(treatment)
        areas = tuple(replace(area, device_lot=told["lot"]) for area in before.areas)
        actions.correct_treatment(client_id, treatment.id, replace(before, areas=areas), told["why"], by, day, moment)


def card(client: Client, sessions: list[date]) -> bytes:
    """The clinic's old card of a client, as it was copied."""
    lines = [f"{nth}: {day:%d %B %Y}, 0.75 mm, signed I. H." for nth, day in enumerate(sessions, 1)]
    return write_sheet(f"Course card of {client.name}", sessions[-1], [*lines, "", INVENTED])
