"""A discount code from the desk to the books: what is wrong with one is said beside its field, tries are counted, and one total
stands on basket, checkout, payment page, order, invoice, credit note, export and accounts."""

import json
import re
from collections.abc import Callable
from csv import DictReader
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM, JournalEntry
from catalogue.products import Product
from storefront import jobs, payments
from storefront.accounts import keys
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders import accounts, dispatch, invoicing
from storefront.orders.discount_models import BasketDiscount, Discount
from storefront.orders.invoice_models import Invoice
from storefront.orders.models import Order, OrderLine
from storefront.orders.return_ending import Asked, Seen, ask_return, end_return
from storefront.payments import carrying_out
from tests.storefront.books import books_agree
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY
from tests.storefront.standin import running

Browsers = Callable[..., FlaskClient]
NEW = {"code": "autumn 10", "per_cent": "10", "starts_on": TODAY.isoformat(), "is_once": "y", "why": "To come back."}
SENT = {"delivery": "collection", "nothing_new": "y"}


@pytest.fixture
def desk(browser: Browsers, session: Session) -> FlaskClient:
    with transaction():
        make_account("marian@example.org", "Marian Cole", "admin", SYSTEM, NOW, "seven small blue boats")
    return browser("marian@example.org")


@pytest.fixture
def mine(browser: Browsers, mara: Client) -> FlaskClient:
    """Mara, with the roller in her basket."""
    found = browser()
    found.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"})
    return found


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


CODES = (
    {}, {"code": "LATER", "starts_on": day(1)}, {"code": "DEAR", "least": "34.01"}, {"code": "SERUMS", "limited_to": "Serum"},
    {"code": "GONE", "starts_on": day(-2), "ends_on": day(-1)},
)  # fmt: skip
WRONG = {
    "nothing": "discount-unknown", "l ater": "discount-not-yet", "dear": "discount-least-total", "gone": "discount-over",
    "se rums": "discount-other-goods",
}  # fmt: skip


def test_the_desk_makes_codes_lists_them_and_ends_them(desk: FlaskClient, session: Session, count_queries: Any) -> None:
    for change in ({"code": "a b!"}, {"per_cent": "101"}, {"amount": "0"}, {"starts_on": ""}, {"why": " "}):
        assert desk.post("/admin/discounts", data={**NEW, **change}).status_code == 422
    assert desk.post("/admin/discounts", data={**NEW, "amount": "5"}).text.count("data-reason=") == 1
    with count_queries() as few:
        desk.get("/admin/discounts")
    for more in CODES:
        assert desk.post("/admin/discounts", data={**NEW, **more}).status_code == 303
    for code, status in (("SERUMS", 303), ("SERUMS", 409), ("NONE", 404)):
        assert desk.post(f"/admin/discounts/{code}/ending").status_code == status
    with count_queries() as many:
        page = desk.get("/admin/discounts").text
    standing = ["over", "ended", "in use", "not yet", "in use"]
    assert (len(few), re.findall('data-standing="([a-z ]+)"', page)) == (len(many), standing)
    told = select(JournalEntry.verb).where(JournalEntry.subject == "discount")
    assert set(session.scalars(told)) == {"discount made", "discount ended"}


def test_what_is_wrong_with_a_code_is_said_beside_its_field_and_guesses_are_counted(
    desk: FlaskClient, mine: FlaskClient, mara: Client, roller: Product, session: Session
) -> None:
    for more in CODES:
        desk.post("/admin/discounts", data={**NEW, **more})
    for code, reason in WRONG.items():
        answer = mine.post("/basket/discount", data={"code": code, "page": "basket"})
        told = f'data-reason="{reason}"' in answer.text and f'value="{code}"' in answer.text
        assert (answer.status_code, told) == (409, True)
    assert mine.post("/basket/discount", data={"code": "  ", "page": "basket"}).status_code == 422
    at_checkout = mine.post("/basket/discount", data={"code": "nothing", "page": "checkout"})
    assert (at_checkout.status_code, "What you order" in at_checkout.text) == (409, True)
    typed = {"delivery": "post", "recipient": "Mara Finch", "line1": "Flat 9", "code": "gone", "page": "checkout"}
    for address, status in (("/basket/discount", 409), ("/checkout", 422)):
        again = mine.post(address, data=typed)
        assert (again.status_code, 'value="Flat 9"' in again.text, 'value="gone"' in again.text) == (status, True, True)
    assert mine.post("/basket/discount", data={**typed, "code": ""}).text.count("error-summary") == 1, (
        "Enter means the order"
    )
    plain = mine.post("/basket/discount", data={"code": "gone"}, headers={"Accept": "application/json"})
    assert [each["code"] for each in plain.json["reasons"]] == ["discount-over"]
    for _ in range(6):
        used = mine.post("/basket/discount", data={"code": "AUTUMN 10", "page": "checkout"})
        assert (used.status_code, used.location) == (303, "/checkout"), "one that is right is no guess"
    mine.post("/basket/discount", data={**typed, "code": "autumn10"})
    assert 'value="Flat 9"' in mine.get("/checkout").text
    order = world.placed(mara, roller)
    session.commit()
    assert (order.off.minor, mine.post(f"/orders/{order.number}/cancellation").status_code) == (340, 303)
    again = mine.get(f"/care/same-again?order={order.number}").text
    assert 'data-discount="AUTUMN10" data-off="340"' in again, "the same again counts it without a tap more"
    assert "3060" in totals_on(again)
    while (last := mine.post("/basket/discount", data={"code": "guess"})).status_code == 409:
        pass
    assert (last.status_code, int(last.headers["Retry-After"]) > 800, "Too many codes" in last.text) == (
        429,
        True,
        True,
    )


