"""One spelling for values that are hashed or kept as JSON: numbers stay exact, equal facts hash alike."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal


def plain(value: object) -> object:
    """The value in JSON's own types; a decimal becomes {"decimal": "0.20"}, a date its ISO form."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def restored(value: object) -> object:
    """The inverse of `plain` for facts: lists come back as tuples, decimals as Decimal."""
    if isinstance(value, dict):
        if value.keys() == {"decimal"}:
            return Decimal(str(value["decimal"]))
        return {key: restored(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(restored(item) for item in value)
    return value


def settled(value: object) -> object:
    """The value with every number in its shortest form, so that 0.20 and 0.2, or 6.0 and 6, are the same."""
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        return int(whole) if whole == value else value.normalize()
    if isinstance(value, Mapping):
        return {key: settled(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [settled(item) for item in value]
    return value


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no spaces and settled numbers: equal values give equal text."""
    return json.dumps(plain(settled(value)), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(value: object) -> str:
    """The SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
