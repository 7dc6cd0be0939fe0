"""A mail as a page: the same words as its text, with headings, lists and links that can be pressed. Pure: text in, markup out."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby

from flask import render_template
from markupsafe import Markup, escape

ADDRESS = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")
# An address holding this many letters and digits in one piece opens something by itself: a sign-in, somebody's request.
PRIVATE = re.compile(r"(https?://\S*/)[\w-]{24,}(\S*)", re.ASCII)
BULLET = "- "
LONG_LINE = 72  # a longer line of the text goes on in the next one, unless its sentence is over
STYLE = Markup(
    "body{margin:0;padding:1rem;font:1rem/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1f2a2e;background:#f4f1ec}"
    "main{max-width:36rem;margin:0 auto;padding:1.5rem;background:#fff;border-radius:.5rem;overflow-wrap:anywhere}"
    "h1{margin:0 0 1rem;font-size:1.25rem;line-height:1.3}h2{margin:1.5rem 0 .5rem;font-size:1rem}"
    "p,ul{margin:0 0 1rem}ul{padding-left:1.25rem}a{color:#0b5c63}hr{border:0;border-top:1px solid #c9c3b8}"
    "@media(prefers-color-scheme:dark){body{color:#ece8e1;background:#14191b}main{background:#1e2528}a{color:#8fd3d9}}"
)
STYLE_HASH = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()


def page_of(subject: str, text: str) -> str:
    """The mail's second part, for programs that show pages."""
    return render_template("mail/_page.html", subject=subject, body=body_of(text), style=STYLE)


def body_of(text: str) -> Markup:
    """The text's paragraphs, headings (lines in capitals), lists (lines that begin with a dash) and rules."""
    paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
    return Markup("\n").join(block for paragraph in paragraphs for block in _blocks(paragraph.split("\n")))


def _blocks(lines: list[str]) -> Iterator[Markup]:
    for kind, found in groupby(_whole(lines), key=_kind):
        each = list(found)
        if kind == "list":
            items = Markup("").join(Markup("<li>{}</li>").format(linked(line.removeprefix(BULLET))) for line in each)
            yield Markup("<ul>{}</ul>").format(items)
        elif kind == "heading":
            yield from (Markup("<h2>{}</h2>").format(line.capitalize()) for line in each)
        elif kind == "rule":
            yield Markup("<hr>")
        else:
            yield Markup("<p>{}</p>").format(Markup("<br>\n").join(linked(line) for line in each))


def _kind(line: str) -> str:
    if line.startswith(BULLET):
        return "list"
    if len(line) > 5 and not line.strip("-"):
        return "rule"
    return "heading" if line.isupper() and any(map(str.isalpha, line)) and "/" not in line else "words"


def _whole(lines: list[str]) -> list[str]:
    """Lines that were broken for their length alone are one again."""
    found: list[str] = []
    is_broken = False
    for line in lines:
        if found and (is_broken or line.startswith("  ")) and not line.startswith(BULLET):
            found[-1] += f" {line.strip()}"
        else:
            found.append(line.strip())
        is_broken = len(line) > LONG_LINE and line[-1] not in ".:!?"
    return found


def linked(line: str) -> Markup:
    """The words, escaped, with each address as a link."""
    pieces = ADDRESS.split(line)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(piece) if position % 2 else escape(piece)
        for position, piece in enumerate(pieces)
    )


def without_private_links(text: str) -> str:
    """The text as the clinic may read it: an address that would open somebody's account is left out."""
    return PRIVATE.sub(r"\1…\2", text)
