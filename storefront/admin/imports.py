"""Suppliers' files: sent, their columns said, each row looked at before anything is written, then imported as drafts while the
page tells how far it is. The market sample goes the same way and stays outside."""

from collections.abc import Iterator

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from catalogue import columns, dry_run, supplier_files
from catalogue.csv_sheets import ENCODINGS
from catalogue.sheets import Glance, SheetError, glance, words
from catalogue.supplier_files import ImportFile, ImportRow, Supplier
from storefront import clock
from storefront.admin import bp
from storefront.admin.export_kinds import ROWS_AT_ONCE
from storefront.admin.exports import streamed
from storefront.admin.forms import content_of
from storefront.admin.import_forms import ColumnsForm, FileForm, columns_form
from storefront.admin.import_rows import on_sale_of, progress, rows_of, shown_rows
from storefront.db import db, transaction
from storefront.errors import wants_json
from storefront.plain_text import one_line
from storefront.roles import ADMIN, open_to, signed_in

PER_PAGE = 30
Answer = Response | str | tuple[str, int]


@bp.get("/imports")
@open_to(ADMIN)
def imports() -> str:
    found = select(ImportFile).options(joinedload(ImportFile.supplier)).order_by(ImportFile.id.desc())
    page = db.paginate(found, per_page=PER_PAGE, max_per_page=PER_PAGE)
    counts: dict[int, dict[str, int]] = {file.id: {} for file in page.items}
    counted = select(ImportRow.import_id, ImportRow.state, func.count()).where(ImportRow.import_id.in_(counts))
    for file_id, state, count in db.session.execute(counted.group_by(ImportRow.import_id, ImportRow.state)):
        counts[file_id][state] = count
    return render_template("admin/imports.html", page=page, counts=counts)


@bp.get("/imports/new")
@open_to(ADMIN)
def new_import() -> str:
    return new_page(FileForm())


@bp.post("/imports")
@open_to(ADMIN)
def receive_import() -> Answer:
    form = FileForm()
    if not form.validate_on_submit() or form.seen is None:
        return new_page(form), 422
    sheet, now = form.sheet.data, clock.now()
    with transaction():
        supplier = supplier_files.supplier_named(db.session(), form.supplier.data or "", now)
        content, name = content_of(sheet), one_line(sheet.filename) or "sheet"
        file = supplier_files.receive_file(db.session(), supplier, name, content, form.seen, signed_in(), now)
    return redirect(url_for("admin.import_columns", reference=file.reference), 303)


def new_page(form: FileForm) -> str:
    names = db.session.scalars(select(Supplier.name).where(Supplier.name != dry_run.MARKET).order_by(Supplier.name))
    return render_template("admin/import_new.html", form=form, suppliers=names.all())


@bp.post("/imports/market-sample")
@open_to(ADMIN)
def take_market_sample() -> Response:
    with transaction():
        file = dry_run.take_market_sample(db.session(), signed_in(), clock.today(), clock.now())
    return redirect(url_for("admin.import_file", reference=file.reference), 303)


@bp.get("/imports/<reference>/columns")
@open_to(ADMIN)
def import_columns(reference: str) -> str:
    file = file_or_404(reference)
    return columns_page(file, columns_form(columns.from_json(file.plan), asked_today()), seen_of(file))


@bp.post("/imports/<reference>/columns")
@open_to(ADMIN)
def map_columns(reference: str) -> Answer:
    """Keeps what each column states and has the file read; in other letters than before, it is shown again first."""
    file = file_or_404(reference)
    plan = columns.from_json(file.plan)
    form = columns_form(plan, asked_today())
    if plan.encoding and form.encoding.data != plan.encoding and form.encoding.data in ENCODINGS:
        return read_again(file, form)
    if not form.validate_on_submit():
        return columns_page(file, form, seen_of(file)), 422
    said = form.plan(tuple(column.header for column in plan.columns))
    with transaction():
        supplier_files.plan_columns(db.session(), file, said, signed_in(), clock.now())
    return redirect(url_for("admin.import_file", reference=reference), 303)


