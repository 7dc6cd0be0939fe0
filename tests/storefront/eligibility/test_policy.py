"""The policy and the questions as data: every number has its source, and a wrong file is refused by name and key."""

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from storefront.eligibility import policy, questions
from storefront.eligibility.policy import PolicyError, load_policy, months_after
from storefront.eligibility.questions import Questions, load_questions, words_asked
from storefront.eligibility.screening_rules import CARRIED_OVER, due_conditions
from tests.storefront.eligibility import stories

QUESTION = """
version = "1"
[[condition]]
code = "X-1"
name = "a thing"
question = "Do you have it?"
effect = "block"
liftable_by = "practitioner"
source = "a book"
"""


def own(folder: Path, text: str, version: str = 'version = "ours"\n') -> Path:
    file = folder / "ours.toml"
    file.write_text(version + text, encoding="utf-8")
    return file


def test_every_number_has_its_source_and_no_other_is_known() -> None:
    told = load_policy()
    assert set(told.sources) == set(policy.NAMES)
    assert (told.treatments_in_course, told.first_home_order_days, told.approval_months) == (3, 42, 12)


def test_a_clinic_changes_single_numbers(tmp_path: Path) -> None:
    told = load_policy(own(tmp_path, '[reorder_days]\nvalue = 60\nsource = "our own count"\n'))
    assert (told.reorder_days, told.sources["reorder_days"]) == (60, "our own count")
    assert told.treatments_in_course == 3
    assert told.version.endswith("+ ours")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[reorder_day]\nvalue = 60\nsource = "x"\n', "ours.toml: reorder_day: unknown key"),
        ("[reorder_days]\nvalue = 60\n", "ours.toml: reorder_days: needs value and source"),
        ('[reorder_days]\nvalue = 60\nsource = "x"\nunit = "d"\n', "ours.toml: reorder_days: needs value and source"),
        ('[reorder_days]\nvalue = "60"\nsource = "x"\n', "ours.toml: reorder_days: value"),
        ('[reorder_days]\nvalue = true\nsource = "x"\n', "ours.toml: reorder_days: value"),
        ('[reorder_days]\nvalue = 0\nsource = "x"\n', "ours.toml: reorder_days: value"),
        ('[reorder_days]\nvalue = 60\nsource = " "\n', "ours.toml: reorder_days: source"),
        ('[longest_gap_days]\nvalue = 20\nsource = "x"\n', "ours.toml: usual_gap_to_days: greater than longest_gap"),
        ('[deep_note_above_um]\nvalue = 210\nsource = "x"\n', "ours.toml: deep_note_above_um: at most 200"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        load_policy(own(tmp_path, text))


def test_a_file_without_a_version_or_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"ours.toml: version: missing"):
        load_policy(own(tmp_path, "", version=""))
    with pytest.raises(PolicyError, match=r"nowhere\.toml"):
        load_policy(tmp_path / "nowhere.toml")


