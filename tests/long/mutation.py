"""`python -m tests.long.mutation [FILE…]`: changes the rules that decide, one comparison, truth or number at a time, and asks the
tests whether they notice: first those without a database, then those with rows. Works on copies of the tree. Names what nobody
noticed; a survivor is a missing case, or a change without a meaning."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import flask_migrate  # noqa: F401  what the tests import from elsewhere is imported once, then forked
import flask_wtf  # noqa: F401
import pytest
import stripe  # noqa: F401
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[2]
SHELF = "catalogue/shelf.py"
CATALOGUE = ("catalogue/vetting.py", SHELF)
GATE = tuple(sorted(str(path.relative_to(ROOT)) for path in (ROOT / "storefront/eligibility").glob("*rules.py")))
JOBS = int(os.environ.get("JOBS", "2"))
PATIENCE = 120  # seconds; a change that makes the tests hang is noticed
STEPS = ("not database and not process and not browser", "database")
SWAPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip
RENAMED = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One file with one change: where, what it says now, and the whole new text."""

    name: str
    line: int
    told: str
    text: str


def mutants(name: str) -> Iterator[Mutant]:
    """Every change of a file, one at a time; decorators and the first words of a docstring decide nothing."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    left_out = {
        id(part) for node in ast.walk(tree) for top in getattr(node, "decorator_list", ()) for part in ast.walk(top)
    }
    for node in [node for node in ast.walk(tree) if id(node) not in left_out]:
        for holder, field, old, new in changes(node):
            before = ast.unparse(node)
            put(holder, field, new)
            yield Mutant(name, getattr(node, "lineno", 0), f"{before}  ->  {ast.unparse(node)}", ast.unparse(tree))
            put(holder, field, old)


def changes(node: ast.AST) -> Iterator[tuple[object, str | int, object, object]]:
    """Where something is put, what stands there, and what is put in its place."""
    match node:
        case ast.Compare():
            yield from ((node.ops, at, op, SWAPPED[type(op)]()) for at, op in enumerate(node.ops))
        case ast.BoolOp() | ast.BinOp() if type(node.op) in SWAPPED:
            yield node, "op", node.op, SWAPPED[type(node.op)]()
        case ast.UnaryOp(op=ast.Not()):
            yield node, "op", node.op, ast.UAdd()  # +x is x for every truth
        case ast.Constant(value=bool()):
            yield node, "value", node.value, not node.value
        case ast.Constant(value=int()):
            yield node, "value", node.value, node.value + 1
        case ast.Call(func=ast.Name(id=word)) if word in RENAMED:
            yield node.func, "id", word, RENAMED[word]


def put(holder: object, field: str | int, value: object) -> None:
    if isinstance(holder, list):
        holder[int(field)] = value
    else:
        setattr(holder, str(field), value)


def tests_of(name: str) -> list[str]:
    gate = ["tests/storefront/eligibility"]
    return ["tests/catalogue", *(gate if name == SHELF else [])] if name in CATALOGUE else gate


def start(copy: Path, tests: list[str], step: str) -> int:
    """Runs the tests in a copy, in a process of their own, which exits as pytest does."""
    child = os.fork()
    if child:
        return child
    signal.alarm(PATIENCE)
    os.chdir(copy)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    sys.path[0] = str(copy)
    for own in [module for module in sys.modules if module.partition(".")[0] in ("tests", "catalogue", "storefront")]:
        del sys.modules[own]
    settings.register_profile("mutation", deadline=None, derandomize=True)
    settings.load_profile("mutation")
    quietly = ["-x", "-q", "--ff", "-m", step, "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    os._exit(int(pytest.main([*quietly, *tests])))


def survivors(found: list[Mutant], copies: list[Path], step: str) -> list[Mutant]:
    """Those that the tests of this step do not notice, several at a time."""
    waiting, free, under_way, left = list(reversed(found)), list(copies), {}, []
    while waiting or under_way:
        while waiting and free:
            copy, mutant = free.pop(), waiting.pop()
            change(copy, mutant.name, mutant.text)
            under_way[start(copy, tests_of(mutant.name), step)] = copy, mutant
        child, status = os.wait()
        copy, mutant = under_way.pop(child)
        if os.waitstatus_to_exitcode(status) in (0, 5):  # 5: no test of this sort
            left.append(mutant)
        change(copy, mutant.name, (ROOT / mutant.name).read_text(encoding="utf-8"))
        free.append(copy)
    return sorted(left, key=lambda mutant: (mutant.line, mutant.told))


def change(copy: Path, name: str, text: str) -> None:
    """Writes a file anew; what was compiled from the one before must not be taken for it."""
    (copy / name).write_text(text, encoding="utf-8")
    for compiled in (copy / name).parent.glob(f"__pycache__/{Path(name).stem}.*"):
        with suppress(FileNotFoundError):
            compiled.unlink()


def copy_of_tree(place: Path) -> Path:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    return place


def told(name: str, copies: list[Path]) -> str:
    """What the tests notice of a file, and what nobody does. The file unchanged but for its layout must pass all of them."""
    plain = Mutant(name, 0, "", ast.unparse(ast.parse((ROOT / name).read_text(encoding="utf-8"))))
    found = [plain, *mutants(name)]
    without_rows = survivors(found, copies, STEPS[0])
    left = survivors(without_rows, copies, STEPS[1])
    if plain not in left:
        raise SystemExit(f"{name}: its tests fail without any change")
    first, second = len(found) - len(without_rows), len(without_rows) - len(left)
    counts = f"{len(found) - 1} changes: {first} noticed without rows, {second} with them, {len(left) - 1} by nobody"
    return "\n".join([f"{name}: {counts}", *(f"    line {one.line}: {one.told}" for one in left if one is not plain)])


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copies = [copy_of_tree(Path(folder) / str(nth)) for nth in range(JOBS)]
        for name in names or [*CATALOGUE, *GATE]:
            print(told(name, copies), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
