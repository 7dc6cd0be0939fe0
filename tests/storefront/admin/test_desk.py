"""The desk says what needs a person today, links to where it is done, and is kind when there is nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import specification
from catalogue.batches import Batch
from catalogue.known_verdicts import KnownVerdict
from catalogue.products import Product, Vetting
from catalogue.standings import low_stock
from catalogue.supplier_files import ImportFile, ImportRow, supplier_named
from catalogue.versions import SpecificationVersion
from storefront import clock
from storefront.admin import needs
from storefront.orders.recall_models import RecallDrill
from tests.catalogue import samples
from tests.storefront.admin.test_pages import stock_up

RULES = specification.load()


def test_an_empty_desk_says_so_kindly(admin: FlaskClient) -> None:
    text = admin.get("/admin").text
    for told in (
        "Nothing waits for a signature.",
        "No proof lapses in the next 60 days.",
        "Every batch is released or recalled.",
        "There is enough of every product on sale.",
        "Every row of every supplier’s file went through.",
        "No new version is on its way.",
        "No dossier is unfinished.",
    ):
        assert told in text, told


@pytest.mark.parametrize(("left", "within"), [(-1, 0), (0, 7), (7, 7), (8, 30), (30, 30), (31, 60), (60, 60)])
def test_a_lapse_is_told_by_how_soon_it_is(session: Session, left: int, within: int) -> None:
    samples.on_sale(session, today=clock.today())
    vetting = session.scalars(select(Vetting)).one()
    vetting.lapses_on = clock.today() + timedelta(days=left)
    (lapse,) = needs.lapsing(clock.today(), RULES)
    assert lapse.within == within


def test_what_lapses_later_is_not_told(session: Session) -> None:
    samples.on_sale(session, today=clock.today())
    session.scalars(select(Vetting)).one().lapses_on = clock.today() + timedelta(days=61)
    assert needs.lapsing(clock.today(), RULES) == []


def test_stock_is_low_at_the_number_of_the_policy(session: Session, admin: FlaskClient) -> None:
    today = clock.today()
    for sku, units in (("RL-0", 0), ("RL-10", 10), ("RL-11", 11)):
        samples.on_sale(session, sku=sku, units=units, today=today)
    samples.entered(session, samples.complete("roller", "RL-OFF", today))
    rows = session.execute(low_stock(today, RULES, 10)).all()
    assert [(product.sku, units) for product, units in rows] == [("RL-0", 0), ("RL-10", 10)]
    text = admin.get("/admin").text
    assert "None left to sell" in text
    assert "10 left to sell" in text


def test_units_that_may_not_be_sold_do_not_count(session: Session) -> None:
    today = clock.today()
    product = samples.on_sale(session, units=20, today=today)
    session.scalars(select(Batch)).one().status = "held"
    samples.released(session, product, 4, today=today).expires_on = today + timedelta(days=40)
    session.flush()
    assert [units for _, units in session.execute(low_stock(today, RULES, 10))] == [0]


def test_failed_rows_a_draft_and_the_drill_are_named_with_their_pages(session: Session, admin: FlaskClient) -> None:
    supplier = supplier_named(session, "Needle Works", clock.now())
    for number, state in ((1, "imported"), (2, "unreadable"), (3, "imported")):
        file = ImportFile(reference=f"IM-{number}", supplier=supplier, name="list.csv", state=state, at=clock.now())
        file.by_id, file.by_name = 1, "Alba"
        session.add(file)
        session.flush()
        rows = [("failed", 1), ("failed", 2), ("imported", 3)] if number == 1 else [("imported", 1)]
        session.add_all(ImportRow(import_id=file.id, number=n, state=told, cells="{}") for told, n in rows)
    draft = SpecificationVersion(version="2027.1", document="", hash="0" * 64, reason="r", made_at=clock.now())
    draft.author_id, draft.author_name = 1, "Alba"
    session.add(draft)
    text = admin.get("/admin").text
    assert "2 rows to try again" in text
    assert "The file could not be read" in text
    assert "/admin/imports/IM-1" in text
    assert "IM-3" not in text
    assert "/admin/specifications/2027.1" in text
    assert "waits for its two signatures" in text
    assert "Due now" in text


def test_a_drill_is_told_a_month_ahead(session: Session) -> None:
    drill = RecallDrill(batches="[]", clients=0, units=0, traced=0, at=clock.now(), milliseconds=1, by_name="Alba")
    session.add(drill)
    session.flush()
    today = clock.today()
    assert needs.drill_soon(today) is None
    due = needs.drill_due(session, today)
    assert isinstance(due, date)
    assert needs.drill_soon(due - needs.DRILL_NOTICE) == due
    assert needs.drill_soon(due - needs.DRILL_NOTICE - timedelta(days=1)) is None


def test_a_drill_is_due_half_a_year_after_the_last_one(session: Session) -> None:
    """Six months by the calendar, from the clinic's own day: half past midnight in London is the day before in UTC."""
    for at, due in (
        (datetime(2026, 5, 26, 9, tzinfo=UTC), date(2026, 11, 26)),
        (datetime(2026, 5, 25, 23, 30, tzinfo=UTC), date(2026, 11, 26)),
        (datetime(2026, 8, 31, 9, tzinfo=UTC), date(2027, 2, 28)),
    ):
        aside = session.begin_nested()
        session.add(RecallDrill(batches="", clients=0, units=0, traced=0, at=at, milliseconds=1, by_name="Alba"))
        session.flush()
        assert needs.drill_due(session, due - timedelta(days=1)) == due
        assert needs.drill_soon(due) == due
        aside.rollback()


def test_rejected_drafts_do_not_crowd_out_what_can_be_signed(session: Session, admin: FlaskClient) -> None:
    stock_up(session, 2)
    text = admin.get("/admin").text
    assert text.index("/admin/products/SE-000/vetting") < text.index("/admin/products/XX-001")
    known = select(KnownVerdict.verdict).join(Product).where(Product.sku == "XX-001")
    assert session.scalar(known) == "rejected"
