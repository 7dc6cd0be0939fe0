"""What must be done next with an order, as a table: whatever its status and marks, one step fits it, and who does it is said."""

from itertools import chain, combinations

import pytest

from storefront.orders.next_steps import BY_CODE, MARKS, NOBODY, STEPS, next_step
from storefront.orders.rules import MOVES

CASES = [
    ("awaiting_payment", "", "pays"),
    ("awaiting_payment", "release-due", "pays"),
    ("expired", "", "unpaid"),
    ("expired", "release-due", "letting-go"),
    ("accepted", "", "taking"),
    ("accepted", "capture-near", "capture-near"),
    ("accepted", "capture-failing capture-near", "capture-near"),
    ("accepted", "capture-failing", "capture-failing"),
    ("accepted", "other-sum", "stop-other-sum"),
    ("accepted", "taken", "pack"),
    ("accepted", "taken collected some-back refund-due", "pack"),
    ("packed", "taken", "send"),
    ("packed", "taken collected", "put-ready"),
    ("on_hold", "taken", "decide"),
    ("on_hold", "taken of-time", "wait-for-time"),
    ("on_hold", "taken some-back refund-due", "stop-rest"),
    ("on_hold", "taken some-back going-back refund-due", "giving-back"),
    ("on_hold", "some-back going-back refund-due other-sum", "giving-back"),
    ("on_hold", "taken some-back going-back refund-due refund-failing", "refund-failing"),
    ("on_hold", "other-sum", "stop-other-sum"),
    ("on_hold", "taken contested to-answer", "answer-dispute"),
    ("on_hold", "taken contested", "wait-for-bank"),
    ("on_hold", "taken dispute-won", "let-go-on"),
    ("on_hold", "taken dispute-won contested", "wait-for-bank"),
    ("dispatched", "taken", "arrived"),
    ("dispatched", "taken collected", "fetched"),
    ("dispatched", "taken contested", "arrived"),
    ("delivered", "taken contested to-answer", "answer-dispute"),
    ("delivered", "taken contested", "wait-for-bank"),
    ("delivered", "taken return-open", "end-return"),
    ("returned_in_part", "taken return-open some-back", "end-return"),
    ("returned_in_part", "taken some-back refund-due", "giving-back"),
    ("returned_in_part", "taken some-back", "nothing"),
    ("returned", "taken some-back came-back", "pay-otherwise"),
    ("delivered", "taken", "nothing"),
    ("refunded", "taken some-back came-back", "pay-otherwise"),
    ("refunded", "taken some-back", "nothing"),
    ("cancelled", "", "nothing"),
    ("cancelled", "release-due", "letting-go"),
    ("cancelled", "release-due release-failing", "release-failing"),
    ("cancelled", "lost", "payment-lost"),
    ("cancelled", "differed", "payment-differs"),
]


@pytest.mark.parametrize(("status", "marks", "code"), CASES)
def test_each_state_of_an_order_has_its_step(status: str, marks: str, code: str) -> None:
    assert set(marks.split()) <= set(MARKS)
    assert next_step(status, marks.split()).code == code


def test_every_status_and_every_step_is_in_the_table() -> None:
    assert {status for status, _, _ in CASES} == set(MOVES)
    assert {code for _, _, code in CASES} == set(BY_CODE)
    assert len(BY_CODE) == len(STEPS)


def test_whatever_comes_together_one_step_fits_and_what_is_under_way_never_has_nothing_left() -> None:
    for status in MOVES:
        for marks in chain.from_iterable(combinations(MARKS, size) for size in range(3)):
            implied = ("some-back", "refund-due") if "going-back" in marks else ()
            step = next_step(status, (*marks, *implied))
            is_open = status not in ("expired", "delivered", "returned_in_part", "returned", "cancelled", "refunded")
            assert step.who != NOBODY or not is_open, (status, marks)


def test_what_the_clinic_does_comes_before_what_it_waits_for() -> None:
    ours = [step for step in STEPS if step.is_ours]
    assert list(STEPS[: len(ours)]) == ours
    assert {step.tone for step in ours} == {"stop", "soon"}
