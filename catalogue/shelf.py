"""May this product be sold today: signed for as it is now, under the specification in force, its proofs not lapsed, and a
batch with units that last long enough. Asked at the moment of reading, so that no job has to run for a product to go."""

from datetime import date

from sqlalchemy.orm import joinedload, selectinload

from catalogue import specification
from catalogue.batches import Batch
from catalogue.products import Listing, Product
from catalogue.validity import months_after
from catalogue.verdicts import Reason, Verdict

# What a select of Product has to load before its shelf can be asked.
LOADING = (joinedload(Product.listing).joinedload(Listing.vetting), selectinload(Product.batches))

NOT_VETTED = Reason(
    "not-vetted",
    "This product has no current vetting, so it is not for sale.",
    "the clinic",
    "Choose another product, or ask the clinic when it will be back.",
)


def verdict(product: Product, quantity: int, today: date, specification_version: str) -> Verdict:
    """Whether so many units may be sold on that day; every reason at once."""
    reasons = []
    if not is_vetted(product, today, specification_version):
        reasons.append(_about(product, NOT_VETTED))
    free = units_for_sale(product, today)
    if free < max(quantity, 1):
        told = f"Only {free} in stock." if free else "None in stock."
        reasons.append(
            Reason("no-batch", told, "the clinic", "Take fewer, or ask the clinic when more arrive.", product.sku)
        )
    return Verdict(tuple(reasons))


def is_vetted(product: Product, today: date, specification_version: str) -> bool:
    """Listed, under this version of the specification, and no proof that it needs has lapsed (the last day counts)."""
    listing = product.listing
    if listing is None or listing.vetting.specification_version != specification_version:
        return False
    lapses_on = listing.vetting.lapses_on
    return lapses_on is None or today <= lapses_on


def units_for_sale(product: Product, today: date, months: int | None = None) -> int:
    """Free units of released batches with the shelf life left that the specification in force (or `months`) asks for."""
    return sum(batch.free for batch in product.batches if is_for_sale(batch, product.kind, today, months))


def is_for_sale(batch: Batch, kind: str, today: date, months: int | None = None) -> bool:
    """Released, and good for so many months more; the printed date is the last day on which it may be used."""
    asked = months_asked(kind) if months is None else months
    return batch.status == "released" and batch.expires_on >= months_after(today, asked)


def months_asked(kind: str) -> int:
    """R-EXP-01 and S-EXP-01 of the specification in force."""
    return specification.load().shelf_life_months(kind)


def standing(product: Product, quantity: int, today: date, specification_version: str) -> str:
    """In one word where a product stands: on-sale, no-batch, lapsed (its listing no longer counts), or unlisted."""
    if product.listing is None:
        return "unlisted"
    codes = verdict(product, quantity, today, specification_version).codes
    return "lapsed" if "not-vetted" in codes else codes[0] if codes else "on-sale"


def _about(product: Product, reason: Reason) -> Reason:
    return Reason(reason.code, reason.text, reason.lifted_by, reason.next_step, product.sku)
