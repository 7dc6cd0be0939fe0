"""An address as a square that a telephone's camera reads."""

from dataclasses import dataclass

import segno

MARGIN = 4  # fields that a camera needs around it


@dataclass(frozen=True, slots=True)
class SquareCode:
    """`side` fields each way, margin and all; `dark` is the path that fills the dark ones."""

    side: int
    dark: str


def square_code(address: str) -> SquareCode:
    rows = list(segno.make(address, error="m", micro=False).matrix_iter(border=MARGIN))
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, field in enumerate(row) if field)
    return SquareCode(len(rows), "".join(dark))
