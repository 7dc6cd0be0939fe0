"""What a page of a supplier's file shows of each row: what became of it, what it changes from what to what, why it is refused and
in which cell, and what the rules would say of the product."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select

from catalogue import columns, dry_run
from catalogue.drafts import dossier_of
from catalogue.dry_run import Refusal
from catalogue.entries import Difference, Fault, differences, read_entry
from catalogue.products import Product
from catalogue.specification import KINDS
from catalogue.supplier_files import ROW_STATES, WAITING, ImportFile, ImportRow
from catalogue.versions import in_force_and_coming
from catalogue.vetting import Report, judge
from storefront.db import db


@dataclass(frozen=True)
class ShownRow:
    """A row as the page shows it. `report` is what the rules say of the product as it would be, or is by now."""

    row: ImportRow
    name: str
    changes: list[Difference]
    faults: list[Fault]
    is_on_sale: bool
    report: Report | None

    @property
    def failing(self) -> list[Refusal]:
        """Every rule that refuses the product, with what was found and what is demanded."""
        return dry_run.refusals(self.report) if self.report else []

    @property
    def states_all(self) -> bool:
        """Whether what is listed is all that the row states, and not a change of what there was."""
        return not any(change.old for change in self.changes)


def rows_of(file: ImportFile, state: str) -> Select[ImportRow]:
    """The rows of a state in the order of the sheet; all of them without one."""
    found = select(ImportRow).where(ImportRow.import_id == file.id).order_by(ImportRow.number)
    return found.where(ImportRow.state == state) if state in ROW_STATES else found


def shown_rows(file: ImportFile, rows: Sequence[ImportRow], today: date) -> list[ShownRow]:
    """The rows of one page, in a fixed number of queries."""
    plan = columns.from_json(file.plan)
    if not plan.places:  # the market sample: its rows were judged when it was taken
        return [ShownRow(row, _market_name(row), [], _faults(row), False, None) for row in rows]
    known = dry_run.products_of(db.session(), [row.sku for row in rows if row.sku])
    versions = in_force_and_coming(db.session(), today)
    rules, asked = versions[0], columns.asked_by(*versions)
    shown = []
    for row in rows:
        entry, product = read_entry(row.line, plan, asked), known.get(row.sku)
        before = dossier_of(product) if product else None
        report = judge(entry.over(before), rules, today) if entry.kind in KINDS else None
        changes = _changes(row)
        if not changes and row.state in ("new", "imported", "failed"):
            after = entry.over(None)
            names = tuple(name for name in ("name", "brand", "manufacturer", "gtin", "price") if getattr(after, name))
            changes = differences(entry, None, after, names + tuple(after.facts), asked)
        name = entry.head.get("name") or (product.name if product else "")
        shown.append(ShownRow(row, name, changes, _faults(row), _is_on_sale(row, product), report))
    return shown


def _market_name(row: ImportRow) -> str:
    return f"Market {'roller' if row.sku.startswith('R') else 'serum'} {row.sku}"


def _is_on_sale(row: ImportRow, product: Product | None) -> bool:
    return row.state == "changed" and product is not None and product.listing is not None


def _changes(row: ImportRow) -> list[Difference]:
    return [Difference(*change) for change in json.loads(row.told).get("changes", [])]


def _faults(row: ImportRow) -> list[Fault]:
    return [Fault(*reason) for reason in row.reasons]


def on_sale_of(file: ImportFile) -> int:
    """How many products on sale the import would take off it."""
    found = select(func.count()).select_from(ImportRow).join(Product, Product.sku == ImportRow.sku)
    return db.session.scalar(
        found.join(Product.listing).where(ImportRow.import_id == file.id, ImportRow.state == "changed")
    ) or 0  # fmt: skip


def progress(file: ImportFile, counts: Mapping[str, int]) -> dict[str, object]:
    """How far the worker has come: so many of so many rows."""
    waiting = sum(counts[state] for state in WAITING)
    total = sum(counts.values())
    done = total - waiting if file.state == "importing" else total
    whole = max(file.expected, total) if file.state == "reading" else total
    return {"state": file.state, "done": done, "total": whole, "reference": file.reference}
