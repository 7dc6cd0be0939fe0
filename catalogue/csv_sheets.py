"""CSV as spreadsheets write it: the encoding is told from the bytes where they are clear, the delimiter from the first rows."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from catalogue.sheets import UNCLOSED, Cell, Line, Opened, SheetError, as_written, too_wide, trimmed

# What a person may choose when the guess was wrong; by the name that spreadsheets give it.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "Western (Windows 1252)",
    "cp1250": "Central European (Windows 1250)",
    "cp1251": "Cyrillic (Windows 1251)",
    "cp1253": "Greek (Windows 1253)",
    "cp1254": "Turkish (Windows 1254)",
    "mac_roman": "Western (Macintosh)",
    "cp850": "Western (DOS 850)",
    "cp932": "Japanese (Shift-JIS)",
    "gb18030": "Chinese (GB 18030)",
    "cp950": "Chinese (Big5)",
    "cp949": "Korean",
    "utf-16": "Unicode (UTF-16)",
    "utf-16-le": "Unicode (UTF-16 LE, unmarked)",
    "utf-16-be": "Unicode (UTF-16 BE, unmarked)",
}
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_DELIMITERS = 40_000  # in one line; a row of 200 cells of prose has fewer
_GLANCE = 64 * 1024
# As much as a file may be long: what is too long for a cell is refused by its place, which the reader of CSV does not tell.
csv.field_size_limit(16 * 1024 * 1024)
# Two to four bytes that UTF-8 alone would write like this.
_MULTI = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def open_csv(content: bytes, chosen: str = "") -> Opened:
    """The lines of a CSV. Refuses what is not a text in one encoding, naming the row."""
    encoding = chosen if chosen in ENCODINGS else encoding_of(content)
    _refuse_noughts(content, encoding)
    head = _decoded_head(content, encoding)
    declared = re.match(r"sep=(.)[\r\n]", head)
    delimiter = declared[1] if declared else delimiter_of(head)
    notes = [f"Read as CSV, {ENCODINGS[encoding]}, with {DELIMITERS.get(delimiter, delimiter)} between the columns."]
    lines = _lines(content, encoding, delimiter, bool(declared))
    return Opened(lines, tuple(notes), _breaks(content[:-1]), encoding)


def encoding_of(content: bytes) -> str:
    """The encoding: by its mark; UTF-16 by its zeros; UTF-8 where all of it is; else the Western one of spreadsheets, on a
    Macintosh where the lines end as only there. Refuses a file that is partly UTF-8 and partly not."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            return name
    begin = content[:4096]
    if begin.count(0) * 3 > len(begin):
        return "utf-16-le" if begin[1::2].count(0) > begin[::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if _MULTI.search(content):
            raise _mixed(content, error.start) from error
        return "mac_roman" if b"\n" not in content and b"\r" in content else "cp1252"
    return "utf-8-sig"


def _breaks(content: bytes) -> int:
    """How many lines end in it, on whatever machine it was written."""
    return content.count(b"\n") or content.count(b"\r")


def _mixed(content: bytes, at: int) -> SheetError:
    row = _breaks(content[:at]) + 1
    return SheetError(f"Line {row} is in another encoding than the rest of the file.", "Save it as CSV in UTF-8.")


def _refuse_noughts(content: bytes, encoding: str) -> None:
    """No text has the character U+0000; where it stands is told."""
    nought, is_wide = b"\0\0" if encoding.startswith("utf-16") else b"\0", encoding.startswith("utf-16")
    at = content.find(nought)
    while is_wide and at % 2 and at >= 0:  # the halves of two neighbours are none
        at = content.find(nought, at + 1)
    if at >= 0:
        row = _breaks(content[:at]) + 1
        raise SheetError(f"Line {row} has a character that no text has (U+0000).")


def _decoded_head(content: bytes, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return decoder.decode(content[:_GLANCE])
    except UnicodeDecodeError as error:
        raise _undecodable(encoding, _breaks(content[: error.start]) + 1) from error


def _undecodable(encoding: str, row: int) -> SheetError:
    return SheetError(f"Line {row} cannot be read as {ENCODINGS[encoding]}.", "Choose another encoding.")


def delimiter_of(head: str) -> str:
    """The delimiter by which the first rows have the same number of cells, and most of them."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(head, delimiter))


def _evenness(head: str, delimiter: str) -> tuple[float, int]:
    widths = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            widths += [len(row)] if row else []
            if len(widths) == 50:
                break
    except csv.Error:
        return (0.0, 0)
    if not widths or widths[0] < 2:
        return (0.0, 0)
    complete = widths[:-1] or widths  # the last one may be cut short
    return (sum(width == widths[0] for width in complete) / len(complete), widths[0])


def _lines(content: bytes, encoding: str, delimiter: str, is_declared: bool) -> Iterator[Line]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    rows = csv.reader(_narrow(text, delimiter), delimiter=delimiter)
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            if not (is_declared and number == 1):
                yield Line(number, trimmed([_cell(cell) for cell in row]))
    except csv.Error as error:
        raise SheetError(f"Row {number + 1} cannot be read ({error}).", UNCLOSED) from error
    except UnicodeDecodeError as error:
        raise _undecodable(encoding, number + 1) from error


def _cell(cell: str) -> Cell:
    return as_written(cell) if cell else None


def _narrow(lines: io.TextIOWrapper, delimiter: str) -> Iterator[str]:
    """The lines as they come. Refuses one with a million columns before it becomes as many cells."""
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_DELIMITERS and line.count(delimiter) > MOST_DELIMITERS:
            raise too_wide(number)
        yield line
