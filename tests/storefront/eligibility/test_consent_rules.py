"""What a client agreed to on a day, on the days where it turns; and the texts as data. No database."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from storefront.eligibility.consent_models import Consent, ConsentWithdrawal
from storefront.eligibility.consent_rules import consent_missing, consent_on, is_name_of, may_sign_consent, sheets
from storefront.eligibility.consent_texts import FILE, KINDS, ConsentText, ConsentTextError, load_texts, text_on

FIRST, SECOND = date(2026, 1, 1), date(2026, 7, 1)
DAY = timedelta(days=1)
TEXTS = tuple(
    ConsentText(kind, version, day, "Title", (version,))
    for kind in KINDS
    for version, day in (("1", FIRST), ("2", SECOND))
)


def consent(on: date, taken_back: date | None = None, kind: str = "treatment") -> Consent:
    text, at = text_on(kind, on, TEXTS), datetime.combine(on, time(9), UTC)
    row = Consent(kind=kind, version=text.version, text_sha256=text.sha256, signed_on=on, at=at)
    row.withdrawal = ConsentWithdrawal(withdrawn_on=taken_back) if taken_back else None
    return row


@pytest.mark.parametrize(
    ("signed", "taken_back", "day", "holds"),
    [
        (FIRST, None, FIRST - DAY, False),
        (FIRST, None, FIRST, True),
        (FIRST, None, SECOND - DAY, True),
        (FIRST, None, SECOND, False),
        (SECOND, None, SECOND, True),
        (SECOND - DAY, None, SECOND, False),
        (SECOND, None, SECOND - DAY, False),
        (FIRST, FIRST + DAY, FIRST, True),
        (FIRST, FIRST + DAY, FIRST + DAY, False),
        (FIRST, FIRST, FIRST, False),
        (date(2025, 6, 1), None, date(2025, 6, 1), True),
    ],
)
def test_a_consent_holds_from_its_signature_for_its_text_until_it_is_taken_back(
    signed: date, taken_back: date | None, day: date, holds: bool
) -> None:
    given = [consent(signed, taken_back)]
    assert (consent_on(given, "treatment", day, TEXTS) is not None) is holds
    assert consent_on(given, "photos", day, TEXTS) is None


def test_signed_again_after_it_was_taken_back_it_holds_again() -> None:
    given = [consent(FIRST, FIRST + DAY), consent(FIRST + 2 * DAY)]
    holding = [consent_on(given, "treatment", FIRST + nth * DAY, TEXTS) for nth in range(3)]
    assert holding == [given[0], None, given[1]]


def test_what_is_missing_is_said_as_it_is() -> None:
    for given, words in (
        ([], "No consent to treatment was signed on or before 1 July 2026."),
        ([consent(FIRST)], "is version 1; version 2 was due."),
        ([consent(FIRST, FIRST + DAY)], "was taken back on 2 January 2026."),
    ):
        missing = consent_missing(given, SECOND, TEXTS)
        assert (missing.code, words in missing.text) == ("consent-due", True)


def test_each_text_is_open_signed_or_changed_since() -> None:
    given = [consent(FIRST), consent(SECOND, kind="photos")]
    assert [sheet.state for sheet in sheets(given, SECOND, TEXTS)] == ["older", "holds", "open"]


@pytest.mark.parametrize(
    ("typed", "is_hers"),
    [("Mara Finch", True), ("  mara   FINCH ", True), ("Mara", False), ("", False), ("Mara Finch-Lane", False)],
)
def test_a_name_is_hers_however_it_is_spaced(typed: str, is_hers: bool) -> None:
    assert is_name_of(typed, "Mara Finch") is is_hers
    refused = may_sign_consent("Mara Finch", typed, "another", TEXTS[0]).codes
    assert refused == (("text-changed",) if is_hers else ("text-changed", "another-name"))


def test_the_texts_of_the_clinic_are_whole_and_known_by_their_words() -> None:
    texts = load_texts()
    assert {text.kind for text in texts} == set(KINDS)
    assert len({text.sha256 for text in texts}) == len(texts)
    changed = ConsentText("treatment", "1", FIRST, "Title", ("another word",))
    assert changed.sha256 != TEXTS[0].sha256


@pytest.mark.parametrize(
    "broken",
    [
        "",
        'kind = "tattoo"\nversion = "1"\nfrom = 2026-01-01\ntitle = "T"\nparagraphs = ["a"]',
        'kind = "photos"\nversion = "1"\nfrom = "soon"\ntitle = "T"\nparagraphs = ["a"]',
        'kind = "photos"\nversion = "1"\nfrom = 2026-01-01\ntitle = "T"\nparagraphs = []',
        'kind = "photos"\nversion = "1"\nfrom = 2026-01-01\ntitle = "T"\nparagraphs = ["a"]\ncolour = "red"',
        'kind = "photos"\nversion = "9"\nfrom = 2025-01-01\ntitle = "T"\nparagraphs = ["a"]',
    ],
)
def test_a_text_that_cannot_be_used_stops_the_loading(tmp_path: Path, broken: str) -> None:
    whole = FILE.read_text(encoding="utf-8") if broken else ""
    (tmp_path / "consent.toml").write_text(f"{whole}\n[[text]]\n{broken}\n" if broken else "", encoding="utf-8")
    with pytest.raises(ConsentTextError):
        load_texts(tmp_path / "consent.toml")
