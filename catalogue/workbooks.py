"""Workbooks (XLSX, XLSM): the first sheet, as openpyxl reads it line by line. What is in the zip is measured before any of it is
parsed, because a few thousand bytes of it can unfold into more than the memory holds."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

import openpyxl

from catalogue.sheets import LONGEST_CELL, MOST_COLUMNS, Cell, Line, Opened, SheetError, as_written, too_wide, trimmed

MOST_ENTRIES = 2_000
LARGEST_WHOLE = 200 * 1024 * 1024  # bytes, unpacked
LARGEST_PART = 4 * 1024 * 1024  # of what is read as a whole: styles, names, relations
MOST_TEXTS = 700_000  # different texts in one workbook
LARGEST_TEXTS = 48 * 1024 * 1024  # bytes of the texts that all sheets share: they are kept in memory
LONGEST_RUN = 1024 * 1024  # bytes between two tags
LAST_ROW = 1_048_576
_PIECE = 1024 * 1024
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CELL_NAME = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"')
_TEXTS = "xl/sharedstrings.xml"
FORMULAS = (
    "It has formulas: each stays its text and is never calculated. Where a number is meant, save it with its values."
)
_BROKEN = SheetError("The workbook is damaged, or not a workbook.")


class _Streamed(Protocol):
    title: str

    def reset_dimensions(self) -> None: ...
    def iter_rows(self, *, values_only: bool) -> Iterator[tuple[Any, ...]]: ...


def open_workbook(content: io.BytesIO) -> Opened:
    """The lines of the first sheet. Refuses what is no workbook and what would unfold into too much."""
    try:
        with zipfile.ZipFile(content) as packed:
            entries = packed.infolist()
            _refuse_bombs(entries)
            notes = _notes_on(entries)
            _refuse_strange_names(packed.read("[Content_Types].xml"))
            measures = [_measure(packed, entry) for entry in entries if not entry.is_dir()]
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, OSError) as error:
        raise _BROKEN from error
    rows = sum(rows for rows, _ in measures)
    if any(has_formulas for _, has_formulas in measures):
        notes.append(FORMULAS)
    sheet, others = _first_sheet(content)
    left = f" {others} more in it are left alone." if others else ""
    notes.insert(0, f"Read as a workbook, from its sheet “{sheet.title}”.{left}")
    return Opened(_lines(sheet), tuple(notes), max(0, rows - 1))


def _refuse_bombs(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename.lower() for entry in entries}
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise SheetError("This is a packed folder (zip) and no workbook.", "Unpack it and send the sheet in it.")
    if len(entries) > MOST_ENTRIES:
        raise SheetError(f"The workbook has more than {MOST_ENTRIES:,} parts.")
    if sum(entry.file_size for entry in entries) > LARGEST_WHOLE:
        raise SheetError("The workbook unfolds into more than 200 MB.", "Send it in parts.")
    for entry in entries:
        name = entry.filename.lower()
        is_large = entry.file_size > (LARGEST_TEXTS if name == _TEXTS else LARGEST_PART)
        if is_large and name.endswith((".xml", ".rels")) and not _SHEET.fullmatch(name):
            raise SheetError(f"A part of the workbook ({entry.filename[:80]}) is larger than any real one.")


def _refuse_strange_names(kinds: bytes) -> None:
    """Refuses a workbook whose parts hide under other names than every spreadsheet gives them."""
    for override in re.findall(rb"<Override\b[^>]*>", kinds):
        is_main, is_texts = b"main+xml" in override, b"sharedStrings+xml" in override
        if (is_main and b'"/xl/workbook.xml"' not in override) or (
            is_texts and b'"/xl/sharedstrings.xml"' not in override.lower()
        ):
            raise _BROKEN


def _notes_on(entries: list[zipfile.ZipInfo]) -> list[str]:
    names = [entry.filename.lower() for entry in entries]
    notes = []
    if any("vbaproject" in name or "macrosheets" in name for name in names):
        notes.append("It has macros: they are ignored and never run.")
    if any(name.endswith((".zip", ".bin", ".xlsx", ".docx", ".exe")) and "vbaproject" not in name for name in names):
        notes.append("It has other files packed inside: they are not opened.")
    if any("externallinks" in name or "connections" in name for name in names):
        notes.append("It points to other files or addresses: nothing is fetched.")
    return notes


def _measure(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, bool]:
    """About how many rows a part has, and whether it has formulas. Refuses a row of too many cells, too many texts, and a text
    without end."""
    rows = cells = texts = run = 0
    place, has_formulas, is_sheet = "", False, _SHEET.fullmatch(entry.filename) is not None
    with packed.open(entry) as part:
        while piece := part.read(_PIECE):
            rows, cells = _count_cells(piece, rows, cells)
            place = _last_cell(piece) or place
            run = _run_after(piece, run, place)
            has_formulas |= is_sheet and (b"<f>" in piece or b"<f " in piece)
            texts += piece.count(b"<si")
            if texts > MOST_TEXTS:
                raise SheetError(f"The workbook has more than {MOST_TEXTS:,} different texts.", "Send it in parts.")
    return rows, has_formulas


def _count_cells(piece: bytes, rows: int, cells: int) -> tuple[int, int]:
    """Rows so far, and cells so far in the last of them. A tag cut in two by the edge of a piece is missed: it is a measure."""
    parts = piece.split(b"<row")
    for number, part in enumerate(parts):
        cells = part.count(b"<c ") + part.count(b"<c>") + part.count(b"<c/") + (0 if number else cells)
        if cells > 20 * MOST_COLUMNS:  # empty ones may trail along
            raise too_wide(rows + number)
    return rows + len(parts) - 1, cells


def _last_cell(piece: bytes) -> str:
    """The name of the last cell that begins in the piece; a text that goes on and on stands in it."""
    found = _CELL_NAME.match(piece, piece.rfind(b"<c r=")) if b"<c r=" in piece else None
    return found[1].decode() if found else ""


def _run_after(piece: bytes, run: int, place: str) -> int:
    """How long the text at the end of the piece is. Refuses one that is longer than any cell, and names the cell where it can:
    a text that several cells share stands in none."""
    *whole, last = piece.split(b"<")
    longest = max([run + len(whole[0]), *map(len, whole[1:])]) if whole else 0
    run = len(last) if whole else run + len(last)
    if max(longest, run) > LONGEST_RUN:
        where = place or "A cell of the workbook"
        raise SheetError(
            f"{where} holds more than a million characters; a cell holds {LONGEST_CELL:,} at most.", "Shorten it."
        )
    return run


def _first_sheet(content: io.BytesIO) -> tuple[_Streamed, int]:
    """The first sheet with cells, and how many others there are. openpyxl may stumble over anything in a hostile file."""
    try:
        book = openpyxl.load_workbook(content, read_only=True, data_only=False, keep_links=False)
        sheets = book.worksheets
        first: Any = sheets[0]
        first.reset_dimensions()  # what a file says of its own size is not believed
    except Exception as error:
        raise _BROKEN from error
    return first, len(sheets) - 1


def _lines(sheet: _Streamed) -> Iterator[Line]:
    rows, number = sheet.iter_rows(values_only=True), 0
    while True:
        try:
            row = next(rows, None)
        except Exception as error:
            raise _BROKEN from error
        if row is None:
            return
        number += 1
        if number > LAST_ROW:
            raise SheetError("The workbook counts more rows than a sheet can have.")
        if row:
            yield Line(number, trimmed([_cell(value) for value in row]))


def _cell(value: Any) -> Cell:
    """A value of openpyxl's as ours. A formula comes as its text, since it is never calculated."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        number = Decimal(repr(value))
        return _settled(number) if number.is_finite() else str(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return as_written(value if isinstance(value, str) else str(getattr(value, "text", value) or ""))


def _settled(number: Decimal) -> Decimal:
    """20.0 is 20; what the machine's halves and quarters cannot hold is rounded to twelve figures: 0.1 + 0.2 is 0.3."""
    rounded = Decimal(f"{number:.12g}")
    return Decimal(int(rounded)) if rounded == rounded.to_integral_value() and rounded.adjusted() < 20 else rounded
