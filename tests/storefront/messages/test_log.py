"""The desk's log of mail: found by what is known of it, read without anybody's link, sent once more, noted as come back."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from catalogue.verdicts import Refused
from storefront import clock, jobs
from storefront.db import transaction
from storefront.messages import log, markup
from storefront.messages.actions import queue_message
from storefront.messages.kinds import kinds
from storefront.messages.models import Message, new_reference
from tests.house import code
from tests.storefront.admin.conftest import admin, boss  # noqa: F401  the same people look at it

TOKEN = "kq3Jx0vYw2R8bqk1mQ9f-3dWc7TgZs5LhU4yNn6aEoI"
LINK = f"https://shop.example/sign-in/{TOKEN}?next=/care"


def queued(kind: str = "news", **more: object) -> Message:
    with transaction():
        told = {"client": {"name": "Mara Ünal"}, "account": {"name": "Mara Ünal"}, "address": LINK, **more}
        return queue_message(kind, "mara@example.org", clock.now(), about="C-1000", **told)


def test_every_mail_is_a_kind_and_every_kind_a_mail() -> None:
    templates = {name.rpartition("/")[2].removesuffix(".txt") for name in code.files(".txt") if "mail/" in name}
    assert {name for name in templates if not name.startswith("_")} == set(kinds())


def test_the_text_becomes_a_page_with_its_words_and_links() -> None:
    text = (
        f"Hello <b>Mara</b>,\n\nWHAT TO DO\nPress\n{LINK}.\n- one\n- two\n  and more\n\n--------\nThe clinic\n020 1234"
    )
    body = str(markup.body_of(text))
    assert "&lt;b&gt;Mara" in body
    assert "<b>" not in body
    assert f'<a href="{LINK}">{LINK}</a>.' in body
    assert "<h2>What to do</h2>" in body
    assert "<hr>" in body
    assert "<ul><li>one</li><li>two and more</li></ul>" in body
    assert "The clinic<br>\n020 1234" in body


def test_lines_broken_for_their_length_are_one_again() -> None:
    long = "This line was broken because it had grown longer than a text mail may be wide,"
    assert f"{long} and goes on." in str(markup.body_of(f"{long}\nand goes on."))


def test_the_desk_reads_a_mail_but_never_a_link_that_opens_an_account(admin: FlaskClient) -> None:  # noqa: F811
    mail = queued("sign_in")
    page = admin.get(f"/admin/messages/{mail.reference}").get_data(as_text=True)
    drawn = admin.get(f"/admin/messages/{mail.reference}/page")
    assert "Mara Ünal" in page
    assert "https://shop.example/sign-in/…?next=/care" in page
    assert TOKEN not in page + drawn.get_data(as_text=True)
    assert markup.STYLE_HASH in drawn.headers["Content-Security-Policy"]
    assert admin.get("/admin/messages/M-000000000000").status_code == 404


def test_what_a_client_alone_may_read_is_not_shown(admin: FlaskClient, session: Session) -> None:  # noqa: F811
    mail = queued()
    session.execute(Message.__table__.update().values(kind="consent_signed", text="I agree to the treatment"))
    session.commit()
    assert "I agree" not in admin.get(f"/admin/messages/{mail.reference}").get_data(as_text=True)
    assert admin.get(f"/admin/messages/{mail.reference}/page").status_code == 404


def test_the_log_is_found_by_address_matter_subject_and_state(admin: FlaskClient, session: Session) -> None:  # noqa: F811
    mail = queued()
    finds = {"?q=MARA@": 1, "?q=C-1000": 1, "?q=message for": 1, "?q=nobody": 0, "?q=%25": 0, "?state=waiting": 1}
    finds |= {"?state=sent": 0, "?state=failed": 0, "?kind=news": 1, "?kind=sign_in": 0, "?state=none&kind=none": 1}
    shown = {asked: admin.get(f"/admin/messages{asked}").get_data(as_text=True) for asked in finds}
    assert {asked: page.count(f'data-message="{mail.reference}"') for asked, page in shown.items()} == finds


def test_a_mail_that_came_back_is_on_the_desk_until_it_is_sent_again(admin: FlaskClient, session: Session) -> None:  # noqa: F811
    mail = queued()
    jobs.run_due(clock.now())
    address = f"/admin/messages/{mail.reference}"
    assert admin.post(f"{address}/return", data={"why": ""}).status_code == 422
    assert admin.post(f"{address}/return", data={"why": "mailbox full"}).status_code == 303
    assert admin.post(f"{address}/return", data={"why": "again"}).status_code == 409
    assert mail.reference in admin.get("/admin").get_data(as_text=True)
    sent = admin.post(f"{address}/repetition")
    assert mail.reference not in admin.get("/admin").get_data(as_text=True)
    session.rollback()
    first, second = session.scalars(select(Message).order_by(Message.id))
    assert sent.location.endswith(f"/admin/messages/{second.reference}")
    assert (second.text, second.again_id, second.state, first.state) == (first.text, first.id, "waiting", "came-back")


def test_what_still_waits_and_a_link_that_is_spent_are_not_sent_again(session: Session) -> None:
    waiting, spent = queued(), queued("invitation")
    with pytest.raises(Refused, match="not-sent-yet"):
        log.send_again(waiting, SYSTEM, clock.now())
    jobs.run_due(clock.now())
    session.expire_all()
    with pytest.raises(Refused, match="not-again"):
        log.send_again(spent, SYSTEM, clock.now())
    assert session.scalars(select(Message.id)).all() == [waiting.id, spent.id]


def test_every_reference_is_its_own() -> None:
    found = {new_reference() for _ in range(100)}
    assert len(found) == 100
    assert all(re.fullmatch(r"M-[0-9A-F]{12}", one) for one in found)
