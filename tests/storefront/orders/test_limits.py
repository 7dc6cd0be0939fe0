"""Quantity and interval hold however the goods are spread: over orders, over products that stand in for each other."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from catalogue.verdicts import Refused
from storefront.db import transaction
from storefront.orders import baskets
from storefront.orders.audit import broken_rows
from storefront.orders.records import purchases_of
from tests.storefront.orders import world
from tests.storefront.orders.test_early_orders import SOON, THEN, accepted, grant, refusal, wish
from tests.storefront.orders.world import NOW, TODAY

CLASS = frozenset({"water_binding"})


def test_serums_of_one_approved_class_are_counted_together(session: Session) -> None:
    with transaction():
        one, other = world.on_sale("SE-001", "serum"), world.on_sale("SE-002", "serum")
        client = world.approved_client(serum_classes=CLASS, quantity=2)
    with transaction():
        baskets.put_in_basket(client.id, one.sku, 2, NOW, TODAY)
    with pytest.raises(Refused) as refused, transaction():
        baskets.put_in_basket(client.id, other.sku, 1, NOW, TODAY)
    assert refused.value.verdict.codes == ("too-many",)
    with transaction():
        baskets.remove_line(client.id, one.sku, NOW)
    accepted(client, one)
    assert [each.classes >= CLASS for each in purchases_of(client.id)] == [True]
    for serum in (one, other):
        assert refusal(client, serum) == ("too-soon",)
    grant(client, wish(client, other))
    number = accepted(client, other, THEN, SOON, "pi_2")
    assert list(broken_rows(SOON)) == []
    on_table = "" if session.get_bind().dialect.name == "sqlite" else " ON early_use"
    session.execute(text(f"DROP TRIGGER early_use_is_kept{on_table}"))
    session.execute(text("DELETE FROM early_use"))
    session.execute(text("UPDATE order_line SET quantity = 3 WHERE sku = 'SE-001'"))
    said = list(broken_rows(SOON))
    assert f"order {number}, line SE-002: bought again too soon, as one of water_binding" in said
    assert any("line SE-001: 3 of water_binding, its approval allows 2" in row for row in said)
