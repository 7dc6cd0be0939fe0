"""Two people who sign, or publish, at the same moment: one version, two signatures, and one version a day."""

from datetime import timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select

from catalogue.journal import Who
from catalogue.versions import Publication, SpecificationSignature
from storefront.db import db, transaction
from storefront.orders import stopping
from tests.catalogue.revisions import drafted
from tests.catalogue.samples import ADMIN, COLLEAGUE, PRACTITIONER
from tests.storefront.orders.test_races import Press, together
from tests.storefront.orders.world import NOW, TODAY

SOON = TODAY + timedelta(days=7)


def prepared(app: Flask, *names: str) -> dict[str, str]:
    """The drafts of these names, all for one day, and their hashes."""
    with app.app_context(), transaction():
        return {name: drafted(db.session(), name, SOON, R_LEN_01=Decimal("0.2")).hash for name in names}


def signing(name: str, by: Who, shown: str) -> Press:
    def press() -> str:
        with transaction():
            return "published" if stopping.sign_version(name, by, TODAY, NOW, shown) else "signed"

    return press


def counted(app: Flask) -> tuple[int, int]:
    with app.app_context():
        kinds = (SpecificationSignature, Publication)
        signatures, publications = (db.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds)
        return signatures, publications


def test_of_two_admins_one_signs(fresh_database: Flask) -> None:
    (shown,) = prepared(fresh_database, "2027.1").values()
    outcomes = together(fresh_database, [signing("2027.1", by, shown) for by in (ADMIN, COLLEAGUE)])
    assert sorted(outcomes) == ["signed", "two-signatures"]
    assert counted(fresh_database) == (1, 0)


def test_an_admin_and_a_practitioner_at_once_publish_once(fresh_database: Flask) -> None:
    (shown,) = prepared(fresh_database, "2027.1").values()
    outcomes = together(fresh_database, [signing("2027.1", by, shown) for by in (ADMIN, PRACTITIONER)])
    assert sorted(outcomes) == ["published", "signed"]
    assert counted(fresh_database) == (2, 1)


def test_of_two_versions_for_one_day_one_is_published(fresh_database: Flask) -> None:
    drafts = prepared(fresh_database, "2027.1", "2027.2")
    for name, shown in drafts.items():
        with fresh_database.app_context():
            signing(name, ADMIN, shown)()
    outcomes = together(fresh_database, [signing(name, PRACTITIONER, shown) for name, shown in drafts.items()])
    assert sorted(outcomes) == ["changed-meanwhile", "published"]
    assert counted(fresh_database) == (3, 1)
