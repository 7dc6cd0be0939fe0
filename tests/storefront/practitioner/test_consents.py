"""What a client agrees to, on the clinic's tablet and on their own page, and the pictures under it: each look noted, nothing kept
by a browser, nothing left when it is taken back."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import db
from storefront.eligibility.consent_models import Consent
from storefront.eligibility.consent_texts import load_texts, text_on
from storefront.messages.models import Message
from tests.storefront.conftest import make_member
from tests.storefront.practitioner.acts import send, treat

Become = Callable[[Account], FlaskClient]


def shown(kind: str) -> str:
    return text_on(kind, clock.today(), load_texts()).sha256


def photo() -> bytes:
    kept = BytesIO()
    Image.new("RGB", (40, 50), (220, 180, 160)).save(kept, "PNG")
    return kept.getvalue()


def test_without_the_clients_consent_no_session_is_recorded(
    session: Session, desk: FlaskClient, signed_in: Become
) -> None:
    told = {"name": "Nell Newcomer", "email": "nell@example.org", "born_on": "1990-02-03"}
    number = desk.post("/practitioner/clients", data=told).location.rsplit("/", 1)[1]
    send(desk, number, "courses")
    assert "Consent first" in desk.get(f"/practitioner/clients/{number}/treatments").text
    assert "To be signed" in desk.get(f"/practitioner/clients/{number}").text
    assert 'data-reason="consent-due"' in treat(desk, number, 0, 409)
    sign = {"typed": "Nell Newcomer", "shown": shown("treatment")}
    assert "types their name here" in send(desk, number, "consents/treatment", 422, **{**sign, "typed": " "})
    assert 'data-reason="another-name"' in send(desk, number, "consents/treatment", 409, **{**sign, "typed": "N. N."})
    assert 'data-reason="text-changed"' in send(desk, number, "consents/treatment", 409, **{**sign, "shown": "old"})
    send(desk, number, "consents/tattoo", 404, **sign)
    send(desk, number, "consents/treatment", **sign)
    kept = session.scalars(select(Consent)).one()
    assert (kept.signed_name, kept.on_tablet, kept.by_name) == ("Nell Newcomer", True, "Dr Ines Holt")
    assert kept.text_sha256 == shown("treatment")
    letter = session.scalars(select(Message).where(Message.kind == "consent_signed")).one()
    assert (letter.to, letter.subject) == ("nell@example.org", "Your copy of what you signed")
    assert kept.text in letter.text
    assert kept.text_sha256 in letter.text
    assert "needle" not in letter.text[:400]
    treat(desk, number, 0)
    account = session.scalars(select(Account).where(Account.email == "nell@example.org")).one()
    mine = signed_in(account)
    page = mine.get("/care/consents").text
    assert "on the clinic’s tablet" in page
    assert mine.post("/care/consents/treatment/withdrawal").status_code == 303
    assert mine.post("/care/consents/treatment/withdrawal").status_code == 409
    assert "A text waits for your signature" in mine.get("/care").text
    assert mine.post("/care/consents/treatment", data={"typed": "", "shown": ""}).status_code == 422
    assert mine.post("/care/consents/treatment", data=sign).status_code == 303
    assert mine.post("/care/consents/tattoo", data=sign).status_code == 404
    kinds = session.scalars(select(JournalEntry.verb).where(JournalEntry.verb.like("consent%"))).all()
    assert kinds == ["consent signed", "consent taken back", "consent signed"]


def test_pictures_are_seen_by_those_two_alone_and_each_look_is_noted(
    session: Session, desk: FlaskClient, number: str, member: Account, signed_in: Become
) -> None:
    mine, address = signed_in(member), f"/practitioner/clients/{number}"
    told: dict[str, Any] = {"moment": "before", "view": "face", "taken_on": clock.today().isoformat()}
    assert "has not agreed to pictures" in desk.get(f"{address}/photos").text
    assert 'data-reason="photo-consent"' in send(
        desk, number, "photos", 409, **told, picture=(BytesIO(photo()), "a.png")
    )
    assert mine.post("/care/consents/photos", data={"typed": "mara finch", "shown": shown("photos")}).status_code == 303
    assert "Choose a picture." in send(desk, number, "photos", 422, **told)
    assert 'data-reason="document-kind"' in send(
        desk, number, "photos", 409, **told, picture=(BytesIO(b"GIF89a"), "a.png")
    )
    send(desk, number, "photos", **told, picture=(BytesIO(photo()), "a.exe"))
    send(desk, number, "photos", **{**told, "moment": "after"}, picture=(BytesIO(photo()), "b.png"))
    page = desk.get(f"{address}/photos").text
    assert "never in public" in page
    sources = re.findall(rf'src="({address}/files/[\w-]+)"', page)
    assert len(sources) == 2
    seen = desk.get(sources[0])
    assert (seen.status_code, seen.mimetype, seen.headers["Cache-Control"]) == (200, "image/png", "no-store")
    assert seen.headers["Content-Security-Policy"].startswith("sandbox")
    looks = select(JournalEntry.reference).where(JournalEntry.verb == "picture seen")
    assert session.scalars(looks).all() == [number]
    token = sources[0].rsplit("/", 1)[1]
    assert mine.get("/care/photos").text.count("<img") == 2
    assert mine.get(f"/care/photos/{token}").data == seen.data
    other = signed_in(make_member(session, "theo@example.org", "Theo Lane", "C-1002"))
    assert other.get(f"/care/photos/{token}").status_code == 404
    assert desk.get(f"/practitioner/clients/C-1002/files/{token}").status_code == 404
    assert mine.get(sources[0]).status_code == 403
    assert mine.post("/care/consents/photos/withdrawal").status_code == 303
    db.session.expire_all()
    assert desk.get(sources[0]).status_code == mine.get(f"/care/photos/{token}").status_code == 404
    assert "No pictures yet" in desk.get(f"{address}/photos").text
