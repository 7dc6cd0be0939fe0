"""The printed line is what a person or a machine reads: its form, and which side of the aim is the right one."""

import re
import subprocess

import pytest

import config
from tests.bench.figures import Figure

FORM = re.compile(r"[a-z0-9-]+ \d+(\.\d+)? [A-Za-z-]+ \d+(\.\d+)? (met|short)")


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        (Figure("rollers-judged", 12995.1, "per-second", 5000, True), "rollers-judged 12995 per-second 5000 met"),
        (Figure("rollers-judged", 5000, "per-second", 5000, True), "rollers-judged 5000 per-second 5000 met"),
        (Figure("rollers-judged", 4999, "per-second", 5000, True), "rollers-judged 4999 per-second 5000 short"),
        (Figure("search", 12.345, "ms", 30), "search 12.3 ms 30 met"),
        (Figure("search", 30, "ms", 30), "search 30 ms 30 short"),
        (Figure("clients", 0.5, "ms", 5), "clients 0.5 ms 5 met"),
        (Figure("clients", 0.00004, "ms", 5), "clients 0 ms 5 met"),
    ],
)
def test_a_figure_stands_beside_its_aim_in_one_line(figure: Figure, line: str) -> None:
    assert figure.line == line
    assert FORM.fullmatch(figure.line)


def test_make_knows_the_command_and_the_readme_tells_it() -> None:
    told = subprocess.run(["make", "-n", "bench"], cwd=config.ROOT, capture_output=True, text=True, check=True).stdout
    assert "tests.bench" in told
    assert "make bench" in (config.ROOT / "README.md").read_text(encoding="utf-8")
