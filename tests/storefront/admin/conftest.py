"""People and products for the admin's pages. Days are the clock's own, because the pages ask it."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.accounts.models import Account
from storefront.eligibility.models import Qualification
from tests.storefront.conftest import PASSWORD

Become = Callable[[Account], FlaskClient]


@pytest.fixture
def boss(session: Session) -> Account:
    account = make_account("alba@example.org", "Alba Reed", "admin", SYSTEM, clock.now(), PASSWORD)
    session.commit()
    return account


@pytest.fixture
def admin(boss: Account, signed_in: Become) -> FlaskClient:
    """A browser in which an admin is signed in."""
    return signed_in(boss)


@pytest.fixture
def practitioner(session: Session, worker: Account, signed_in: Become) -> FlaskClient:
    """A browser in which a practitioner with a current certificate is signed in."""
    session.add(Qualification(account_id=worker.id, title="Microneedling", expires_on=date.max))
    session.commit()
    return signed_in(worker)
