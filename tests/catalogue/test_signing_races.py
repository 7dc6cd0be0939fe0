"""Two people at the same moment: whoever signs or changes second does it to what the first one left, or is told so."""

from dataclasses import replace
from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select

from catalogue import drafts, signing, versions
from catalogue.journal import Who
from catalogue.products import DossierChange, Listing, Product, Vetting
from catalogue.vetting import judge
from storefront.db import db, transaction
from tests.catalogue import samples
from tests.catalogue.samples import NOW, TODAY
from tests.catalogue.test_stock_races import TRIES, together


def prepare(app: Flask, **facts: object) -> str:
    """A dossier that waits for its signature; what everybody is shown of it."""
    with app.app_context(), transaction():
        product = samples.entered(db.session(), samples.complete(**facts))  # type: ignore[arg-type]
        dossier = drafts.dossier_of(product)
        return signing.shown_hash(
            judge(dossier, versions.in_force(db.session(), TODAY), TODAY), dossier, product.summary
        )


def product() -> Product:
    return samples.loaded(db.session(), "RL-020")


def practitioner(number: int) -> Who:
    return Who(200 + number, f"Practitioner {number}", "practitioner")


def test_of_many_who_sign_at_once_one_listing_rests_on_the_last(fresh_database: Flask) -> None:
    shown = prepare(fresh_database)

    def sign(number: int) -> None:
        rules = versions.in_force(db.session(), TODAY)
        signing.record_vetting(db.session(), product(), rules, practitioner(number), TODAY, NOW, shown)

    assert together(fresh_database, sign) == ["done"] * TRIES
    with fresh_database.app_context():
        assert db.session.scalars(select(Listing.vetting_id)).all() == [db.session.scalar(select(func.max(Vetting.id)))]


def test_of_many_who_sign_with_a_note_one_does_and_the_rest_are_told(fresh_database: Flask) -> None:
    shown = prepare(fresh_database, needle_length_nominal=Decimal("0.22"))

    def sign(number: int) -> None:
        rules, note = versions.in_force(db.session(), TODAY), {"R-LEN-02": f"Seen by {number}"}
        signing.record_vetting(db.session(), product(), rules, practitioner(number), TODAY, NOW, shown, note)

    assert together(fresh_database, sign) == ["changed-meanwhile"] * (TRIES - 1) + ["done"]


def test_of_many_who_change_it_at_once_one_does_and_the_rest_are_told(fresh_database: Flask) -> None:
    prepare(fresh_database)
    with fresh_database.app_context():
        before = drafts.dossier_of(product())

    def change(number: int) -> None:
        facts = {**before.facts, "needle_length_nominal": Decimal(number + 1) / 100}
        admin = Who(300 + number, "An admin", "admin")
        drafts.enter_dossier(db.session(), replace(before, facts=facts), {}, admin, NOW, was=before.hash)

    assert together(fresh_database, change) == ["changed-meanwhile"] * (TRIES - 1) + ["done"]
    with fresh_database.app_context():
        assert len(db.session.scalars(select(DossierChange)).all()) == 2


def test_who_signs_while_it_changes_signs_what_they_read_or_nothing(fresh_database: Flask) -> None:
    shown = prepare(fresh_database)
    with fresh_database.app_context():
        before = drafts.dossier_of(product())

    def sign_or_change(number: int) -> None:
        if number % 2:
            rules = versions.in_force(db.session(), TODAY)
            signing.record_vetting(db.session(), product(), rules, practitioner(number), TODAY, NOW, shown)
        else:
            facts = {**before.facts, "needle_length_nominal": Decimal("0.15")}
            drafts.enter_dossier(db.session(), replace(before, facts=facts), {}, Who(301, "An admin", "admin"), NOW)

    together(fresh_database, sign_or_change)
    with fresh_database.app_context():
        now = product()
        assert now.dossier.hash != before.hash
        assert now.listing is None
