"""The clinic's terms of delivery as values: ways, countries with their rates of VAT, and where nothing is sent, from
`delivery.toml` with the clinic's own entries over them. Loading refuses what it does not know, and whatever would ship to the
United States."""

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from catalogue.money import Money
from catalogue.products import KINDS

OURS = Path(__file__).parent / "delivery.toml"
HOME = "GB"
# The United States and their territories: no policy opens them, and the database keeps no order that goes there.
NEVER = ("US", "PR", "GU", "VI", "AS", "MP", "UM")
LEAVES = {"post": "Delivery by post", "collection": "Collection at the clinic"}
ENTRIES = {
    "way": ("name", "leaves", "prices", "source"),
    "country": ("name", "rates", "postcode", "example", "note", "desk", "why_not", "source"),
    "closed": ("name", "codes", "why", "source"),
}
MAY_BE_EMPTY = ("note", "desk", "why_not")
CODE = re.compile(r"[A-Z]{2}", re.ASCII)
REST = "elsewhere"


class TermsError(ValueError):
    """The terms cannot be relied on; names the file, the entry and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which an order reaches its client; `prices` in pence by country."""

    code: str
    name: str
    leaves: str
    prices: Mapping[str, int] = field(hash=False)
    source: str

    @property
    def is_posted(self) -> bool:
        return self.leaves == "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country that was thought of. `note` is for the client, `desk` for whoever packs; `why_not` where nothing is sent there."""

    code: str
    name: str
    rates: Mapping[str, Decimal] = field(hash=False)
    postcode: re.Pattern[str]
    example: str
    note: str
    desk: str
    why_not: str
    source: str

    def has(self, postcode: str) -> bool:
        return self.postcode.fullmatch(postcode.upper()) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Countries to which nothing is sent, and why."""

    name: str
    codes: frozenset[str]
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What the clinic delivers, how and where to; `countries` are those that are sent to."""

    ways: Mapping[str, Way] = field(hash=False)
    countries: Mapping[str, Country] = field(hash=False)
    closed: Mapping[str, Closed] = field(hash=False)

    def name_of(self, country: str) -> str:
        """The name of a country; its code where it is sent to no longer."""
        return self.countries[country].name if country in self.countries else country

    def why_closed(self, country: str) -> Closed:
        """Why nothing is sent there; what is listed nowhere is elsewhere."""
        return next((each for each in self.closed.values() if country in each.codes), self.closed[REST])

    def price(self, way: str, country: str) -> Money:
        """What this way costs. KeyError when there is none, or it does not go there."""
        return Money(self.ways[way].prices[country])

    def price_collected(self) -> Money:
        """What it costs at least to collect an order; nothing where no way says so."""
        return Money(min((way.prices[HOME] for way in self.ways.values() if not way.is_posted), default=0))

    def offers(self) -> Iterator[tuple[str, str]]:
        """Every way to every country that it goes to."""
        yield from ((way.code, country) for way in self.ways.values() for country in way.prices)


def rate_of(terms: Terms, kind: str, country: str) -> Decimal:
    """Per cent of VAT on this class of product, sent to this country. Whatever asks for a rate asks here."""
    return terms.countries[country].rates[kind]


@functools.cache
def load_terms(own: Path | None = None) -> Terms:
    """Our terms with the clinic's own entries over them. Refuses when an entry is unknown, incomplete or makes no sense."""
    told = _read(OURS)
    if own is not None:
        for table, entries in _read(own).items():
            told[table] |= entries
    file = own or OURS
    known = {code: _country(file, code, entry) for code, entry in told["country"].items()}
    ways = {code: _way(file, code, entry, known) for code, entry in told["way"].items()}
    found = Terms(
        {code: way for code, way in ways.items() if way.prices},
        {code: country for code, country in known.items() if not country.why_not},
        {
            **{code: _not_sent_to(country) for code, country in known.items() if country.why_not},
            **{name: _closed(file, name, entry) for name, entry in told["closed"].items()},
        },
    )
    _check(file, found)
    return found


