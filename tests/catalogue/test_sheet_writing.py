"""What a spreadsheet gets: text that stays text whatever it begins with, numbers that stay numbers, ISO days, and pieces."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from catalogue import sheet_writing
from catalogue.sheet_writing import csv_bytes, xlsx_bytes

INSTANT = datetime(2026, 3, 1, 12, 30, 5, 9, tzinfo=timezone(timedelta(hours=1)))
ROW = ("=1+1", "+44 20", "-x", "@me", "\tx", "\rx", "#N/A", "plain, \"so\"\nand é", -3, Decimal("34.50"), True, None,
       date(2026, 3, 1), INSTANT)  # fmt: skip
TITLES = [f"t{n}" for n in range(len(ROW))]


def test_csv_begins_with_its_mark_and_keeps_formulas_text() -> None:
    told = b"".join(csv_bytes(TITLES, [ROW])).decode("utf-8")
    assert told.startswith("\ufefft0,")
    (row,) = list(csv.reader(io.StringIO(told[1:], newline="")))[1:]
    assert row[:6] == ["'=1+1", "'+44 20", "'-x", "'@me", "'\tx", "'\rx"]
    assert row[6:] == [
        "#N/A",
        'plain, "so"\nand é',
        "-3",
        "34.50",
        "yes",
        "",
        "2026-03-01",
        "2026-03-01T11:30:05+00:00",
    ]


def test_xlsx_types_each_cell() -> None:
    sheet = load_workbook(io.BytesIO(b"".join(xlsx_bytes(TITLES, [ROW])))).active
    assert sheet is not None
    cells = next(iter(sheet.iter_rows(min_row=2)))
    assert [cell.data_type for cell in cells] == ["s"] * 8 + ["n", "n", "s", "n", "d", "d"]
    assert [cell.quotePrefix for cell in cells[:8]] == [True] * 7 + [False]
    assert cells[0].value == "=1+1"
    assert [cell.value for cell in cells[8:10]] == [-3, 34.5]
    assert cells[12].value == datetime(2026, 3, 1)  # noqa: DTZ001  a sheet knows no time zones
    assert cells[13].value == INSTANT.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def test_what_no_cell_can_hold_is_cut_or_left_out() -> None:
    row = ("a\x00b\x1f" + "x" * 40_000,)
    sheet = load_workbook(io.BytesIO(b"".join(xlsx_bytes(["t"], [row])))).active
    assert sheet is not None
    assert str(sheet["A2"].value)[:3] == "abx"
    assert len(str(sheet["A2"].value)) == sheet_writing.LONGEST_TEXT


def test_an_empty_list_has_its_titles() -> None:
    sheet = load_workbook(io.BytesIO(b"".join(xlsx_bytes(["one", "two"], [])))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == ["one", "two"]
    assert b"".join(csv_bytes(["one", "two"], [])) == b"\xef\xbb\xbfone,two\r\n"


def test_more_rows_than_a_sheet_has_go_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_writing, "ROWS_OF_A_SHEET", 2)
    book = load_workbook(io.BytesIO(b"".join(xlsx_bytes(["n"], [(n,) for n in range(5)]))))
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [["n", 0, 1], ["n", 2, 3], ["n", 4]]


@pytest.mark.parametrize("write", [csv_bytes, xlsx_bytes])
def test_a_long_list_goes_through_in_little_memory(write: object) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        for n in range(3000):
            yield n, f"A product with a name {n} " + "and more of it " * 50

    tracemalloc.start()
    size = sum(len(piece) for piece in write(["n", "name"], rows()))  # type: ignore[operator]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 10_000
    assert peak < 1_000_000, "the rows are 2.3 MB"
