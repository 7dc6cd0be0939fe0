"""Pages for the practitioner."""

import re

from flask import Blueprint, abort, request
from sqlalchemy import select

from catalogue.verdicts import Refused
from storefront import roles
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.roles import PRACTITIONER

bp = Blueprint("practitioner", __name__, url_prefix="/practitioner")
NUMBER = re.compile(r"[A-Z]-[0-9]{1,12}")


@bp.url_value_preprocessor
def known_shape(_endpoint: str | None, values: dict[str, str] | None) -> None:
    """What is no client's number never reaches the database."""
    if values and "number" in values and not NUMBER.fullmatch(values["number"]):
        abort(404)


@bp.before_request
def only_where_it_counts() -> None:
    """A record that was merged is read and no more: whatever is done, is done on the one that was kept. Refuses (409)."""
    number, who = (request.view_args or {}).get("number"), roles.person()
    if number is None or request.method != "POST" or who is None or who.role != PRACTITIONER:
        return
    kept = select(Client.number).where(
        Client.id == select(Client.kept_as_id).where(Client.number == number).scalar_subquery()
    )
    if instead := db.session.scalar(kept):
        text = f"{number} was merged into {instead}, and is kept to be read."
        raise Refused.because("record-merged", text, "nobody", f"Do it on {instead}.")