def test_the_screening_asks_all_that_the_rules_name() -> None:
    conditions = load_questions().conditions
    assert [condition.code for condition in conditions] == [f"C-CON-{number:02}" for number in range(1, 22)]
    effects = {condition.code: condition.effect for condition in conditions if condition.effect != "block"}
    assert effects == {
        "C-CON-07": "exclude-area",
        "C-CON-18": "pause",
        "C-CON-20": "advise",
        "C-CON-21": "exclude-area",
    }


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("effect", "efect"), "X-1: efect: unknown key"),
        (('"block"', '"stop"'), "X-1: effect or liftable_by: unknown word"),
        (('source = "a book"', ""), "X-1: source: missing"),
        (('source = "a book"', 'source = "a book"\nwaiting_days = 3'), "X-1: since"),
        (('source = "a book"', 'source = "a book"\nsince = "When?"'), "X-1: since"),
        (('"block"', '"pause"'), "X-1: since"),
        (('source = "a book"', 'source = "a book"\nadvice = 3'), "X-1: advice: of the wrong type"),
        (('version = "1"', 'version = "1"\nquestions = 3'), "questions: unknown key"),
    ],
)
def test_a_wrong_question_is_refused(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    file = tmp_path / "screening.toml"
    file.write_text(QUESTION.replace(*change), encoding="utf-8")
    with pytest.raises(PolicyError, match=complaint):
        load_questions(file)


def test_a_wrong_question_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "screening.toml"
    second = QUESTION.replace('version = "1"', "").replace("X-1", "X-2").replace('"practitioner"', '"nurse"')
    file.write_text(QUESTION + second, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"screening\.toml, line 12: X-2: effect or liftable_by"):
        load_questions(file)
    file.write_text('version = "1\n', encoding="utf-8")
    with pytest.raises(PolicyError, match="at line 1"):
        load_questions(file)


def test_answers_to_an_earlier_version_count_only_where_it_acted_the_same(tmp_path: Path) -> None:
    current = questions.CURRENT.read_text(encoding="utf-8")
    file = tmp_path / "screening.toml"
    for told, complaint in (
        (current.replace("waiting_months = 6", "waiting_months = 12"), "2026.1 asks acts otherwise"),
        (current.replace('also_counts = ["2026.1"]', 'also_counts = ["2025.1"]'), "2025.1 is not in screenings_before"),
    ):
        file.write_text(told, encoding="utf-8")
        load_questions.cache_clear()
        with pytest.raises(PolicyError, match=complaint):
            load_questions(file)


# What each version asked, kept here so that nobody changes a word of one that was answered: a changed question is a new version.
ASKED = {
    "2026.1": "1d628f64fd8267be",
    "2026.2": "ff9049508863a224",
}


def test_no_version_that_was_answered_ever_changes() -> None:
    paths = [*questions.BEFORE.glob("*.toml"), questions.CURRENT]
    versions = {found.version: found for found in map(load_questions, paths)}
    assert {name: hashed(found) for name, found in versions.items()} == ASKED
    assert words_asked("2026.1", "C-CON-02").endswith("To what?")
    assert words_asked("1999.1", "C-CON-02") == words_asked("2026.1", "C-CON-99") == ""


def hashed(found: Questions) -> str:
    acting = [[getattr(each, name) for name in questions.ACTING] for each in found.conditions]
    told = repr([acting, [each.words for each in found.conditions]])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def test_only_what_is_new_changed_or_too_old_is_asked() -> None:
    day = date(2026, 5, 11)
    everything = [condition.code for condition in stories.POLICY.conditions]

    def due(**told: Any) -> list[str]:
        client = stories.person({**stories.FILE["standard"], "answered_on": day, **told})
        assert client is not None
        return [each.code for each in due_conditions(client, stories.POLICY, day)]

    assert due() == due(screening_version="2026.1") == []
    assert due(answered_on=False) == due(screening_version="2025.9") == everything
    assert due(answered_on=day - timedelta(days=stories.POLICY.screening_days)) == []
    assert due(answered_on=day - timedelta(days=stories.POLICY.screening_days + 1)) == everything
    assert due(unanswered=["C-CON-08", "C-CON-11"]) == ["C-CON-08", "C-CON-11"]
    # An earlier screening answered the rest; and answers that came from a merged record make the earlier ones doubtful.
    assert due(history=[{}], unanswered=everything) == []
    assert due(screening_version=CARRIED_OVER, history=[{}]) == everything


def test_a_code_is_used_once(tmp_path: Path) -> None:
    file = tmp_path / "screening.toml"
    file.write_text(QUESTION + QUESTION.replace('version = "1"', ""), encoding="utf-8")
    with pytest.raises(PolicyError, match="twice"):
        load_questions(file)


def test_months_end_on_the_same_day_or_on_the_last_of_the_month() -> None:
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_after(date(2026, 11, 22), 12) == date(2027, 11, 22)


def test_waiting_periods_count_from_the_day_that_was_asked_for() -> None:
    isotretinoin, retinoid = (load_policy().condition(code) for code in ("C-CON-04", "C-CON-18"))
    assert isotretinoin is not None
    assert retinoid is not None
    assert isotretinoin.waits_until(date(2026, 8, 31), date(2026, 9, 1)) == date(2027, 2, 28)
    assert isotretinoin.waits_until(None, date(2026, 9, 1)) is None
    assert retinoid.waits_until(None, date(2026, 9, 1)) == date(2026, 9, 8)
