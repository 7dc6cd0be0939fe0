"""Rules about consents, pure: what a client has agreed to on a day, and what may be signed. A consent holds for the version of
the text that was signed, from the day of the signature until the day on which it was taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from catalogue.verdicts import Reason, Verdict
from storefront.eligibility.consent_models import Consent, Photo
from storefront.eligibility.consent_texts import KINDS, ConsentText, text_on
from storefront.eligibility.reasons import day_in_words

CLIENT = "the client"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One text as it stands today, and what this client did about it: `holds` is the consent that counts, `signed` the last
    one that was not taken back, also under an older text."""

    text: ConsentText
    holds: Consent | None
    signed: Consent | None

    @property
    def state(self) -> str:
        return "holds" if self.holds else "older" if self.signed else "open"


def sheets(consents: Sequence[Consent], today: date, texts: Sequence[ConsentText]) -> list[Sheet]:
    """Every kind of text, in their order."""
    found = []
    for kind in KINDS:
        last = last_signed(consents, kind, today)
        signed = last if last is not None and last.withdrawal is None else None
        found.append(Sheet(text_on(kind, today, texts), consent_on(consents, kind, today, texts), signed))
    return found


def by_view(photos: Iterable[Photo]) -> dict[str, tuple[list[Photo], list[Photo]]]:
    """The pictures side by side: of each view those from before, and those from after, in the order of their days."""
    views: dict[str, tuple[list[Photo], list[Photo]]] = {}
    for photo in sorted(photos, key=lambda photo: photo.taken_on):
        before, after = views.setdefault(photo.view, ([], []))
        (before if photo.moment == "before" else after).append(photo)
    return views


def last_signed(consents: Iterable[Consent], kind: str, day: date) -> Consent | None:
    """The last signature under a text of this kind up to that day, whatever became of it."""
    signed = [each for each in consents if each.kind == kind and each.signed_on <= day]
    return max(signed, key=lambda consent: consent.at, default=None)


def consent_on(consents: Iterable[Consent], kind: str, day: date, texts: Iterable[ConsentText]) -> Consent | None:
    """The consent that holds on a day: of the text of that day, and not taken back on it or before."""
    last = last_signed(consents, kind, day)
    if last is None or last.text_sha256 != text_on(kind, day, texts).sha256:
        return None
    return None if last.withdrawal is not None and last.withdrawal.withdrawn_on <= day else last


def consent_missing(consents: Sequence[Consent], day: date, texts: Iterable[ConsentText]) -> Reason:
    """Why a treatment of that day cannot be recorded, as the practitioner reads it."""
    last = last_signed(consents, "treatment", day)
    text = f"No consent to treatment was signed on or before {day_in_words(day)}."
    if last is not None and last.withdrawal is not None:
        text = f"The consent to treatment was taken back on {day_in_words(last.withdrawal.withdrawn_on)}."
    elif last is not None:
        version = text_on("treatment", day, texts).version
        text = f"The consent signed on {day_in_words(last.signed_on)} is version {last.version}; version {version} was due."
    return Reason("consent-due", text, CLIENT, "The client signs it on the clinic's tablet or on their own page.")


def is_name_of(typed: str, name: str) -> bool:
    """Whether what was typed is that name, however it is spaced and capitalised."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold() != ""


def may_sign_consent(name: str, typed: str, shown: str, text: ConsentText) -> Verdict:
    """Refuses when the text on the page is no longer the one that holds, or the name typed under it is another's."""
    found = []
    if shown != text.sha256:
        told = "The text has changed since this page was opened."
        found.append(Reason("text-changed", told, CLIENT, "Read it as it stands now, then sign."))
    if not is_name_of(typed, name):
        told = f"The name under the text is not {name}."
        found.append(Reason("another-name", told, CLIENT, "Type the name as it stands on the record."))
    return Verdict(tuple(found))
