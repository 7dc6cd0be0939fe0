"""Whether the shop is well, for monitors and the start of the demo: what runs, whether its database answers, and when the
worker was last at work."""

from datetime import datetime

from flask import Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

import storefront
from storefront import clock
from storefront.api import bp
from storefront.db import db
from storefront.errors import RETRY_SECONDS
from storefront.messages.actions import last_beat
from storefront.orders import gate
from storefront.roles import EVERYONE, open_to


@bp.get("/health")
@open_to(EVERYONE)
def health() -> Response:
    try:
        beat, version, is_up = last_beat(), gate.rules_on(clock.today()).version, True
    except SQLAlchemyError:
        db.session.rollback()
        beat, version, is_up = None, None, False
    answer = jsonify(told(is_up, beat, version))
    if not is_up:
        answer.status_code = 503
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def told(is_up: bool, beat: datetime | None, version: str | None) -> dict[str, str | None]:
    return {
        "status": "ok" if is_up else "down",
        "version": storefront.__version__,
        "database": "ok" if is_up else "down",
        "worker_last_beat": beat.isoformat(timespec="seconds") if beat else None,
        "specification": version,
    }
