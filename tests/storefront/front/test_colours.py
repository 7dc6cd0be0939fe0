"""Contrast of the tokens, worked out from the file itself: 4.5:1 for text, 3:1 for edges of controls and the focus ring."""

import re

import pytest

from config import ROOT

TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "card", "sunk")
TEXT = [(ink, ground) for ink in ("ink", "soft", "pine", "ok", "soon", "stop") for ground in GROUNDS]
TEXT += [(f"{tone}", f"{tone}-wash") for tone in ("ok", "soon", "stop", "pine")]
TEXT += [(ink, f"{tone}-wash") for ink in ("ink", "soft") for tone in ("ok", "soon", "stop", "pine")]
TEXT += [("on-pine", "pine"), ("on-pine", "pine-deep")]
TEXT += [("skin-ink", "skin-epidermis"), ("skin-ink", "skin-dermis"), ("skin-limit", "skin-dermis")]
EDGES = [("edge", ground) for ground in GROUNDS] + [("focus", ground) for ground in GROUNDS]


def scheme(name: str) -> dict[str, str]:
    light, _, dark = TOKENS.partition("prefers-color-scheme: dark")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", light))
    return {**colours, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", dark))} if name == "dark" else colours


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(name: str, ink: str, ground: str) -> None:
    colours = scheme(name)
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_can_be_seen(name: str, edge: str, ground: str) -> None:
    colours = scheme(name)
    assert contrast(colours[edge], colours[ground]) >= 3
