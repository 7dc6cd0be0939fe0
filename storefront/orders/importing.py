"""Reading and importing suppliers' files piece by piece. A piece is one short transaction that also says how far the file has
come, so that a worker that was killed goes on where it was, and nobody else in the queue waits for a hundred thousand rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from catalogue import columns, dry_run
from catalogue.drafts import (
    Draft,
    changed_names,
    dossier_of,
    enter_dossiers,
    locked_product,
    locked_products,
    refuse_clash,
    refuse_unfit,
)
from catalogue.entries import read_entry
from catalogue.products import Product
from catalogue.sheets import Line, SheetError, lines_after_header
from catalogue.supplier_files import WAITING, ImportFile, ImportRow, content_of
from catalogue.verdicts import Refused
from storefront import clock
from storefront.db import db, transaction
from storefront.orders import stopping
from storefront.orders.models import OrderLine

READ_AT_ONCE = 500
IMPORTED_AT_ONCE = 100
Place = tuple[int, int, str]
# The one sheet that this worker has open, and where: reading a workbook from its beginning for every piece would take hours.
_open: dict[Place, Iterator[Line]] = {}


def carry_on(file_id: int, now: datetime) -> None:
    """Does the next piece of a file."""
    file = db.session.get_one(ImportFile, file_id, populate_existing=True)
    if file.state == "reading":
        read_on(file, now)
    elif file.state == "importing":
        import_on(file_id, now)


def read_on(file: ImportFile, now: datetime) -> None:
    """Compares the next rows with the products that there are. A file that turns out to be unreadable says where and why."""
    place = (file.id, file.read_to, file.plan)
    try:
        lines = _open.pop(place, None) or _opened(file)
        piece = list(islice(lines, READ_AT_ONCE))
    except SheetError as error:
        with transaction():
            if found := _mine(file.id, "reading"):
                found.state, found.due_at, found.last_error = "unreadable", None, str(error)
        return
    with transaction():
        found = _mine(file.id, "reading")
        if found is None or (found.id, found.read_to, found.plan) != place:
            return  # another worker was here
        dry_run.compare(db.session(), found, piece, clock.day_of(now))
        found.read_to = piece[-1].number if piece else found.read_to
        has_more = len(piece) == READ_AT_ONCE
        found.state, found.due_at, found.attempts = "reading" if has_more else "read", now if has_more else None, 0
        reached = (found.id, found.read_to, found.plan)
    _open.clear()
    if has_more:
        _open[reached] = lines


def _opened(file: ImportFile) -> Iterator[Line]:
    """The sheet, opened behind the row that was read last."""
    lines = lines_after_header(content_of(db.session(), file), columns.from_json(file.plan).encoding)
    return (line for line in lines if line.number > file.read_to)


def import_on(file_id: int, now: datetime) -> None:
    """Enters the next rows as drafts, each of them whole or not at all, and says on each what became of it."""
    with transaction():
        file = _mine(file_id, "importing")
        if file is None:
            return
        waiting = select(ImportRow).where(ImportRow.import_id == file_id, ImportRow.state.in_(WAITING))
        rows = db.session.scalars(waiting.order_by(ImportRow.number).limit(IMPORTED_AT_ONCE)).all()
        enter_rows(file, rows, columns.asked_on(db.session(), clock.day_of(now)), now)
        file.state, file.due_at, file.attempts = ("importing", now, 0) if rows else ("imported", None, 0)


def enter_rows(file: ImportFile, rows: Sequence[ImportRow], asked: columns.Asked, now: datetime) -> None:
    """A piece in a few statements for all of its rows. What is left of it, and all of it when the database refuses any, goes
    row by row."""
    products = locked_products(db.session(), [row.sku for row in rows])
    try:
        with db.session.begin_nested():
            left = _enter_at_once(file, rows, products, asked, now)
    except (Refused, IntegrityError, DataError):
        left = list(rows)
    for row in left:
        enter_row(file, row, asked, now)


def _enter_at_once(
    file: ImportFile, rows: Sequence[ImportRow], products: Mapping[str, Product], asked: columns.Asked, now: datetime
) -> list[ImportRow]:
    """Enters what nothing refuses of what nobody ordered, so that nothing above the catalogue is touched; what is left."""
    ordered, left = _ordered(products), []
    drafts: dict[str, Draft] = {}
    for row in rows:
        if row.sku in ordered or row.sku in drafts:
            left.append(row)
            continue
        try:
            draft = _draft(file, row, products.get(row.sku), asked)
        except Refused:
            left.append(row)  # what refuses it is told there
            continue
        row.state = "imported" if draft else "same"
        drafts |= {row.sku: draft} if draft else {}
    enter_dossiers(db.session(), list(drafts.values()), now)
    return left


def _ordered(products: Mapping[str, Product]) -> set[str]:
    """The SKUs that are in any order; their products are locked, so none comes meanwhile."""
    ids = {product.id: sku for sku, product in products.items()}
    found = select(OrderLine.product_id).where(OrderLine.product_id.in_(ids)).distinct()
    return {ids[product_id] for product_id in db.session.scalars(found)} if ids else set()


def enter_row(file: ImportFile, row: ImportRow, asked: columns.Asked, now: datetime) -> None:
    """One row as a draft. What refuses it is told on the row, and nothing of it is kept."""
    try:
        with db.session.begin_nested():
            row.state = "imported" if _enter(file, row, asked, now) else "same"
    except Refused as refused:
        row.state, row.told = "failed", dry_run.told_reasons([reason.text for reason in refused.verdict.reasons])
    except (IntegrityError, DataError):
        row.state, row.told = "failed", dry_run.told_reasons(["The database refused it."])


def _enter(file: ImportFile, row: ImportRow, asked: columns.Asked, now: datetime) -> bool:
    """Whether the row changed anything."""
    draft = _draft(file, row, locked_product(db.session(), row.sku), asked)
    if draft:
        stopping.enter_dossier(draft.dossier, {}, draft.by, now, was=row.seen)
    return draft is not None


def _draft(file: ImportFile, row: ImportRow, product: Product | None, asked: columns.Asked) -> Draft | None:
    """The row over the product that there is; None when it changes nothing. Refuses what a person would be refused, and cells
    that the rules read otherwise since they were compared."""
    entry = read_entry(row.line, columns.from_json(file.plan), asked)
    if entry.faults:
        told = [f"{fault.cell}: {fault.text}" for fault in entry.faults]
        raise Refused.because("row", " ".join(told), "you", "Correct the row.")
    before = dossier_of(product) if product else None
    after, by = entry.over(before), row.corrected_by or file.by
    if before and not changed_names(before, after):
        return None
    refuse_unfit(after, by)
    refuse_clash(product, after, row.seen)
    return Draft(after, product, by, product.summary if product else "")


def _mine(file_id: int, state: str) -> ImportFile | None:
    """The file, locked, when it still is where this piece of work found it."""
    found = select(ImportFile).where(ImportFile.id == file_id, ImportFile.state == state)
    return db.session.scalar(found.with_for_update().execution_options(populate_existing=True))
