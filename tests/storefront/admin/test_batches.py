"""Receiving, releasing, holding and recalling a batch through the pages."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import specification
from catalogue.batches import Batch, BatchDecision
from storefront import clock
from tests.catalogue import samples

RULES = specification.load()


def delivery(kind: str = "roller", **changed: Any) -> dict[str, Any]:
    """A whole delivery as typed: every rule for batches answered, with its paper."""
    fields: dict[str, Any] = {
        "supplier_lot": "L-77",
        "expires_on": (clock.today() + timedelta(days=700)).isoformat(),
        "quantity": "12",
        "delivery_note": "DN-5",
    }
    for n, rule in enumerate(RULES.rules_for(kind, "batch")):
        fact = samples.fitting(rule)
        fields[f"value_{n}"] = {True: "yes", False: "no"}[fact] if isinstance(fact, bool) else str(fact)
        fields[f"paper_{n}"] = f"P-{n}"
        fields[f"file_{n}"] = (BytesIO(samples.pdf(f"P-{n}.pdf")), f"P-{n}.pdf")
    return {**fields, **changed}


@pytest.fixture
def product(session: Session) -> str:
    samples.on_sale(session, units=0, today=clock.today())
    samples.entered(session, samples.complete("serum", "SE-1", clock.today()))
    session.commit()
    return "RL-020"


def receive(admin: FlaskClient, sku: str = "RL-020", kind: str = "roller", **changed: Any) -> Any:
    return admin.post(f"/admin/products/{sku}/batches", data=delivery(kind, **changed))


@pytest.mark.parametrize(("sku", "kind"), [("RL-020", "roller"), ("SE-1", "serum")])
def test_a_whole_delivery_is_received_and_released(
    session: Session, admin: FlaskClient, product: str, sku: str, kind: str
) -> None:
    answer = receive(admin, sku, kind)
    assert (answer.status_code, answer.location) == (303, f"/admin/batches/{sku}-001")
    assert "Release" in admin.get(answer.location).text
    assert admin.post(f"{answer.location}/release").status_code == 303
    assert session.scalars(select(Batch)).one().status == "released"


def test_the_page_of_the_product_counts_it_once_it_is_released(admin: FlaskClient, product: str) -> None:
    receive(admin)
    assert 'data-sku="RL-020" data-stock="0"' in admin.get("/admin/products/RL-020").text
    admin.post("/admin/batches/RL-020-001/release")
    assert 'data-sku="RL-020" data-stock="12"' in admin.get("/admin/products/RL-020").text


@pytest.mark.parametrize("number", range(len(RULES.rules_for("roller", "batch"))))
@pytest.mark.parametrize("gap", ["value", "file"])
def test_a_rule_left_open_keeps_the_batch_waiting_and_is_named(
    session: Session, admin: FlaskClient, product: str, number: int, gap: str
) -> None:
    receive(admin, **{f"{gap}_{number}": ""})
    page = admin.get("/admin/batches/RL-020-001").text
    assert 'data-reason="batch-rule"' in page
    assert RULES.rules_for("roller", "batch")[number].title in page
    answer = admin.post("/admin/batches/RL-020-001/release")
    assert answer.status_code == 409
    assert 'data-reason="batch-rule"' in answer.text
    assert session.scalars(select(Batch)).one().status == "waiting"


WRONG: dict[str, dict[str, Any]] = {
    "no lot": {"supplier_lot": " "},
    "no date": {"expires_on": ""},
    "none": {"quantity": "0"},
    "part of one": {"quantity": "1.5"},
    "no delivery note": {"delivery_note": ""},
}


@pytest.mark.parametrize("what", WRONG)
def test_no_lot_no_stock(session: Session, admin: FlaskClient, product: str, what: str) -> None:
    answer = receive(admin, **WRONG[what])
    assert answer.status_code == 422
    assert session.scalars(select(Batch)).all() == []


@pytest.mark.parametrize("changed", [{"code": "a b"}, {"expires_on": "2020-01-01"}])
def test_what_shape_cannot_see_is_refused_by_the_rule(
    session: Session, admin: FlaskClient, product: str, changed: dict[str, str]
) -> None:
    answer = receive(admin, **changed)
    assert answer.status_code == 409
    assert 'data-reason="goods-in"' in answer.text
    assert session.scalars(select(Batch)).all() == []


def test_what_would_not_last_is_taken_in_and_stays_with_the_reason(
    session: Session, admin: FlaskClient, product: str
) -> None:
    soon = clock.today() + timedelta(days=100)
    assert receive(admin, expires_on=soon.isoformat(), file_0="").status_code == 303
    page = admin.get("/admin/batches/RL-020-001").text
    assert f"lasts until {soon.isoformat()}, less than the 6 months" in page
    assert 'data-reason="batch-rule"' in page
    answer = admin.post("/admin/batches/RL-020-001/release")
    assert (answer.status_code, 'data-reason="too-short"' in answer.text) == (409, True)
    assert session.scalars(select(Batch)).one().status == "waiting"


def test_holding_is_one_press_and_lifting_asks_why(
    session: Session, admin: FlaskClient, practitioner: FlaskClient, product: str
) -> None:
    receive(admin)
    admin.post("/admin/batches/RL-020-001/release")
    assert practitioner.post("/admin/batches/RL-020-001/hold").status_code == 303
    assert practitioner.post("/admin/batches/RL-020-001/hold").status_code == 409
    assert admin.post("/admin/batches/RL-020-001/hold-end", data={"why": ""}).status_code == 422
    assert admin.post("/admin/batches/RL-020-001/hold-end", data={"why": "Counted"}).status_code == 303
    assert admin.post("/admin/batches/RL-020-001/release").status_code == 303
    decisions = session.scalars(select(BatchDecision.decision).order_by(BatchDecision.id)).all()
    assert decisions == ["received", "released", "held", "lifted", "released"]


def test_a_recall_asks_why_and_is_for_good(session: Session, admin: FlaskClient, product: str) -> None:
    receive(admin)
    admin.post("/admin/batches/RL-020-001/release")
    assert admin.post("/admin/batches/RL-020-001/recall", data={}).status_code == 422
    assert admin.post("/admin/batches/RL-020-001/recall", data={"why": "Bent needles"}).status_code == 303
    for move in ("release", "hold", "hold-end", "recall"):
        assert admin.post(f"/admin/batches/RL-020-001/{move}", data={"why": "x"}).status_code == 409
    assert session.scalars(select(Batch)).one().status == "recalled"
    page = admin.get("/admin/batches/RL-020-001").text
    assert "Bent needles" in page
    assert "/admin/recalls/RC-" in page


@pytest.mark.parametrize("move", ["release", "hold-end", "recall"])
def test_only_an_admin_releases_lifts_and_recalls(
    admin: FlaskClient, practitioner: FlaskClient, product: str, move: str
) -> None:
    receive(admin)
    assert practitioner.post(f"/admin/batches/RL-020-001/{move}", data={"why": "x"}).status_code == 403


def test_batches_are_found_by_code_lot_and_status(admin: FlaskClient, product: str) -> None:
    receive(admin)
    receive(admin, supplier_lot="OTHER")
    admin.post("/admin/batches/RL-020-001/release")
    for query, found in (({"q": "l-77"}, 1), ({"q": "other"}, 1), ({"status": "released"}, 1), ({"q": "RL-020-0"}, 2)):
        assert admin.get("/admin/batches", query_string=query).text.count("<tr data-stock") == found, query
