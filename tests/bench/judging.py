"""How many dossiers are judged in a second of one core, with every finding: made-up rollers on both sides of their limits, and
serums of thirty names, each list printed only once, so that no list is read from memory."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from catalogue.dossiers import Dossier
from catalogue.inci import listed_names
from catalogue.specification import load
from catalogue.vetting import judge
from tests.bench.figures import Figure
from tests.catalogue.cases import TODAY, accepted

ROLLERS, SERUMS, NAMES = 20_000, 5_000, 30


def figures() -> Iterator[Figure]:
    chance = random.Random(1)
    yield Figure("rollers-judged", per_second([roller(n, chance) for n in range(ROLLERS)]), "per-second", 5000, True)
    names = sorted(name for name in listed_names() if not set(name) & set(",;"))
    serums = [serum(n, chance, names) for n in range(SERUMS)]
    yield Figure("serums-of-30-ingredients-judged", per_second(serums), "per-second", 1000, True)


def per_second(dossiers: list[Dossier]) -> float:
    """By the processor's own clock, which stands still while others have the core."""
    rules, begun = load(), time.process_time()
    for dossier in dossiers:
        assert judge(dossier, rules, TODAY).verdict
    return len(dossiers) / (time.process_time() - begun)


def roller(number: int, chance: random.Random) -> Dossier:
    facts = {
        "needle_length_nominal": Decimal(chance.randrange(10, 60)) / 100,
        "needle_count_declared": chance.randrange(100, 600),
        "nickel_release": Decimal(chance.randrange(1, 80)) / 100,
        "supplied_sterile": chance.random() < 0.8,
    }
    base = accepted("roller")
    return replace(base, sku=f"RL-{number}", facts={**base.facts, **facts})


def serum(number: int, chance: random.Random, names: list[str]) -> Dossier:
    printed = ", ".join(chance.sample(names, NAMES)).title()
    base = accepted("serum")
    return replace(base, sku=f"SE-{number}", facts={**base.facts, "ingredients": printed})
