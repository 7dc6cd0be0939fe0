"""The history of a dossier on its pages: what was what, who changed it, and every report as it was signed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue import drafts
from catalogue.journal import Who
from catalogue.products import Product
from storefront import clock
from tests.catalogue import samples

HISTORY = "/admin/products/RL-020/history"


@pytest.fixture
def changed(session: Session) -> Product:
    """On sale, then changed: the length, and a document taken away."""
    product = samples.on_sale(session, today=clock.today())
    before = drafts.dossier_of(product)
    after = replace(
        before, facts={**before.facts, "needle_length_nominal": Decimal("0.15")}, evidence=before.evidence[:-1]
    )
    drafts.enter_dossier(session, after, {}, Who(555, "Cora Colleague", "admin"), clock.now())
    session.commit()
    return product


def test_the_history_tells_who_changed_what_from_what_to_what(changed: Product, practitioner: FlaskClient) -> None:
    page = practitioner.get(HISTORY).text
    assert "changed by Cora Colleague" in page
    assert "<del>0.2</del>" in page
    assert "<ins>0.15</ins>" in page
    assert 'data-mark="taken away"' in page
    assert page.count('data-mark="changed"') == 1


def test_any_two_states_are_laid_side_by_side_in_any_order(changed: Product, admin: FlaskClient) -> None:
    page = admin.get(f"{HISTORY}?left=2&right=1").text
    assert "<del>0.15</del>" in page
    assert "0 of" in admin.get(f"{HISTORY}?left=2&right=2").text


@pytest.mark.parametrize("asked", ["0", "-1", "99", "9" * 40, "x", "²", ""])
def test_a_state_that_never_was_breaks_nothing(changed: Product, admin: FlaskClient, asked: str) -> None:
    assert admin.get(HISTORY, query_string={"left": asked, "right": asked}).status_code == 200
    assert admin.get(f"{HISTORY}/{asked or 'x'}").status_code == 404
    assert admin.get(f"/admin/products/RL-020/vettings/{asked or 'x'}").status_code == 404


def test_an_old_state_is_read_whole(changed: Product, admin: FlaskClient) -> None:
    page = admin.get(f"{HISTORY}/1").text
    assert "State 1 of 2" in page
    assert "<dt>Needle length nominal</dt><dd>0.2</dd>" in page


def test_an_old_report_is_read_as_it_was_signed(changed: Product, admin: FlaskClient) -> None:
    page = admin.get("/admin/products/RL-020/vettings/1").text
    assert "Petra Practitioner (practitioner)" in page
    assert "The dossier has changed since" in page
    assert "<dd>0.2</dd>" in page
    assert "This copy is not what was signed" not in page


def test_the_product_says_that_its_signature_is_void(changed: Product, admin: FlaskClient) -> None:
    page = admin.get("/admin/products/RL-020").text
    assert "The last signature is void" in page
    assert "Cora Colleague changed the dossier" in page


def test_before_a_change_there_is_nothing_to_compare(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    page = admin.get(HISTORY).text
    assert "There is one state so far" in page
    assert "is void" not in admin.get("/admin/products/RL-020").text


@pytest.mark.parametrize("path", ["", "/1", "/../vettings/1"])
def test_the_queries_do_not_grow_with_the_states(
    session: Session, changed: Product, admin: FlaskClient, count_queries: Any, path: str
) -> None:
    address = f"{HISTORY}{path}".replace("/history/..", "")
    with count_queries() as few:
        assert admin.get(address).status_code == 200
    for length in range(10, 15):
        dossier = drafts.dossier_of(samples.loaded(session, "RL-020"))
        facts = {**dossier.facts, "needle_length_nominal": Decimal(length) / 100}
        drafts.enter_dossier(session, replace(dossier, facts=facts), {}, Who(556, "D", "admin"), clock.now())
        samples.sign(session, samples.loaded(session, "RL-020"), today=clock.today())
    session.commit()
    with count_queries() as many:
        admin.get(address)
    assert len(many) == len(few) <= 7
