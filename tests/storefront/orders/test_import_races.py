"""Two workers, or two admins, on one file at the same moment, with real commits: every row is compared once and entered once."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalogue import supplier_files
from catalogue.products import DossierChange
from catalogue.supplier_files import ImportFile, ImportRow
from catalogue.verdicts import Stale
from storefront import jobs
from storefront.db import db, transaction
from storefront.orders import importing, stopping
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN, COLLEAGUE
from tests.storefront.orders.test_importing import HEAD, begun, imported, read
from tests.storefront.orders.test_races import together
from tests.storefront.orders.world import NOW

ROWS = 12


def test_two_workers_enter_no_row_twice(fresh_database: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "IMPORTED_AT_ONCE", 5)  # several pieces, none so long that who waits gives up
    with fresh_database.app_context():
        file = begun(read(HEAD + "".join(f"RL-{number};N{number};;34;;;\n" for number in range(ROWS))))
        file_id = file.id
        db.session.remove()

    def press() -> str:
        while db.session.get_one(ImportFile, file_id, populate_existing=True).state == "importing":
            db.session.rollback()
            importing.carry_on(file_id, NOW)
        return "done"

    assert together(fresh_database, [press, press, press]) == ["done"] * 3
    with fresh_database.app_context():
        states = db.session.execute(select(ImportRow.state, func.count()).group_by(ImportRow.state)).all()
        assert [tuple(row) for row in states] == [("imported", ROWS)]
        assert db.session.scalar(select(func.count(DossierChange.id))) == ROWS
        db.session.remove()


def test_two_admins_try_the_failed_rows_again_once(fresh_database: Flask) -> None:
    with fresh_database.app_context():
        file = read(HEAD + "RL-1;One;;34;;;\n")
        with transaction():
            stopping.enter_dossier(samples.complete(sku="RL-1"), {}, ADMIN, NOW)
        file_id = imported(file).id
        before = db.session.scalar(select(func.count(DossierChange.id))) or 0
        db.session.remove()

    def press() -> str:
        try:
            with transaction():
                file = db.session.get_one(ImportFile, file_id)
                supplier_files.retry_failed(db.session(), file, COLLEAGUE, NOW)
        except Stale:
            return "too late"
        return "pressed"

    assert sorted(together(fresh_database, [press, press])) == ["pressed", "too late"]
    with fresh_database.app_context():
        jobs.run_due(NOW)
        assert db.session.scalars(select(ImportRow.state)).all() == ["imported"]
        assert db.session.scalar(select(func.count(DossierChange.id))) == before + 1
        db.session.remove()
