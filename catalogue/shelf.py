"""May this product be sold today: signed for as it is now, under the specification in force, its proofs not lapsed, and a
batch with units that last long enough. Asked at the moment of reading, so that no job has to run for a product to go."""

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import joinedload, selectinload

from catalogue.batches import Batch
from catalogue.judgements import Judgement
from catalogue.products import Listing, Product, Vetting
from catalogue.specification import Specification
from catalogue.validity import months_after
from catalogue.verdicts import Reason, Verdict

# What a select of Product has to load before it can be asked whether it is vetted, and its shelf.
LISTED = joinedload(Product.listing).options(joinedload(Listing.vetting), joinedload(Listing.judgements))
LOADING = (LISTED, selectinload(Product.batches))

NOT_VETTED = Reason(
    "not-vetted",
    "This product has no current vetting, so it is not for sale.",
    "the clinic",
    "Choose another product, or ask the clinic when it will be back.",
)


def verdict(product: Product, quantity: int, today: date, rules: Specification) -> Verdict:
    """Whether so many units may be sold on that day, under the rules in force on it; every reason at once."""
    reasons = []
    if not is_vetted(product, today, rules):
        reasons.append(not_vetted(product, rules))
    free = units_for_sale(product, today, rules)
    if free < max(quantity, 1):
        told = f"Only {free} in stock." if free else "None in stock."
        reasons.append(
            Reason("no-batch", told, "the clinic", "Take fewer, or ask the clinic when more arrive.", product.sku)
        )
    return Verdict(tuple(reasons))


def counting(product: Product, rules: Specification) -> Vetting | Judgement | None:
    """What says that a listed product meets these rules: its vetting, where that was made under them, else the judgement
    passed beforehand on the dossier that was vetted. None when nothing does: unknown is refused."""
    listing = product.listing
    if listing is None:
        return None
    if listing.vetting.specification_hash == rules.hash:  # what the rules say counts, not what they are called
        return listing.vetting
    judgement = judgement_by(product, rules)
    return judgement if judgement and judgement.verdict == "accepted" else None


def judgement_by(product: Product, rules: Specification) -> Judgement | None:
    """What these rules say of the dossier on sale, where they were not those of its vetting."""
    judgements = product.listing.judgements if product.listing else ()
    return next((one for one in judgements if one.specification_hash == rules.hash), None)


def is_vetted(product: Product, today: date, rules: Specification) -> bool:
    """Listed, found good under these rules, and no proof that it needs has lapsed (the last day counts)."""
    found = counting(product, rules)
    return found is not None and (found.lapses_on is None or today <= found.lapses_on)


def not_vetted(product: Product, rules: Specification) -> Reason:
    """Why a product is not vetted, in words that a client can read; a rule that refuses it is named."""
    judgement = judgement_by(product, rules)
    if judgement is None or judgement.verdict == "accepted":
        return _about(product, NOT_VETTED)
    return _about(product, refused_by(judgement, rules))


def refused_by(judgement: Judgement, rules: Specification) -> Reason:
    """The reason that names the rules of a version which speak against a product that was vetted under another."""
    against = "; ".join(f"{rules.rule(id).title} ({rules.rule(id).demanded})" for id in judgement.rules_against)
    told = f"Our safety rules have changed, and this product does not meet them: {against}. It is no longer for sale."
    return replace(NOT_VETTED, text=told)


def units_for_sale(product: Product, today: date, rules: Specification) -> int:
    """Free units of released batches with the shelf life left that the rules ask for."""
    months = rules.shelf_life_months(product.kind)
    return sum(batch.free for batch in product.batches if is_for_sale(batch, today, months))


def is_for_sale(batch: Batch, today: date, months: int) -> bool:
    """Released, and good for so many months more; the printed date is the last day on which it may be used."""
    return batch.status == "released" and batch.expires_on >= months_after(today, months)


def standing(product: Product, quantity: int, today: date, rules: Specification) -> str:
    """In one word where a product stands: on-sale, no-batch, lapsed (its listing no longer counts), or unlisted."""
    if product.listing is None:
        return "unlisted"
    codes = verdict(product, quantity, today, rules).codes
    return "lapsed" if "not-vetted" in codes else codes[0] if codes else "on-sale"


def _about(product: Product, reason: Reason) -> Reason:
    return replace(reason, sku=product.sku)
