"""Two sessions and one last unit: on both databases exactly one of them gets it, and nobody sells it twice."""

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from catalogue import signing, stock
from catalogue.batches import Batch
from catalogue.ledger import unbalanced
from catalogue.products import Listing, Product, Vetting
from catalogue.verdicts import Refused
from storefront.db import db, transaction
from tests.catalogue import samples
from tests.catalogue.samples import NOW, OCCASION, PRACTITIONER, TODAY

TRIES = 8


def together(app: Flask, work: Callable[[int], object]) -> list[str]:
    """What became of each of several people who press at the same moment."""
    outcomes: list[str] = []
    start = threading.Barrier(TRIES)

    def one(number: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    work(number)
                outcomes.append("done")
            except Refused as refused:
                outcomes.append(refused.verdict.codes[0])
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(TRIES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def prepare(app: Flask, units: int, rows: int = 1) -> list[int]:
    with app.app_context(), transaction():
        product = samples.entered(db.session(), samples.complete())
        return [samples.released(db.session(), product, units).id for _ in range(rows)]


def counts(app: Flask) -> list[tuple[int, int]]:
    with app.app_context():
        return [(b.reserved, b.sold) for b in db.session.scalars(select(Batch).order_by(Batch.id))]


def test_the_last_unit_is_reserved_once(fresh_database: Flask) -> None:
    (batch_id,) = prepare(fresh_database, 1)
    outcomes = together(fresh_database, lambda _: stock.reserve(db.session(), batch_id, 1, TODAY, OCCASION))
    assert outcomes == ["done"] + ["no-batch"] * (TRIES - 1)
    assert counts(fresh_database) == [(1, 0)]


def test_of_three_units_three_people_get_one_and_one_corrects_the_count(fresh_database: Flask) -> None:
    (batch_id,) = prepare(fresh_database, 3)
    outcomes = together(fresh_database, lambda _: stock.reserve(db.session(), batch_id, 1, TODAY, OCCASION))
    assert outcomes.count("done") == 3
    assert counts(fresh_database) == [(3, 0)]
    outcomes = together(fresh_database, lambda _: stock.correct(db.session(), batch_id, 2, OCCASION, seen=0))
    assert outcomes == ["done"] + ["no-batch"] * (TRIES - 1), "all counted the same shelf"
    with fresh_database.app_context():
        assert list(unbalanced(db.session())) == []


def test_swaps_in_both_directions_do_not_lock_each_other_out(fresh_database: Flask) -> None:
    first, second = prepare(fresh_database, 20, rows=2)
    with fresh_database.app_context(), transaction():
        for batch_id in (first, second):
            stock.reserve(db.session(), batch_id, 8, TODAY, OCCASION)
            stock.sell_reserved(db.session(), batch_id, 8, TODAY, OCCASION)

    def cross(number: int) -> None:
        ends = (first, second) if number % 2 else (second, first)
        stock.swap(db.session(), *ends, 1, TODAY, OCCASION)

    assert together(fresh_database, cross) == ["done"] * TRIES
    assert counts(fresh_database) == [(0, 8), (0, 8)]


def test_several_signatures_at_once_leave_one_listing(fresh_database: Flask) -> None:
    with fresh_database.app_context(), transaction():
        samples.entered(db.session(), samples.complete())

    def sign(_: int) -> signing.Vetting:
        return samples.sign(db.session(), samples.loaded(db.session(), "RL-020"), PRACTITIONER)

    assert together(fresh_database, sign) == ["done"] * TRIES
    with fresh_database.app_context():
        assert len(db.session.scalars(select(Listing)).all()) == 1
        assert len(db.session.scalars(select(Vetting)).all()) == TRIES


def test_a_price_cannot_change_between_reading_and_signing(fresh_database: Flask) -> None:
    with fresh_database.app_context(), transaction():
        samples.entered(db.session(), samples.complete())

    def work(number: int) -> object:
        product = samples.loaded(db.session(), "RL-020")
        if number:
            return samples.sign(db.session(), product)
        cheaper = samples.complete(needle_diameter=0)
        return samples.drafts.enter_dossier(db.session(), cheaper, {}, samples.COLLEAGUE, NOW)

    together(fresh_database, work)
    with fresh_database.app_context():
        product = samples.loaded(db.session(), "RL-020")
        assert product.listing is None or product.listing.dossier_hash == product.dossier.hash


def test_one_sku_is_entered_once(fresh_database: Flask) -> None:
    def enter(number: int) -> object:
        return samples.drafts.enter_dossier(db.session(), samples.complete(sku="RL-1"), {}, samples.ADMIN, NOW)

    assert set(together(fresh_database, enter)) <= {"done", "changed-meanwhile"}
    with fresh_database.app_context():
        assert db.session.scalar(select(func.count(Product.id))) == 1
