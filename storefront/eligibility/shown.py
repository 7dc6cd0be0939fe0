"""What of a client's record was on the screen when somebody decided: one hash of all its rows, so that the signature says what
it was made of, and who decides on a record that changed meanwhile is shown the change first."""

import hashlib
import json
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import RelationshipDirection

from storefront.eligibility.models import Client


def shown_hash(client: Client) -> str:
    """SHA-256 of every row that is loaded with the record (`records.RECORD`), by its columns."""
    told = json.dumps(_rows_of(client), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _rows_of(row: Any) -> dict[str, Any]:
    """A row as its values and, below the name of each relationship that is loaded, the rows that belong to it."""
    state = inspect(row)
    told = {column.key: getattr(row, column.key) for column in state.mapper.column_attrs}
    belonging = {
        each.key for each in state.mapper.relationships if each.direction is not RelationshipDirection.MANYTOONE
    }
    for name in sorted(belonging - state.unloaded):
        below = getattr(row, name)
        many = below if isinstance(below, list) else [below] if below is not None else []
        told[f"{name}:"] = sorted(
            (_rows_of(each) for each in many), key=lambda each: str(sorted(each.items(), key=str))
        )
    return told
