"""What a version does once it is signed, as its pages tell it: how far products are judged, and a sale that ends before its day."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import rejudging
from catalogue.base import among
from catalogue.products import Product
from storefront import clock, jobs
from storefront.orders import consequences
from tests.catalogue import samples
from tests.catalogue.revisions import drafted
from tests.storefront.admin.test_versions import ADDRESS, sign


def test_the_page_says_how_far_the_judging_is_and_what_the_version_changed(
    session: Session, admin: FlaskClient, practitioner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejudging, "AT_ONCE", 1)
    for number in range(2):
        samples.on_sale(session, sku=f"RL-{number}", today=clock.today())
    drafted(session, "2027.1", clock.today(), clock.now(), R_LEN_01=Decimal("0.15"))
    session.commit()
    assert "data-judged" not in admin.get(ADDRESS).text
    sign(admin)
    assert "0 of 2 products on sale are judged" in admin.get(ADDRESS).text
    assert "each is off sale until it is" in practitioner.get(sign(practitioner).location).text
    assert "1 of 2 products on sale are judged" in admin.get(f"{ADDRESS}/consequences").text
    assert jobs.switch_due(clock.now())
    page = admin.get(ADDRESS).text
    assert "data-judged" not in page
    assert "<del>at most 0.25 mm</del> → <strong>at most 0.15 mm</strong>" in page


def test_more_products_may_fall_than_a_database_takes_parameters(session: Session) -> None:
    ids = range(1, 70_000)
    assert consequences.orders_with(ids) == {}
    found = samples.on_sale(session, today=clock.today())
    assert session.scalars(select(Product.sku).where(among(Product.id, [*ids]))).all() == [found.sku]
    assert session.scalars(select(Product.sku).where(among(Product.id, []))).all() == []


def test_what_falls_by_a_rule_is_taken_off_sale_before_the_day(
    session: Session, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    samples.on_sale(session, today=clock.today())
    drafted(session, "2027.1", clock.today() + timedelta(days=7), clock.now(), R_LEN_01=Decimal("0.15"))
    session.commit()
    page, ends = f"{ADDRESS}/consequences", f"{ADDRESS}/early-ends"
    assert "Off sale at once: 1" in admin.get(page).text
    assert practitioner.post(ends, data={"rule": "R-LEN-01", "sku": "RL-020"}).status_code == 403
    assert "Nothing on sale falls by this rule" in admin.get(f"{ends}?rule=R-MAT-01").text
    asked = admin.get(f"{ends}?rule=R-LEN-01").text
    assert re.findall(r'name="sku" value="([^"]+)"', asked) == ["RL-020"]
    for told in ("Nothing has happened yet", "0 orders that have not left are stopped", "Take 1 off sale"):
        assert told in asked
    for sent in ({"rule": "R-MAT-01", "sku": "RL-020"}, {"rule": "R-LEN-01"}):  # another rule, or not what was shown
        assert admin.post(ends, data=sent).status_code == 303
        assert samples.loaded(session, "RL-020").listing is not None
    assert admin.post(ends, data={"rule": "R-LEN-01", "sku": "RL-020"}).status_code == 303
    assert samples.loaded(session, "RL-020").listing is None
    assert "Off sale at once:" not in admin.get(page).text
    assert "Off sale at once:" not in practitioner.get(page).text
