"""One act for several products: shown first, then done with one reason, each product by itself, and only on the safe side."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.batches import Batch, BatchDecision
from catalogue.journal import JournalEntry
from catalogue.products import Listing, Product, Voiding
from tests.storefront.admin.test_pages import stock_up

CHOSEN = ["RL-000", "RL-001", "SE-000"]


@pytest.fixture
def shelves(session: Session) -> Session:
    stock_up(session, 2)
    return session


def on_sale(session: Session) -> set[str]:
    return set(session.scalars(select(Product.sku).join(Listing, Listing.product_id == Product.id)))


def test_the_plan_names_everything_and_changes_nothing(shelves: Session, admin: FlaskClient) -> None:
    text = admin.post("/admin/selection/voiding-plan", data={"sku": CHOSEN}).text
    assert "2 of 3 chosen products would change" in text
    assert all(f'data-sku="{sku}"' in text for sku in CHOSEN)
    assert "Nothing: it is not on sale." in text
    text = admin.post("/admin/selection/hold-plan", data={"sku": CHOSEN}).text
    assert "RL-000-001 (10 free)" in text
    assert "RL-000-003" not in text, "it is held already"
    assert on_sale(shelves) == {"RL-000", "RL-001"}
    assert shelves.scalars(select(Voiding)).all() == []


def test_several_go_off_sale_for_one_reason_each_with_its_line_in_the_journal(
    shelves: Session, admin: FlaskClient
) -> None:
    text = admin.post("/admin/selection/voiding", data={"sku": CHOSEN[:2], "why": "Maker's warning"}).text
    assert "Done for 2 of 2 products" in text
    assert on_sale(shelves) == set()
    assert shelves.scalars(select(Voiding.why)).all() == ["Maker's warning"] * 2
    noted = select(JournalEntry.reference).where(JournalEntry.verb == "taken off sale")
    assert set(shelves.scalars(noted)) == {"RL-000", "RL-001"}


def test_the_second_of_two_admins_sees_what_is_no_longer_so(
    shelves: Session, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    practitioner.post("/admin/selection/voiding", data={"sku": ["RL-001"], "why": "First"})
    text = admin.post("/admin/selection/voiding", data={"sku": CHOSEN[:2], "why": "Second"}).text
    assert "Done for 1 of 2 products" in text
    assert 'data-reason="not-listed"' in text
    assert sorted(shelves.scalars(select(Voiding.why))) == ["First", "Second"]


def test_the_batches_that_were_shown_are_held(shelves: Session, admin: FlaskClient) -> None:
    shown = ["RL-000-001", "RL-000-002", "RL-001-001"]
    data = {"sku": CHOSEN[:2], "batch": shown, "why": "Odd smell"}
    assert "Done for 2 of 2" in admin.post("/admin/selection/hold", data=data).text
    held = select(Batch.code).where(Batch.status == "held", Batch.code.in_(shown))
    assert sorted(shelves.scalars(held)) == shown
    assert shelves.scalar(select(Batch.status).where(Batch.code == "RL-001-002")) == "released"


def test_one_batch_that_moved_leaves_all_of_its_product(shelves: Session, admin: FlaskClient) -> None:
    admin.post("/admin/batches/RL-000-002/hold")
    data = {"sku": CHOSEN[:2], "batch": ["RL-000-001", "RL-000-002", "RL-001-001"], "why": "Odd smell"}
    text = admin.post("/admin/selection/hold", data=data).text
    assert "Done for 1 of 2" in text
    assert 'data-reason="batch-moved"' in text
    statuses = {batch.code: batch.status for batch in shelves.scalars(select(Batch))}
    assert (statuses["RL-000-001"], statuses["RL-001-001"]) == ("released", "held")
    assert "Odd smell" not in shelves.scalars(
        select(BatchDecision.why).join(Batch, Batch.id == BatchDecision.batch_id).where(Batch.code == "RL-000-001")
    ).all()  # fmt: skip


@pytest.mark.parametrize("act", ["voiding", "hold"])
def test_a_reason_is_asked_for_and_the_plan_kept(shelves: Session, admin: FlaskClient, act: str) -> None:
    answer = admin.post(f"/admin/selection/{act}", data={"sku": CHOSEN, "batch": ["RL-000-001"], "why": " "})
    assert answer.status_code == 422
    assert "Say why." in answer.text
    assert 'value="RL-000"' in answer.text
    assert on_sale(shelves) == {"RL-000", "RL-001"}


@pytest.mark.parametrize("act", ["voiding-plan", "hold-plan"])
def test_nothing_chosen_goes_back_to_the_list(admin: FlaskClient, act: str) -> None:
    answer = admin.post(f"/admin/selection/{act}", data={"sku": ["unknown"]})
    assert (answer.status_code, answer.location) == (303, "/admin/products")


def test_nothing_is_signed_or_released_for_several_at_once(admin: FlaskClient) -> None:
    rules = [rule.rule for rule in admin.application.url_map.iter_rules() if rule.rule.startswith("/admin/selection")]
    assert sorted(rules) == [f"/admin/selection/{act}" for act in ("hold", "hold-plan", "voiding", "voiding-plan")]


def test_the_list_is_as_narrow_after_an_act_as_it_was_before(shelves: Session, admin: FlaskClient) -> None:
    narrowed = {"kind": "roller", "q": "rl"}
    text = admin.get("/admin/products", query_string=narrowed).text
    kept = [f'<input type="hidden" name="{name}" value="{value}">' for name, value in narrowed.items()]
    plan = admin.post("/admin/selection/voiding-plan", data=narrowed | {"sku": "RL-000"}).text
    assert all(field in page for field in kept for page in (text, plan))
    done = admin.post("/admin/selection/voiding", data=narrowed | {"sku": "RL-000", "why": "Odd smell"}).text
    assert all('href="/admin/products?q=rl&amp;kind=roller"' in page for page in (plan, done))
    assert admin.post("/admin/selection/hold-plan", data=narrowed).location == "/admin/products?q=rl&kind=roller"
