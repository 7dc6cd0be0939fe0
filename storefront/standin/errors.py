"""Errors in Stripe's shape."""

from typing import Any


class ApiError(Exception):
    """An answer other than 200.

    `began` is false when the request was malformed: no idempotent result is kept of it. `is_kept` says that
    what was written before stays, as a declined card leaves its charge.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        began: bool = True,
        is_kept: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.began = began
        self.is_kept = is_kept
        fields = {"code": code, "message": message, "param": param, "type": kind, **more}
        self.body = {"error": {name: value for name, value in fields.items() if value is not None}}


def wrong(message: str, param: str, code: str | None = None) -> ApiError:
    """A parameter that is refused before the request begins."""
    return ApiError(message, param=param, code=code, began=False)


def unknown(name: str) -> ApiError:
    return wrong(f"Received unknown parameter: {name}", name, "parameter_unknown")


def missing(name: str) -> ApiError:
    return wrong(f"Missing required param: {name}.", name, "parameter_missing")


def no_such(kind: str, id_: str, param: str) -> ApiError:
    noun = kind.replace("checkout.session", "checkout.session").replace("payment_method", "PaymentMethod")
    return ApiError(f"No such {noun}: '{id_}'", status=404, code="resource_missing", param=param)


def wrong_state(intent: dict[str, Any], message: str) -> ApiError:
    return ApiError(message, code="payment_intent_unexpected_state", payment_intent=intent)
