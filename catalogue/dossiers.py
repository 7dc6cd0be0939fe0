"""A dossier: what is known of a product and the documents that prove it, as values."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue.canonical import fingerprint, plain, restored
from catalogue.money import Money

# Currencies whose minor unit is not a hundredth (ISO 4217); all others have two places.
_PLACES = dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0)
_PLACES |= dict.fromkeys(("XAF", "XOF", "XPF"), 0) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)

Fact = bool | int | Decimal | str | tuple[object, ...]


def places_of(currency: str) -> int:
    """How many decimal places the currency's minor unit has."""
    return _PLACES.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document: what it proves, who issued it and on which days it is valid, both ends included.

    A practitioner's note has proof "note" and covers the id of the rule it settles. `sha256` is that of the
    stored file.
    """

    proof: str
    covers: tuple[str, ...]
    title: str
    issuer: str
    reference: str
    issued_on: date
    expires_on: date | None = None
    file: str | None = None
    page: str | None = None
    sha256: str | None = None

    def to_json(self) -> dict[str, object]:
        """The document's particulars in JSON's own types, lossless."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Evidence":
        """The inverse of `to_json`."""
        values = {name: restored(value) for name, value in stored.items()}
        for name in ("issued_on", "expires_on"):
            if isinstance(values.get(name), str):
                values[name] = date.fromisoformat(str(values[name]))
        return cls(**values)  # type: ignore[arg-type]  # written by to_json


@dataclass(frozen=True)
class Dossier:
    """A product as its maker or supplier describes it. Facts are in the units of the specification."""

    kind: str
    sku: str
    name: str
    brand: str
    manufacturer: str
    gtin: str | None
    price: Money | None
    facts: Mapping[str, Fact]
    evidence: tuple[Evidence, ...] = ()

    @functools.cached_property
    def stated(self) -> Mapping[str, Fact]:
        """The facts, with the price taken from the product where the facts do not repeat it."""
        if self.price is None or "price" in self.facts:
            return self.facts
        amount = Decimal(self.price.minor).scaleb(-places_of(self.price.currency))
        return {**self.facts, "price": amount}

    @property
    def currency(self) -> str | None:
        """The currency of the price; None when no price is stated beside the facts."""
        return self.price.currency if self.price else None

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 over what judging reads: kind, facts, currency and evidence, whatever their order."""
        documents = sorted((document.to_json() for document in self.evidence), key=fingerprint)
        return fingerprint([self.kind, self.stated, self.currency, documents])

    def to_json(self) -> dict[str, object]:
        """Facts and evidence in JSON's own types, lossless."""
        return {"facts": plain(self.facts), "evidence": [document.to_json() for document in self.evidence]}


def facts_from_json(stored: Mapping[str, object]) -> dict[str, Fact]:
    """The facts that `Dossier.to_json` wrote."""
    return {name: restored(value) for name, value in stored.items()}  # type: ignore[misc]
