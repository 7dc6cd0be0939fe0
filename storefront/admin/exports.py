"""Lists as files: streamed as they are read, so that a long list needs no more memory than a short one. A list of people is
noted in the journal before its first row leaves: whoever takes it has read what is in it."""

from collections.abc import Iterable, Sequence

from flask import Response, abort, render_template, request, stream_with_context

from catalogue import journal
from catalogue.sheet_writing import FORMATS
from storefront import clock
from storefront.admin import bp
from storefront.admin.export_kinds import Export, WorkedOut
from storefront.admin.export_lists import chosen_products, exports, product_columns
from storefront.db import db, transaction
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in


@bp.get("/exports")
@open_to(ADMIN, PRACTITIONER)
def export_index() -> str:
    mine = {name: found for name, found in exports().items() if signed_in().role in found.roles}
    return render_template("admin/exports.html", exports=mine)


@bp.get("/exports/<name>")
@open_to(ADMIN, PRACTITIONER)
def export(name: str) -> Response:
    found = exports().get(name) or abort(404)
    if signed_in().role not in found.roles:
        abort(403)
    media_format = format_asked()
    if found.holds_people:
        note_looks(name, found, media_format)
    return streamed(dated(name), found.titles, found.read(db.session(), request.args))


def note_looks(name: str, found: Export | WorkedOut, media_format: str) -> None:
    """Who took the list; and a line for each whose record is in it, as if it had been read on its page."""
    with transaction():
        session, by, now = db.session(), signed_in(), clock.now()
        journal.note(session, "list exported", "export", name, by, now, format=media_format)
        if found.looks:
            journal.note_each(session, found.looks.subject, found.seen(session, request.args), by, now)


@bp.post("/exports/products")
@open_to(ADMIN, PRACTITIONER)
def export_chosen() -> Response:
    """The products that were ticked; all of the page's form that matters is their SKUs."""
    chosen = chosen_products(request.form.getlist("sku"))
    found = Export("Products", product_columns(), lambda _: chosen)
    return streamed(dated("products"), found.titles, found.read(db.session(), request.args))


def dated(name: str) -> str:
    return f"{name}-{clock.today().isoformat()}"


def streamed(name: str, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    media_type, write = FORMATS[format_asked()]
    answer = Response(stream_with_context(write(titles, rows)), mimetype=media_type)
    # The rows are read on after the request: their connection would be kept until the garbage is swept up.
    answer.call_on_close(db.session().close)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{format_asked()}"'
    return answer


def format_asked() -> str:
    """csv or xlsx; 404 for anything else."""
    asked = request.args.get("format", "csv")
    return asked if asked in FORMATS else abort(404)
