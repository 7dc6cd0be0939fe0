"""Kits: composed of what is for sale, offered to nobody who may not have all of it, and ordered as the lines of their parts."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from catalogue.money import Money
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from storefront.eligibility import actions
from storefront.eligibility.models import Client
from storefront.orders import stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.actions import cancel_order
from storefront.orders.basket_models import BasketLine
from storefront.orders.kit_models import BasketKit, Kit, LineKit
from storefront.orders.models import Allocation, Order, OrderLine
from tests.catalogue import samples
from tests.storefront.orders import world
from tests.storefront.shop.test_same_again import states, typed
from tests.storefront.standin import running

Browsers = Callable[..., FlaskClient]
BEGIN = {"name": "Begin at home", "leaflet": "Clean hands first.\nFive minutes."}


@pytest.fixture
def team(browser: Browsers, mara: Client, session: Session) -> tuple[FlaskClient, FlaskClient, FlaskClient]:
    """The admin, the practitioner, and Mara, who may have the roller and SE-01; SE-02 and RL-025 are for sale as well."""
    with transaction():
        first = world.on_sale("SE-01", "serum").id
        world.on_sale("SE-02", "serum", units=2)
        world.approve(mara.id, (first,))
        make_account("marian@example.org", "Marian Cole", "admin", SYSTEM, world.NOW, "seven small blue boats")
    return browser("marian@example.org"), browser("ines@example.org"), browser()


def codes(session: Session) -> list[str]:
    return list(session.scalars(select(Kit.code).order_by(Kit.id)))


def test_a_kit_of_nothing_or_of_what_is_not_for_sale_is_not_made(
    team: tuple[FlaskClient, FlaskClient, FlaskClient], session: Session
) -> None:
    admin, _, _ = team
    assert admin.post("/admin/kits", data={**BEGIN, "parts": ""}).status_code == 422
    refused = admin.post("/admin/kits", data={**BEGIN, "parts": "RL-020 NO-SUCH"})
    assert (refused.status_code, refused.text.count('data-reason="not-vetted"')) == (409, 1)
    assert admin.post("/admin/kits", data={**BEGIN, "parts": "RL-020"}).status_code == 409
    assert codes(session) == []


def test_a_kit_of_the_admin_is_offered_to_whom_may_have_all_of_it_and_ordered_as_its_parts(
    team: tuple[FlaskClient, FlaskClient, FlaskClient], mara: Client, standin: running.Standin, session: Session
) -> None:
    admin, _, mine = team
    for parts in ("rl-020 SE-01", "RL-020 SE-02"):
        assert admin.post("/admin/kits", data={**BEGIN, "parts": parts}).status_code == 303
    may, may_not = codes(session)
    page = mine.get("/care").text
    assert (f'data-kit="{may}" data-stock="10"' in page, may_not in page) == (True, False)
    assert mine.post("/basket/kits", data={"kit": may_not}).status_code == 409
    assert session.scalars(select(BasketLine)).all() == []
    mine.post("/basket/lines", data={"sku": "SE-01", "quantity": "1"})
    for _ in range(2):
        assert mine.post("/basket/kits", data={"kit": may}).status_code == 303
    basket = mine.get("/basket").text
    assert basket.count(f'data-kit="{may}"') == 2
    assert "was in your basket before and stays there" in basket
    sent = {"delivery": "collection", "nothing_new": "y"}
    assert mine.post("/checkout", data=sent).location.startswith(standin.url)
    order = session.scalars(select(Order)).one()
    lines = select(OrderLine.sku, OrderLine.quantity, Kit.code, Allocation.quantity).join(
        LineKit, LineKit.line_id == OrderLine.id
    )
    lines = lines.join(Kit, Kit.id == LineKit.kit_id).join(Allocation, Allocation.line_id == OrderLine.id)
    assert sorted(session.execute(lines).all()) == [("RL-020", 1, may, 1), ("SE-01", 1, may, 1)]
    assert order.total_minor == sum(line.unit_minor for line in session.scalars(select(OrderLine)))
    for reader, path in ((mine, f"/orders/{order.number}"), (admin, f"/admin/orders/{order.number}")):
        assert reader.get(path).text.count(f'data-kit="{may}"') == 2
    assert mine.get(f"/care/same-again?order={order.number}").text.count(f'data-kit="{may}"') == 2
    with transaction():
        cancel_order(order.number, "Later.", world.client_who(mara), world.NOW)
    assert mine.get("/basket").text.count(f'data-kit="{may}"') == 2, "it comes back as the kit that it was"
    mine.post("/basket/lines/SE-01/removal")
    page = mine.get("/basket").text
    assert (f'data-kit="{may}"' in page, session.scalars(select(BasketKit)).all()) == (False, [])
    assert session.scalars(select(BasketLine.quantity)).all() == [1]
    assert ("“Begin at home” is not in your basket as a kit any more: you took out" in page, "kit-broken" in page) == (
        True,
        True,
    )


def test_a_kit_in_the_basket_tells_what_changed_of_it(
    team: tuple[FlaskClient, FlaskClient, FlaskClient], mara: Client, session: Session
) -> None:
    admin, _, mine = team
    with transaction():
        world.approve(mara.id, (samples.loaded(session, "SE-01").id,), quantity=2)
    admin.post("/admin/kits", data={**BEGIN, "parts": "RL-020 SE-01"})
    (code,) = codes(session)
    mine.post("/basket/kits", data={"kit": code})
    assert "data-kit-told" not in mine.get("/basket").text
    mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "2", "shown": "1"})
    page = mine.get("/basket").text
    assert "as a kit any more: you changed the number of" in page
    assert (f'data-kit="{code}"' in page, sorted(session.scalars(select(BasketLine.quantity)))) == (False, [1, 2])
    mine.post("/basket/kits", data={"kit": code})
    assert f'data-kit="{code}"' not in mine.get("/basket").text, "two rollers are no kit"
    mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1", "shown": "2"})
    mine.post("/basket/kits", data={"kit": code})
    with transaction():
        samples.signed_anew(session, today=world.TODAY, price=Money(3650))
        stopping.void_vetting("SE-01", world.ADMIN, world.NOW, "The maker warns.")
    admin.post(f"/admin/kits/{code}/ending")
    page = mine.get("/basket").text.partition("data-kit-told")[2]
    for told in ('"price-changed"', '"kit-lost-part"', '"kit-ended"', 'data-sku="RL-020"', 'data-sku="SE-01"'):
        assert told in page


def test_a_kit_for_one_client_holds_what_they_may_have_and_is_nobody_elses(
    team: tuple[FlaskClient, FlaskClient, FlaskClient], browser: Browsers, mara: Client, session: Session
) -> None:
    admin, desk, mine = team
    address = f"/practitioner/clients/{mara.number}/kits"
    page = desk.get(address).text
    assert ('value="SE-01"' in page, 'value="SE-02"' in page) == (True, False)
    assert session.scalars(select(JournalEntry.verb).order_by(JournalEntry.id.desc())).first() == "record read"
    forged = desk.post(address, data={**BEGIN, "parts": ["RL-020", "SE-02"]})
    assert (forged.status_code, 'data-reason="serum-not-approved"' in forged.text) == (409, True)
    assert desk.post(address, data={**BEGIN, "parts": ["RL-020", "SE-01"]}).status_code == 303
    assert desk.post(address, data={**BEGIN, "name": "", "parts": ["RL-020"]}).status_code == 422
    (code,) = codes(session)
    with transaction():
        jo = world.approved_client("Jo Lind", "jo@example.org")
        world.approve(jo.id, (world.samples.loaded(db.session(), "SE-01").id,))
    other = browser("jo@example.org")
    assert ("Kit made for you by Dr Ines Holt" in mine.get("/care").text, code in other.get("/care").text) == (
        True,
        False,
    )
    assert other.post("/basket/kits", data={"kit": code}).status_code == 409
    assert mine.get(address).status_code == 403
    assert admin.post(f"/admin/kits/{code}/ending").status_code == 404, "it is the practitioner's"
    session.execute(update(world.Batch).values(reserved=world.Batch.received))
    session.commit()
    assert f'data-kit="{code}" data-stock="0"' in mine.get("/care").text
    assert "Not offered as it stands" in desk.get(address).text
    assert f'data-kit-lacking="{code}"' in desk.get(f"/practitioner/clients/{mara.number}").text
    assert 'data-reason="no-batch"' in mine.post("/basket/kits", data={"kit": code}).text
    with transaction():
        stopping.void_vetting("SE-01", world.ADMIN, world.NOW, "The maker warns.")
    assert code not in mine.get("/care").text
    assert desk.post(f"{address}/{code}/ending").status_code == 303
    assert desk.post(f"{address}/{code}/ending").status_code == 409
    page = desk.get(address).text
    assert (f'data-kit="{code}"' in page, f'data-ended="{code}"' in page) == (False, True)
    assert "data-kit-lacking" not in desk.get(f"/practitioner/clients/{mara.number}").text


def test_a_kit_is_ordered_again_with_its_parts_of_today(
    team: tuple[FlaskClient, FlaskClient, FlaskClient],
    browser: Browsers,
    mara: Client,
    standin: running.Standin,
    session: Session,
) -> None:
    _, desk, mine = team
    again, address = "/care/same-again", f"/practitioner/clients/{mara.number}/kits"
    desk.post(address, data={**BEGIN, "parts": ["RL-020", "SE-01"]})
    (code,) = codes(session)
    with transaction():
        world.approved_client("Jo Lind", "jo@example.org")
    assert f"{again}?kit={code}" in mine.get("/care").text
    assert browser("jo@example.org").get(f"{again}?kit={code}").status_code == 404
    assert mine.get(f"{again}?kit=K-NONE").status_code == 404
    for page in (mine.get(again).text, mine.get(f"{again}?kit={code}").text):
        assert (f'data-start="{code}"' in page, states(page)) == (True, [("RL-020", "open"), ("SE-01", "open")])
        assert (page.count(f'data-kit="{code}"'), "data-change" in page) == (2, False)
    assert mine.post(again, data=typed(page, delivery="collection", kit=code)).location.startswith(standin.url)
    order = session.scalars(select(Order)).one()
    marked = select(Kit.code).join(LineKit, LineKit.kit_id == Kit.id).join(OrderLine).order_by(OrderLine.id)
    assert session.scalars(marked).all() == [code, code]
    with transaction():
        accept_order(order.number, Authorisation("pi_kit", Money(order.total_minor)), world.NOW, world.TODAY)
        aged = update(Order).values(accepted_at=world.NOW - timedelta(days=71), captured_minor=Order.total_minor)
        db.session.execute(aged)
        samples.signed_anew(db.session(), today=world.TODAY, price=Money(3650))
        stopping.void_vetting("SE-01", world.ADMIN, world.NOW, "The maker warns.")
    for start in (f"?kit={code}", f"?order={order.number}"):
        page = mine.get(again + start).text
        assert sorted(states(page)) == [("RL-020", "open"), ("SE-01", "closed")]
        for told in ('data-change="price-changed"', 'data-change="no-kit"', "Something of “Begin at home” is missing"):
            assert told in page
        assert f'data-kit="{code}"' not in page, "what is left of a kit is none"
    desk.post(f"{address}/{code}/ending")
    assert "is not offered any more, so this is ordered by itself" in mine.get(f"{again}?kit={code}").text


def test_what_was_made_stays_as_it_was_made(
    team: tuple[FlaskClient, FlaskClient, FlaskClient], session: Session
) -> None:
    admin, _, mine = team
    admin.post("/admin/kits", data={**BEGIN, "parts": "RL-020 SE-01"})
    (code,) = codes(session)
    assert mine.post(f"/admin/kits/{code}/ending").status_code == 403
    assert admin.post(f"/admin/kits/{code}/ending").status_code == 303
    assert f'data-ended="{code}"' in admin.get("/admin/kits").text
    for statement in (update(Kit).values(name="Another"), update(Kit).values(ended_at=None, ended_by="")):
        with pytest.raises(IntegrityError):
            session.execute(statement)
        session.rollback()


def test_nothing_that_the_client_may_not_have_is_ever_a_part(
    team: tuple[FlaskClient, FlaskClient, FlaskClient], mara: Client, session: Session
) -> None:
    _, desk, _ = team
    address, soothing = f"/practitioner/clients/{mara.number}/kits", "Aqua, Sodium Hyaluronate, Allantoin"
    with transaction():
        samples.on_sale(db.session(), "roller", "RL-015", today=world.TODAY, needle_length_nominal=Decimal("0.15"))
        brings = samples.on_sale(db.session(), "serum", "SE-03", today=world.TODAY, ingredients=soothing)
        actions.add_allergy(mara.id, "allantoin", world.practitioner(), world.NOW)
        world.approve(mara.id, (samples.loaded(db.session(), "SE-01").id, brings.id), greatest_needle_um=150)
    offered = {
        sku for sku in ("RL-015", "RL-020", "SE-01", "SE-02", "SE-03") if f'value="{sku}"' in desk.get(address).text
    }
    assert offered == {"RL-015", "SE-01"}
    for sku, code in (("RL-020", "too-deep"), ("SE-02", "serum-not-approved"), ("SE-03", "allergen")):
        forged = desk.post(address, data={**BEGIN, "parts": ["RL-015", sku]})
        assert (forged.status_code, f'data-reason="{code}"' in forged.text) == (409, True), sku
    with transaction():
        world.approve(mara.id, serum_classes=frozenset({"water_binding"}))
    forged = desk.post(address, data={**BEGIN, "parts": ["SE-01", "SE-02"]})
    assert (forged.status_code, 'data-reason="too-many"' in forged.text) == (409, True), "one of the class in one order"
    assert codes(session) == []


def test_a_kit_that_lacks_a_part_is_on_the_desk_and_the_pages_ask_a_fixed_number_of_queries(
    team: tuple[FlaskClient, FlaskClient, FlaskClient], mara: Client, session: Session, count_queries: Any
) -> None:
    admin, desk, _ = team
    own = f"/practitioner/clients/{mara.number}/kits"
    pages = ((admin, "/admin/kits"), (admin, "/admin"), (desk, own), (desk, own.removesuffix("/kits")))

    def counted() -> list[int]:
        found = []
        for reader, page in pages:
            with count_queries() as sent:
                assert reader.get(page).status_code == 200
            found.append(len(sent))
        return found

    def make(times: int) -> None:
        for _ in range(times):
            admin.post("/admin/kits", data={**BEGIN, "parts": "RL-020 SE-02"})
            desk.post(own, data={**BEGIN, "parts": ["RL-020", "SE-01"]})
        session.execute(update(world.Batch).values(reserved=world.Batch.received))
        session.commit()

    make(1)
    few = counted()
    assert (few[0], few[2]) <= (9, 25)
    page = admin.get("/admin").text
    assert "Kits with a part that cannot be sold" in page
    assert page.count("Offered to nobody while") == 2, "the roller, and the serum"
    assert admin.get("/admin/kits").text.count('data-reason="no-batch"') == 2
    session.execute(update(world.Batch).values(reserved=0))
    session.commit()
    make(2)
    assert counted() == few
