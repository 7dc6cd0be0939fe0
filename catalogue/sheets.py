"""A supplier's sheet as rows of cells, whatever wrote it: CSV in any encoding, or a workbook (XLSX). Nothing in it is ever run or
calculated: a formula is its own text, macros are left alone, and what would fill the memory is refused before it is read."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue.sheet_writing import FORMULA

# What a cell may hold: a text, a number, a day, yes or no, or nothing.
Cell = str | Decimal | date | bool | None
MOST_COLUMNS = 200
MOST_ROWS = 200_000
LONGEST_CELL = 32_767  # characters, as in every spreadsheet
UNCLOSED = "Look for a quotation mark that is not closed."
_SAMPLE = 5
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta")


class SheetError(ValueError):
    """A file that is no sheet, or not one that is safe to read: why, and what to do."""

    def __init__(self, reason: str, remedy: str = "Save it as XLSX or as CSV in UTF-8 and send that.") -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the spreadsheet numbers it, the cells from column A on; empty ones at its end are left away."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file turned out to be: its lines, what there is to say of it, and about how many lines it has."""

    lines: Iterator[Line]
    notes: tuple[str, ...]
    expected: int
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Glance:
    """The head of a sheet with its first rows, for a person to say which column is what."""

    header: tuple[str, ...]
    sample: tuple[Line, ...]
    notes: tuple[str, ...]
    expected: int
    encoding: str


def open_sheet(content: bytes, encoding: str = "") -> Opened:
    """The lines of a file, read one by one; told from its content and not from its name. `encoding` is a person's choice for a
    CSV. Refuses with SheetError what is no sheet, or would fill the memory."""
    from catalogue import csv_sheets, workbooks

    if content.startswith(_OLE):
        raise SheetError("This is an old Excel file (.xls), or a workbook with a password.")
    if content.startswith(_ZIP):
        return workbooks.open_workbook(io.BytesIO(content))
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise SheetError("This is a web page or an XML file that is only named like a sheet.")
    return csv_sheets.open_csv(content, encoding)


def glance(content: bytes, encoding: str = "") -> Glance:
    """Header and first rows. Refuses an empty file, and one that has nothing but a header."""
    opened = open_sheet(content, encoding)
    lines = bounded(opened.lines)
    head = next(lines, None)
    if head is None:
        raise SheetError("The file is empty.")
    sample = tuple(line for line, _ in zip(lines, range(_SAMPLE), strict=False))
    if not sample:
        raise SheetError("The file has a header and no rows.", "Send it with its products.")
    width = max(len(line.cells) for line in (head, *sample))
    return Glance(names_of(head, width), sample, opened.notes, opened.expected, opened.encoding)


def lines_after_header(content: bytes, encoding: str = "") -> Iterator[Line]:
    """The rows of products, one by one."""
    lines = bounded(open_sheet(content, encoding).lines)
    next(lines, None)
    return lines


def bounded(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines that hold anything. Refuses too many, too wide ones, and cells that no spreadsheet could hold."""
    count = 0
    for line in lines:
        if not line.cells:
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise SheetError(f"The file has more than {MOST_ROWS:,} rows.", "Send it in parts.")
        if len(line.cells) > MOST_COLUMNS:
            raise too_wide(line.number)
        for column, cell in enumerate(line.cells):
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                raise too_long(address(column, line.number), len(cell))
        yield line


def too_wide(number: int) -> SheetError:
    return SheetError(f"Row {number} has more than {MOST_COLUMNS} columns.", "Send only the columns of the products.")


def too_long(place: str, length: int) -> SheetError:
    reason = f"{place} holds {length:,} characters; a cell holds {LONGEST_CELL:,} at most."
    return SheetError(reason, f"Shorten it. {UNCLOSED}")


def trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    """The cells without spaces around them, empty ones as nothing, and none at the end."""
    found: list[Cell] = [(cell.strip() or None) if isinstance(cell, str) else cell for cell in cells]
    while found and found[-1] is None:
        found.pop()
    return tuple(found)


def letters(column: int) -> str:
    """The name of a column, counted from 0: A, B, …, Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def address(column: int, number: int) -> str:
    """The name of a cell, as the spreadsheet shows it: C17."""
    return f"{letters(column)}{number}"


def names_of(head: Line, width: int) -> tuple[str, ...]:
    """A name for every column: a nameless one goes by its letter, a repeated one also by its count."""
    names: list[str] = []
    for column in range(width):
        cell = head.cells[column] if column < len(head.cells) else None
        name = " ".join(as_written(words(cell)).split())[:200] or f"Column {letters(column)}"
        twins = sum(1 for other in names if other == name or other.startswith(f"{name} ("))
        names.append(f"{name} ({twins + 1})" if name in names else name)
    return tuple(names)


def words(cell: Cell) -> str:
    """A cell as a person reads it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell if isinstance(cell, str) else cell.isoformat()


def as_written(text: str) -> str:
    """A text without the mark that keeps it from being a formula: a sheet that was saved here comes back as it was."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
