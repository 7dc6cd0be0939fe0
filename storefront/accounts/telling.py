"""Mail to the staff: what each admin, or each practitioner, of the clinic is told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from storefront.accounts.models import Account
from storefront.db import db
from storefront.messages.actions import queue_message


def tell_admins(kind: str, now: datetime, about: str = "", **particulars: object) -> None:
    """Queues one mail to every admin whose account is open."""
    for admin in _open_accounts("admin"):
        queue_message(kind, admin.email, now, about, admin=admin, **particulars)


def tell_practitioners(kind: str, now: datetime, about: str = "", **particulars: object) -> None:
    """Queues one mail to every practitioner whose account is open."""
    for practitioner in _open_accounts("practitioner"):
        queue_message(kind, practitioner.email, now, about, practitioner=practitioner, **particulars)


def _open_accounts(role: str) -> Sequence[Account]:
    return db.session.scalars(select(Account).where(Account.role == role, Account.is_active).order_by(Account.id)).all()
