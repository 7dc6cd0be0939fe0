"""The addresses of products: readable, and each of one product alone."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.dossiers import Dossier
from catalogue.products import Product


def free_slugs(session: Session, dossiers: Sequence[Dossier]) -> dict[str, str]:
    """An address for each new product: its name, with the SKU where another has that name."""
    wanted = {dossier.sku: _slug(dossier) for dossier in dossiers}
    alike = select(Product.slug).where(Product.slug.in_(set(wanted.values())))
    taken = set(session.scalars(alike)) if wanted else set()
    for sku, slug in wanted.items():
        if slug in taken:
            wanted[sku] = f"{slug}-{sku.lower()}"
        taken.add(slug)
    return wanted


def _slug(dossier: Dossier) -> str:
    plain = unicodedata.normalize("NFKD", dossier.name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70] or dossier.sku.lower()
