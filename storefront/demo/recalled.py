"""The demo clinic's recalls: a batch of a serum that few people have, two of whom answered, and one whom no mail reaches; one that
was over before anything of it had left; and the drill of the half-year before."""

from dataclasses import replace
from io import BytesIO

from flask import current_app
from PIL import Image, ImageDraw
from sqlalchemy import select

from catalogue import stock
from catalogue.batches import Batch
from catalogue.journal import Who
from catalogue.ledger import Occasion
from catalogue.recall_notices import Notice
from catalogue.recalls import Picture
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.orders import recall_answers, recall_drills, recall_sending, recalling
from storefront.orders.recall_models import RecallNotice
from storefront.roles import CLIENT

BATCH = "SE-CALM-002"
OPENED = 9  # days ago
UNSOLD = "SE-DEW-002"
DRILLED = "RL-015-001"
DRILL = 170  # days ago
MAILED = (9, 7, 4)
ANSWERED = 8
CALLED = 3
SAID = {"Wren Doyle": "passed_on", "Xenia Hart": "stopped"}
NOTICE = Notice(
    where="On the bottom of the bottle, behind the word LOT.",
    sold="In the last four months, by the clinic, by post and at the clinic.",
    hazard="The pump may let germs in. On skin that was needled they can cause an infection that needs a doctor.",
    action="Stop using it at once, also if it looks and smells as always. Close it and throw it away. Do not send it back.",
    remedies=("refund", "replacement"),
    contact="Call {phone}, say “recall”, and we call back at once: it costs you nothing.",
    share="Please tell everybody who may use it in your home.",
)


def recall_a_serum(calendar: Calendar, admin: Who) -> None:
    """Everything on the day on which it would have happened."""
    opened = calendar.moment(OPENED)
    why = "The maker found a leaking pump in this lot: germs may get in."
    with transaction():
        number = recalling.open_recall([BATCH], "serious", why, admin, opened).number
    with transaction():
        phone = current_app.config["SETTINGS"].clinic_phone
        written = replace(NOTICE, contact=NOTICE.contact.format(phone=phone))
        recalling.write_notice(number, written, bottle(), admin, opened, bottle(where=True))
    with transaction():
        recalling.send_notice(number, admin, opened)
    for notice_id, code in db.session.execute(select(RecallNotice.id, RecallNotice.code)).all():
        write_to(notice_id, code, calendar, admin)


def write_to(notice_id: int, code: str, calendar: Calendar, admin: Who) -> None:
    """One client: answers the first mail, or is reminded, called, and written to in vain."""
    with transaction():
        recall_sending.tell_next(notice_id, calendar.moment(MAILED[0]))
        one = notice(code)
        said, by = SAID.get(one.client.name), Who(one.client.account_id, one.client.name, CLIENT)
        if said:
            recall_answers.answer_notice(one, said, "", by, calendar.moment(ANSWERED))
    for ago in MAILED[1:]:
        with transaction():
            recall_sending.tell_next(notice_id, calendar.moment(ago))
    if not said:
        with transaction():
            one, moment = notice(code), calendar.moment(CALLED)
            left, back = "Nobody answered; a message was left.", "The mailbox is full."
            recall_answers.record_attempt(one, "phone", "not_reached", left, admin, moment)
            recall_answers.record_attempt(one, "mail", "came_back", back, admin, moment)


def notice(code: str) -> RecallNotice:
    found = recall_answers.notice_by_code(code)
    if found is None:
        raise LookupError(code)
    return found


def recall_unsold(calendar: Calendar, admin: Who) -> None:
    """Found in time: no client has any of it, its units are destroyed, and the recall is closed."""
    opened, ended = calendar.moment(40), calendar.moment(38)
    with transaction():
        batch = db.session.scalars(select(Batch).where(Batch.code == UNSOLD)).one()
        why = "The maker found the wrong label on this lot."
        number = recalling.open_recall([UNSOLD], "other", why, admin, opened).number
        stock.destroy(db.session(), batch.id, batch.free, Occasion(admin, ended, why=f"Recalled: {number}"))
    with transaction():
        recalling.close_recall(number, "None of it had left the clinic; all of it is destroyed.", admin, ended)


def try_a_recall(calendar: Calendar, admin: Who) -> None:
    with transaction():
        recall_drills.record_drill(recall_drills.trace(DRILLED), 740, admin, calendar.moment(DRILL))


def bottle(where: bool = False) -> Picture:
    """A drawing of the bottle: cap, neck, label; or of its bottom, where the number stands."""
    picture = Image.new("RGB", (240, 320), "#FAF7F2")
    draw = ImageDraw.Draw(picture)
    if where:
        draw.ellipse((30, 70, 210, 250), fill="#E4EEEA", outline="#1F4F48", width=3)
        draw.ellipse((70, 130, 170, 190), outline="#A9472B", width=3)
        draw.text((104, 154), "LOT", fill="#1D2B2A")
    else:
        draw.rectangle((105, 24, 135, 70), fill="#55625F")
        draw.rounded_rectangle((70, 70, 170, 296), 16, fill="#E4EEEA", outline="#1F4F48", width=3)
        draw.rectangle((70, 130, 170, 230), fill="#FFFFFF", outline="#1F4F48", width=2)
        draw.text((84, 150), "SERUM", fill="#1D2B2A")
        draw.text((84, 190), "LOT", fill="#A9472B")
    kept = BytesIO()
    picture.save(kept, "PNG")
    return Picture("image/png", kept.getvalue())
