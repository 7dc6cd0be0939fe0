"""Doing: files of a client that are kept under seal. Pictures of the skin are taken under a consent of their own, drawn anew
without anything that came with them, and destroyed with their keys when the consent is taken back."""

import secrets
from datetime import date, datetime

from sqlalchemy import or_, select, update

from catalogue.documents import LARGEST, taken
from catalogue.journal import Who
from catalogue.pictures import FORMATS, MOST_POINTS
from catalogue.verdicts import Reason, Refused, Verdict
from storefront.db import db
from storefront.eligibility.consent_models import Photo, SealedFile
from storefront.eligibility.consent_records import consent_for, sealing_keys
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.records import lock_client
from storefront.eligibility.sealing import seal, wrap_again
from storefront.eligibility.signatures import insist_qualified, note, signature

PHOTO_LIMITS = f"PNG, JPEG or WebP, at most {LARGEST // 2**20} MB and {MOST_POINTS // 10**6} million points."
NO_CONSENT = Reason(
    "photo-consent",
    "The client has not agreed to pictures, or not to the text as it stands now.",
    "the client",
    "The client signs it first, on the tablet or on their own page.",
)


def seal_file(client: Client, name: str, content: bytes, now: datetime) -> SealedFile:
    """Keeps a file of the client's under seal; a picture as it is drawn anew. Refuses what is no whole PDF or picture."""
    media_type, kept = taken(name, content)
    token = secrets.token_urlsafe(24)
    sealed = seal(kept, token, sealing_keys())
    file = SealedFile(client_id=client.id, token=token, media_type=media_type, size=len(kept), kept_at=now)
    file.wrapped_key, file.sealed = sealed.wrapped_key, sealed.content
    db.session.add(file)
    db.session.flush()
    return file


def seal_picture(client: Client, content: bytes, now: datetime) -> SealedFile:
    """As `seal_file`, for what must be a picture."""
    file = seal_file(client, "The picture", content, now)
    if file.media_type not in FORMATS:
        raise Refused.because("document-kind", "This file is no picture.", "you", f"Choose a picture: {PHOTO_LIMITS}")
    return file


def add_photo(
    client_id: int, content: bytes, moment: str, view: str, taken_on: date, by: Who, today: date, now: datetime
) -> Photo:
    """Keeps a picture of the client's skin. Refuses without the client's consent to pictures, what is no picture, a day to
    come, or when `by` is not qualified."""
    client = lock_client(client_id)
    insist_qualified(by, today)
    consent = consent_for(client.id, "photos", today)
    if consent is None:
        raise Refused(Verdict((NO_CONSENT,)))
    if taken_on > today:
        raise Refused.because("in-the-future", "A picture that is to come cannot be kept.", "", "Look at the date.")
    file = seal_picture(client, content, now)
    photo = Photo(client_id=client.id, file_id=file.id, consent_id=consent.id, moment=moment, view=view)
    photo.taken_on, photo.file = taken_on, file
    for name, value in signature(by, now).items():
        setattr(photo, name, value)
    db.session.add(photo)
    db.session.flush()
    note("picture kept", client, by, now, picture=photo.id)
    return photo


def destroy_photos(client_id: int, now: datetime) -> None:
    """Takes away the keys and the bytes of every picture of a client, also of those that came with a report, for good. The rows say
    that there were some."""
    kept = select(Photo.file_id).where(Photo.client_id == client_id)
    told = select(Reaction.photo_id).where(Reaction.client_id == client_id, Reaction.photo_id.is_not(None))
    mine = or_(SealedFile.id.in_(kept), SealedFile.id.in_(told))
    gone = update(SealedFile).where(mine, SealedFile.destroyed_at.is_(None))
    gone = gone.values(wrapped_key=None, sealed=None, destroyed_at=now)
    db.session.execute(gone, execution_options={"synchronize_session": "fetch"})


def wrap_all_again() -> int:
    """Wraps the key of every file in the clinic's first key, so that an old one may be forgotten; how many there are."""
    kept = select(SealedFile).where(SealedFile.destroyed_at.is_(None)).order_by(SealedFile.id).with_for_update()
    files = db.session.scalars(kept).all()
    for file in files:
        file.wrapped_key = wrap_again(file.wrapped_key or b"", file.token, sealing_keys())
    return len(files)
