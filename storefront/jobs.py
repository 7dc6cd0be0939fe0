"""What the worker does. Rows that are due are the queue: a job claims one, does it, and says whether there was one."""

import logging
from collections.abc import Callable
from datetime import datetime

from storefront import clock

# Does one due item, in its own transactions; false when nothing is due. A failure is kept on the row and tried again.
Job = Callable[[datetime], bool]
JOBS: tuple[Job, ...] = ()
LONGEST_ROUND = 100

log = logging.getLogger("storefront.jobs")


def work_off(must_stop: Callable[[], bool], jobs: tuple[Job, ...] | None = None) -> int:
    """One round: every job until nothing of it is due, an item at a time, so that ending waits for one item only."""
    done = 0
    for job in JOBS if jobs is None else jobs:
        for _ in range(LONGEST_ROUND):
            if must_stop() or not job(clock.now()):
                break
            done += 1
    return done
