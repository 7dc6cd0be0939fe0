"""A row of a supplier's file put right on the page: its cells as they came, each with what is wrong with it, typed anew and judged
again at a press."""

from functools import lru_cache
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, TextAreaField
from wtforms.validators import Length

from catalogue import columns, corrections, supplier_files
from catalogue.columns import Plan
from catalogue.entries import Fault
from catalogue.sheets import LONGEST_CELL, address, words
from catalogue.supplier_files import ImportFile, ImportRow
from storefront import clock
from storefront.admin import bp
from storefront.admin.imports import asked_today, file_or_404
from storefront.db import db, transaction
from storefront.plain_text import trimmed
from storefront.roles import ADMIN, open_to, signed_in

LONG = 60  # characters: more need a field of several lines


class CorrectionForm(FlaskForm):
    """A field for each column that states anything, under the name of its place."""

    was = HiddenField()
    places: tuple[int, ...] = ()

    def cell(self, place: int) -> Field:
        return self[f"cell_{place}"]

    @property
    def cells(self) -> list[Field]:
        return [self.cell(place) for place in self.places]

    @property
    def typed(self) -> dict[int, str]:
        return {place: self.cell(place).data or "" for place in self.places}

    def blame(self, faults: list[Fault], number: int) -> list[Fault]:
        """Puts each fault beside its cell; those of the row as a whole are left."""
        at = {address(place, number): self.cell(place) for place in self.places}
        for fault in faults:
            if fault.cell in at:
                field = at[fault.cell]
                field.errors = [*field.errors, fault.text]
        return [fault for fault in faults if fault.cell not in at]


@bp.get("/imports/<reference>/rows/<int:nth>")
@open_to(ADMIN)
def import_row(reference: str, nth: int) -> str:
    file = file_or_404(reference)
    row = row_or_404(file, nth)
    form = correction_form(file, row)
    return row_page(file, row, form, form.blame([Fault(*reason) for reason in row.reasons], nth))


@bp.post("/imports/<reference>/rows/<int:nth>")
@open_to(ADMIN)
def correct_import_row(reference: str, nth: int) -> Response | tuple[str, int]:
    """Judges the row as it was typed; what is still wrong with it is told, and then nothing of it is kept."""
    file = file_or_404(reference)
    row = row_or_404(file, nth)
    form = correction_form(file, row)
    if not form.validate_on_submit():
        return row_page(file, row, form, []), 422
    with transaction():
        session, was = db.session(), form.was.data or ""
        faults = corrections.correct_row(session, file, row, form.typed, was, signed_in(), clock.now())
    if faults:
        return row_page(file, row, form, form.blame(faults, nth)), 422
    db.session.refresh(row)
    told = "the same as what there is" if row.state == "same" else f"{row.state}, and waits for your press"
    flash(f"Row {nth} is {told}.")
    left = supplier_files.counts_of(db.session(), file)
    state = next((state for state in ("refused", "failed") if left[state]), None)
    return redirect(url_for("admin.import_file", reference=reference, state=state), 303)


def row_or_404(file: ImportFile, number: int) -> ImportRow:
    found = select(ImportRow).where(ImportRow.import_id == file.id, ImportRow.number == number)
    row = db.session.scalar(found.where(ImportRow.state.in_(corrections.CORRECTABLE)))
    return row if row is not None and file.sha256 else abort(404)


def row_page(file: ImportFile, row: ImportRow, form: CorrectionForm, faults: list[Fault]) -> str:
    return render_template("admin/import_row.html", file=file, row=row, form=form, faults=faults)


def correction_form(file: ImportFile, row: ImportRow) -> CorrectionForm:
    """The row's cells as they are, or what was sent."""
    plan, cells = columns.from_json(file.plan), row.line.cells
    told = {f"cell_{place}": words(cells[place] if place < len(cells) else None) for place in plan.places.values()}
    form: CorrectionForm = _form_class(plan)(data=told | {"was": corrections.stamp_of(row)})
    asked = asked_today()
    for place in form.places:
        column, field = plan.columns[place], form.cell(place)
        unit = column.unit or columns.unit_of(column.target, asked)
        stated = columns.in_words(column.target) + (f", in {unit}" if unit and unit != "count" else "")
        field.description = f"{address(place, row.number)} · {stated}"
        field.render_kw = {"rows": 1 + min(len(field.data or "") // LONG, 5)}
    return form


@lru_cache(maxsize=64)
def _form_class(plan: Plan) -> type[CorrectionForm]:
    places = tuple(sorted(plan.places.values()))
    longest = Length(max=LONGEST_CELL)
    fields: dict[str, Any] = {
        f"cell_{place}": TextAreaField(plan.columns[place].header, [longest], filters=[trimmed]) for place in places
    }
    return type("CorrectionFormOfPlan", (CorrectionForm,), fields | {"places": places})
