"""Doing: times offered for a consultation, picked, moved and given up. The visitor needs no account: a private link opens
their one request. A time is taken by guarded update, so that of two who press at once one gets it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Update, delete, exists, func, select, update
from sqlalchemy.orm import joinedload

from catalogue import journal
from catalogue.journal import Who
from catalogue.verdicts import Refused, Stale, require
from storefront.accounts.attempts import count_attempt
from storefront.accounts.models import Account
from storefront.accounts.sessions import digest
from storefront.db import db, rows_changed
from storefront.eligibility.calendar_file import Appointment
from storefront.eligibility.consultation_rules import Slot, may_offer, slots_from
from storefront.eligibility.consultations import (
    CHANGES,
    VISITOR,
    ConsultationLink,
    ConsultationOffer,
    ConsultationRequest,
    ConsultationTime,
)
from storefront.eligibility.records import clinic_policy
from storefront.messages.actions import queue_message

AFTERWARDS = timedelta(days=7)  # how long the link to what was taken back still says so


def offer_times(reference: str, starts: Sequence[datetime], by: Who, now: datetime) -> list[ConsultationTime]:
    """Offers a visitor times of this practitioner's and mails the link to pick one. Refuses what is past or overlaps another
    time of theirs, and (Stale) when there is no such request."""
    db.session.execute(select(Account.id).where(Account.id == by.id).with_for_update())
    request = _locked(ConsultationRequest.reference == reference)
    own = {Slot(each.starts_at, each.ends_at, each.taken_by_id is not None): each for each in _times_of(by, now)}
    wanted = slots_from(starts, clinic_policy().consultation_minutes)
    require(may_offer(wanted, list(own), now, current_app.config["SETTINGS"].time_zone))
    times = [own.get(slot) or _new_time(slot, by) for slot in wanted]
    db.session.flush()
    there = set(db.session.scalars(select(ConsultationOffer.time_id).filter_by(request_id=request.id)))
    new = [ConsultationOffer(request_id=request.id, time_id=each.id) for each in times if each.id not in there]
    db.session.add_all(new)
    request.cancelled_at = None
    _tell(request, "consultation_offered", now, offered=[each for each in times if each.taken_by_id is None])
    _note("consultation times offered", request, by, now)
    return times


def _times_of(by: Who, now: datetime) -> Sequence[ConsultationTime]:
    own = select(ConsultationTime).where(ConsultationTime.practitioner_id == by.id, ConsultationTime.ends_at > now)
    return db.session.scalars(own.execution_options(populate_existing=True)).all()


def _new_time(slot: Slot, by: Who) -> ConsultationTime:
    found = ConsultationTime(code=secrets.token_hex(6), starts_at=slot.starts_at, ends_at=slot.ends_at)
    found.practitioner_id, found.practitioner_name = by.id or 0, by.name
    db.session.add(found)
    return found


def request_of(token: str, now: datetime) -> ConsultationRequest | None:
    """The request that a private link opens, with the time taken; None when the link is unknown or its time is over."""
    live = select(ConsultationLink.request_id).where(ConsultationLink.token_hash == digest(token))
    live = live.where(ConsultationLink.expires_at > now)
    found = select(ConsultationRequest).where(ConsultationRequest.id.in_(live))
    loaded = found.options(joinedload(ConsultationRequest.taken)).execution_options(populate_existing=True)
    return db.session.scalar(loaded)


def times_left(request: ConsultationRequest, now: datetime) -> list[ConsultationTime]:
    """What the visitor may still pick: offered, free and to come."""
    mine = select(ConsultationOffer.time_id).where(ConsultationOffer.request_id == request.id)
    left = select(ConsultationTime).where(ConsultationTime.id.in_(mine), ConsultationTime.taken_by_id.is_(None))
    left = left.where(ConsultationTime.starts_at > now).order_by(ConsultationTime.starts_at)
    return list(db.session.scalars(left))


def choose_time(token: str, code: str, now: datetime) -> ConsultationTime:
    """The visitor picks a time, or moves to another; both sides are told. The same one again changes nothing. Refuses (Stale)
    when the link is over, or the time was never offered to them, is past, or was taken by somebody else meanwhile; and (429)
    when they changed their mind too often, because every change is a mail to the clinic."""
    request = _opened(token, now)
    if request.taken is not None and request.taken.code == code:
        return request.taken
    count_attempt(CHANGES, request.reference, now)
    before = request.taken
    offered = {each.code: each for each in times_left(request, now)}
    if code not in offered:
        raise _gone()
    if before is not None:
        db.session.execute(_of(request).values(taken_by_id=None))
    free = update(ConsultationTime).where(ConsultationTime.code == code, ConsultationTime.taken_by_id.is_(None))
    if rows_changed(free.where(ConsultationTime.starts_at > now).values(taken_by_id=request.id)) != 1:
        raise _gone()
    request.sequence += 1
    request.cancelled_at = None
    _tell(request, "consultation_fixed", now, time=offered[code], has_moved=before is not None)
    _tell_clinic(request, "A time was moved" if before else "A time was picked", now)
    _note("consultation moved" if before else "consultation fixed", request, VISITOR, now)
    return offered[code]


def give_up_time(token: str, now: datetime) -> None:
    """The visitor cancels; both sides are told, and the link still picks another time. Refuses (Stale) when the link is over;
    cancelled already, nothing changes."""
    request = _opened(token, now)
    if request.taken is not None:
        _free(request, now)
        _tell(request, "consultation_cancelled", now, by_clinic=False, was_picked=True)
        _tell_clinic(request, "A consultation was cancelled", now)
        _note("consultation cancelled", request, VISITOR, now)


def take_times_back(reference: str, by: Who, now: datetime) -> None:
    """The clinic takes back whatever it offered a visitor, picked or not, and says so; the link picks nothing any more, but still
    takes what was picked out of the visitor's calendar. Refuses (Stale) when nothing is offered."""
    request = _locked(ConsultationRequest.reference == reference)
    offered = select(ConsultationOffer.time_id).where(ConsultationOffer.request_id == request.id)
    ids = db.session.scalars(offered).all()
    if not ids:
        raise Stale.because("nothing-offered", "Nothing is offered to this visitor any more.")
    was_picked = request.taken is not None
    _free(request, now)
    db.session.execute(delete(ConsultationOffer).where(ConsultationOffer.request_id == request.id))
    of_nobody = ~exists().where(ConsultationOffer.time_id == ConsultationTime.id)
    idle = delete(ConsultationTime).where(ConsultationTime.id.in_(ids), ConsultationTime.taken_by_id.is_(None))
    db.session.execute(idle.where(of_nobody))
    _tell(request, "consultation_cancelled", now, by_clinic=True, was_picked=was_picked)
    _note("consultation times taken back", request, by, now)


