"""Exceptions for orders that are too early, in memory, beside the table of cases: what they do not lift, with what they end, and
what may be asked for and granted."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from storefront.eligibility.early_rules import Grant, may_answer_wish, may_wish
from storefront.eligibility.rules import Wanted
from tests.storefront.eligibility import stories

DAY = date(2026, 8, 3)
BOUGHT = {"product": "roller", "on": date(2026, 8, 1)}
GRANTED = {"product": "roller", "quantity": 1, "until": date(2026, 8, 10)}


def case(**others: Any) -> dict[str, Any]:
    return {"bought": [BOUGHT], "early": [GRANTED], **others}


def codes(told: dict[str, Any]) -> list[str]:
    return list(stories.verdict(told).codes)


def test_the_next_exception_serves_the_next_order() -> None:
    assert codes(case(bought=[{**BOUGHT, "exception": 0}], early=[GRANTED, GRANTED])) == []


def worse() -> Iterator[tuple[str, dict[str, Any]]]:
    approved = stories.FILE["standard"]["approved"]
    yield "approval-withdrawn", {"approved": {**approved, "withdrawn_on": DAY}}
    yield "contraindication", {"answers": {"C-CON-01": "yes"}}
    yield "reaction-open", {"reactions": [{"on": DAY}]}
    yield "allergen", {"allergies": ["nickel"]}
    yield "screening-due", {"told_new": [{"on": DAY}]}
    yield "too-many", {"wants": {"roller": 3}, "early": [{**GRANTED, "quantity": 3}]}
    yield "too-deep", {"approved": {**approved, "depth": 150}}


def test_an_exception_lifts_nothing_but_the_day() -> None:
    for code, changed in worse():
        assert codes(case(**changed)) == [code]


def test_the_rest_after_a_treatment_is_no_matter_of_exceptions() -> None:
    rest = case(treated=[date(2026, 3, 23), date(2026, 5, 11), date(2026, 7, 1)], answered_on=date(2026, 7, 1))
    assert codes(rest) == ["too-soon"]


def test_an_exception_ends_with_the_approval_that_it_hangs_on() -> None:
    earlier = {**stories.FILE["standard"]["approved"], "on": date(2026, 5, 10)}
    superseded = {"bought": [BOUGHT], "earlier": {**earlier, "early": [GRANTED]}}
    assert codes(superseded) == ["too-soon"]


def test_what_may_be_asked_for_and_what_may_be_granted() -> None:
    told = {**stories.FILE["standard"], "day": DAY}
    roller, bought = stories.product("roller"), (stories.purchase(BOUGHT),)

    def wish(quantity: int = 1, why: str = "dropped", **others: Any) -> list[str]:
        client = stories.person({**told, **others})
        assert client is not None
        verdict, _ = may_wish(client, Wanted(roller, quantity), why, bought, stories.POLICY, DAY)
        return list(verdict.codes)

    assert wish() == []
    assert wish(quantity=3, why=" ") == ["too-many", "no-reason"]
    assert wish(early=[{"product": "roller", "waits": True}]) == ["asked-already"]
    assert wish(early=[GRANTED]) == ["granted-already"]
    assert wish(approved=False) == ["no-approval"]
    assert wish(allergies=["nickel"], approved={**told["approved"], "depth": 150}) == ["too-deep", "allergen"]
    client = stories.person({**told, "early": [{"product": "roller", "waits": True}]})
    assert client is not None
    (asked,) = client.approvals[-1].early_wishes
    last = client.approvals[-1].valid_until
    answers = {
        (): (Grant(2, last), "once"),
        ("quantity", "until", "note"): (Grant(3, last + timedelta(days=1)), " "),
        ("until",): (Grant(1, DAY - timedelta(days=1)), "once"),
        ("note",): (None, ""),
    }
    for refused, (grant, note) in answers.items():
        assert may_answer_wish(client, asked, grant, note, DAY).codes == refused
    asked.approval_id = 99
    assert may_answer_wish(client, asked, None, "no", DAY).codes == ("approval-changed",)
