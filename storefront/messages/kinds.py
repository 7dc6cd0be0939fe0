"""What kinds of mail there are (`kinds.toml`): whom each reaches, whether it may be sent again, and whether the clinic words it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MailKind:
    """One kind. `again` and `fixed` are the reasons why it is not sent a second time, or not worded by the clinic."""

    code: str
    title: str
    to: str
    again: str = ""
    fixed: str = ""
    private: bool = False


@cache
def kinds() -> dict[str, MailKind]:
    """Every kind by its code, in the order of the file."""
    with (Path(__file__).parent / "kinds.toml").open("rb") as file:
        return {code: MailKind(code, **row) for code, row in tomllib.load(file).items()}
