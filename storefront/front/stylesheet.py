"""The one stylesheet of every page: the component files of static/css in the order of their layers, joined as they are.
One request instead of fourteen, and no build step; its address carries the hash of its content."""

import gzip
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Response, request, url_for

from config import ROOT
from storefront.front import bp
from storefront.roles import EVERYONE, open_to

FILES = (
    "tokens", "base", "layout", "header", "footer", "button", "form", "card", "table", "report", "drawing", "course", "desk",
    "sign", "photo", "list", "chart", "product", "home", "client", "question", "admin", "import", "practitioner", "recall",
    "care", "print",
)  # fmt: skip
PLACES = [str(ROOT / "static" / "css" / f"{name}.css") for name in FILES]  # put together once, for every page asks


class Sheet(NamedTuple):
    text: bytes
    packed: bytes
    hash: str


def newest() -> int:
    """When a component file was last written, so that the next request sees it."""
    return max(os.stat(place).st_mtime_ns for place in PLACES)


@cache
def joined(_written: int) -> Sheet:
    text = b"\n".join(Path(place).read_bytes() for place in PLACES)
    return Sheet(text, gzip.compress(text, mtime=0), hashlib.sha256(text).hexdigest()[:12])


@bp.app_template_global()
def stylesheet_address() -> str:
    return url_for("front.stylesheet", v=joined(newest()).hash)


@bp.get("/assets/shop.css")
@open_to(EVERYONE)
def stylesheet() -> Response:
    sheet = joined(newest())
    is_packed = request.accept_encodings.quality("gzip") > 0
    answer = Response(sheet.packed if is_packed else sheet.text, mimetype="text/css")
    answer.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    if request.args.get("v") == sheet.hash:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
