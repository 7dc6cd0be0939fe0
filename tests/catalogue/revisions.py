"""Versions of the specification for tests: the shop's own rules with some of them changed, drafted, signed and published."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from catalogue import publishing
from catalogue.specification import entries, load
from catalogue.specification_text import written
from catalogue.versions import SpecificationVersion
from tests.catalogue.samples import ADMIN, NOW

Change = Callable[[dict[str, Any]], None]


def revised(version: str, day: date, **changes: Any) -> str:
    """The packaged rules under another name and day; `R_LEN_01=limit` sets the limit of a rule."""
    raw = entries(load().document)
    raw["version"], raw["in_force_from"] = version, day
    for name, limit in changes.items():
        next(rule for rule in raw["rule"] if rule["id"] == name.replace("_", "-"))["limit"] = limit
    return written(raw)


def drafted(session: Session, version: str, day: date, now: datetime = NOW, **changes: Any) -> SpecificationVersion:
    return publishing.draft_version(session, revised(version, day, **changes), "A stricter limit.", ADMIN, now)
