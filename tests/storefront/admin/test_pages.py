"""Every page of the admin: for whom it opens, that it shows, and that its queries do not grow with its rows."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.products import Document
from storefront import clock
from storefront.accounts.keys import make_key
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.messages.actions import queue_message, write_words
from storefront.messages.texts import package_words
from storefront.orders import discounts, kits
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN
from tests.storefront.conftest import PASSWORD

PAGES = (
    "/admin",
    "/admin/products",
    "/admin/products/RL-000",
    "/admin/products/RL-000/vetting",
    "/admin/products/RL-000/dossier",
    "/admin/products/RL-000/batches/new",
    "/admin/dossiers",
    "/admin/dossiers/new",
    "/admin/dossiers/new?kind=serum",
    "/admin/dossiers/file",
    "/admin/batches",
    "/admin/batches/RL-000-001",
    "/admin/specification",
    "/admin/specifications",
    "/admin/market",
    "/admin/people",
    "/admin/exports",
    "/admin/imports",
    "/admin/imports/new",
    "/admin/charts",
    "/admin/trade",
)
FOR_BOTH = [page for page in PAGES if page not in {
    "/admin", "/admin/people", "/admin/products/RL-000/dossier", "/admin/products/RL-000/batches/new",
    "/admin/dossiers/new", "/admin/dossiers/new?kind=serum", "/admin/dossiers/file",
    "/admin/imports", "/admin/imports/new", "/admin/trade",
}]  # fmt: skip


def stock_up(session: Session, count: int = 1, start: int = 0) -> None:
    """So many products of every state, each with batches."""
    today = clock.today()
    for number in range(start, start + count):
        product = samples.on_sale(session, sku=f"RL-{number:03d}", today=today)
        samples.released(session, product, today=today)
        arrived = samples.goods_in.receive_batch(
            session, product, samples.arrival(today=today), samples.specification.load(), ADMIN, today, clock.now()
        )
        samples.goods_in.hold_batch(session, arrived, ADMIN, clock.now(), "looks odd")
        samples.entered(session, samples.complete("serum", f"SE-{number:03d}", today))
        samples.entered(
            session, samples.complete("roller", f"XX-{number:03d}", today, needle_length_nominal=Decimal(1))
        )
    session.commit()


def test_every_page_opens_for_an_admin(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    answers = {page: admin.get(page) for page in PAGES}
    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(PAGES, 200)
    assert [page for page, answer in answers.items() if "<h1" not in answer.text] == []


def test_a_practitioner_reads_what_is_signed_and_changes_nothing(session: Session, practitioner: FlaskClient) -> None:
    stock_up(session)
    expected = {page: 200 if page in FOR_BOTH else 403 for page in PAGES}
    assert {page: practitioner.get(page).status_code for page in PAGES} == expected


def test_clients_and_visitors_stay_outside(
    session: Session, client: FlaskClient, member: Account, signed_in: Callable[[Account], FlaskClient]
) -> None:
    stock_up(session)
    mine = signed_in(member)
    for page in PAGES:
        assert mine.get(page).status_code == 403, page
        answer = client.get(page)
        assert answer.status_code == 303, page
        assert answer.location.startswith("/sign-in"), page


@pytest.mark.parametrize(
    "page", ["/admin/products/nothing", "/admin/products/x/vetting", "/admin/batches/x", "/admin/documents/x"]
)
def test_what_is_not_there_is_not_found(admin: FlaskClient, page: str) -> None:
    assert admin.get(page).status_code == 404


ONE_FOR_THE_PERSON = 1
BUDGET = {
    "/admin": 22,
    "/admin/products": 5,
    "/admin/products/RL-000": 6,
    "/admin/products/RL-000/vetting": 5,
    "/admin/products/RL-000/dossier": 4,
    "/admin/dossiers": 4,
    "/admin/batches": 2,
    "/admin/batches/RL-000-001": 6,
    "/admin/specification": 1,
    "/admin/market": 3,
    "/admin/people": 2,
    "/admin/exports": 1,
    "/admin/charts": 3,
    "/admin/trade": 8,
    "/admin/messages": 2,
    "/admin/mail-texts": 1,
    "/admin/mail-texts/order_dispatched": 3,
    "/admin/kits": 7,
    "/admin/discounts": 1,
    "/admin/accounting-keys": 2,
}


def fill_the_lists(session: Session, count: int, start: int = 0) -> None:
    """So many mails, words for them, kits, discount codes and keys."""
    now, today = clock.now(), clock.today()
    for nth in range(start, start + count):
        with transaction():
            queue_message("not_this_person", "clinic@example.org", now, number=f"C-{nth}")
            write_words("order_dispatched", package_words("order_dispatched"), nth, "warmer", ADMIN, now)
            kits.make_kit(kits.KitTold(f"Kit {nth}", ("RL-000", "RL-001"), "Clean hands."), ADMIN, now, today)
            told = discounts.DiscountTold(f"CODE{nth}", 10, None, today, None, None, False, 0, ("RL-000",), "spring")
            discounts.make_discount(told, ADMIN, now)
            make_key(f"Accountant {nth}", ADMIN, now)


def test_the_queries_of_a_page_do_not_grow_with_its_rows(
    session: Session, admin: FlaskClient, count_queries: Any
) -> None:
    def counted() -> dict[str, int]:
        found = {}
        for page in BUDGET:
            with count_queries() as sent:
                admin.get(page)
            found[page] = len(sent)
        return found

    stock_up(session, 3)
    fill_the_lists(session, 2)
    few = counted()
    stock_up(session, 9, start=3)
    fill_the_lists(session, 4, start=2)
    assert counted() == few
    assert {page: count for page, count in few.items() if count > BUDGET[page] + ONE_FOR_THE_PERSON} == {}


def test_the_desk_shows_what_needs_a_person(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    text = admin.get("/admin").text
    assert "/admin/products/SE-000/vetting" in text
    assert "RL-000-003, Sample roller RL-000" in text
    assert "1 failed" in text
    listing = samples.loaded(session, "RL-000").listing
    assert listing is not None
    assert "Proofs that lapse" in text
    assert "Last day" in text


def test_products_are_found_by_a_part_of_name_maker_or_sku(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    for query, found in (("rl-0", 1), ("SAMPLE WORKS", 3), ("serum", 1), ("100%", 0), ("_", 0)):
        text = admin.get("/admin/products", query_string={"q": query}).text
        assert text.count("<tr data-sku") == found, query


def test_a_row_says_what_is_in_stock_and_where_it_stands(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    text = admin.get("/admin/products").text
    assert 'data-sku="RL-000" data-stock="20"' in text
    assert 'data-verdict="accepted"' in text
    assert 'data-verdict="rejected"' in text
    assert "On sale" in text


def test_a_product_page_shows_every_rule_with_its_paper(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    text = admin.get("/admin/products/RL-000").text
    rules = samples.specification.load().rules_for("roller")
    assert all(f'data-rule="{rule.id}"' in text for rule in rules)
    assert "Test House" in text
    assert "vetting signed" in text


def test_a_document_is_saved_and_never_shown(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    stored = session.scalars(select(Document)).first()
    assert stored is not None
    answer = admin.get(f"/admin/documents/{stored.sha256}")
    assert answer.data == stored.content
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_specification_shows_each_rule_with_source_and_basis(admin: FlaskClient) -> None:
    text = admin.get("/admin/specification").text
    rules = samples.specification.load().rules
    assert all(f'data-rule="{rule.id}"' in text for rule in rules)
    assert "May 2024" in text
    assert "our own rule" in text


def test_the_market_stands_beside_our_products(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    text = admin.get("/admin/market").text
    assert 'data-sku="RL-000"' in text
    assert 'data-sku="R001"' in text
    assert "Made for home use" in text


def test_people_are_shown_with_their_certificates(admin: FlaskClient, practitioner: FlaskClient) -> None:
    text = admin.get("/admin/people").text
    assert "Dr Ines Holt" in text
    assert "Microneedling" in text
    assert PASSWORD not in text


def test_expired_batches_say_so(session: Session, admin: FlaskClient) -> None:
    stock_up(session)
    batch = session.scalars(select(Batch)).first()
    assert batch is not None
    batch.expires_on = clock.today() - timedelta(days=1)
    session.commit()
    assert "expired" in admin.get("/admin/batches").text
