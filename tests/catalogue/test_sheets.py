"""Sheets of every kind that suppliers send: what is read, what is only text, and what is refused before it can do harm."""

import io
import re
import resource
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from catalogue import sheets, workbooks
from catalogue.sheet_writing import csv_bytes
from catalogue.sheets import Line, SheetError, glance, lines_after_header


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with some of its parts put in the place of others, or added; `__` stands for a slash, `_` for a dot."""
    named = {name.replace("__", "/").replace("_xml", ".xml").replace("_zip", ".zip"): p for name, p in parts.items()}
    named = {name.replace("_bin", ".bin"): part for name, part in named.items()}
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, named.pop(entry.filename, None) or old.read(entry))
        for name, part in named.items():
            new.writestr(name, part)
    return written.getvalue()


@contextmanager
def harmless() -> Iterator[None]:
    """Within two seconds, and without more than 200 MB beyond what there was."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.monotonic() - begun < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def read_whole(content: bytes) -> None:
    """As the page does that shows its head, and then the worker."""
    glance(content)
    rows_of(content)


def rows_of(content: bytes, encoding: str = "") -> list[Line]:
    return list(lines_after_header(content, encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_read_in_every_encoding_and_with_every_delimiter(encoding: str, delimiter: str) -> None:
    text = "SKU;Länge;Name\r\nRL-1;0,25 µm;Röller\r\n".replace(";", delimiter).replace("0,25", '"0,25"')
    text = text.replace('"0,25" µm', '"0,25 µm"')
    seen = glance(text.encode(encoding))
    assert seen.header == ("SKU", "Länge", "Name")
    assert seen.sample == (Line(2, ("RL-1", "0,25 µm", "Röller")),)


@pytest.mark.parametrize(("encoding", "word"), [("cp1251", "Роллер"), ("mac_roman", "Röllé"), ("cp932", "ローラー")])
def test_an_encoding_that_nobody_can_tell_is_chosen_by_a_person(encoding: str, word: str) -> None:
    content = f"SKU,Name\nRL-1,{word}\n".encode(encoding)
    assert rows_of(content, encoding)[0].cells == ("RL-1", word)


def test_a_csv_of_a_macintosh_is_told_by_the_ends_of_its_lines() -> None:
    seen = glance("SKU;Länge\rRL-1;Röllé\rRL-2;x\r".encode("mac_roman"))
    assert (seen.encoding, seen.header, seen.expected) == ("mac_roman", ("SKU", "Länge"), 2)
    assert seen.sample == (Line(2, ("RL-1", "Röllé")), Line(3, ("RL-2", "x")))
    with pytest.raises(SheetError, match="Line 2"):
        glance(b"SKU;Name\rA;a\0b\r")


def test_a_line_that_names_the_delimiter_is_obeyed() -> None:
    assert glance(b"sep=;\nSKU;Name\nA;1,5;\n").header == ("SKU", "Name")


def test_a_newline_in_quotation_marks_stays_in_its_cell() -> None:
    content = b'SKU,Name\nA,"one\ntwo"\nB,three\n'
    assert rows_of(content) == [Line(2, ("A", "one\ntwo")), Line(3, ("B", "three"))]


def test_empty_rows_are_passed_over_and_counted() -> None:
    assert [line.number for line in rows_of(b"SKU,Name\n\n,,\nA,x\n")] == [4]


def test_repeated_and_nameless_columns_keep_apart() -> None:
    assert glance(b"SKU,Name,Name,,Name\nA,b,c,d,e\n").header == ("SKU", "Name", "Name (2)", "Column D", "Name (3)")


def test_a_workbook_gives_numbers_days_and_answers() -> None:
    content = workbook(("SKU", "a", "b", "c", "d"), ("RL-1", 0.25, True, date(2026, 3, 1), 20.0))
    assert rows_of(content)[0].cells == ("RL-1", Decimal("0.25"), True, date(2026, 3, 1), Decimal(20))
    assert str(rows_of(workbook(("n",), (0.1 + 0.2,)))[0].cells[0]) == "0.3"


def test_a_formula_is_its_text_and_never_calculated() -> None:
    assert workbooks.FORMULAS in glance(workbook(("SKU", "Count"), ("RL-1", "=1+1"))).notes
    assert workbooks.FORMULAS not in glance(workbook(("SKU", "Count"), ("RL-1", "1+1"))).notes
    for text in ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0"):
        assert rows_of(workbook(("SKU", "Count"), ("RL-1", text)))[0].cells == ("RL-1", text)
        assert rows_of(f"SKU,Count\nRL-1,{text}\n".encode())[0].cells == ("RL-1", text)
    assert rows_of(b"SKU,Name\nRL-1,=HYPERLINK(1)\n")[0].cells == ("RL-1", "=HYPERLINK(1)")


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-6", "@SUM(A1)", "plain", "'quoted'"])
def test_what_looks_like_a_formula_is_written_back_as_text_and_read_as_it_was(text: str) -> None:
    written = b"".join(csv_bytes((text, "Name"), [(text, "One")]))
    assert re.search(rb"^[=+@-]", written.removeprefix("\ufeff".encode()), re.MULTILINE) is None
    assert glance(written).header[0] == text
    assert rows_of(written)[0].cells == (text, "One")


def test_only_the_first_sheet_is_read_and_the_rest_is_said() -> None:
    book = openpyxl.Workbook()
    book.active.append(("SKU", "Name"))
    book.active.append(("RL-1", "One"))
    book.create_sheet("Other")
    written = io.BytesIO()
    book.save(written)
    assert "1 more in it are left alone." in glance(written.getvalue()).notes[0]


def test_macros_and_packed_files_are_left_alone_and_said() -> None:
    content = workbook(("SKU", "Name"), ("RL-1", "One"))
    notes = glance(repacked(content, xl__vbaProject_bin=b"\0" * 100, xl__embeddings__a_zip=b"PK\x03\x04")).notes
    assert "It has macros: they are ignored and never run." in notes
    assert "It has other files packed inside: they are not opened." in notes


def zipped(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return written.getvalue()


def sheet_of(body: bytes) -> bytes:
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    content = workbook(("SKU", "Name"), ("RL-1", "One"))
    return repacked(content, xl__worksheets__sheet1_xml=head + body + b"</sheetData></worksheet>")


def texts_of(body: bytes) -> bytes:
    head = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return repacked(workbook(("SKU", "Name"), ("RL-1", "One")), xl__sharedStrings_xml=head + body + b"</sst>")


def renamed(part: bytes, kind: bytes, texts: bytes = b"<sst/>") -> bytes:
    """A workbook that says of one of its parts that it is of this kind."""
    head = (
        b'<Override PartName="' + part + b'" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
    )
    content = workbook(("SKU", "Name"), ("RL-1", "One"))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        kinds = packed.read("[Content_Types].xml")
    new = kinds.replace(b"</Types>", head + kind + b'"/></Types>')
    return repacked(repacked(content, xl__sharedStrings_xml=texts), **{"[Content_Types]_xml": new})


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
BAD = {
    "empty": (b"", "is empty"),
    "only spaces": (b"\n\n  \n", "is empty"),
    "header alone": (b"SKU,Name\n", "no rows"),
    "header alone in a workbook": (workbook(("SKU", "Name")), "no rows"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel"),
    "a web page": (b"<html><table><tr><td>SKU</td></tr></table></html>", "web page"),
    "xml of 2003": (b'<?xml version="1.0"?><Workbook/>', "XML"),
    "a character that is none": (b"SKU,Name\nRL-1,a\0b\n", "Line 2"),
    "mixed encodings": ("SKU,Name\nA,Röl\n".encode() + "B,Röl\n".encode("cp1252"), "Line 3"),
    "a quotation mark left open": (b'SKU,Name\nA,"' + b"x" * 200_000, "quotation mark"),
    "a million columns": (b"SKU" + b"," * 1_000_000 + b"\nA\n", "200 columns"),
    "three hundred columns": (b"SKU" + b",x" * 300 + b"\nA,b\n", "200 columns"),
    "a cell of 10 MB": (b"SKU,Name\nA," + b"x" * 10_000_000 + b"\n", "B2 holds 10,000,000"),
    "a cell of 10 MB in a workbook": (
        sheet_of(b'<row r="7"><c r="C7" t="inlineStr"><is><t>' + b"x" * 10_000_000 + b"</t></is></c></row>"),
        "C7 holds more than a million",
    ),
    "a cell of 40,000": (b"SKU,Name\nA," + b"x" * 40_000 + b"\n", "B2 holds 40,000"),
    "a folder": (zipped(**{"a.csv": b"SKU"}), "packed folder"),
    "a nested bomb": (zipped(**{"a.zip": zipped(b=b"\0" * 5_000_000)}), "packed folder"),
    "a part without end": (sheet_of(b"<row><c><v>" + b"1" * 5_000_000 + b"</v></c></row>"), "a million characters"),
    "a million cells": (sheet_of(b"<row>" + b"<c/>" * 1_000_000 + b"</row>"), "200 columns"),
    "styles of 5 MB": (
        repacked(workbook(("a",), ("b",)), xl__styles_xml=b" " * 5_000_000),
        "larger than any real one",
    ),
    "a million texts": (texts_of(b"<si/>" * 1_000_000), "different texts"),
    "entities": (repacked(workbook(("a",), ("b",)), xl__worksheets__sheet1_xml=LAUGHS), "damaged"),
    "texts under another name": (renamed(b"/xl/styles.xml", b"sharedStrings+xml"), "damaged"),
    "entities in the texts": (renamed(b"/xl/sharedStrings.xml", b"sharedStrings+xml", LAUGHS), "damaged"),
    "cut short": (workbook(("a",), ("b",))[:-200], "damaged"),
    "rows that nobody wrote": (sheet_of(b'<row r="1"><c t="n"><v>1</v></c></row><row r="99999999"/>'), "more rows"),
    "numbers that are none": (sheet_of(b'<row r="x"><c r="?" t="s"><v>9</v></c></row>'), "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_the_place_and_does_no_harm(name: str) -> None:
    content, told = BAD[name]
    with harmless(), pytest.raises(SheetError, match=told) as refused:
        read_whole(content)
    assert refused.value.remedy


def test_what_a_file_says_of_its_own_size_is_not_believed() -> None:
    body = b'<row r="1"><c t="inlineStr"><is><t>SKU</t></is></c></row><row r="2"><c t="inlineStr"><is><t>A</t></is></c></row>'
    content = sheet_of(body)
    with harmless():
        assert rows_of(content) == [Line(2, ("A",))]


def test_too_many_rows_are_refused_at_the_first_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    with pytest.raises(SheetError, match="more than 3 rows"):
        rows_of(b"SKU\n" + b"A\n" * 4)


def test_what_unfolds_into_too_much_is_refused_by_what_the_zip_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "LARGEST_WHOLE", 2_000_000)
    with harmless(), pytest.raises(SheetError, match="unfolds into more"):
        glance(sheet_of(b" " * 2_000_000))