def taken_between(begin: datetime, end: datetime) -> list[ConsultationTime]:
    """The consultations of a stretch of time, each with the visitor."""
    found = select(ConsultationTime).where(ConsultationTime.taken_by_id.is_not(None))
    found = found.where(ConsultationTime.starts_at >= begin, ConsultationTime.starts_at < end)
    loaded = found.options(joinedload(ConsultationTime.taken_by)).order_by(ConsultationTime.starts_at)
    return list(db.session.scalars(loaded))


def appointment_of(request: ConsultationRequest) -> Appointment:
    """What the visitor's calendar is told."""
    clinic, host = current_app.config["SETTINGS"], current_app.config["SETTINGS"].base_url.split("://")[-1]
    return Appointment(
        uid=f"consultation-{request.reference}@{host.partition(':')[0]}",
        sequence=request.sequence,
        summary=f"Consultation at {clinic.clinic_name}",
        place=clinic.clinic_address,
        clinic=clinic.clinic_name,
        email=clinic.clinic_email,
        starts_at=request.taken.starts_at if request.taken else None,
        ends_at=request.taken.ends_at if request.taken else None,
    )


def _opened(token: str, now: datetime) -> ConsultationRequest:
    found = request_of(token, now)
    if found is None:
        raise Stale.because(
            "link-spent", "This link is over.", "the clinic", "Call us, or ask for a consultation anew."
        )
    return _locked(ConsultationRequest.id == found.id)


def _locked(which: object) -> ConsultationRequest:
    """The request as it is now, locked; only then is read which time it has."""
    fresh = select(ConsultationRequest).where(which).with_for_update()  # type: ignore[arg-type]
    request = db.session.scalar(fresh.execution_options(populate_existing=True))
    if request is None:
        raise Stale.because("no-request", "There is no such request.")
    loaded = select(ConsultationRequest).where(ConsultationRequest.id == request.id)
    loaded = loaded.options(joinedload(ConsultationRequest.taken)).execution_options(populate_existing=True)
    return db.session.scalars(loaded).one()


def _of(request: ConsultationRequest) -> Update:
    return update(ConsultationTime).where(ConsultationTime.taken_by_id == request.id)


def _free(request: ConsultationRequest, now: datetime) -> None:
    """Gives back the time that was picked, if any; only that is news to the visitor's calendar."""
    if request.taken is not None:
        db.session.execute(_of(request).values(taken_by_id=None))
        request.sequence += 1
    request.cancelled_at = now


def _gone() -> Refused:
    return Stale.because("time-taken", "This time is no longer free.", "you", "Pick one of those that are left.")


def new_link(request: ConsultationRequest, now: datetime) -> str:
    """The token of one more link to this request, good until the last time that was offered begins; where none is offered any
    more, for some days."""
    db.session.flush()
    offered = select(ConsultationOffer.time_id).where(ConsultationOffer.request_id == request.id)
    last = db.session.scalar(select(func.max(ConsultationTime.starts_at)).where(ConsultationTime.id.in_(offered)))
    token = secrets.token_urlsafe(32)
    link = ConsultationLink(request_id=request.id, token_hash=digest(token), expires_at=last or now + AFTERWARDS)
    db.session.add(link)
    return token


def _tell(request: ConsultationRequest, kind: str, now: datetime, **particulars: object) -> None:
    """A mail to the visitor with a link of its own."""
    address = f"{current_app.config['SETTINGS'].base_url}/consultation/{new_link(request, now)}"
    told = {"reference": request.reference, "address": address, **particulars}
    queue_message(kind, request.email, now, about=request.reference, **told)


def _tell_clinic(request: ConsultationRequest, what: str, now: datetime) -> None:
    to = current_app.config["SETTINGS"].clinic_email
    queue_message("consultation_news", to, now, about=request.reference, reference=request.reference, what=what)


def _note(verb: str, request: ConsultationRequest, by: Who, now: datetime) -> None:
    journal.note(db.session(), verb, "consultation", request.reference, by, now)
