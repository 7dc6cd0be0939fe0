"""How a kept file leaves the shop: as what it is, in a box of its own where nothing in it can run, and kept by no browser."""

from io import BytesIO

from flask import Response, send_file

BOX = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def hand_out(content: bytes, media_type: str, name: str, is_saved: bool = True) -> Response:
    """The file, to be saved; or, when it is a picture of ours, to be seen in the page."""
    answer = send_file(BytesIO(content), mimetype=media_type, as_attachment=is_saved, download_name=name)
    answer.headers["Content-Security-Policy"] = BOX
    answer.headers["Cache-Control"] = "no-store"
    return answer
