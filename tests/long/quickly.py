"""Tries changes within functions in a session of tests that are collected once: each in a copy of the process, in which the
function has its changed code, and with those tests alone that run it, first what noticed the change before, then the quickest."""

import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.long.mutants import Mutant

Place = tuple[str, str]  # a file, and a function in it


class Quickly:
    """A plugin of pytest, made before it reads the tests. `left` are the places, in the list of changes, of those that no test
    noticed; `open` those of them that are to be tried anew, because they are in no function, or in one that ran while the tests
    were read and may have left what it said in their tables; `files`, for each file, those of the tests that run any of it,
    first those that run much of it in little time; `fails`, the test that fails without any change."""

    def __init__(self, found: list[Mutant], root: Path, patience: int) -> None:
        self.found, self.root, self.patience = found, root, patience
        self.names = {str(root / mutant.name): mutant.name for mutant in found}
        self.left: set[int] = set()
        self.open: set[int] = set()
        self.files: dict[str, list[str]] = {}
        self.fails = ""
        self.reading = ExitStack()
        self.beforehand = self.reading.enter_context(watched(self.names))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.reading.close()
        ran = self.in_a_copy(lambda: self.who_runs_what(session.items))
        if not isinstance(ran, dict):
            self.fails = str(ran)
            raise pytest.UsageError("the tests fail without any change")
        chosen: dict[Place, list[pytest.Item]] = {}
        for nth in sorted(ran, key=lambda nth: ran[nth][1]):
            for place in ran[nth][0]:
                chosen.setdefault(place, []).append(session.items[nth])
        for name in self.names.values():
            self.files[name] = files_by_worth(name, {session.items[nth]: ran[nth] for nth in ran})
        for nth, mutant in enumerate(self.found):
            place = (mutant.name, mutant.function)
            if not self.is_noticed(mutant, chosen.get(place, [])):
                self.left.add(nth)
                self.open |= {nth} if not mutant.function or place in self.beforehand else set()
        return True

    def is_noticed(self, mutant: Mutant, chosen: list[pytest.Item]) -> bool:
        """Whether one of these tests fails, dies or hangs; what failed is the first to be asked next time."""
        first = self.in_a_copy(lambda: self.first_to_notice(mutant, chosen)) if chosen else len(chosen)
        if first is not None and first < len(chosen):
            chosen.insert(0, chosen.pop(first))
        return first is None or first < len(chosen)

    def first_to_notice(self, mutant: Mutant, chosen: list[pytest.Item]) -> int:
        """The place of the first of these tests that fails when the function is changed; their number when none does."""
        path = str(self.root / mutant.name)
        changed = compile(mutant.text, path, "exec", dont_inherit=True)
        module = sys.modules[mutant.name.removesuffix(".py").replace("/", ".")]
        function_in(module, mutant.function).__code__ = code_of(changed, mutant.function)
        following = zip_longest(chosen, chosen[1:])
        return next((nth for nth, (item, after) in enumerate(following) if not passes(item, after)), len(chosen))

    def who_runs_what(self, items: list[pytest.Item]) -> dict[int, tuple[set[Place], float]] | str:
        """For each test, by its place: the functions that it runs, and how long it takes. Else the name of the first that fails,
        also when it is not slowed down by being watched."""
        ran: dict[int, tuple[set[Place], float]] = {}
        for nth, (item, after) in enumerate(zip_longest(items, items[1:])):
            begun = time.monotonic()
            with watched(self.names) as run:
                is_good = passes(item, after)
            if not is_good and not passes(item, after):
                return item.nodeid
            ran[nth] = run, time.monotonic() - begun
        return ran

    def in_a_copy(self, task: Callable[[], object]) -> Any:
        """What a task gives in a copy of this process; None when it came to grief or took too long."""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            lose_patience_after(self.patience)
            with os.fdopen(writing, "wb") as told:
                pickle.dump(task(), told)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            given = told.read()
        os.waitpid(child, 0)
        return pickle.loads(given) if given else None


def files_by_worth(name: str, ran: dict[pytest.Item, tuple[set[Place], float]]) -> list[str]:
    functions: dict[str, set[Place]] = {}
    cost: dict[str, float] = {}
    for item, (run, took) in ran.items():
        functions.setdefault(str(item.path), set()).update(place for place in run if place[0] == name)
        cost[str(item.path)] = cost.get(str(item.path), 0) + took
    return sorted((file for file in functions if functions[file]), key=lambda file: cost[file] / len(functions[file]))


def lose_patience_after(seconds: int) -> None:
    """Ends this process when it has worked for so long; what it waits for others does not count."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def passes(item: pytest.Item, after: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, nextitem=after, log=False))


@contextmanager
def watched(names: dict[str, str]) -> Iterator[set[Place]]:
    """The functions of these files that run meanwhile, each by the outermost one around it."""
    run: set[Place] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and (name := names.get(frame.f_code.co_filename)):
            run.add((name, frame.f_code.co_qualname.partition(".<locals>")[0]))

    sys.setprofile(watch)
    try:
        yield run
    finally:
        sys.setprofile(None)


def code_of(code: CodeType, function: str) -> CodeType:
    """The code of the function with that name, in the code of its file."""
    waiting = [code]
    while waiting:
        inner = [const for const in waiting.pop().co_consts if isinstance(const, CodeType)]
        for one in inner:
            if one.co_qualname == function:
                return one
        waiting += inner
    raise LookupError(function)


def function_in(module: object, name: str) -> Any:
    """The function with that name as it is, whatever has been put around it: a property, a memory."""
    found: Any = module
    for part in name.split("."):
        found = vars(found)[part]
    while around := next((each for each in ("__wrapped__", "fget", "func", "__func__") if hasattr(found, each)), None):
        found = getattr(found, around)
    return found
