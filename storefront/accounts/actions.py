"""Making accounts and proving who somebody is: a single-use link for a client, a password for staff. Neither way tells a
stranger whether an address is known here, and neither opens the other's door."""

import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from catalogue import journal
from catalogue.journal import Who
from catalogue.verdicts import Refused, Stale
from storefront.accounts import attempts, passwords
from storefront.accounts.models import Account, SignInLink
from storefront.accounts.sessions import digest
from storefront.db import db
from storefront.messages.actions import queue_message
from storefront.roles import CLIENT, STAFF

LINK_LASTS = timedelta(minutes=30)
INVITATION_LASTS = timedelta(days=7)
EMAIL = re.compile(r"[^@\s<>,;:\\\"()\[\]]+@[^@\s<>,;:\\\"()\[\]]+\.[^@\s.<>,;:\\\"()\[\]]+")


def normal_email(email: str) -> str:
    """An address as it is kept and looked up: trimmed, lower case, composed."""
    return unicodedata.normalize("NFC", email).strip().lower()


def is_email(email: str) -> bool:
    return len(email) <= 254 and email.isprintable() and EMAIL.fullmatch(email) is not None


def make_account(email: str, name: str, role: str, by: Who, now: datetime, password: str = "") -> Account:
    """One person's account. Refuses when the address is none or taken, the name empty, or the password of the wrong length."""
    email = normal_email(email)
    if not is_email(email):
        raise Refused.because("email-invalid", "This is not an e-mail address.", "you", "Check it and try again.")
    if not name.strip():
        raise Refused.because("name-missing", "An account needs a name.", "you", "Give the person's full name.")
    if account_of(email):
        raise Refused.because("email-taken", f"There is an account for {email} already.", "you", "Use another address.")
    hashed = passwords.hash_password(password) if role in STAFF and password else None
    account = Account(email=email, name=name.strip(), role=role, password_hash=hashed, created_at=now)
    db.session.add(account)
    db.session.flush()
    journal.note(db.session(), "made account", "account", account.id, by, now, role=role)
    return account


def account_of(email: str) -> Account | None:
    return db.session.scalar(select(Account).where(Account.email == normal_email(email)))


def send_link(email: str, now: datetime, way_back: str = "") -> None:
    """Mails a link to the client of this address; does nothing, and says nothing, when there is none."""
    account = account_of(email)
    if account and account.is_active and account.role == CLIENT:
        queue_link(account, "sign_in", LINK_LASTS, now, way_back)
    else:
        _pretend(email, now)


def _pretend(email: str, now: datetime) -> None:
    """Writes a stranger's letter and takes it back, so that the time it takes tells nothing."""
    with db.session.begin_nested() as taken_back:
        queue_message("sign_in", email, now, account=Account(name=email), address=secrets.token_urlsafe(32))
        db.session.flush()
        taken_back.rollback()


def send_invitation(account: Account, by: Who, now: datetime) -> None:
    """Mails the first link to a client, who is then asked for the date of birth. Refuses when it is no client's account."""
    if account.role != CLIENT:
        raise Refused.because("not-a-client", "Only clients are invited.", "the clinic", "Staff sign in by password.")
    account.is_invited = True
    queue_link(account, "invitation", INVITATION_LASTS, now)
    journal.note(db.session(), "invited", "account", account.id, by, now)


def queue_link(account: Account, kind: str, lasts: timedelta, now: datetime, way_back: str = "") -> None:
    token = secrets.token_urlsafe(32)
    link = SignInLink(account_id=account.id, token_hash=digest(token), made_at=now, expires_at=now + lasts)
    db.session.add(link)
    after = f"?{urlencode({'next': way_back})}" if way_back else ""
    address = f"{current_app.config['SETTINGS'].base_url}/sign-in/{token}{after}"
    queue_message(kind, account.email, now, about=f"account {account.id}", account=account, address=address)


def link_of(token: str) -> SignInLink | None:
    """The link with its account, used and expired ones too."""
    found = select(SignInLink).where(SignInLink.token_hash == digest(token))
    return db.session.scalar(found.options(joinedload(SignInLink.account)))


def redeem_link(token: str, now: datetime) -> Account:
    """Uses the link up and gives whose it is. Refuses when it is unknown, used, expired, or its account is closed."""
    live = (SignInLink.token_hash == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    claimed = db.session.execute(update(SignInLink).where(*live).values(used_at=now))
    link = link_of(token) if claimed.rowcount == 1 else None  # type: ignore[attr-defined]
    if link is None or not link.account.is_active or link.account.role != CLIENT:
        told = "This link was used already, or its time is over."
        raise Stale.because("link-spent", told, "you", "Have a new one sent.")
    link.account.is_invited = False
    journal.note(db.session(), "signed in by link", "account", link.account.id, link.account.who, now)
    return link.account


def check_password(email: str, password: str, now: datetime) -> Account | None:
    """The member of staff with this password, else None after the same time. Slow on purpose: ask it outside a transaction,
    after `attempts.count_attempt`. Refuses (429) when too much was tried on this address."""
    attempts.refuse_when_many(attempts.PASSWORD_OF_ACCOUNT, normal_email(email), now)
    account = account_of(email)
    may_have_one = account is not None and account.is_active and account.role in STAFF
    is_right = passwords.is_password(password, account.password_hash if account and may_have_one else None)
    return account if is_right else None
