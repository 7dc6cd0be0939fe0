"""Invented people and things with which the words of a mail are tried before they are kept: one set for each case of a mail."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from itertools import product
from types import SimpleNamespace as Thing

from catalogue.money import Money
from catalogue.verdicts import Reason

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAME = "Robin Ash"
EVERY = {
    "client": Thing(name=NAME, number="C-1000"),
    "account": Thing(name=NAME),
    "admin": Thing(name="Sam Field"),
    "practitioner": Thing(name="Dr Kim Vale"),
    "longest": 5,
    "address": "https://shop.example/…",
    "again": "https://shop.example/…",
    "token": "…",
    "reference": "F-0A1B2C3D",
    "number": "C-1000",
    "what": "A time was picked",
    "asked_on": DAY,
    "before": DAY,
    "days": 90,
    "amount": Money(2450),
    "taken": Money(2000),
    "tracking": "JD000000000",
    "reasons": [Reason("example", "Fine roller 0.20 is not for sale today.", "the clinic", "Please ask us.")],
    "signal": Thing(code="B-1000", product="Fine roller 0.20", reports=3),
    "time": Thing(starts_at=NOON, practitioner_name="Dr Kim Vale"),
    "offered": [Thing(starts_at=NOON, practitioner_name="Dr Kim Vale")],
    "lapses": [(Thing(name="Fine roller 0.20", sku="R-1"), Thing(lapses_on=DAY, proof="Declaration"))],
}  # fmt: skip
DISPUTE = {
    "amount": Money(2450), "fee": Money(2000), "withdrawn": Money(0), "stripe_id": "dp_1000", "words": "won",
}  # fmt: skip
CASES: dict[str, tuple[object, ...]] = {
    "order": tuple(
        Thing(number="S-1000", delivery=kind, total=Money(2450), discount_code=code)
        for kind, code in (("post", "CALM-SKIN"), ("collection", ""))
    ),
    "dispute": tuple(DISPUTE | {"answer_by": by} for by in (NOON, None)),
    "by_clinic": (True, False),
    "count": (1, 2),
    "has_moved": (False, True),
    "was_picked": (True, False),
    "has_more": (True, False),
    "gives_back": (True, False),
    "is_ours": (True, False),
    "comes_back": (True, False),
    "is_paid": (True, False),
}


def samples(names: Collection[str]) -> list[dict[str, object]]:
    """Particulars for every case that words with these names tell apart."""
    cases = {name: values for name, values in CASES.items() if name in names}
    return [{**EVERY, **dict(zip(cases, case, strict=True))} for case in product(*cases.values())]
