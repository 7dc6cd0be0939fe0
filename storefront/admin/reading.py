"""Reading products for the admin's pages: the rows in a fixed number of queries, judged as they are on the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask import abort
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from catalogue import drafts, shelf
from catalogue.dossiers import Dossier
from catalogue.known_verdicts import KnownVerdict
from catalogue.products import DossierRow, Listing, Product
from catalogue.reports import Chapter, chapters
from catalogue.specification import Specification
from catalogue.verdicts import Finding
from catalogue.vetting import Report, judge
from storefront import clock
from storefront.db import db
from storefront.orders import gate

# One query for the products, one for their evidence, one for their batches.
LOADING = (
    joinedload(Product.dossier).selectinload(DossierRow.evidence),
    shelf.LISTED,
    selectinload(Product.batches),
)
MOST_UNLISTED = 100
_OPEN = ("missing", "unproven", "lapsed", "review")


@dataclass(frozen=True)
class Judged:
    """A product, its dossier as a value, and what the specification in force says of it on the day."""

    product: Product
    dossier: Dossier
    report: Report

    @cached_property
    def standing(self) -> str:
        return shelf.standing(self.product, 1, self.report.today, self.report.specification)

    @cached_property
    def free(self) -> int:
        """Units that may be sold on that day."""
        return shelf.units_for_sale(self.product, self.report.today, self.report.specification)

    @cached_property
    def chapters(self) -> list[Chapter]:
        return chapters(self.report)

    def findings(self, *verdicts: str) -> list[Finding]:
        return [finding for finding in self.report.findings if finding.verdict in verdicts]

    @property
    def open_findings(self) -> list[Finding]:
        """What keeps it from being accepted, short of failing."""
        return self.findings(*_OPEN)

    @property
    def is_ready_to_sign(self) -> bool:
        """Off sale, and nothing is missing but signatures: the second person's, and a practitioner's notes."""
        waiting = {finding.verdict for finding in self.open_findings}
        return self.standing in ("unlisted", "lapsed") and not self.findings("fail") and waiting <= {"review"}


def judged(product: Product, rules: Specification, today: date) -> Judged:
    dossier = drafts.dossier_of(product)
    return Judged(product, dossier, judge(dossier, rules, today))


def judged_today(sku: str) -> Judged:
    """A product as its pages show it, under the rules in force today."""
    return judged(product_or_404(sku), gate.rules_on(clock.today()), clock.today())


def product_or_404(sku: str) -> Product:
    """The product with everything that its pages show of it."""
    found = db.session.scalar(select(Product).where(Product.sku == sku).options(*LOADING))
    return found or abort(404)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def unlisted_products() -> Select[Product]:
    """Products that are not on sale; those that may become so before the rejected, newest change first."""
    found = select(Product).outerjoin(Product.listing).join(Product.dossier).where(Listing.id.is_(None))
    found = found.outerjoin(KnownVerdict, KnownVerdict.product_id == Product.id)
    order = (func.coalesce(KnownVerdict.verdict, "") == "rejected", DossierRow.changed_at.desc(), Product.id)
    return found.order_by(*order)


def unlisted(today: date) -> Sequence[Judged]:
    """The first of them, judged."""
    rows = db.session.scalars(unlisted_products().options(*LOADING).limit(MOST_UNLISTED))
    rules = gate.rules_on(today)
    return [judged(product, rules, today) for product in rows.unique()]
