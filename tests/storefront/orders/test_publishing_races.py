"""Two people who sign, or publish, at the same moment: one version, two signatures, and one version a day."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select

from catalogue import drafts
from catalogue.journal import Who
from catalogue.products import Product
from catalogue.signing import shown_hash
from catalogue.specification import load
from catalogue.versions import Publication, SpecificationSignature
from catalogue.vetting import judge
from storefront.db import db, transaction
from storefront.messages.models import Message
from storefront.orders import gate, stopping
from storefront.orders.early_ends import end_before_its_day
from storefront.orders.models import Order
from tests.catalogue import samples
from tests.catalogue.revisions import drafted
from tests.catalogue.samples import ADMIN, COLLEAGUE, PRACTITIONER
from tests.storefront.orders import world
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


def test_publishing_holding_signing_and_ending_a_sale_at_once_shut_nobody_out(fresh_database: Flask) -> None:
    """Each has its way or is told what came before; whatever came first, the order for what falls is stopped once."""
    with fresh_database.app_context():
        with transaction():
            product, client = world.on_sale(), world.approved_client()
            world.placed(client, product)
            draft = drafted(db.session(), "2027.1", TODAY, R_LEN_01=Decimal("0.15"))
            shown = draft.hash
        signing("2027.1", ADMIN, shown)()
        dossier = drafts.dossier_of(samples.loaded(db.session(), "RL-020"))
        read = shown_hash(judge(dossier, load(), TODAY), dossier)
        db.session.remove()

    def done(act: Callable[[], object]) -> Press:
        def press() -> str:
            with transaction():
                act()
            return "done"

        return press

    presses = [
        signing("2027.1", PRACTITIONER, shown),
        done(lambda: stopping.hold_batch("RL-020-001", COLLEAGUE, NOW, "A report")),
        done(lambda: stopping.hold_batch("RL-020-001", ADMIN, NOW, "A report")),
        done(lambda: stopping.record_vetting("RL-020", COLLEAGUE, TODAY, NOW, read)),
        done(lambda: end_before_its_day(["RL-020"], "It will be refused.", "A note", ADMIN, NOW)),
    ]
    outcomes = together(fresh_database, presses)
    assert outcomes[0] == "published"
    assert outcomes[1:3].count("done") == 1
    assert set(outcomes) <= {"published", "done", "changed-meanwhile", "not-listed", "batch-moved"}
    with fresh_database.app_context():
        told = select(func.count()).where(Message.kind == "order_cancelled")
        assert (db.session.scalars(select(Order.status)).all(), db.session.scalar(told)) == (["cancelled"], 1)
        assert not gate.ask(
            None, [gate.Wanted(gate.products_with(Product.sku == "RL-020").popitem()[1], 1)], TODAY
        ).is_yes