def _not_sent_to(country: Country) -> Closed:
    told = {"name": country.name, "why": country.why_not, "source": country.source}
    return Closed(codes=frozenset((country.code,)), **told)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TermsError(f"{path.name}: {error}") from error
    for table, entries in told.items():
        if table not in ENTRIES:
            raise TermsError(f"{path.name}: {table}: unknown")
        for name, entry in entries.items():
            _check_entry(f"{path.name}: {table}.{name}", table, entry)
    return told


def _check_entry(where: str, table: str, entry: Any) -> None:
    """Every part is there, no other, and no text is empty that is needed."""
    if not isinstance(entry, dict) or set(entry) != set(ENTRIES[table]):
        raise TermsError(f"{where}: needs {', '.join(ENTRIES[table])}, and nothing else")
    for name, value in entry.items():
        kind = {"prices": dict, "rates": dict, "codes": list}.get(name, str)
        if not isinstance(value, kind) or (kind is str and not value.strip() and name not in MAY_BE_EMPTY):
            raise TermsError(f"{where}: {name}: missing or of the wrong kind")


def _way(path: Path, code: str, told: Mapping[str, Any], known: Mapping[str, Country]) -> Way:
    """What is priced for a country that is closed is left out, and so is a way that then goes nowhere."""
    where = f"{path.name}: way.{code}"
    if told["leaves"] not in LEAVES:
        raise TermsError(f"{where}: leaves: one of {', '.join(LEAVES)}")
    if not re.fullmatch(r"[a-z]{2,20}", code):
        raise TermsError(f"{where}: a code of 2 to 20 small letters")
    if any(type(price) is not int or price < 0 for price in told["prices"].values()):
        raise TermsError(f"{where}: prices: whole pence")
    if strange := set(told["prices"]) - set(known):
        raise TermsError(f"{where}: prices: no country {min(strange)}")
    prices = {country: price for country, price in told["prices"].items() if not known[country].why_not}
    return Way(code=code, **{**told, "prices": prices})


def _country(path: Path, code: str, told: Mapping[str, Any]) -> Country:
    where = f"{path.name}: country.{code}"
    if code in NEVER:
        raise TermsError(f"{where}: nothing is ever sent to the United States or their territories")
    if not CODE.fullmatch(code):
        raise TermsError(f"{where}: a code of ISO 3166-1, two capital letters")
    if set(told["rates"]) != set(KINDS):
        raise TermsError(f"{where}: rates: one for each of {', '.join(KINDS)}, and no other")
    try:
        pattern = re.compile(told["postcode"], re.ASCII)
    except re.error as error:
        raise TermsError(f"{where}: postcode: {error}") from error
    if not pattern.fullmatch(told["example"]):
        raise TermsError(f"{where}: example: is no postcode of this form")
    rates = {kind: _rate(where, rate) for kind, rate in told["rates"].items()}
    return Country(code=code, **{**told, "rates": rates, "postcode": pattern})


def _rate(where: str, told: Any) -> Decimal:
    try:
        rate = Decimal(told if isinstance(told, str) else "none")
    except InvalidOperation:
        rate = Decimal(-1)
    if not 0 <= rate < 100:
        raise TermsError(f'{where}: rates: per cent as text, such as "20"')
    return rate


def _closed(path: Path, name: str, told: Mapping[str, Any]) -> Closed:
    if any(not isinstance(code, str) or not CODE.fullmatch(code) for code in told["codes"]):
        raise TermsError(f"{path.name}: closed.{name}: codes: two capital letters each")
    return Closed(**{**told, "codes": frozenset(told["codes"])})


def _check(path: Path, terms: Terms) -> None:
    """What binds entries together: every country has a way that goes there, and no two take the same postcodes."""
    if HOME not in terms.countries or REST not in terms.closed:
        raise TermsError(f"{path.name}: country.{HOME} is sent to, and closed.{REST} says why others are not")
    for way in terms.ways.values():
        if not way.is_posted and set(way.prices) != {HOME}:
            raise TermsError(f"{path.name}: way.{way.code}: prices: collected at the clinic, so for {HOME} alone")
    for code, country in terms.countries.items():
        if not any(way.is_posted and code in way.prices for way in terms.ways.values()):
            raise TermsError(f"{path.name}: country.{code}: no way goes there")
        for other in terms.countries.values():
            if other.code != code and other.has(country.example):
                raise TermsError(f"{path.name}: country.{code}: postcode: {other.code} takes it for its own")
