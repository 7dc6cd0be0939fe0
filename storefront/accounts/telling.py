"""Mail to the staff: what each admin of the clinic is told."""

from datetime import datetime

from sqlalchemy import select

from storefront.accounts.models import Account
from storefront.db import db
from storefront.messages.actions import queue_message


def tell_admins(kind: str, now: datetime, about: str = "", **particulars: object) -> None:
    """Queues one mail to every admin whose account is open."""
    admins = select(Account).where(Account.role == "admin", Account.is_active).order_by(Account.id)
    for admin in db.session.scalars(admins):
        queue_message(kind, admin.email, now, about, admin=admin, **particulars)
