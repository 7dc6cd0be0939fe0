"""The demo clinic can be opened on any day of any year: what it sold rested on proofs that were valid on that day."""

import tomllib
from datetime import date, timedelta

import pytest

from catalogue import specification
from catalogue.specification import Rule
from catalogue.validity import last_day
from storefront.demo import goods
from storefront.demo.clinic import PEOPLE
from storefront.demo.shelves import LOOKS

KINDS = tomllib.loads(goods.GOODS.read_text(encoding="utf-8"))
ORDERED = sorted({order["ago"] for client in PEOPLE["client"] for order in client.get("orders", [])})


def rules_of(kind: str, paper: dict[str, object]) -> list[Rule]:
    """The rules that a paper settles."""
    rules = specification.load().rules_for(kind)
    return [rule for rule in rules if rule.fact in paper["covers"] and rule.proof == paper["proof"]]  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["roller", "serum"])
def test_every_order_of_the_demo_rests_on_a_look_of_its_time(kind: str) -> None:
    product = next(product for product in KINDS["product"] if product["kind"] == kind)
    monthly = [paper for paper in KINDS[kind]["evidence"] if paper.get("monthly")]
    assert monthly
    # To a February of 28 days, and to one of 29.
    for number in range(480):
        today = date(2026, 11, 26) + timedelta(days=number)
        for ago in ORDERED:
            looked_on = today - timedelta(days=min(look for look in LOOKS if look >= ago))
            for paper in monthly:
                document = goods.evidence(paper, product, today, looked_on)
                for rule in rules_of(kind, paper):
                    assert last_day(document, rule) >= today - timedelta(days=ago), (today, ago, rule.id)
