"""What the list of products is narrowed by, as its address says it: the page, its exports and its links read the same."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from werkzeug.datastructures import MultiDict

from catalogue import search
from catalogue.known_verdicts import KnownVerdict, verdict_on
from catalogue.products import KINDS, Listing, Product, Vetting
from catalogue.specification import Specification
from catalogue.standings import STANDINGS, standing_is, vetted
from storefront.db import db

VERDICTS = ("accepted", "incomplete", "rejected")
LAPSING = ("7", "30", "60")  # days
_LAPSES_ON = select(Vetting.lapses_on).join(Listing, Listing.vetting_id == Vetting.id)
_LAST_DAY = _LAPSES_ON.where(Listing.product_id == Product.id).scalar_subquery()
SORTS: Mapping[str, tuple[str, tuple[Any, ...]]] = {
    "name": ("Name", (Product.name, Product.id)),
    "sku": ("SKU", (Product.sku,)),
    "newest": ("Newest first", (Product.created_at.desc(), Product.id.desc())),
    "lapsing": ("Lapses first", (_LAST_DAY.is_(None), _LAST_DAY, Product.id)),
    "price": ("Price", (Product.price_minor, Product.id)),
}


@dataclass(frozen=True)
class ProductFilters:
    """Empty means any. What is not one of the choices is left out."""

    q: str = ""
    kind: str = ""
    standing: str = ""
    verdict: str = ""
    lapsing: str = ""
    maker: str = ""
    sort: str = ""

    @classmethod
    def read(cls, arguments: MultiDict[str, str]) -> "ProductFilters":
        choices = {"kind": KINDS, "standing": STANDINGS, "verdict": VERDICTS, "lapsing": LAPSING, "sort": tuple(SORTS)}
        told = {name: arguments.get(name, "") for name in choices}
        chosen = {name: value if value in choices[name] else "" for name, value in told.items()}
        texts = {name: arguments.get(name, "").strip()[:100] for name in ("q", "maker")}
        return cls(**chosen, **texts)

    @property
    def arguments(self) -> dict[str, str]:
        """What an address says of them."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but words and order is chosen."""
        return bool(self.arguments.keys() - {"q", "sort"})

    def conditions(self, today: date, rules: Specification) -> list[ColumnElement[bool]]:
        found = [Product.kind == self.kind] if self.kind else []
        if self.standing:
            found.append(standing_is(today, rules)[self.standing])
        if self.verdict:
            known = select(KnownVerdict.product_id).where(verdict_on(today) == self.verdict)
            found.append(Product.id.in_(known))
        if self.lapsing:
            found.append(vetted(today, rules, int(self.lapsing)))
        if self.maker:
            found.append(Product.manufacturer.icontains(self.maker, autoescape=True))
        return found

    def chosen(self, today: date, rules: Specification) -> tuple[Select[Product], bool]:
        """The products in the order asked for, what is meant by the words first; and whether there were too many to tell."""
        conditions, order = self.conditions(today, rules), SORTS[self.sort or "name"][1]
        if not self.q:
            return select(Product).where(*conditions).order_by(*order), False
        ids, is_cut = search.found(db.session(), self.q, *conditions)
        first = () if self.sort else (search.rank(self.q),)
        found = select(Product).where(Product.id.in_(ids)).order_by(*first, *order)
        return found, is_cut

    def all_chosen(self, today: date, rules: Specification) -> Select[Product]:
        """The same for a file: all of them, however many the words find."""
        conditions, order = self.conditions(today, rules), SORTS[self.sort or "name"][1]
        first = (search.rank(self.q),) if self.q and not self.sort else ()
        found = select(Product).where(Product.id.in_(search.hits(db.session(), self.q))) if self.q else select(Product)
        return found.where(*conditions).order_by(*first, *order)


def oldest_judgement() -> date | None:
    """As of when at least the verdicts are known by which the list is filtered."""
    return db.session.scalar(select(KnownVerdict.judged_on).order_by(KnownVerdict.judged_on).limit(1))
