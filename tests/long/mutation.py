"""`make mutants` (`python -m tests.long.mutation [FILE…]`): changes the rules that decide, one thing at a time, and asks the tests
that need no database whether they notice. A survivor is a missing case, or a change without a meaning, which
`tests/cases/mutants.toml` then names with its reason; the score counts it all the same. Fails on a survivor that is not named, a
name that is no survivor any more, and a score below the aim.

Our own and not mutmut, which leaves out decorated functions and classes (its issue 558: our values and properties), nor
cosmic-ray, which starts the tests anew for each change: here a change is put in place in a copy of the process that has them
collected, and only those tests are asked that run the changed function. What stands in no function, or ran already while the
tests were read, is tried once more in a process that reads the changed file anew."""

import os
import pickle
import sys
import tomllib
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

import flask_migrate  # noqa: F401  what the tests import from elsewhere is imported once, then forked
import flask_wtf  # noqa: F401
import pytest
import stripe  # noqa: F401
from hypothesis import HealthCheck, Phase, settings

from tests.bench.figures import Figure
from tests.long.mutants import Mutant, mutants
from tests.long.quickly import Quickly, lose_patience_after

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "tests/cases/mutants.toml"
AIM = 95
# What decides who may buy what; any other file of rules is tried when it is named.
DECIDING = (
    "catalogue/vetting.py",
    "catalogue/specification.py",
    "catalogue/shelf.py",
    "storefront/eligibility/rules.py",
)
ROOMS = ("tests/catalogue", "tests/storefront/eligibility")
PATIENCE = 120  # seconds of work; a change that makes the tests run on and on is noticed
QUIETLY = ("-q", "-n0", "-p", "no:cacheprovider", "-m", "not database and not process and not browser")
UNWRITTEN = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
NOTHING_FOUND = (0, 5)  # 5: no test was chosen


class Changed(SourceFileLoader):
    """Reads one module from a text instead of its file."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.changed = text

    def get_code(self, fullname: str) -> Any:
        return compile(self.changed, self.path, "exec", dont_inherit=True)


class Instead:
    """Finds the changed module where Python looks for the file."""

    def __init__(self, mutant: Mutant) -> None:
        self.path, self.text = ROOT / mutant.name, mutant.text
        self.module = mutant.name.removesuffix(".py").replace("/", ".")

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self.module:
            return None
        loader = Changed(name, str(self.path), self.text)
        return spec_from_file_location(name, self.path, loader=loader)


def apart(task: Callable[[], object]) -> Any:
    """Runs a task in a process of its own, which is quiet; what it gives back, or None when it came to grief."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        with os.fdopen(writing, "wb") as told:
            pickle.dump(task(), told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        given = told.read()
    os.waitpid(child, 0)
    return pickle.loads(given) if given else None


def as_every_time() -> None:
    """The same examples each time, none made smaller: it is enough that one was found."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutation",
        deadline=None,
        derandomize=True,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")


def tried_quickly(found: list[Mutant]) -> tuple[set[int], set[int], dict[str, list[str]]] | str:
    """Which changes the tests do not notice, by place in the list; which of them are open; and for each file its tests' files.
    Else the test that fails without any change."""
    quickly = Quickly(found, ROOT, PATIENCE)
    code = pytest.main([*QUIETLY, *UNWRITTEN, *ROOMS], plugins=[quickly])
    return (quickly.left, quickly.open, quickly.files) if code == 0 else quickly.fails


def is_noticed_anew(mutant: Mutant, files: Iterable[str]) -> bool:
    """Whether the tests fail when the changed file is read from the start."""

    def task() -> int:
        lose_patience_after(PATIENCE)
        sys.meta_path.insert(0, Instead(mutant))  # type: ignore[arg-type]
        return int(pytest.main(["-x", *QUIETLY, *UNWRITTEN, *files]))

    return apart(task) not in NOTHING_FOUND


def survivors(found: list[Mutant]) -> list[Mutant]:
    """The changes that nobody notices. The tests must pass without any."""
    quick = apart(lambda: tried_quickly(found))
    if not isinstance(quick, tuple):
        raise SystemExit(f"the tests fail without any change: {quick or 'when they are read'}")
    left, still_open, files = quick
    told = f"{len(found)} changes: {len(left)} not noticed in place, {len(still_open)} of these are tried anew"
    print(told, file=sys.stderr, flush=True)
    return [
        mutant
        for nth, mutant in enumerate(found)
        if nth in left and not (nth in still_open and is_noticed_anew(mutant, files[mutant.name] or ROOMS))
    ]


def named() -> dict[tuple[str, str, str, str], str]:
    """The survivors that were looked at, each with its reason."""
    told = tomllib.loads(LIST.read_text(encoding="utf-8")).get("survivor", [])
    return {(each["file"], each["function"], each["was"], each["now"]): each["reason"] for each in told}


def is_sound(name: str, count: int, left: list[Mutant], known: dict[tuple[str, str, str, str], str]) -> bool:
    """Prints the score of a file and each survivor that nobody has named; whether there is nothing left to do."""
    alive = {(each.name, each.function, each.was, each.now) for each in left}
    score = Figure(f"mutants_noticed:{name}", 100 * (count - len(left)) / count, "%", AIM, is_more_better=True)
    print(score.line, flush=True)
    unnamed = sorted(alive - known.keys())
    gone = sorted(one for one in known.keys() - alive if one[0] == name)
    for title, each in (("unnoticed, and not named", unnamed), ("named, and no survivor", gone)):
        for _, function, was, now in each:
            print(f"    {title}: {function or 'the file'}: {was}  ->  {now}", flush=True)
    return score.is_met and not unnamed and not gone


def main(names: list[str]) -> int:
    as_every_time()
    known = named()
    found = {name: list(mutants(name, (ROOT / name).read_text(encoding="utf-8"))) for name in names or DECIDING}
    left = survivors([mutant for each in found.values() for mutant in each])
    sound = [
        is_sound(name, len(each), [one for one in left if one.name == name], known) for name, each in found.items()
    ]
    return int(not all(sound))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
