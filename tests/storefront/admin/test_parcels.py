"""From the shelf to the carrier: the round past the shelves, many parcels in one press with the gate at the door of each, and the
list that the carrier gets."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storefront import clock
from storefront.admin.parcels import address_parts
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.messages.models import Message
from storefront.orders import dispatch
from storefront.orders.audit import broken_rows
from storefront.orders.models import Order, OrderLine, Parcel
from tests.storefront.admin.test_exports import take
from tests.storefront.orders import world
from tests.storefront.orders.test_tracing import sold
from tests.storefront.orders.world import ADMIN, NOW, TODAY

CODE = "RL-020-001"


@pytest.fixture(autouse=True)
def at_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def paid(email: str) -> str:
    with transaction():
        product = world.on_sale() if email == "a@example.org" else None
    return sold(product or world.samples.loaded(world.db.session(), "RL-020"), email, is_sent=False).number


def pack(session: Session, number: str, grams: int | None = None) -> None:
    with transaction():
        line = session.scalars(select(OrderLine.id).join(Order).where(Order.number == number)).one()
        dispatch.pack_order(number, {line: [CODE]}, ADMIN, NOW, TODAY, grams)


def statuses(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Order.status).order_by(Order.id)))


def test_from_the_shelf_to_the_carrier(session: Session, admin: FlaskClient, count_queries: Any) -> None:
    numbers = [paid("a@example.org"), paid("b@example.org")]
    pack(session, numbers[1], 310)
    few = counted(admin, count_queries)
    numbers.append(paid("c@example.org"))
    walk_past_the_shelves(admin, numbers)
    assert counted(admin, count_queries)[0] == few[0], "the queries do not grow with the orders to pack"
    pack(session, numbers[2])
    assert counted(admin, count_queries)[1] == few[1], "nor with the parcels"
    session.execute(update(Order).where(Order.number == numbers[0]).values(delivery="collection"))
    named = {"recipient": "=Mara", "address": "1 Road\nArk\nM1 2AB"}
    session.execute(update(Order).where(Order.number == numbers[1]).values(**named))
    session.commit()
    pack(session, numbers[0])
    carried = {row["Order"]: row for row in take(admin, "parcels")}
    assert set(carried) == set(numbers[1:]), "what is collected is no matter of the carrier"
    titles = ("Recipient", "Town", "Postcode", "Weight (g)")
    assert [carried[numbers[1]][title] for title in titles] == ["'=Mara", "Ark", "M1 2AB", "310"]
    ask_before_the_press(admin, numbers)
    assert statuses(session) == ["packed"] * 3
    hand_over(session, admin, numbers)
    assert statuses(session) == ["dispatched", "dispatched", "packed"]
    assert sorted(session.scalars(select(Parcel.tracking))) == ["", "", "RM1"]
    assert len(session.scalars(select(Message.id).where(Message.kind == "order_dispatched")).all()) == 2
    assert list(broken_rows(TODAY)) == []


def counted(admin: FlaskClient, count_queries: Any) -> list[int]:
    """The queries of the pick list, and those of the parcels."""
    found = []
    for page in ("pick-list", "parcels"):
        with count_queries() as sent:
            assert admin.get(f"/admin/{page}").status_code == 200
        found.append(len(sent))
    return found


def walk_past_the_shelves(admin: FlaskClient, numbers: list[str]) -> None:
    """Two orders are to be picked, and the third is packed."""
    place = f"/admin/batches/{CODE}/shelf"
    assert admin.post(place, data={"shelf": "x" * 21}).status_code == 422
    assert "On no shelf" in admin.get("/admin/pick-list").text
    assert admin.post(place, data={"shelf": " A-3 "}).status_code == 303
    assert "Shelf A-3" in admin.get(f"/admin/batches/{CODE}").text
    shown = admin.get("/admin/pick-list").text
    assert "Shelf A-3" in shown
    assert re.findall(r'data-batch="([^"]+)"', shown) == [CODE]
    assert [number in shown for number in numbers] == [True, False, True], "what is packed is picked no more"
    assert "Take 1 of RL-020-001, shelf A-3" in admin.get(f"/admin/orders/{numbers[0]}").text


def ask_before_the_press(admin: FlaskClient, numbers: list[str]) -> None:
    """What is not filled in well comes back at either step, and without a tick there is nothing to ask."""
    none = admin.post("/admin/parcels/dispatch-plan", data={f"tracking_{numbers[1]}": "RM7"})
    assert (none.status_code, "tick them" in none.text, 'value="RM7"' in none.text) == (422, True, True)
    for step in ("dispatch-plan", "dispatch"):
        answer = admin.post(f"/admin/parcels/{step}", data=typed(numbers, "RM", "RM", "RM"))
        assert (answer.status_code, "has the same number" in answer.text) == (422, True)
    asked = admin.post("/admin/parcels/dispatch-plan", data=typed(numbers, "", " RM1 ", "RM2"))
    assert "3 parcels would leave. Nothing has happened yet." in asked.text
    assert 'value="RM1"' in asked.text


def hand_over(session: Session, admin: FlaskClient, numbers: list[str]) -> None:
    """One of three may no longer leave; pressed again, nothing leaves twice."""
    with transaction():
        owner = session.scalars(select(Order.client_id).where(Order.number == numbers[2])).one()
        care.withdraw_approval(owner, "eczema was seen", world.practitioner(), NOW)
    for told, left in (("2 of 3 parcels left", ["not-eligible"]), ("Nothing was handed over", None)):
        done = admin.post("/admin/parcels/dispatch", data=typed(numbers, "", " RM1 ", "RM2"))
        assert (done.status_code, told in done.text, "eczema" in done.text) == (200, True, False)
        found = re.findall(r'data-reason="([^"]+)"', done.text)
        assert found == left or (left is None and found.count("wrong-state") == 2)


def typed(numbers: list[str], *tracking: str) -> dict[str, Any]:
    """All ticked, each with its number."""
    fields = {f"tracking_{number}": told for number, told in zip(numbers, tracking, strict=True)}
    return {"order": numbers, **fields}


def test_an_address_is_told_in_the_carriers_columns() -> None:
    assert address_parts("1 Road\nFlat 2\nLeeds\nLS1 1AA") == ("1 Road", "Flat 2", "Leeds", "LS1 1AA")
    assert address_parts("1 Road\nLeeds\nLS1 1AA") == ("1 Road", "", "Leeds", "LS1 1AA")
    assert address_parts("1 Road, London") == ("1 Road, London", "", "", "")


def test_the_desk_of_parcels_is_the_admins_alone(admin: FlaskClient, practitioner: FlaskClient) -> None:
    pages = ("/admin/pick-list", "/admin/parcels", "/admin/exports/parcels")
    assert [practitioner.get(page).status_code for page in pages] == [403, 403, 403]
    assert ["Nothing is to be packed" in admin.get(pages[0]).text, "No parcel waits" in admin.get(pages[1]).text] == [
        True
    ] * 2
    assert take(admin, "parcels") == []
