"""The demo clinic as a newcomer finds it: somebody in every state that the gate knows, an order in every state, and nothing
in it that the audit would name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from catalogue import shelf
from catalogue.batches import Batch
from catalogue.products import Product, Vetting
from catalogue.supplier_files import ImportRow
from storefront import clock
from storefront.app import create_app
from storefront.db import db
from storefront.eligibility.models import Client, Qualification
from storefront.eligibility.product_rules import Wanted
from storefront.eligibility.reasons import REASONS
from storefront.eligibility.records import load_client
from storefront.orders import gate
from storefront.orders.audit import broken_rows
from storefront.orders.models import Order
from storefront.orders.rules import MOVES
from tests.databases import settings_for
from tests.demo import copy_rows


@pytest.fixture
def clinic(first_start: Path, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_for(copy_rows(first_start, tmp_path / "copy.sqlite3"), tmp_path))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_somebody_is_in_every_state_that_the_gate_knows(clinic: Flask) -> None:
    products = gate.lock_products(db.session.scalars(select(Product.id)).all())
    found: set[str] = set()
    for client_id in db.session.scalars(select(Client.id)).all():
        client = load_client(client_id)
        for product in products.values():
            for quantity in (1, 9):
                found |= set(gate.ask(client, [Wanted(product, quantity)], clock.today()).codes)
    assert found == set(REASONS) | {"not-vetted", "no-batch"}


def test_an_order_is_in_every_state(clinic: Flask) -> None:
    assert set(db.session.scalars(select(Order.status))) == set(MOVES)


def test_the_audit_names_nothing(clinic: Flask) -> None:
    assert list(broken_rows(clock.today())) == []


def test_seven_rollers_of_which_one_waits_and_six_serums_four_of_each_on_the_shelf(clinic: Flask) -> None:
    products = list(db.session.scalars(select(Product).options(*shelf.LOADING)).unique())
    rules = gate.rules_on(clock.today())
    for kind in ("roller", "serum"):
        offered = [product for product in products if product.kind == kind]
        on_shelf = [one for one in offered if shelf.verdict(one, 1, clock.today(), rules).is_yes]
        assert (len(offered), len(on_shelf)) == (7 if kind == "roller" else 6, 4), kind
    assert set(db.session.scalars(select(Vetting.verdict))) == {"accepted", "rejected"}


def test_batches_are_fresh_expiring_expired_held_and_waiting(clinic: Flask) -> None:
    batches = list(db.session.scalars(select(Batch)))
    assert {batch.status for batch in batches} == {"released", "held", "waiting", "recalled"}
    assert any(batch.is_expired(clock.today()) for batch in batches)
    soon = [batch for batch in batches if not batch.is_expired(clock.today()) and batch.status == "released"]
    months = gate.rules_on(clock.today()).shelf_life_months("serum")
    assert any(not shelf.is_for_sale(batch, clock.today(), months) for batch in soon), "too near its end to be sold"


def test_one_practitioners_certificate_has_lapsed(clinic: Flask) -> None:
    days = list(db.session.scalars(select(Qualification.expires_on).order_by(Qualification.expires_on)))
    assert days[0] < clock.today() < days[1]


def test_a_row_of_a_suppliers_file_failed_and_one_is_refused(clinic: Flask) -> None:
    """So that the desk shows what to do about them."""
    assert {"failed", "refused", "new"} <= set(db.session.scalars(select(ImportRow.state)))
