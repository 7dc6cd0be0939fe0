"""Doing: what a client agrees to and takes back. Signed on their own page or on the clinic's tablet; a copy goes to them by mail,
whose subject and first lines say nothing of what it is about."""

from datetime import date, datetime

from catalogue.journal import Who
from catalogue.verdicts import Refused, require
from storefront.db import db
from storefront.eligibility import photos
from storefront.eligibility.consent_models import Consent, ConsentWithdrawal
from storefront.eligibility.consent_records import consent_signed
from storefront.eligibility.consent_rules import may_sign_consent
from storefront.eligibility.consent_texts import load_texts, text_on
from storefront.eligibility.models import Client
from storefront.eligibility.records import lock_client
from storefront.eligibility.signatures import note, signature
from storefront.messages.actions import queue_message


def sign_consent(
    client_id: int, kind: str, typed: str, shown: str, by: Who, today: date, now: datetime, on_tablet: bool = False
) -> Consent:
    """The client signs a text by typing their name under it; `shown` is the hash of what stood on the page. Refuses when the
    text has changed meanwhile or the name is another's."""
    client = lock_client(client_id)
    text = text_on(kind, today, load_texts())
    require(may_sign_consent(client.name, typed, shown, text))
    consent = Consent(client_id=client.id, kind=kind, signed_name=" ".join(typed.split()), signed_on=today)
    consent.version, consent.text, consent.text_sha256 = text.version, text.whole, text.sha256
    consent.on_tablet, consent.withdrawal = on_tablet, None
    for name, value in signature(by, now).items():
        setattr(consent, name, value)
    db.session.add(consent)
    db.session.flush()
    note("consent signed", client, by, now, consent=consent.id)
    _send_copy(client, consent, now)
    return consent


def _send_copy(client: Client, consent: Consent, now: datetime) -> None:
    told = {"client": client, "consent": consent}
    queue_message("consent_signed", to=client.email, now=now, about=client.number, **told)


def withdraw_consent(client_id: int, kind: str, by: Who, today: date, now: datetime) -> ConsentWithdrawal:
    """The client takes a consent back; pictures taken under it are destroyed in the same breath. Refuses when none holds."""
    client = lock_client(client_id)
    consent = consent_signed(client.id, kind)
    if consent is None:
        raise Refused.because(
            "no-consent", "There is no such consent to take back.", "", "Look again at what is signed."
        )
    consent.withdrawal = ConsentWithdrawal(withdrawn_on=today, **signature(by, now))
    db.session.flush()
    note("consent taken back", client, by, now, consent=consent.id)
    if kind == "photos":
        photos.destroy_photos(client.id, now)
        note("pictures destroyed", client, by, now)
    return consent.withdrawal
