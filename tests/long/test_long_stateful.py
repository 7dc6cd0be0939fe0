"""The same stories as the stateful test of every day, only more of them and longer."""

import os
import random

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.storefront.test_stateful import Shop, stories

__all__ = ["stories"]  # the fixture: pytest finds it here by its name
STORIES = int(os.environ.get("STORIES", "300"))
STEPS = int(os.environ.get("STEPS", "60"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 10**9)


def test_no_long_story_breaks_the_shop(stories: type[Shop], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{STORIES} stories of up to {STEPS} steps, SEED={SEED}", flush=True)
    run_state_machine_as_test(
        seed(SEED)(stories),
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
