"""The worker is killed outright in the middle of an import. Started again, it goes on where it was: no row is lost, none is
entered twice."""

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, update

from catalogue import columns, supplier_files
from catalogue.columns import Plan
from catalogue.products import DossierChange, Product
from catalogue.sheets import glance
from catalogue.supplier_files import ImportFile, ImportRow
from storefront import clock, jobs
from storefront.app import create_app
from storefront.db import db, transaction
from storefront.orders.audit import broken_rows
from tests.catalogue.samples import ADMIN
from tests.databases import settings_for
from tests.long.running import until
from tests.process.test_worker import worker

ROWS = 1000  # ten pieces
SHEET = "SKU;Name;Price\n" + "".join(f"RL-{number};Roller {number};34,00\n" for number in range(ROWS))


def count(app: Flask, table: type, *conditions: object) -> int:
    with app.app_context():
        wanted = select(func.count()).select_from(table).where(*conditions)  # type: ignore[arg-type]
        found = db.session.scalar(wanted) or 0
        db.session.rollback()
    return found


def imported(app: Flask) -> int:
    return count(app, ImportRow, ImportRow.state == "imported")


def ready_to_import(folder: Path) -> Flask:
    """A shop with a file that was compared, and the press on "import"."""
    app = create_app(settings_for(f"sqlite:///{folder / 'shop.sqlite3'}", folder))
    with app.app_context():
        db.create_all()
        session, content, now = db.session(), SHEET.encode(), clock.now()
        with transaction():
            supplier = supplier_files.supplier_named(session, "Works", now)
            file = supplier_files.receive_file(session, supplier, "list.csv", content, glance(content), ADMIN, now)
            plan = Plan(columns.from_json(file.plan).columns, "roller")
            supplier_files.plan_columns(session, file, plan, ADMIN, now)
        jobs.run_due(clock.now())
        with transaction():
            supplier_files.start_import(session, file, ADMIN, clock.now())
        db.session.remove()
    return app


def test_a_killed_import_goes_on_and_enters_nothing_twice(tmp_path: Path) -> None:
    app = ready_to_import(tmp_path)
    first = worker(tmp_path)
    until(lambda: imported(app) > 0 or None, 60, "the worker imports")
    first.kill()
    first.wait()
    assert 0 < imported(app) < ROWS
    with app.app_context(), transaction():  # the lease of the killed one runs out
        db.session.execute(update(ImportFile).values(due_at=clock.now()))
    second = worker(tmp_path)
    until(lambda: imported(app) == ROWS or None, 60, "the other worker imports the rest")
    second.terminate()
    assert second.wait(30) == 0
    assert (count(app, Product), count(app, DossierChange)) == (ROWS, ROWS)
    with app.app_context():
        assert list(broken_rows(clock.today())) == []
        db.engine.dispose()
