"""A practitioner at work, and a client of theirs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.models import Account
from storefront.eligibility import actions
from storefront.eligibility.models import Client

Become = Callable[[Account], FlaskClient]


@pytest.fixture
def desk(session: Session, worker: Account, signed_in: Become) -> FlaskClient:
    """A practitioner with a valid certificate, at work."""
    until = clock.today() + timedelta(days=100)
    actions.record_qualification(worker, "Needling", "NMC 1", until, SYSTEM, clock.now())
    session.commit()
    return signed_in(worker)


@pytest.fixture
def number(session: Session, member: Account) -> str:
    return session.scalars(select(Client.number).where(Client.account_id == member.id)).one()
