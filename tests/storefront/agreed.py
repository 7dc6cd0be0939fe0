"""What a client had agreed to long ago, for tests that are about something else."""

from datetime import UTC, date, datetime, time

from storefront.db import db
from storefront.eligibility.consent_models import Consent
from storefront.eligibility.consent_texts import load_texts, text_on

LONG_AGO = date(2020, 1, 1)


def agree(client_id: int, kind: str = "treatment", on: date = LONG_AGO) -> Consent:
    """The row of a signature; no mail goes out, and the journal says nothing."""
    text, at = text_on(kind, on, load_texts()), datetime.combine(on, time(9), UTC)
    words = {"version": text.version, "text": text.whole, "text_sha256": text.sha256}
    consent = Consent(client_id=client_id, kind=kind, signed_on=on, signed_name="Signed Long Ago", **words)
    consent.by_name, consent.at, consent.withdrawal = "Signed Long Ago", at, None
    db.session.add(consent)
    db.session.flush()
    return consent