def test_a_code_that_ended_since_is_told_in_words_and_never_counted_in_silence(
    desk: FlaskClient, mine: FlaskClient, standin: running.Standin, session: Session
) -> None:
    desk.post("/admin/discounts", data=NEW)
    mine.post("/basket/discount", data={"code": "autumn10", "page": "basket"})
    assert totals_on(mine.get("/basket").text) == ["3455"]
    desk.post("/admin/discounts/AUTUMN10/ending")
    for path in ("/basket", "/checkout"):
        told = mine.get(path).text
        assert (told.count('data-reason="discount-over"'), totals_on(told)[0]) == (1, "3795")
    changed = mine.post("/checkout", data={**SENT, "shown": "collection:GB=3060"})
    assert (changed.status_code, 'data-reason="price-changed"' in changed.text) == (409, True)
    mine.post("/basket/discount/removal", data={"page": "basket"})
    assert (session.scalars(select(BasketDiscount)).all(), "discount-over" in mine.get("/basket").text) == ([], False)


def worked(standin: running.Standin, order: Order) -> None:
    """Paid at the stand-in's page, heard of, captured, and invoiced."""
    standin.pay(str(order.session_url))
    carrying_out.reconcile(order.id, NOW)
    work()


def work() -> None:
    """What is owed at the payment provider, and its papers, of which only the invoice is drawn."""
    jobs.work_off(lambda: False, tuple(kind for kind in jobs.KINDS if kind.name in ("capture", "refund")))
    with transaction():
        for order_id in db.session.scalars(invoicing.orders_to_invoice()):
            invoicing.issue_invoice(order_id, NOW)
    while refund_id := db.session.scalar(invoicing.refunds_to_credit()):
        db.session.rollback()
        with transaction():
            invoicing.issue_credit_note(refund_id, NOW)
    db.session.expire_all()


def sent(order: Order, lines: dict[str, int]) -> None:
    with transaction():
        dispatch.pack_order(order.number, {lines[sku]: [f"{sku}-001"] for sku in lines}, ADMIN, NOW, TODAY)
        dispatch.dispatch_order(order.number, "", ADMIN, NOW, TODAY)
        dispatch.deliver_order(order.number, ADMIN, NOW)


def came_back(order: Order, units: dict[int, int], codes: dict[str, int]) -> int:
    """Faulty units come back and are paid back; what was given for them."""
    before = order.refunded_minor
    with transaction():
        name = ask_return(order.number, Asked("faulty", True, units), ADMIN, NOW, TODAY).number
    with transaction():
        end_return(name, Seen(True, {}, codes), ADMIN, NOW)
    work()
    return order.refunded_minor - before


def minor(pounds: str) -> int:
    return round(float(pounds) * 100)


def totals_on(page: str) -> list[str]:
    return re.findall(r'data-total="(\d+)"', page)


@pytest.fixture
def dear(mara: Client, session: Session) -> None:
    """Three serums are open to Mara as well."""
    with transaction():
        serum = world.on_sale("SE-01", "serum").id
        world.approve(mara.id, (serum,), quantity=3)


