"""What a practitioner reads of an approval at a glance: what is proposed, what changes, and what speaks against it."""

from dataclasses import replace
from datetime import date

import pytest

from catalogue.serum_classes import classes_of_list, serum_classes
from storefront.eligibility.approval_changes import changes, serums_in_words
from storefront.eligibility.approval_rules import proposal
from storefront.eligibility.models import Client
from storefront.eligibility.rules import Limits
from storefront.practitioner.red import red_of
from tests.storefront.eligibility import stories

STANDARD = stories.FILE["standard"]
DAY = STANDARD["day"]
NAMES = {stories.product(name).id: name for name in stories.FILE["products"]}
CALM, BRIGHT = (stories.product(name).id for name in ("calm", "bright"))


def somebody(**others: object) -> Client:
    found = stories.person({**STANDARD, **others})
    assert found is not None
    return found


def limits(**others: object) -> Limits:
    usual = Limits(
        greatest_needle_um=200,
        serum_ids=frozenset({CALM}),
        reorder_days=70,
        quantity=2,
        uses_per_roller=10,
        valid_until=date(2027, 5, 11),
    )
    return replace(usual, **others)  # type: ignore[arg-type]


def test_every_limit_that_differs_from_the_former_approval_is_told() -> None:
    before = stories.approval(STANDARD["approved"], 1)
    before.uses_per_roller = 10
    assert changes(before, limits(), NAMES) == []
    after = limits(
        greatest_needle_um=150, serum_ids=frozenset({BRIGHT}), serum_classes=frozenset({"soothing"}), quantity=1
    )
    assert changes(before, after, NAMES) == [
        "depth 0.20 mm → 0.15 mm",
        "of a kind 2 → 1",
        "with bright",
        "with all soothing serums",
        "without calm",
    ]
    assert serums_in_words(after, NAMES) == "bright, all soothing serums"
    assert serums_in_words(limits(serum_ids=frozenset()), NAMES) == "none"


def test_nobody_is_proposed_to_go_deeper_at_home_than_the_last_treatment_went() -> None:
    one = somebody(approved=False)
    assert proposal(one, stories.POLICY, DAY).greatest_needle_um == stories.POLICY.usual_needle_um
    for course in one.courses:
        course.treatments[-1].needle_um = 150
    assert proposal(one, stories.POLICY, DAY, [CALM]).greatest_needle_um == 150
    again = somebody()
    again.approvals[-1].uses_per_roller = 10
    for course in again.courses:
        course.treatments[-1].needle_um = 150
    assert proposal(again, stories.POLICY, DAY).greatest_needle_um == 150


def test_whatever_is_red_stands_in_one_list() -> None:
    one = somebody(allergies=["panthenol"], reactions=[{"on": DAY}])
    calm, bright = stories.product("calm"), stories.product("bright")
    assert red_of(one, [calm, bright], [calm, bright], is_consent_due=True) == [
        "Open reaction, told on 3 August 2026",
        "Consent to treatment is to be signed",
        "calm: panthenol (Panthenol), refused",
    ]
    one = somebody()
    assert red_of(one, [calm, bright], [bright], is_consent_due=False) == [
        "calm: below the specification today, not sold"
    ]
    assert red_of(one, [calm, bright], [calm], is_consent_due=False) == []


@pytest.mark.parametrize(
    ("printed", "classes"),
    [
        ("Aqua, Sodium Hyaluronate", {"water_binding"}),
        ("Aqua, Betaine, Panthenol", {"water_binding", "soothing"}),
        ("Aqua, Cocamidopropyl Betaine", set()),
        ("Aqua, Glycerin, Ceramide NP, Niacinamide", {"barrier"}),
        ("Aqua, Acetyl Hexapeptide-8", {"peptide"}),
        ("Aqua, Glycerin", set()),
        ("", set()),
    ],
)
def test_a_serum_is_of_the_classes_that_its_ingredients_name(printed: str, classes: set[str]) -> None:
    assert classes_of_list(printed) == classes
    assert classes <= serum_classes().keys()


def test_every_class_of_serums_says_where_it_comes_from() -> None:
    assert all(each.source and each.title.endswith("serums") for each in serum_classes().values())
