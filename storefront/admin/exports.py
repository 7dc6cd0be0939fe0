"""Lists as files: streamed as they are read, so that a long list needs no more memory than a short one. A list of people is
noted in the journal before its first row leaves: whoever takes it has read what is in it."""

from collections.abc import Iterator
from typing import Any

from flask import Response, abort, render_template, request, stream_with_context
from sqlalchemy import Select
from sqlalchemy.orm import Session

from catalogue import journal
from catalogue.sheet_writing import FORMATS
from storefront import clock
from storefront.admin import bp
from storefront.admin.export_lists import Export, chosen_products, exports
from storefront.db import db, transaction
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in

ROWS_AT_ONCE = 500


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
    if format_asked() and found.holds_people:
        with transaction():
            journal.note(db.session(), "list exported", "export", name, signed_in(), clock.now(), format=format_asked())
    return streamed(name, found, found.selected(request.args))


@bp.post("/exports/products")
@open_to(ADMIN, PRACTITIONER)
def export_chosen() -> Response:
    """The products that were ticked; all of the page's form that matters is their SKUs."""
    found = exports()["products"]
    of_chosen = Export(found.title, found.columns, lambda _: chosen_products(request.form.getlist("sku")))
    return streamed("products", of_chosen, of_chosen.selected(request.args))


def streamed(name: str, found: Export, selected: Select[Any]) -> Response:
    media_type, write = FORMATS[format_asked()]
    body = write(tuple(found.columns), cells(db.session(), found, selected))
    answer = Response(stream_with_context(body), mimetype=media_type)
    file = f"{name}-{clock.today().isoformat()}.{format_asked()}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def cells(session: Session, found: Export, selected: Select[Any]) -> Iterator[list[object]]:
    for row in session.execute(selected.execution_options(yield_per=ROWS_AT_ONCE)):
        yield found.cells(row)


def format_asked() -> str:
    """csv or xlsx; 404 for anything else."""
    asked = request.args.get("format", "csv")
    return asked if asked in FORMATS else abort(404)
