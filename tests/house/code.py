"""The code of the house as text and as trees, read once for every house test."""

import ast
import subprocess
from functools import cache

from config import ROOT

MADE_BY_TOOLS = ("storefront/migrations/versions/",)


@cache
def files(*ends: str) -> tuple[str, ...]:
    """Every file of the project with one of these endings, tracked or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(sorted(name for name in listed if name.endswith(ends) and (ROOT / name).is_file()))


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def python_files() -> list[str]:
    return [name for name in files(".py") if not name.startswith(MADE_BY_TOOLS)]


def of_the_shop() -> list[str]:
    return [name for name in python_files() if name.startswith(("catalogue/", "storefront/", "config.py"))]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(text(name), name)


@cache
def functions(name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
