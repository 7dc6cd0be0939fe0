"""Scanning a box at goods-in, answering what was left open, and units that come back, are destroyed or counted otherwise."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.ledger import StockMovement
from catalogue.products import Document
from storefront import clock
from storefront.db import transaction
from tests.catalogue import samples
from tests.storefront.admin.test_batches import delivery
from tests.storefront.orders import world
from tests.storefront.orders.test_tracing import sold

GTIN = "04006381333931"
PAGE = "/admin/batches/RL-020-001"


@pytest.fixture
def product(session: Session) -> str:
    samples.on_sale(session, units=0, today=clock.today())
    samples.signed_anew(session, today=clock.today(), gtin=GTIN[1:])
    session.commit()
    return "/admin/products/RL-020/batches"


def expiry() -> Any:
    return clock.today().replace(year=clock.today().year + 2, day=1)


def code(**changed: str) -> str:
    told = {"01": GTIN, "17": f"{expiry():%y%m%d}", "10": "L-77", "21": "S9", **changed}
    return "".join(f"({ai}){value}" for ai, value in told.items())


def test_a_scan_fills_in_lot_date_and_serial_and_writes_nothing(
    session: Session, admin: FlaskClient, product: str
) -> None:
    answer = admin.post(product, data={"scan": code(), "read": "1"})
    assert answer.status_code == 200
    for value in ("L-77", expiry().isoformat(), "S9"):
        assert f'value="{value}"' in answer.text
    assert session.scalars(select(Batch)).all() == []


def test_a_scan_with_fnc1_keeps_its_separators(admin: FlaskClient, product: str) -> None:
    scan = f"]d201{GTIN}10L-77\x1d21S9\x1d17{expiry():%y%m%d}\r\n"
    answer = admin.post(product, data={"scan": scan, "read": "1"})
    assert 'value="L-77"' in answer.text
    assert f'value="{expiry().isoformat()}"' in answer.text


@pytest.mark.parametrize(
    ("scan", "told"),
    [
        ("(01)05012345678900", "05012345678900"),
        ("(01)04006381333932", "(01) at position 1"),
        ("", "no code to read"),
        ("(17)271301", "(17) at position 1"),
    ],
)
def test_another_product_or_a_broken_code_is_refused_by_name(
    admin: FlaskClient, product: str, scan: str, told: str
) -> None:
    for data in ({"scan": scan, "read": "1"}, delivery(scan=scan)):
        answer = admin.post(product, data=data)
        if scan or "read" in data:
            assert answer.status_code == 422
            assert told in answer.text


def test_what_is_typed_must_be_what_the_code_says(session: Session, admin: FlaskClient, product: str) -> None:
    answer = admin.post(product, data=delivery(scan=code(), supplier_lot="L-78"))
    assert answer.status_code == 422
    assert "The code of the box says L-77." in answer.text
    typed = delivery(scan=code(), expires_on=expiry().isoformat(), serial="S9")
    assert admin.post(product, data=typed).status_code == 303
    batch = session.scalars(select(Batch)).one()
    assert (batch.supplier_lot, batch.expires_on, batch.serial) == ("L-77", expiry(), "S9")


def test_the_documents_of_a_delivery_are_kept_by_their_hash_and_can_be_saved(
    session: Session, admin: FlaskClient, product: str
) -> None:
    admin.post(product, data=delivery())
    paper = session.scalars(select(Batch)).one().papers[0]
    assert session.get_one(Document, paper.sha256).name == "P-0.pdf"
    assert f"/admin/documents/{paper.sha256}" in admin.get(PAGE).text
    assert admin.get(f"/admin/documents/{paper.sha256}").headers["Content-Disposition"].startswith("attachment")


def test_what_is_no_document_is_refused(session: Session, admin: FlaskClient, product: str) -> None:
    answer = admin.post(product, data=delivery(file_0=(BytesIO(b"MZ"), "virus.pdf")))
    assert answer.status_code == 422
    assert session.scalars(select(Batch)).all() == []


def test_a_rule_left_open_is_answered_later_and_then_the_batch_can_be_released(
    session: Session, admin: FlaskClient, product: str
) -> None:
    whole = delivery()
    admin.post(product, data=delivery(value_0="", file_0=""))
    assert admin.post(f"{PAGE}/release").status_code == 409
    open_ones = {name: "" for name in whole if name.startswith("value_")}
    sent = {**open_ones, "value_0": whole["value_0"], "file_0": whole["file_0"]}
    assert admin.post(f"{PAGE}/answers", data=sent).status_code == 303
    assert admin.post(f"{PAGE}/release").status_code == 303
    assert admin.post(f"{PAGE}/answers", data=open_ones).status_code == 409
    assert session.scalars(select(Batch)).one().status == "released"


@pytest.fixture
def number(session: Session) -> str:
    """An order that left with one unit; nine are free."""
    with transaction():
        product = world.on_sale()
    return sold(product, "mara@example.org").number


def counts(session: Session) -> tuple[int, int, int, int]:
    session.rollback()
    batch = session.scalars(select(Batch).execution_options(populate_existing=True)).one()
    return batch.free, batch.sold, batch.returned, batch.destroyed


def test_units_come_back_and_are_destroyed(session: Session, admin: FlaskClient, number: str) -> None:
    back = {"return-order": number.lower(), "return-units": "1", "return-why": "Sent back unopened"}
    assert admin.post(f"{PAGE}/returns", data=back).status_code == 303
    assert counts(session) == (9, 0, 1, 0)
    gone = {"destroy-units": "1", "destroy-place": "returned", "destroy-why": "Sharps bin"}
    assert admin.post(f"{PAGE}/destructions", data=gone).status_code == 303
    assert counts(session) == (9, 0, 0, 1)
    page = admin.get(PAGE).text
    assert 'data-closes="yes"' in page
    assert "Sharps bin" in page


def test_of_two_who_correct_one_count_the_second_looks_again(session: Session, admin: FlaskClient, number: str) -> None:
    counted = {"correct-seen": "0", "correct-difference": "-1", "correct-why": "Eight on the shelf"}
    assert admin.post(f"{PAGE}/corrections", data=counted).status_code == 303
    assert admin.post(f"{PAGE}/corrections", data=counted).status_code == 409
    assert counts(session) == (8, 1, 0, 0)


WRONG: dict[str, tuple[str, dict[str, str], int]] = {
    "no reason": ("destructions", {"destroy-units": "1", "destroy-place": "free", "destroy-why": " "}, 422),
    "no units": ("destructions", {"destroy-place": "free", "destroy-why": "Bent"}, 422),
    "another place": ("destructions", {"destroy-units": "1", "destroy-place": "sold", "destroy-why": "Bent"}, 422),
    "more than there are": ("destructions", {"destroy-units": "10", "destroy-place": "free", "destroy-why": "x"}, 409),
    "none in quarantine": (
        "destructions",
        {"destroy-units": "1", "destroy-place": "returned", "destroy-why": "x"},
        409,
    ),
    "an unknown order": ("returns", {"return-order": "R-9", "return-units": "1", "return-why": "x"}, 409),
    "nought": ("corrections", {"correct-seen": "0", "correct-difference": "0", "correct-why": "x"}, 422),
    "below zero": ("corrections", {"correct-seen": "0", "correct-difference": "-10", "correct-why": "x"}, 409),
    "a count nobody saw": ("corrections", {"correct-seen": "x", "correct-difference": "1", "correct-why": "x"}, 422),
}


def test_what_cannot_be_is_refused_and_writes_nothing(session: Session, admin: FlaskClient, number: str) -> None:
    before = len(session.scalars(select(StockMovement)).all())
    for what, (noun, data, status) in WRONG.items():
        assert admin.post(f"{PAGE}/{noun}", data=data).status_code == status, what
        assert counts(session) == (9, 1, 0, 0), what
        assert len(session.scalars(select(StockMovement)).all()) == before, what


def test_only_an_admin_moves_stock(practitioner: FlaskClient, number: str) -> None:
    for noun in ("destructions", "returns", "corrections", "answers"):
        assert practitioner.post(f"{PAGE}/{noun}").status_code == 403, noun
