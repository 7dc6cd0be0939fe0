"""Times offered, picked, moved and given up: who is told, what the link opens, and two who press at once."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from catalogue.journal import JournalEntry, Who
from catalogue.verdicts import Refused, Stale
from storefront.db import db, transaction
from storefront.eligibility import consultation_times, consultations
from storefront.eligibility.consultations import ConsultationLink, ConsultationTime, Wish
from storefront.messages.models import Message
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, codes
from tests.storefront.eligibility.test_races import at_once

HOUR = timedelta(hours=1)


def asked(name: str = "Ada") -> str:
    wish = Wish(name, f"{name.lower()}@example.org", "", "an old scar", "", "", "acne-scars")
    return consultations.ask_for_consultation(wish, name, "clinic@example.org", NOW).reference


def offer(reference: str, by: Who, *hours: int) -> str:
    """Offers times so many hours on; gives the token that the mail holds."""
    consultation_times.offer_times(reference, [NOW + HOUR * each for each in hours], by, NOW)
    return last_token()


def last_token() -> str:
    db.session.flush()
    told = select(Message.text).where(Message.text.contains("/consultation/")).order_by(Message.id.desc())
    found = re.search(r"/consultation/([\w-]{43})$", db.session.scalars(told).first() or "", re.M)
    assert found
    return found[1]


def left(token: str, now: datetime = NOW) -> list[ConsultationTime]:
    request = consultation_times.request_of(token, now)
    assert request is not None
    return consultation_times.times_left(request, now)


def sent(kind: str) -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.kind == kind)))


def test_a_time_is_picked_moved_and_given_up_by_one_link_and_both_sides_are_told(session: Session) -> None:
    by, reference = people.practitioner(), asked()
    token = offer(reference, by, 24, 26)
    first, second = left(token)
    assert consultation_times.choose_time(token, first.code, NOW).starts_at == NOW + 24 * HOUR
    assert consultation_times.choose_time(token, first.code, NOW) == first
    before = consultation_times.appointment_of(consultation_times.request_of(token, NOW))  # type: ignore[arg-type]
    consultation_times.choose_time(last_token(), second.code, NOW)
    moved = consultation_times.appointment_of(consultation_times.request_of(token, NOW))  # type: ignore[arg-type]
    assert (before.uid, before.sequence, moved.sequence) == (moved.uid, 1, 2)
    assert moved.starts_at == NOW + 26 * HOUR
    assert left(token) == [first]
    for _ in range(2):
        consultation_times.give_up_time(token, NOW)
    assert len(left(token)) == 2
    gone = consultation_times.appointment_of(consultation_times.request_of(token, NOW))  # type: ignore[arg-type]
    assert (gone.uid, gone.sequence, gone.starts_at) == (moved.uid, 3, None)
    assert [len(sent(kind)) for kind in ("consultation_offered", "consultation_fixed", "consultation_cancelled")] == [
        1,
        2,
        1,
    ]
    assert [mail.subject.partition(":")[0] for mail in sent("consultation_news")] == [
        "A time was picked",
        "A time was moved",
        "A consultation was cancelled",
    ]
    words = [mail.subject + mail.text for mail in session.scalars(select(Message))]
    words += [entry.verb + entry.particulars for entry in session.scalars(select(JournalEntry))]
    assert not any("scar" in text for text in words)


def test_a_link_is_kept_as_a_hash_opens_one_request_and_ends_with_the_last_time(session: Session) -> None:
    by = people.practitioner()
    token, other = offer(asked(), by, 24, 26), offer(asked("Bea"), by, 48)
    assert token not in session.scalars(select(ConsultationLink.token_hash)).all()
    assert len(left(token, NOW + 25 * HOUR)) == 1
    assert consultation_times.request_of(token, NOW + 26 * HOUR) is None
    assert consultation_times.request_of("nothing", NOW) is None
    for code in (left(other)[0].code, "none"):
        with pytest.raises(Stale) as refusal:
            consultation_times.choose_time(token, code, NOW)
        assert codes(refusal) == ("time-taken",)
    with pytest.raises(Stale) as refusal:
        consultation_times.give_up_time(token, NOW + 26 * HOUR)
    assert codes(refusal) == ("link-spent",)


def test_one_time_for_two_visitors_goes_to_the_first(session: Session) -> None:
    by = people.practitioner()
    one, two = offer(asked("Ada"), by, 24, 26), offer(asked("Bea"), by, 24, 28)
    assert session.scalar(select(func.count(ConsultationTime.id))) == 3
    (shared, _), (same, _) = left(one), left(two)
    assert shared == same
    consultation_times.choose_time(one, shared.code, NOW)
    with pytest.raises(Stale):
        consultation_times.choose_time(two, shared.code, NOW)
    assert [each.starts_at for each in left(two)] == [NOW + 28 * HOUR]
    with pytest.raises(Refused) as refusal:
        offer(asked("Cleo"), by, 24)
    assert codes(refusal) == ("time-taken",)
    consultation_times.give_up_time(one, NOW)
    assert len(left(two)) == 2


def test_who_changes_their_mind_all_day_is_told_to_wait(session: Session) -> None:
    by = people.practitioner()
    token = offer(asked(), by, 24, 26)
    for _ in range(consultations.CHANGES.tries):
        consultation_times.choose_time(token, left(token)[0].code, NOW)
    with pytest.raises(TooManyRequests):
        consultation_times.choose_time(token, left(token)[0].code, NOW)
    assert len(sent("consultation_news")) == consultations.CHANGES.tries
    consultation_times.give_up_time(token, NOW)


def test_another_practitioner_may_be_free_at_the_same_time(session: Session) -> None:
    one, two = people.practitioner(), people.practitioner("Paul Practitioner")
    offer(asked("Ada"), one, 24)
    offer(asked("Bea"), two, 24)
    with pytest.raises(Refused) as refusal:
        consultation_times.offer_times(asked("Cleo"), [NOW + 24 * HOUR + timedelta(minutes=29)], one, NOW)
    assert codes(refusal) == ("times-overlap",)


def test_the_clinic_takes_its_times_back_and_says_so(session: Session) -> None:
    by, reference = people.practitioner(), asked()
    token, other = offer(reference, by, 24, 26), offer(asked("Bea"), by, 26)
    consultation_times.choose_time(token, left(token)[0].code, NOW)
    consultation_times.take_times_back(reference, by, NOW)
    gone = consultation_times.request_of(token, NOW)
    assert gone is not None
    assert (gone.taken, left(token)) == (None, [])
    assert consultation_times.appointment_of(gone).method == "CANCEL"
    assert [each.starts_at for each in session.scalars(select(ConsultationTime))] == [NOW + 26 * HOUR]
    assert len(left(other)) == 1
    told = sent("consultation_cancelled")[0].text
    assert "we cannot keep the times" in told
    assert re.search(r"/consultation/[\w-]{43}/calendar$", told, re.M)
    with pytest.raises(Stale):
        consultation_times.choose_time(token, "none", NOW)
    with pytest.raises(Stale):
        consultation_times.take_times_back(reference, by, NOW)


def test_who_comes_today_is_listed_by_the_clinics_day(session: Session) -> None:
    by = people.practitioner()
    token = offer(asked(), by, 3, 20)
    consultation_times.choose_time(token, left(token)[0].code, NOW)
    found = consultation_times.taken_between(NOW, NOW + 4 * HOUR)
    assert [each.taken_by.name for each in found if each.taken_by] == ["Ada"]
    assert consultation_times.taken_between(NOW, NOW + 3 * HOUR) == []


def test_of_two_visitors_who_press_at_once_one_gets_the_time(fresh_database: Flask) -> None:
    with fresh_database.app_context():
        with transaction():
            by = people.practitioner()
            tokens = [offer(asked(name), by, 24, 26) for name in ("Ada", "Bea")]
            code = left(tokens[0])[0].code
        acts = [lambda token=token: consultation_times.choose_time(token, code, NOW) for token in tokens]
        assert at_once(fresh_database, *acts) == ["done", "time-taken"]
        assert len(sent("consultation_fixed")) == 1
        assert [len(left(token)) for token in tokens] == [1, 1]
        (last,) = left(tokens[0])
        moves = [lambda token=token: consultation_times.choose_time(token, last.code, NOW) for token in tokens]
        assert at_once(fresh_database, *moves) == ["done", "time-taken"]
        db.session.rollback()
        taken = {each.code: each.taken_by_id for each in db.session.scalars(select(ConsultationTime))}
        assert taken[last.code] is not None
        assert taken[code] != taken[last.code]


def test_a_practitioner_who_offers_twice_at_once_overlaps_never(fresh_database: Flask) -> None:
    with fresh_database.app_context():
        with transaction():
            by = people.practitioner()
            references = [asked(name) for name in ("Ada", "Bea")]
        half = [NOW + 24 * HOUR, NOW + 24 * HOUR + timedelta(minutes=15)]
        acts = [
            lambda reference=reference, start=start: consultation_times.offer_times(reference, [start], by, NOW)
            for reference, start in zip(references, half, strict=True)
        ]
        assert at_once(fresh_database, *acts) == ["done", "times-overlap"]
