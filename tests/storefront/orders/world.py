"""A small shop for the tests of orders: people, approved clients, products on sale, made by the same verbs as in real life."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from catalogue.batches import Batch
from catalogue.journal import SYSTEM, Who
from catalogue.products import Product
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.db import db
from storefront.eligibility import actions as care
from storefront.eligibility.models import Client, Qualification
from storefront.eligibility.recheck_rules import NOTHING_NEW
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.rules import Limits
from storefront.eligibility.screenings import Given
from storefront.eligibility.treatments import AreaTold, TreatmentTold
from storefront.orders import baskets
from storefront.orders.actions import place_order
from storefront.orders.models import Order
from storefront.orders.rules import Delivery
from tests.catalogue import samples
from tests.storefront.agreed import agree

BY_POST = Delivery("post", "Mara Finch", "1 Example Road\nLondon\nN1 9GU")
ADMIN = samples.ADMIN
TODAY = date(2026, 11, 22)
NOW = datetime.combine(TODAY, time(10), UTC)
FACE = (AreaTold(needle_um=500),)


def practitioner(email: str = "ines@example.org") -> Who:
    """A practitioner whose training certificate is valid; the same one for the same address."""
    account = db.session.scalar(select(Account).where(Account.email == email))
    if account is None:
        account = make_account(email, "Dr Ines Holt", "practitioner", SYSTEM, NOW, "seven small blue boats")
        db.session.flush()
        valid = TODAY + timedelta(days=400)
        db.session.add(Qualification(account_id=account.id, title="Needling", expires_on=valid))
        db.session.flush()
    return account.who


def new_client(name: str = "Mara Finch", email: str = "mara@example.org") -> Client:
    """A client about whom nothing is known yet but that they agreed to treatments long ago."""
    account = make_account(email, name, "client", SYSTEM, NOW)
    db.session.flush()
    client = care.register_client(account, date(1988, 4, 9), practitioner(), NOW)
    agree(client.id)
    return client


def answers(**others: str) -> Mapping[str, Given]:
    """ "No" to every question; others by the code of the condition, dashes as underscores."""
    codes = [condition.code for condition in clinic_policy().conditions]
    return {code: Given(others.get(code.replace("-", "_"), "no")) for code in codes}


def limits(serums: tuple[int, ...] = (), **others: Any) -> Limits:
    usual: dict[str, Any] = {
        "greatest_needle_um": 200,
        "serum_ids": frozenset(serums),
        "reorder_days": 70,
        "quantity": 1,
        "uses_per_roller": 10,
        "valid_until": TODAY + timedelta(days=300),
    }
    return Limits(**{**usual, **others})


def approve(
    client_id: int, serums: tuple[int, ...] = (), today: date = TODAY, now: datetime = NOW, **others: Any
) -> None:
    care.grant_approval(client_id, limits(serums, **others), practitioner(), today, now)


def approved_client(
    name: str = "Mara Finch", email: str = "mara@example.org", serums: tuple[int, ...] = (), **others: Any
) -> Client:
    """A client with a course from the clinic's papers, a clean screening and an approval."""
    client = new_client(name, email)
    told = [TreatmentTold(treated_on=TODAY - timedelta(days=days), areas=FACE) for days in (190, 145, 100)]
    care.take_over_course(client.id, told, "From the clinic's own papers.", practitioner(), TODAY, NOW)
    care.answer_screening(client.id, answers(), client_who(client), TODAY, NOW)
    approve(client.id, serums, **others)
    return client


def client_who(client: Client) -> Who:
    return Who(client.account_id, client.name, "client")


def on_sale(sku: str = "RL-020", kind: str = "roller", units: int = 10) -> Product:
    return samples.on_sale(db.session(), kind, sku, units, TODAY)


def another_batch(product: Product, units: int = 5, days: int = 800) -> Batch:
    return samples.released(db.session(), product, units, TODAY + timedelta(days=days), TODAY)


def placed(
    client: Client,
    product: Product,
    quantity: int = 1,
    now: datetime = NOW,
    today: date = TODAY,
    to: Delivery = BY_POST,
) -> Order:
    """The client's order for one product, awaiting its payment."""
    baskets.put_in_basket(client.id, product.sku, quantity, now, today)
    db.session.flush()
    return place_order(client.id, to, NOTHING_NEW, client_who(client), now, today)
