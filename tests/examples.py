"""How many examples a property is tried on: few every day, many times more in `make check-long`."""

import os

from hypothesis import settings

TIMES = int(os.environ.get("EXAMPLES", "1"))


def examples(usual: int) -> settings:
    return settings(max_examples=usual * TIMES, deadline=None)


# For every property that names no number of its own.
settings.register_profile("daily", examples(40))
settings.load_profile("daily")
