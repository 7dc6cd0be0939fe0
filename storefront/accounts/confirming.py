"""Who signs types the password again: it shows that the person at the screen is still the one who signed in."""

from datetime import datetime

from catalogue.journal import Who
from storefront.accounts import actions, attempts, sessions
from storefront.accounts.models import Account
from storefront.db import db, transaction


def is_password_of(by: Who, typed: str, now: datetime) -> bool:
    """Whether `typed` is the password of the member of staff. Every try counts, in a transaction of its own, so that a refusal
    takes none back. Refuses (429) when too much was tried."""
    account = db.session.get_one(Account, by.id)
    email = account.email
    with transaction():
        attempts.count_attempt(attempts.PASSWORD_OF_ACCOUNT, email, now)
    if actions.check_password(email, typed, now) is None:
        return False
    with transaction():
        attempts.forget_attempts(attempts.PASSWORD_OF_ACCOUNT, email)
    sessions.mark_present(now)
    return True
