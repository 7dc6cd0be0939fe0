"""Versions of the specification for tests: the shop's own rules with some of them changed, drafted, signed and published."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from catalogue import publishing
from catalogue.specification import Specification, checked, entries, load
from catalogue.specification_text import written
from catalogue.versions import SpecificationVersion
from tests.catalogue.samples import ADMIN, NOW

Change = Callable[[dict[str, Any]], None]
OWN = entries(load().document)


def own_rules() -> dict[str, Any]:
    """The entries of the packaged rules, to be changed at will rule by rule; read from TOML only once."""
    return OWN | {"rule": [dict(rule) for rule in OWN["rule"]]}


def specified(raw: dict[str, Any], name: str) -> Specification:
    """The specification of changed entries. That what is written reads back as the same is tested by itself."""
    return checked(raw, written(raw), name)


def revised(version: str, day: date, **changes: Any) -> str:
    """The packaged rules under another name and day; `R_LEN_01=limit` sets the limit of a rule."""
    raw = own_rules()
    raw["version"], raw["in_force_from"] = version, day
    for name, limit in changes.items():
        next(rule for rule in raw["rule"] if rule["id"] == name.replace("_", "-"))["limit"] = limit
    return written(raw)


def drafted(session: Session, version: str, day: date, now: datetime = NOW, **changes: Any) -> SpecificationVersion:
    return publishing.draft_version(session, revised(version, day, **changes), "A stricter limit.", ADMIN, now)