def test_one_total_stands_everywhere_to_the_penny(
    desk: FlaskClient, mine: FlaskClient, mara: Client, dear: None, standin: running.Standin, session: Session
) -> None:
    desk.post("/admin/discounts", data={**NEW, "per_cent": "", "amount": "10.01", "most_uses": "5"})
    mine.post("/basket/lines", data={"sku": "SE-01", "quantity": "3"})
    mine.post("/basket/discount", data={"code": "autumn10", "page": "basket"})
    basket, checkout = totals_on(mine.get("/basket").text), mine.get("/checkout").text
    by_post, *_, shown = totals_on(checkout)
    assert (basket, 'data-off="1001"' in checkout) == ([by_post], True)
    answer = mine.post("/checkout", data={**SENT, "shown": f"collection:GB={shown}"})
    assert answer.location.startswith(standin.url)
    order = session.scalars(select(Order)).one()
    lines = session.scalars(select(OrderLine).order_by(OrderLine.id)).all()
    total = int(shown)
    assert (order.total_minor, sum(line.total_minor for line in lines)) == (total, total)
    assert (sum(line.off_minor for line in lines), lines[1].total_minor % 3 != 0) == (1001, True)
    assert payments.api().read_session(str(order.session_id)).total == order.total
    assert 'data-discount="AUTUMN10"' in mine.get(f"/orders/{order.number}").text
    worked(standin, order)
    sent(order, {line.sku: line.id for line in lines})
    assert (order.status, order.captured_minor) == ("delivered", total)
    for reader, path in ((mine, f"/orders/{order.number}"), (desk, f"/admin/orders/{order.number}")):
        page = reader.get(path).text
        assert shown in totals_on(page)
        assert ('data-discount="AUTUMN10"' in page, page.count("data-off=")) == (True, 2)
    invoice_says(session, total, [line.off_minor for line in lines])
    roller, serum = lines
    assert came_back(order, {serum.id: 1}, {"SE-01-001": 1}) == serum.total_minor // 3
    rest = came_back(order, {serum.id: 2, roller.id: 1}, {"SE-01-001": 2, "RL-020-001": 1})
    assert rest == roller.total_minor + serum.total_minor - serum.total_minor // 3
    assert (order.status, order.refunded_minor) == ("returned", total)
    sums = select(func.sum(Invoice.gross_minor), func.sum(Invoice.tax_minor)).group_by(Invoice.kind)
    credited, invoiced = session.execute(sums.order_by(Invoice.kind))
    assert (tuple(credited), credited[0]) == (tuple(invoiced), total)
    books_say(desk, total)
    booked = list(accounts.accounts_of(session, TODAY.replace(day=1)))
    assert [each.gross for each in booked if each.what == "Invoice"] == [total]
    assert booked[-1].gross == 0, "the books are the money at the payment provider"
    assert session.scalars(select(Discount.used)).all() == [1]
    books_agree(TODAY)


def invoice_says(session: Session, total: int, off: list[int]) -> None:
    """The rows, and the sheet as it is read: each line less its share, and the code."""
    invoice = session.scalars(select(Invoice)).one()
    told = json.loads(invoice.words)
    assert (invoice.gross_minor, told["discount"], [each["off"] for each in told["lines"]]) == (total, "AUTUMN10", off)
    sheet = " ".join(PdfReader(BytesIO(invoicing.draw_sheet(invoice.id)[0])).pages[0].extract_text().split())
    named = [f"less {share / 100:.2f} discount (VAT in it)" for share in off]
    named += [f"Discount AUTUMN10: {sum(off) / 100:.2f} GBP", f"Total: {total / 100:.2f} GBP"]
    assert [words for words in named if words not in sheet] == []


def books_say(desk: FlaskClient, total: int) -> None:
    """The desk's files and the accountant's program."""
    (row,) = DictReader(desk.get("/admin/exports/orders").text.lstrip("\ufeff").splitlines())
    assert [minor(row[name]) for name in ("Total (£)", "Discount (£)", "Given back (£)")] == [total, 1001, total]
    (used,) = DictReader(desk.get("/admin/exports/discount-uses").text.lstrip("\ufeff").splitlines())
    assert (used["Code"], minor(used["Off (£)"]), used["State"]) == ("AUTUMN10", 1001, "claimed")
    with transaction():
        key = keys.make_key("The accountant", SYSTEM, NOW)
    (told,) = desk.get("/api/accounting/orders", headers={"Authorization": f"Bearer {key}"}).json["orders"]
    assert (told["total_minor"], told["discount_minor"], told["discount_code"]) == (total, 1001, "AUTUMN10")
    assert sum(line["total_minor"] for line in told["lines"]) == total
