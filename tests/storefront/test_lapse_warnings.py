"""Proofs that lapse: admins are told at 60, 30 and 7 days, each step once; the sale ends on the day after whether or not."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import lapsing, shelf, specification
from catalogue.journal import SYSTEM
from catalogue.lapsing import LapseWarning
from storefront import upkeep
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from storefront.messages.models import Message
from tests.catalogue import samples
from tests.catalogue.samples import NOW


@pytest.fixture
def last(session: Session) -> date:
    """The last day of the one product on sale; two admins and a practitioner work in the clinic."""
    with transaction():
        for name, role in (("ada", "admin"), ("cora", "admin"), ("ines", "practitioner")):
            make_account(f"{name}@example.org", name.title(), role, SYSTEM, NOW)
        product = samples.on_sale(db.session())
    assert product.listing is not None
    assert product.listing.vetting.lapses_on is not None
    return product.listing.vetting.lapses_on


def run(day: date) -> list[int]:
    """The worker at noon of a day; the steps told of so far."""
    noon = datetime.combine(day, time(12), UTC)
    while upkeep.warn_of_lapses(noon):
        pass
    return list(db.session.scalars(select(LapseWarning.days).order_by(LapseWarning.id)))


def mails() -> dict[str, int]:
    """How many warnings each admin was sent."""
    return dict(Counter(db.session.scalars(select(Message.to).where(Message.kind == "proofs_lapse"))))


def test_each_step_is_told_once_from_its_first_day(last: date) -> None:
    steps = ((61, 0), (60, 1), (59, 1), (31, 1), (30, 2), (29, 2), (8, 2), (7, 3), (6, 3), (1, 3), (0, 3), (-1, 3))
    for before, told in steps:
        assert run(last - timedelta(days=before)) == [60, 30, 7][:told], before
        assert mails() == ({"ada@example.org": told, "cora@example.org": told} if told else {}), before


def test_who_comes_late_is_told_once_of_the_step_it_is_in(last: date) -> None:
    assert run(last - timedelta(days=29)) == [30]
    assert run(last - timedelta(days=5)) == [30, 7]
    assert run(last) == [30, 7]
    assert set(mails().values()) == {2}


def test_every_admin_reads_the_product_the_proof_and_the_day(last: date) -> None:
    run(last - timedelta(days=60))
    mails = db.session.scalars(select(Message).order_by(Message.to)).all()
    assert [mail.to for mail in mails] == ["ada@example.org", "cora@example.org"]
    assert "RL-020" in mails[0].text
    assert "R-" in db.session.scalars(select(LapseWarning.proof)).one()
    assert f"{last:%-d %B %Y}" in mails[0].text


def test_the_sale_ends_the_day_after_without_any_job(session: Session, last: date) -> None:
    product, rules = samples.loaded(session, "RL-020"), specification.load()
    assert shelf.is_vetted(product, last, rules)
    assert not shelf.is_vetted(product, last + timedelta(days=1), rules)


def test_the_desk_can_ask_what_lapses_within_the_longest_step(session: Session, last: date) -> None:
    rules = specification.load()
    for day, found in ((last - timedelta(days=61), []), (last - timedelta(days=60), ["RL-020"])):
        assert [each.product.sku for each in lapsing.lapsing(session, rules, day, 20)] == found
