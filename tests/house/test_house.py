"""What the house keeps to: who commits, who knows Stripe, how long things may be, which words it does not use."""

import ast
import re
import subprocess

import pytest

import config
from tests.house import code

LONGEST_FUNCTION = 40
LONGEST_FILE = 300
# Words that say nothing of what a thing is.
EMPTY_WORDS = {"manager", "service", "helper", "helpers", "util", "utils", "handler", "processor", "data", "info"}
SQLALCHEMYS = {"process_bind_param", "process_result_value"}
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error", "coming " + "soon", "lorem " + "ipsum")
# Places and tools that are nobody's business who reads the project.
ELSEWHERE = ("/" + "work/", "/" + "tmp/", "index" + "-url", "find" + "-links", "bash_" + "jobs")
LEFT_OUT = "mark." + "skip|mark." + "xfail|pytest." + "skip|pytest." + "xfail|import" + "orskip|unittest." + "mock"


def test_only_the_database_page_commits() -> None:
    shop = [name for name in code.of_the_shop() if "/standin/" not in name]
    assert [name for name in shop if ".commit(" in code.text(name)] == ["storefront/db.py"]


def test_only_one_file_knows_stripe() -> None:
    found = [name for name in code.of_the_shop() if re.search(r"^\s*(import|from) stripe\b", code.text(name), re.M)]
    assert found == ["storefront/payments/stripe_api.py"]


@pytest.mark.parametrize("name", code.python_files())
def test_no_file_and_no_function_is_too_long(name: str) -> None:
    assert len(code.text(name).splitlines()) <= LONGEST_FILE
    long = [one.name for one in code.functions(name) if (one.end_lineno or 0) - one.lineno + 1 > LONGEST_FUNCTION]
    assert long == []


def test_every_module_says_what_it_holds() -> None:
    assert [name for name in code.python_files() if not ast.get_docstring(code.tree(name))] == []


def test_every_function_of_the_shop_says_what_it_takes_and_gives() -> None:
    bare = []
    for name in code.of_the_shop():
        for one in code.functions(name):
            given = [*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs]
            untold = [arg for arg in given if arg.annotation is None and arg.arg not in ("self", "cls")]
            if one.returns is None or untold:
                bare.append(f"{name}:{one.lineno} {one.name}")
    assert bare == []


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_names_come_from_the_field() -> None:
    empty = []
    for name in code.of_the_shop():
        defined = [node.name for node in ast.walk(code.tree(name)) if isinstance(node, ast.ClassDef)]
        defined += [one.name for one in code.functions(name) if one.name not in SQLALCHEMYS]
        for one in [name.removesuffix(".py"), *defined]:
            if words_of(one) & EMPTY_WORDS or one.startswith(("do_", "process_")):
                empty.append(f"{name}: {one}")
    assert empty == []


@pytest.mark.parametrize("words", [UNFINISHED, ELSEWHERE], ids=["unfinished", "elsewhere"])
def test_nothing_is_left_unfinished_or_tied_to_one_place(words: tuple[str, ...]) -> None:
    written = code.files(".py", ".html", ".txt", ".css", ".js", ".toml", ".md", ".in", ".lock", "Makefile", ".ci/run")
    own = [name for name in written if "vendor/" not in name]
    found = [f"{name}: {word}" for word in words for name in own if re.search(rf"(?<!\w){word}(?!\w)", code.text(name))]
    assert found == []


def test_the_environment_is_not_in_the_repository() -> None:
    """A link that is tracked would replace the environment of everybody who pulls it."""
    listed = subprocess.run(
        ["git", "ls-files", "-s"], cwd=config.ROOT, capture_output=True, text=True, check=True
    ).stdout
    links = [line for line in listed.splitlines() if line.startswith("120000") or line.endswith("\t.venv")]
    assert links == []


def test_no_test_is_left_out() -> None:
    tests = [name for name in code.python_files() if name.startswith("tests/")]
    assert [name for name in tests if re.search(LEFT_OUT, code.text(name))] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_index_and_no_path(name: str) -> None:
    lock = code.text(name)
    assert "://" not in lock
    assert re.search(r"(^|\s)[./~]", lock) is None
    pinned = re.findall(r"^[a-z0-9.-]+==\S+ .*\\$", lock, re.M)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", lock, re.M)) > 10
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_the_tests_use_the_versions_that_the_shop_runs_on() -> None:
    runtime = set(re.findall(r"^(\S+==\S+)", code.text("requirements.lock"), re.M))
    assert runtime <= set(re.findall(r"^(\S+==\S+)", code.text("requirements-dev.lock"), re.M))


# Verbs of a lower room whose effects reach orders: only the room of the orders may call them, and stops what they allowed.
REACHING_UP = {
    *("withdraw_approval", "grant_approval", "take_back_decision", "report_reaction"),
    *("answer_screening", "add_allergy", "read_allergy"),
    *("hold_batch", "recall_batch", "void_vetting", "record_vetting", "enter_dossier", "sign_version"),
    *("record_treatment", "correct_treatment", "decide_gap", "take_over_course"),
}


def lower_calls(name: str) -> list[str]:
    """The verbs above that a file takes from a room below the orders, by name or through the module."""
    modules, taken = {}, []
    for node in ast.walk(code.tree(name)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("catalogue", "storefront.eligibility")):
            modules |= {alias.asname or alias.name: node.module for alias in node.names}
            taken += [alias.name for alias in node.names if alias.name in REACHING_UP]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in REACHING_UP:
            taken += [node.attr] if node.value.id in modules else []
    return taken


def test_what_reaches_orders_is_called_where_orders_are_stopped() -> None:
    # The demo clinic is furnished before it has any order.
    own = ("catalogue/", "storefront/eligibility/", "storefront/orders/stopping.py", "storefront/demo/")
    found = {name: lower_calls(name) for name in code.of_the_shop() if not name.startswith(own)}
    assert {name: verbs for name, verbs in found.items() if verbs} == {}
    assert set(lower_calls("storefront/orders/stopping.py")) == REACHING_UP


@pytest.mark.parametrize("part", ["test-pure", "test-house", "test-sqlite", "test-postgres", "test-browser"])
def test_each_part_of_the_tests_is_counted_by_its_own_report(part: str) -> None:
    told = subprocess.run(["make", "-n", part], cwd=config.ROOT, capture_output=True, text=True, check=True).stdout
    assert f"--junitxml=build/{part}.xml" in told
