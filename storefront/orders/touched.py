"""Whom a version of the specification touches: who is told, and the approvals that go beyond it, each with what is proposed in
the place of what falls. Nothing is approved here: a practitioner confirms one client at a time, with a new approval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import joinedload

from catalogue import drafts, rejudging, shelf, versions
from catalogue.base import among
from catalogue.products import Product
from catalogue.specification import Specification
from catalogue.versions import Publication
from storefront.db import db
from storefront.eligibility.approval_rules import Limits, allowed_classes, allowed_serums
from storefront.eligibility.models import Approval, ApprovedSerum, Client, Withdrawal
from storefront.eligibility.product_rules import allergens_of, needle_um
from storefront.eligibility.records import RECORD
from storefront.eligibility.rules import approval_in_force
from storefront.messages.actions import queue_message
from storefront.orders.basket_models import BasketLine
from storefront.orders.consequences import allows, ceiling_of

LOADING = (*shelf.LOADING, *drafts.LOADING)


@dataclass(frozen=True, slots=True)
class Beyond:
    """An approval in force that a version touches, what falls of what it allows with what to offer instead, and the limits
    that are proposed."""

    client: Client
    approval: Approval
    instead: tuple[tuple[Product, Product | None], ...]
    limits: Limits

    @property
    def mark(self) -> str:
        """What a practitioner has before them when they confirm it."""
        serums = "-".join(map(str, sorted(self.limits.serum_ids)))
        return f"{self.approval.id}:{self.limits.greatest_needle_um}:{serums}"


def rules_to_meet(today: date) -> Specification:
    """The version that comes next, else the one in force."""
    coming = versions.published(db.session(), after=today)
    return coming[0][1] if coming else versions.in_force(db.session(), today)


def beyond(rules: Specification, today: date) -> list[Beyond]:
    """Every approval in force that goes beyond these rules, or allows a roller that falls by them and was not confirmed since
    they were published; by the client's number; a fixed number of queries."""
    found = select(Product).join(Product.listing).order_by(Product.id).options(*LOADING)
    listed = db.session.scalars(found.execution_options(populate_existing=True)).unique().all()
    stays = [product for product in listed if shelf.counting(product, rules)]
    falls = [product for product in listed if product not in stays and shelf.judgement_by(product, rules)]
    ceiling = ceiling_of(rules)
    which = or_(_goes_beyond(ceiling, falls), _unconfirmed(rules, falls))
    clients = select(Client).where(Client.id.in_(live(today, which))).order_by(Client.number)
    loaded = db.session.scalars(clients.options(*RECORD).execution_options(populate_existing=True)).unique()
    return [_beyond(client, today, ceiling, falls, stays) for client in loaded]


def live(today: date, which: ColumnElement[bool]) -> Select[int]:
    """The clients whose latest approval is in force and is such."""
    latest = select(func.max(Approval.id)).group_by(Approval.client_id)
    withdrawn = exists().where(Withdrawal.approval_id == Approval.id)
    in_force = (Approval.id.in_(latest), Approval.valid_until >= today, ~withdrawn)
    return select(Approval.client_id).where(*in_force, which)


def clients_of(falls: Sequence[Product], ceiling: int | None, today: date) -> Select[Client]:
    """Who may buy one of these products or has it in the basket, or is approved beyond the ceiling. Whoever has ordered one may
    buy it; an order that stops has a mail of its own besides."""
    kits = allows(falls) if ceiling is None else or_(allows(falls), Approval.greatest_needle_um > ceiling)
    ids = [product.id for product in falls]
    baskets = select(BasketLine.client_id).where(among(BasketLine.product_id, ids))
    return select(Client).where(or_(Client.id.in_(live(today, kits)), Client.id.in_(baskets))).order_by(Client.id)


def count_touched(falls: Sequence[Product], rules: Specification, before: Specification, today: date) -> int:
    """How many clients a note about this change goes to."""
    return count_of(clients_of(falls, lower_ceiling(rules, before), today))


