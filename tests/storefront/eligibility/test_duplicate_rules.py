"""In what two people are alike, and which records may be merged; no database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.eligibility.duplicate_rules import Person, distance, likeness, may_merge, plain_name
from storefront.eligibility.models import Client, Course, Treatment

BORN = date(1985, 3, 14)
CLARA = Person("Clara Whitlock", "clara@example.org", BORN, "+44 20 7946 0001")


@pytest.mark.parametrize(
    ("other", "codes"),
    [
        (Person("Clara Whitlock", "other@example.org", BORN), ("name-and-birth",)),
        (Person("WHITLOCK, Clára", "other@example.org", BORN), ("name-and-birth",)),
        (Person("Clara Whitlok", "other@example.org", BORN), ("similar-name-and-birth",)),
        (Person("Calra Whitlokc", "other@example.org", BORN), ("similar-name-and-birth",)),
        (Person("Clare Witlok", "other@example.org", BORN), ()),
        (Person("Clara Whitlock", "other@example.org", date(1985, 3, 15)), ()),
        (Person("Nobody Else", " Clara@Example.org", date(2000, 1, 1)), ("email",)),
        (Person("Nobody Else", "x@example.org", date(2000, 1, 1), "020 7946-0001"), ("phone",)),
        (Person("Nobody Else", "x@example.org", date(2000, 1, 1), "0001"), ()),
        (CLARA, ("email", "phone", "name-and-birth")),
    ],
)
def test_alike(other: Person, codes: tuple[str, ...]) -> None:
    assert likeness(CLARA, other) == codes
    assert likeness(other, CLARA) == codes


@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.integers(0, 8))
def test_slips_are_counted_alike_both_ways(one: str, other: str, place: int) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, one[:place] + "z" + one[place:]) == 1
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


def test_two_letters_that_changed_places_are_one_slip() -> None:
    assert distance("noor", "nroo") == 2
    assert distance("haddad", "hadadd") == 1
    assert plain_name("Haddad,  NOOR-Lina") == "haddad lina noor"


def record(number: int, *days: date, kept_as: int | None = None, bleeding: str = "none") -> Client:
    told: dict[str, object] = {"bleeding": bleeding, "track_marks": False, "is_struck": False}
    versions = [Treatment(id=place, treated_on=day, **told) for place, day in enumerate(days, 1)]
    return Client(id=number, number=f"C-{number}", kept_as_id=kept_as, courses=[Course(versions=versions)])


@pytest.mark.parametrize(
    ("kept", "merged", "codes"),
    [
        (record(1), record(2), ()),
        (record(1, BORN), record(2, BORN), ()),
        (record(1, BORN), record(2), ()),
        (record(1), record(2, BORN), ("treatments-missing",)),
        (record(1), record(1), ("same-record",)),
        (record(1, BORN), record(2, BORN, bleeding="more"), ("skin-unseen",)),
        (record(1, BORN, bleeding="more"), record(2, BORN, bleeding="more"), ()),
        (record(1, kept_as=3), record(2), ("already-merged",)),
        (record(1), record(2, BORN, kept_as=1), ("already-merged", "treatments-missing")),
    ],
)
def test_which_records_may_be_merged(kept: Client, merged: Client, codes: tuple[str, ...]) -> None:
    assert may_merge(kept, merged, "one passport").codes == codes
    assert may_merge(kept, merged, " ").codes == (*codes, "no-reason")