def read_again(file: ImportFile, form: ColumnsForm) -> Answer:
    """The head of the file in the letters that a person chose."""
    try:
        seen = glance(supplier_files.content_of(db.session(), file), form.encoding.data or "")
    except SheetError as error:
        form.encoding.errors = [str(error)]
        return columns_page(file, form, seen_of(file)), 422
    with transaction():
        supplier_files.read_again(db.session(), file, seen, clock.today())
    return redirect(url_for("admin.import_columns", reference=file.reference), 303)


def columns_page(file: ImportFile, form: ColumnsForm, seen: Glance) -> str:
    samples = [
        [words(line.cells[place]) for line in seen.sample if place < len(line.cells) and line.cells[place] is not None]
        for place in range(len(seen.header))
    ]
    rows = zip(seen.header, samples, form.columns, strict=True)
    told = {"is_csv": bool(seen.encoding), "corrected": supplier_files.corrected_rows(db.session(), file)}
    return render_template("admin/import_columns.html", file=file, form=form, rows=list(rows), **told)


def seen_of(file: ImportFile) -> Glance:
    if file.sha256 is None:
        abort(404)
    return glance(supplier_files.content_of(db.session(), file), columns.from_json(file.plan).encoding)


@bp.get("/imports/<reference>")
@open_to(ADMIN)
def import_file(reference: str) -> Answer:
    file = file_or_404(reference)
    counts = supplier_files.counts_of(db.session(), file)
    if wants_json():
        return jsonify(progress(file, counts))
    state = request.args.get("state", "")
    page = db.paginate(rows_of(file, state), per_page=PER_PAGE, max_per_page=PER_PAGE)
    told = {"counts": counts, "progress": progress(file, counts), "state": state, "on_sale": on_sale_of(file)}
    rows = shown_rows(file, page.items, clock.today())
    return render_template("admin/import_file.html", file=file, page=page, rows=rows, **told)


@bp.post("/imports/<reference>/run")
@open_to(ADMIN)
def run_import(reference: str) -> Response:
    """Has the new and changed rows entered as drafts, in the name of who pressed."""
    with transaction():
        supplier_files.start_import(db.session(), file_or_404(reference), signed_in(), clock.now())
    return redirect(url_for("admin.import_file", reference=reference), 303)


@bp.post("/imports/<reference>/retry")
@open_to(ADMIN)
def retry_import(reference: str) -> Response:
    with transaction():
        count = supplier_files.retry_failed(db.session(), file_or_404(reference), signed_in(), clock.now())
    flash(f"Importing {count} {'row' if count == 1 else 'rows'} that {'was' if count == 1 else 'were'} left.")
    return redirect(url_for("admin.import_file", reference=reference), 303)


@bp.get("/imports/<reference>/refused")
@open_to(ADMIN)
def refused_rows(reference: str) -> Response:
    """The rows that were not taken, as they came, each with its reasons: to be corrected and sent again. What begins like a
    formula stays text."""
    file = file_or_404(reference)
    headers = [column.header for column in columns.from_json(file.plan).columns]
    titles = (*headers, "Row", "Why it was refused")
    return streamed(f"{file.reference}-refused", titles, refused_cells(file, len(headers)))


def refused_cells(file: ImportFile, width: int) -> Iterator[list[str]]:
    wanted = rows_of(file, "").where(ImportRow.state.in_(("refused", "failed")))
    for row in db.session.scalars(wanted.execution_options(yield_per=ROWS_AT_ONCE)):
        texts = [words(cell) for cell in row.line.cells] + [""] * width
        why = " ".join(f"{cell}: {text}" if cell else text for cell, text in row.reasons)
        yield [*texts[:width], str(row.number), why]


def asked_today() -> columns.Asked:
    return columns.asked_on(db.session(), clock.today())


def file_or_404(reference: str) -> ImportFile:
    found = select(ImportFile).where(ImportFile.reference == reference).options(joinedload(ImportFile.supplier))
    return db.session.scalar(found) or abort(404)
