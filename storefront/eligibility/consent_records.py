"""Loading what a client agreed to, and the files of them that are kept under seal."""

import logging
from collections.abc import Sequence
from datetime import date

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from storefront.db import db
from storefront.eligibility.consent_models import Consent, Photo, SealedFile
from storefront.eligibility.consent_rules import consent_on
from storefront.eligibility.consent_texts import load_texts
from storefront.eligibility.sealing import Sealed, Unreadable, unseal

log = logging.getLogger(__name__)


def consents_of(client_id: int) -> Sequence[Consent]:
    """Everything that a client ever signed, the oldest first; one query."""
    found = select(Consent).where(Consent.client_id == client_id).order_by(Consent.id)
    fresh = found.options(joinedload(Consent.withdrawal)).execution_options(populate_existing=True)
    return db.session.scalars(fresh).all()


def consent_for(client_id: int, kind: str, day: date) -> Consent | None:
    """The consent that holds on a day, under the text of that day."""
    return consent_on(consents_of(client_id), kind, day, load_texts())


def consent_signed(client_id: int, kind: str) -> Consent | None:
    """The last consent of this kind, when it was not taken back; also one of an older text."""
    signed = [each for each in consents_of(client_id) if each.kind == kind]
    return signed[-1] if signed and signed[-1].withdrawal is None else None


def photos_of(client_id: int) -> Sequence[Photo]:
    """The pictures that can still be seen, the oldest first, without their bytes; one query."""
    found = select(Photo).join(Photo.file).where(Photo.client_id == client_id, SealedFile.destroyed_at.is_(None))
    found = found.options(joinedload(Photo.file)).order_by(Photo.taken_on, Photo.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def sealing_keys() -> tuple[str, ...]:
    """The clinic's keys for sealed files: the first seals, each opens."""
    keys: tuple[str, ...] = current_app.config["SETTINGS"].sealing_keys
    return keys


def open_file(client_id: int, token: str) -> tuple[str, bytes] | None:
    """What a file of this client is, and its bytes; None when there is none of that name, or none that can be read."""
    mine = select(SealedFile).where(SealedFile.client_id == client_id, SealedFile.token == token)
    found = db.session.scalar(mine.options(undefer(SealedFile.sealed)))
    if found is None or found.wrapped_key is None or found.sealed is None:
        return None
    try:
        return found.media_type, unseal(Sealed(found.wrapped_key, found.sealed), found.token, sealing_keys())
    except Unreadable:
        log.exception("a sealed file cannot be opened: is a key missing from SEALING_KEYS?")
        return None
