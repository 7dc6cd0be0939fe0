"""What a client reads: lengths as a box prints them, and what exactly is too many."""

import pytest

from storefront.eligibility.product_rules import in_mm
from tests.storefront.eligibility import stories


@pytest.mark.parametrize(
    ("micrometres", "told"), [(150, "0.15 mm"), (200, "0.20 mm"), (201, "0.201 mm"), (1000, "1.00 mm")]
)
def test_a_length_is_told_in_hundredths_and_never_rounded(micrometres: int, told: str) -> None:
    assert in_mm(micrometres) == told


@pytest.mark.parametrize(("name", "told"), [("roller", "all rollers together"), ("calm", "calm")])
def test_rollers_are_counted_together_and_a_serum_by_its_name(name: str, told: str) -> None:
    texts = [reason.text for reason in stories.verdict({"wants": {name: 9}}).reasons if reason.code == "too-many"]
    assert len(texts) == 1
    assert told in texts[0]
    assert ("rollers" in texts[0]) == (name == "roller")
