"""Lists as files for a spreadsheet: CSV in UTF-8 with its mark, and XLSX. Rows go through one by one, whatever their number.
Text that a spreadsheet would read as a formula stays text; numbers stay numbers, days are written as ISO 8601 has them."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO

Row = Sequence[object]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTES_AT_ONCE = 64 * 1024
LONGEST_TEXT = 32_767  # of a cell, as Excel has it
ROWS_OF_A_SHEET = 1_000_000  # Excel stops at 1,048,576


def csv_bytes(titles: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The list as CSV, in pieces. A leading apostrophe keeps text from being a formula."""
    piece = io.StringIO()
    piece.write("\ufeff")
    writer = csv.writer(piece)
    writer.writerow([_for_csv(title) for title in titles])
    for row in rows:
        writer.writerow([_for_csv(value) for value in row])
        if piece.tell() >= BYTES_AT_ONCE:
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode()


def xlsx_bytes(titles: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The list as XLSX, in pieces of a file that is gone when the last is read. Text is typed as text, marked with Excel's own
    quote where it could be taken for a formula."""
    with tempfile.TemporaryFile() as file:
        _write_xlsx(file, titles, rows)
        file.seek(0)
        while piece := file.read(BYTES_AT_ONCE):
            yield piece


FORMATS = {
    "csv": ("text/csv; charset=utf-8", csv_bytes),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_bytes),
}


def _write_xlsx(file: IO[bytes], titles: Sequence[str], rows: Iterable[Row]) -> None:
    from openpyxl import Workbook  # two hundred modules, which only a workbook needs

    book = Workbook(write_only=True)
    sheet = None
    for number, row in enumerate(rows):
        if number % ROWS_OF_A_SHEET == 0:
            sheet = book.create_sheet()
            sheet.append(list(titles))
        sheet.append([_for_xlsx(sheet, value) for value in row])  # type: ignore[union-attr]
    if sheet is None:
        book.create_sheet().append(list(titles))
    book.save(file)


def _for_csv(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return _plain(value)


def _for_xlsx(sheet: object, value: object) -> object:
    if isinstance(value, str):
        return _text_cell(sheet, value)
    if isinstance(value, datetime):  # a sheet knows no time zones
        return value.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return _plain(value)


def _text_cell(sheet: object, text: str) -> object:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    kept = ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST_TEXT]
    if not kept.startswith((*FORMULA, "#")):
        return kept
    cell = WriteOnlyCell(sheet, kept)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _plain(value: object) -> object:
    """Yes and no in words; numbers and nothing as they are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value is None or isinstance(value, (int, float, Decimal, date)) else str(value)
