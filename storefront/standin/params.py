"""Which parameters are understood, on which path: Stripe's own names. A test holds them to the SDK's types.

`read_form` unfolds `a[b][0]=c`; `checked` refuses what is unknown, missing or malformed, as Stripe does.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from storefront.standin.errors import ApiError, missing, unknown, wrong

Shape = dict[str, Any]
PART = re.compile(r"\[([^\[\]]*)\]")
BIGGEST = 99_999_999
"""Stripe refuses amounts of more than eight digits."""


def text(name: str, value: str) -> str:
    if len(value) > 5000:
        raise wrong(f"Invalid string: {value[:10]}…; must be at most 5000 characters", name)
    return value


def integer(name: str, value: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise wrong(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    return int(value)


def amount(name: str, value: str) -> int:
    minor = integer(name, value)
    if minor < 1:
        raise wrong("This value must be greater than or equal to 1.", name, "parameter_invalid_integer")
    if minor > BIGGEST:
        raise wrong("Amount must be no more than 999,999.99", name, "amount_too_large")
    return minor


def amount_or_none(name: str, value: str) -> int:
    return 0 if value == "0" else amount(name, value)


def flag(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise wrong(f"Invalid boolean: {value}", name)
    return value == "true"


def currency(name: str, value: str) -> str:
    if value.lower() not in ("gbp", "eur", "usd"):
        raise wrong(f"Invalid currency: {value}.", name)
    return value.lower()


def address(name: str, value: str) -> str:
    if not re.match(r"https?://[^/\s]", value):
        raise wrong("Not a valid URL", name, "url_invalid")
    return value


def one_of(*words: str) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value not in words:
            raise wrong(f"Invalid {name}: must be one of {', '.join(words)}", name)
        return value

    return read


class Must:
    """A parameter that has to be given."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


MAPPING = object()
METADATA = {"metadata": MAPPING}
EXPAND: Shape = {"expand": [text]}
SPAN: Shape = {"created": {"gt": integer, "gte": integer, "lt": integer, "lte": integer}}
PAGE: Shape = {**EXPAND, "limit": integer, "starting_after": text, "ending_before": text}

PRICE = {
    "currency": Must(currency),
    "unit_amount": Must(amount_or_none),
    "product_data": Must({"name": Must(text), "description": text}),
}
HELD = {"capture_method": one_of("automatic", "automatic_async", "manual")}
ABOUT = {**METADATA, "description": text, "receipt_email": text, "statement_descriptor_suffix": text}
REUSE = {"setup_future_usage": one_of("on_session", "off_session")}
REDISPLAY = one_of("always", "limited", "unspecified")

SESSION_CREATE: Shape = {
    **EXPAND,
    **METADATA,
    "mode": Must(one_of("payment")),
    "success_url": Must(address),
    "cancel_url": address,
    "line_items": Must([{"price_data": Must(PRICE), "quantity": Must(amount)}]),
    "client_reference_id": text,
    "customer": text,
    "customer_email": text,
    "expires_at": integer,
    "locale": text,
    "payment_intent_data": {**ABOUT, **HELD, **REUSE},
    "allowed_payment_method_types": [one_of("card")],
    "saved_payment_method_options": {
        "allow_redisplay_filters": [REDISPLAY],
        "payment_method_save": one_of("enabled", "disabled"),
    },
    "submit_type": one_of("auto", "book", "donate", "pay"),
}
SESSION_LIST: Shape = {
    **PAGE,
    **SPAN,
    "customer": text,
    "payment_intent": text,
    "status": one_of("open", "complete", "expired"),
}
INTENT_CREATE: Shape = {
    **EXPAND,
    **ABOUT,
    **HELD,
    **REUSE,
    "amount": Must(amount),
    "currency": Must(currency),
    "confirm": flag,
    "customer": text,
    "payment_method": text,
    "allowed_payment_method_types": [one_of("card")],
    "return_url": address,
}
INTENT_CONFIRM: Shape = {**EXPAND, "payment_method": text, "return_url": address}
INTENT_CAPTURE: Shape = {**EXPAND, **METADATA, "amount_to_capture": amount}
INTENT_CANCEL: Shape = {
    **EXPAND,
    "cancellation_reason": one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
}
INTENT_LIST: Shape = {**PAGE, **SPAN, "customer": text}
CHARGE_LIST: Shape = {**PAGE, **SPAN, "customer": text, "payment_intent": text}
REFUND_CREATE: Shape = {
    **EXPAND,
    **METADATA,
    "amount": amount,
    "charge": text,
    "payment_intent": text,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
}
REFUND_LIST: Shape = {**PAGE, **SPAN, "charge": text, "payment_intent": text}
DISPUTE_LIST: Shape = {**PAGE, **SPAN, "charge": text, "payment_intent": text}
DISPUTE_UPDATE: Shape = {**EXPAND, **METADATA, "evidence": {"uncategorized_text": text}, "submit": flag}
CUSTOMER_CREATE: Shape = {**EXPAND, **METADATA, "email": text, "name": text, "description": text}
CUSTOMER_LIST: Shape = {**PAGE, **SPAN, "email": text}
METHOD_LIST: Shape = {**PAGE, "type": one_of("card"), "allow_redisplay": REDISPLAY}
EVENT_LIST: Shape = {**PAGE, **SPAN, "delivery_success": flag, "type": text, "types": [text]}


def read_form(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0][c]=d` as nested dictionaries; a list is a dictionary of its positions until it is checked."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, _, _ = name.partition("[")
        path = [head, *PART.findall(name[len(head) :])]
        at = tree
        for part in path[:-1]:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise ApiError("Invalid object", param=head, began=False)
        last = path[-1] or str(len(at))
        at[last] = value
    return tree


GONE = "payment_method_types"
"""Taken away with Stripe's API of 2026-09-30, which has a code of its own for it."""


def checked(given: Any, shape: Any, name: str = "") -> Any:
    """The parameters as values. Refuses when one is unknown, missing or malformed."""
    if isinstance(shape, Must):
        return checked(given, shape.shape, name)
    if callable(shape):
        if not isinstance(given, str):
            raise wrong("Invalid string", name)
        return shape(name, given)
    if shape is MAPPING:
        return _mapping(given, name)
    if not isinstance(given, dict):
        raise wrong("Invalid array" if isinstance(shape, list) else "Invalid object", name)
    if isinstance(shape, list):
        return [checked(given[key], shape[0], f"{name}[{key}]") for key in sorted(given, key=_position)]
    return _fields(given, shape, name)


def _fields(given: dict[str, Any], shape: Shape, name: str) -> dict[str, Any]:
    def full(field: str) -> str:
        return f"{name}[{field}]" if name else field

    for field in given:
        if field == GONE and f"allowed_{GONE}" in shape:
            raise wrong(f"The {GONE} parameter is no longer supported.", field, f"{GONE}_no_longer_supported")
        if field not in shape:
            raise unknown(full(field))
    for field, wanted in shape.items():
        if isinstance(wanted, Must) and given.get(field) in (None, ""):
            raise missing(full(field))
    return {field: checked(value, shape[field], full(field)) for field, value in given.items()}


def _mapping(given: Any, name: str) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise wrong("Invalid object", name)
    if len(given) > 50 or any(len(key) > 40 or len(value) > 500 for key, value in given.items()):
        raise wrong("Metadata can have up to 50 keys, of 40 characters each, with values of 500 characters.", name)
    return {key: value for key, value in given.items() if value != ""}


def _position(key: str) -> int:
    return int(key) if key.isascii() and key.isdigit() and len(key) < 9 else 0
