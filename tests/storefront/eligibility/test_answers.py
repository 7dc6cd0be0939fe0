"""Answers given one after the other: what stands of them, and that no later one opens what an earlier one stopped."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from catalogue.verdicts import Refused
from storefront.eligibility import actions
from storefront.eligibility.actions import Given
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, TODAY, codes, standing


@pytest.mark.parametrize(
    ("code", "first", "then", "refused"),
    [
        ("C-CON-08", Given("yes"), Given("not_sure"), ("never",)),
        ("C-CON-13", Given("yes"), Given("not_sure"), ("letter",)),
        ("C-CON-19", Given("yes"), Given("not_sure"), ("letter",)),
        ("C-CON-19", Given("not_sure"), Given("not_sure"), ()),
        ("C-CON-04", Given("yes", last_on=TODAY), Given("yes", last_on=date(2025, 1, 1)), ("waiting",)),
        ("C-CON-04", Given("yes", last_on=TODAY), Given("not_sure"), ("waiting",)),
        ("C-CON-04", Given("yes", last_on=date(2025, 1, 1)), Given("yes"), ()),
        ("C-CON-08", Given("not_sure"), Given("no"), ()),
        ("C-CON-08", Given("yes"), Given("no"), ("never",)),
    ],
)
def test_a_later_answer_makes_an_earlier_one_no_easier_to_lift(
    session: Session, code: str, first: Given, then: Given, refused: tuple[str, ...]
) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    name = code.replace("-", "_")
    found = [people.screen(client.id, by, **{name: given})[code] for given in (first, then)]
    last = next(answer for answer in reversed(found) if answer.answer != "no")
    assert standing(client.id) == ("contraindication",)
    if not refused:
        actions.clear_answer(client.id, last.id, "looked at all of it", TODAY, by, TODAY, NOW)
        assert standing(client.id) == ()
        return
    with pytest.raises(Refused) as refusal:
        actions.clear_answer(client.id, last.id, "looked at it", TODAY, by, TODAY, NOW)
    assert codes(refusal) == refused


def test_a_clearance_settles_nothing_that_is_answered_after_it(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    answer = people.screen(client.id, by, C_CON_06="yes")["C-CON-06"]
    actions.clear_answer(client.id, answer.id, "clear since May", TODAY, by, TODAY, NOW)
    people.screen(client.id, by, C_CON_06="not_sure")
    assert standing(client.id) == ("contraindication",)
    with pytest.raises(Refused) as refusal:
        actions.clear_answer(client.id, answer.id, "the former one", TODAY, by, TODAY, NOW)
    assert codes(refusal) == ("nothing-to-clear",)


def test_a_pause_is_not_shortened_by_another_day_told_later(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    people.screen(client.id, by, C_CON_18=Given("yes", last_on=TODAY))
    people.screen(client.id, by, C_CON_18=Given("yes", last_on=TODAY - timedelta(days=400)))
    assert standing(client.id, TODAY + timedelta(days=6)) == ("contraindication",)
    assert standing(client.id, TODAY + timedelta(days=7)) == ()
