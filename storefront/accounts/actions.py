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
from storefront.db import db, rows_changed
from storefront.messages.actions import queue_message
from storefront.messages.models import Message
from storefront.roles import CLIENT, STAFF

LINK_LASTS = timedelta(minutes=30)
INVITATION_LASTS = timedelta(days=7)
BIRTH_TRIES = 5
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
    """Mails a link to the client of this address; does nothing, and says nothing, when there is none. Who has not come yet
    gets a whole invitation again, but not after the tries were used up: then the clinic has to look first."""
    account = account_of(email)
    is_open = account is not None and account.is_active and account.role == CLIENT
    if account and is_open and account.is_invited and account.birth_tries < BIRTH_TRIES:
        queue_link(account, "invitation", INVITATION_LASTS, now, way_back)
    elif account and is_open and not account.is_invited:
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
    """Mails the first link to a client, who is then asked for the date of birth, with all tries; earlier links are over.
    Refuses when it is no client's account, or a closed one."""
    if account.role != CLIENT or not account.is_active:
        raise Refused.because("not-a-client", "Only clients are invited.", "the clinic", "Staff sign in by password.")
    account.is_invited, account.birth_tries = True, 0
    _spend_links(account, now)
    queue_link(account, "invitation", INVITATION_LASTS, now)
    journal.note(db.session(), "invited", "account", account.id, by, now)


def _spend_links(account: Account, now: datetime) -> None:
    live = update(SignInLink).where(SignInLink.account_id == account.id, SignInLink.used_at.is_(None))
    db.session.execute(live.where(SignInLink.expires_at > now).values(expires_at=now))


def count_birth_try(account_id: int) -> None:
    """Counts one try at the date of birth, before it is compared. Refuses when all are used up: then only a new invitation
    by the clinic helps, however long one waits."""
    left = update(Account).where(Account.id == account_id, Account.birth_tries < BIRTH_TRIES)
    if rows_changed(left.values(birth_tries=Account.birth_tries + 1)) != 1:
        told = f"The date of birth was wrong {BIRTH_TRIES} times, so this invitation is over."
        raise Refused.because(
            "tries-used-up", told, "the clinic", "Call us: we check it and send you a new invitation."
        )


def report_stranger(token: str, now: datetime) -> Account:
    """Whoever got the invitation says that it is for somebody else: no link to this address works any more until the clinic
    invites anew. Refuses (Stale) when the link is over, or the person has come already."""
    link = link_of(token)
    if link is None or not link.is_live(now) or not link.account.is_invited:
        raise Stale.because("link-spent", "This link was used already, or its time is over.", "the clinic", "Call us.")
    _spend_links(link.account, now)
    link.account.birth_tries = BIRTH_TRIES
    by = Who(None, "a visitor", "visitor")
    journal.note(db.session(), "said not to be this person", "account", link.account.id, by, now)
    return link.account


def invite_here(account: Account, by: Who, now: datetime) -> str:
    """The address of a link of the same use for a client who is at the clinic and reads it from the tablet: it is mailed to nobody,
    gives no new tries at the date of birth, and lasts as short as a link to sign in. Refuses whoever is not waited for."""
    if account.role != CLIENT or not account.is_active or not account.is_invited or account.birth_tries >= BIRTH_TRIES:
        text = "Only a client who has not come yet is invited here."
        raise Refused.because("not-waited-for", text, "the clinic", "Look again at the invitation.")
    journal.note(db.session(), "invited at the clinic", "account", account.id, by, now)
    return _new_link(account, LINK_LASTS, now)


def queue_link(account: Account, kind: str, lasts: timedelta, now: datetime, way_back: str = "") -> Message:
    address = _new_link(account, lasts, now, way_back)
    return queue_message(kind, account.email, now, about=f"account {account.id}", account=account, address=address)


def _new_link(account: Account, lasts: timedelta, now: datetime, way_back: str = "") -> str:
    token = secrets.token_urlsafe(32)
    link = SignInLink(account_id=account.id, token_hash=digest(token), made_at=now, expires_at=now + lasts)
    db.session.add(link)
    after = f"?{urlencode({'next': way_back})}" if way_back else ""
    return f"{current_app.config['SETTINGS'].base_url}/sign-in/{token}{after}"


def link_of(token: str) -> SignInLink | None:
    """The link with its account, used and expired ones too."""
    found = select(SignInLink).where(SignInLink.token_hash == digest(token))
    return db.session.scalar(found.options(joinedload(SignInLink.account)))


def redeem_link(token: str, now: datetime) -> Account:
    """Uses the link up and gives whose it is. Refuses when it is unknown, used, expired, or its account is closed."""
    live = (SignInLink.token_hash == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    claimed = rows_changed(update(SignInLink).where(*live).values(used_at=now))
    link = link_of(token) if claimed == 1 else None
    if link is None or not link.account.is_active or link.account.role != CLIENT:
        told = "This link was used already, or its time is over."
        raise Stale.because("link-spent", told, "you", "Have a new one sent.")
    link.account.is_invited, link.account.birth_tries = False, 0
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
