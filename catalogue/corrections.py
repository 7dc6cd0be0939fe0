"""A row of a supplier's file put right by a person: its cells typed anew and judged again. What a person typed is entered in that
person's name, whoever presses "import", so that nobody signs what they wrote themselves."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue import columns, journal
from catalogue.dry_run import compare_entry, kept_cells, products_of
from catalogue.entries import Entry, Fault, read_entry
from catalogue.journal import Who
from catalogue.sheets import Cell, Line, words
from catalogue.supplier_files import ImportFile, ImportRow, hold_still
from catalogue.verdicts import Refused, Stale

CORRECTABLE = ("new", "changed", "refused", "failed")  # what is imported, or the same, needs nothing


def stamp_of(row: ImportRow) -> str:
    """What a form says of the row that it was opened for."""
    return hashlib.sha256(f"{row.state} {row.cells}".encode()).hexdigest()[:20]


def correct_row(
    session: Session, file: ImportFile, row: ImportRow, typed: Mapping[int, str], was: str, by: Who, now: datetime
) -> list[Fault]:
    """Puts these texts in the place of the row's cells and compares it with the products as they are now; what still speaks
    against it, and then nothing is kept. Refuses (Stale) while the file is on its way, and when somebody else was here."""
    if by.id is None:
        raise Refused.because("import", "A row is corrected by a person.")
    hold_still(session, file)
    line = Line(row.number, corrected(row.line.cells, typed))
    asked = columns.asked_on(session, now.date())
    entry = read_entry(line, columns.from_json(file.plan), asked)
    _refuse_twin(session, file, entry)
    told = compare_entry(entry, products_of(session, [entry.sku]).get(entry.sku), by, asked)
    if told["state"] == "refused":
        return [Fault(*reason) for reason in json.loads(told["told"])["reasons"]]
    kept = {"sku": entry.sku[:40], "cells": kept_cells(line)} | told
    signed = {"corrected_by_id": by.id, "corrected_by_name": by.name, "corrected_at": now}
    same = (ImportRow.id == row.id, ImportRow.state.in_(CORRECTABLE), ImportRow.cells == row.cells)
    is_as_seen = was == stamp_of(row)
    changed = session.execute(update(ImportRow).where(*same).values(**kept, **signed))
    if not is_as_seen or not changed.rowcount:  # type: ignore[attr-defined]
        raise Stale.because("changed-meanwhile", "Somebody was at this row meanwhile.", "you", "Open it again.")
    journal.note(session, "row corrected", "import", file.reference, by, now, row=row.number)
    return []


def corrected(cells: tuple[Cell, ...], typed: Mapping[int, str]) -> tuple[Cell, ...]:
    """The cells with what was typed; one that was not touched stays the number or the day that it was."""
    found = list(cells) + [None] * (max(typed, default=-1) + 1 - len(cells))
    for place, text in typed.items():
        if text.strip() != words(found[place]).replace("\r\n", "\n").strip():
            found[place] = text.strip() or None
    return tuple(found)


def _refuse_twin(session: Session, file: ImportFile, entry: Entry) -> None:
    """Two rows may be refused under one SKU; only one of them can be put right."""
    twin = select(ImportRow.number).where(ImportRow.import_id == file.id, ImportRow.number != entry.number)
    taken = twin.where(ImportRow.sku == entry.sku, ImportRow.state != "refused").limit(1)
    if entry.sku and (number := session.scalar(taken)):
        entry.faults.append(
            Fault(entry.cell_of("sku"), f"{entry.sku} stands in row {number} already: keep one of the two.")
        )
