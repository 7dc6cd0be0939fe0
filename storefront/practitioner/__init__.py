"""Pages for the practitioner."""

import re

from flask import Blueprint, abort

bp = Blueprint("practitioner", __name__, url_prefix="/practitioner")
NUMBER = re.compile(r"[A-Z]-[0-9]{1,12}")


@bp.url_value_preprocessor
def known_shape(_endpoint: str | None, values: dict[str, str] | None) -> None:
    """What is no client's number never reaches the database."""
    if values and "number" in values and not NUMBER.fullmatch(values["number"]):
        abort(404)
