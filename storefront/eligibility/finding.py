"""Finding a client by what somebody remembers: a part of the name, the number, the e-mail address, or the date of birth. Where
nothing is found as it was typed, names one letter off in a word are tried, with or without accents."""

import re
from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, Row, and_, or_, select

from catalogue.misspellings import is_one_letter_off
from storefront.db import db
from storefront.eligibility.duplicate_rules import plain_name
from storefront.eligibility.models import Client

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SHORTEST = 4  # letters of a word that may be misspelt
MOST = 50  # who are near what was typed


def day_typed(typed: str) -> date | None:
    """A date as people here write it: 9/4/1988, 09.04.1988, 9 April 1988, or 1988-04-09; None when it is no date."""
    parts = re.findall(r"\d+|[a-z]+", typed.lower())
    if len(parts) != 3:
        return None
    first, middle, last = parts
    if len(first) == 4:
        first, last = last, first
    month = MONTHS.index(middle[:3]) + 1 if middle[:3] in MONTHS else int(middle) if middle.isdigit() else 0
    try:
        return date(int(last), month, int(first)) if len(last) == 4 else None
    except ValueError:
        return None


def is_near(typed: str, name: str) -> bool:
    """Whether each word that was typed begins a word of the name, or is one letter off one."""
    words = plain_name(name).split()
    return all(any(_is_near(part, word) for word in words) for part in plain_name(typed).split())


def _is_near(part: str, word: str) -> bool:
    return word.startswith(part) or (len(part) >= SHORTEST and is_one_letter_off(part, word))


def are_meant(typed: str) -> ColumnElement[bool]:
    """Who may be meant; at most two small queries are made for it, however many clients there are."""
    born_on = day_typed(typed)
    if born_on is not None:
        return Client.born_on == born_on
    as_typed = and_(*(_holds(word) for word in typed.split()))
    if db.session.scalar(select(Client.id).where(as_typed).limit(1)) is not None:
        return as_typed
    return Client.id.in_(_near(typed, db.session.execute(select(Client.id, Client.name))))


def _holds(word: str) -> ColumnElement[bool]:
    number = re.sub(r"^c-?(?=\d)", "C-", word, flags=re.IGNORECASE)
    told = ((Client.name, word), (Client.number, number), (Client.email, word))
    return or_(*(column.icontains(part, autoescape=True) for column, part in told))


def _near(typed: str, named: Iterable[Row[int, str]]) -> list[int]:
    wanted = plain_name(typed)
    return [found for found, name in named if wanted and is_near(typed, name)][:MOST]