def count_of(clients: Select[Client]) -> int:
    ids = clients.with_only_columns(Client.id).order_by(None)
    return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def lower_ceiling(rules: Specification, before: Specification) -> int | None:
    """The longest needle that the rules allow, where that is shorter than it was before."""
    now, was = ceiling_of(rules), ceiling_of(before)
    return now if now is not None and (was is None or now < was) else None


def tell(clients: Select[Client], note: str, now: datetime) -> None:
    """Queues the note to each of them; an empty note is none."""
    for client in db.session.scalars(clients) if note else ():
        queue_message("rules_changed", client.email, now, about=client.number, client=client, note=note)


def tell_of_switch(publication_id: int, now: datetime) -> None:
    """Queues the note of a version that took force to whom it touches: what counted the day before and does not now."""
    found = select(Publication).where(Publication.id == publication_id).options(joinedload(Publication.version))
    publication = db.session.scalars(found.execution_options(populate_existing=True)).one()
    first = publication.in_force_from
    rules = versions.of_publication(db.session(), publication)
    before = versions.in_force(db.session(), first - timedelta(days=1))
    fallen = rejudging.fallen(db.session(), rules)
    falls = [product for product in fallen if shelf.counting(product, before)]
    tell(clients_of(falls, lower_ceiling(rules, before), first), publication.version.note, now)


def _goes_beyond(ceiling: int | None, falls: Sequence[Product]) -> ColumnElement[bool]:
    """A serum that was approved by its name; out of an approved class it falls by itself."""
    serums = [product.id for product in falls if product.kind == "serum"]
    has_fallen = exists().where(ApprovedSerum.approval_id == Approval.id, among(ApprovedSerum.product_id, serums))
    return or_(has_fallen, Approval.greatest_needle_um > ceiling) if ceiling is not None else has_fallen


def _unconfirmed(rules: Specification, falls: Sequence[Product]) -> ColumnElement[bool]:
    """Approvals from before the version was published, of a roller that counted until it."""
    published_at = db.session.scalar(select(Publication.published_at).where(Publication.hash == rules.hash))
    before = versions.in_force(db.session(), rules.in_force_from - timedelta(days=1))
    rollers = [product for product in falls if product.kind == "roller" and shelf.counting(product, before)]
    if published_at is None or not rollers:
        return false()
    return and_(allows(rollers), Approval.at <= published_at)


def _beyond(
    client: Client, today: date, ceiling: int | None, falls: Sequence[Product], stays: Sequence[Product]
) -> Beyond:
    approval = approval_in_force(client, today)
    assert approval is not None  # asked for in the query
    depth = min(approval.greatest_needle_um, ceiling) if ceiling is not None else approval.greatest_needle_um
    serums = allowed_serums(approval)
    touched = [product for product in falls if _allows(approval, product, serums)]
    instead = tuple((product, _nearest(product, stays, depth, client)) for product in touched)
    kept = serums - {product.id for product in touched}
    new = {other.id for product, other in instead if other is not None and product.kind == "serum"}
    return Beyond(
        client, approval, instead, replace(_limits_of(approval), greatest_needle_um=depth, serum_ids=kept | new)
    )


def _allows(approval: Approval, product: Product, serums: frozenset[int]) -> bool:
    if product.kind == "serum":
        return product.id in serums
    depth = needle_um(product)
    return depth is not None and depth <= approval.greatest_needle_um


def _nearest(product: Product, stays: Sequence[Product], depth: int, client: Client) -> Product | None:
    """What stays on sale of its kind, brings this client no allergy and is short enough: the one nearest in price."""
    others = [other for other in stays if other.kind == product.kind and not allergens_of(client, other)]
    fitting = [other for other in others if other.kind == "serum" or (needle_um(other) or depth + 1) <= depth]
    return min(fitting, key=lambda other: abs(other.price_minor - product.price_minor), default=None)


def _limits_of(approval: Approval) -> Limits:
    return Limits(
        greatest_needle_um=approval.greatest_needle_um,
        serum_classes=allowed_classes(approval),
        reorder_days=approval.reorder_days,
        quantity=approval.quantity,
        uses_per_roller=approval.uses_per_roller,
        valid_until=approval.valid_until,
        note=approval.note,
        deep_note=approval.deep_note,
        review_note=approval.review_note,
    )
