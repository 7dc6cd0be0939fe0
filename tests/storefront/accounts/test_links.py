"""Sign-in links: single use, short-lived, kept as a hash, never for staff, never telling who is known."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from catalogue.verdicts import Refused, Stale
from storefront import clock
from storefront.accounts import actions
from storefront.accounts.models import Account, SignInLink
from storefront.db import transaction
from storefront.messages.models import Message

NOW = clock.now()
HALF_HOUR = timedelta(minutes=30)


def token_sent(session: Session) -> str:
    letter = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert letter is not None
    found = re.search(r"http://127\.0\.0\.1:8000/sign-in/([\w-]+)", letter.text)
    assert found, letter.text
    return found[1]


def send(session: Session, email: str) -> str:
    with transaction():
        actions.send_link(email, NOW)
    return token_sent(session)


def test_a_link_signs_in_once(session: Session, member: Account) -> None:
    token = send(session, "  MARA@example.org ")
    with transaction():
        assert actions.redeem_link(token, NOW).id == member.id
    with pytest.raises(Stale), transaction():
        actions.redeem_link(token, NOW)


@pytest.mark.parametrize(("late", "works"), [(timedelta(seconds=-1), True), (timedelta(0), False), (HALF_HOUR, False)])
def test_a_link_lives_half_an_hour(session: Session, member: Account, late: timedelta, works: bool) -> None:
    token = send(session, member.email)
    if works:
        assert actions.redeem_link(token, NOW + HALF_HOUR + late)
    else:
        with pytest.raises(Stale):
            actions.redeem_link(token, NOW + HALF_HOUR + late)


def test_an_invitation_lives_seven_days(session: Session, member: Account) -> None:
    with transaction():
        actions.send_invitation(member, SYSTEM, NOW)
    link = actions.link_of(token_sent(session))
    assert link is not None
    assert link.account.is_invited
    assert link.is_live(NOW + timedelta(days=7, seconds=-1))
    assert not link.is_live(NOW + timedelta(days=7))


def test_the_database_keeps_no_token(session: Session, member: Account) -> None:
    token = send(session, member.email)
    assert token not in session.scalars(select(SignInLink.token_hash)).one()


def test_nothing_is_sent_to_strangers_and_staff(session: Session, worker: Account) -> None:
    with transaction():
        actions.send_link("stranger@example.org", NOW)
        actions.send_link(worker.email, NOW)
    assert session.scalars(select(Message)).all() == []


def test_staff_are_not_invited(worker: Account) -> None:
    with pytest.raises(Refused):
        actions.send_invitation(worker, SYSTEM, NOW)


def test_a_closed_account_gets_no_link_and_its_old_one_is_dead(session: Session, member: Account) -> None:
    token = send(session, member.email)
    session.execute(update(Account).values(is_active=False))
    session.commit()
    with pytest.raises(Stale), transaction():
        actions.redeem_link(token, NOW)
    with transaction():
        actions.send_link(member.email, NOW)
    assert len(session.scalars(select(Message)).all()) == 1


@pytest.mark.parametrize("email", ["", "mara", "mara@", "@example.org", "a@b", "a b@example.org", "a@example.org\nBcc: x@y.zz",
    "a@b@example.org", "<a@example.org>", "a" * 250 + "@example.org"])  # fmt: skip
def test_what_is_no_address_gets_no_account(session: Session, email: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.make_account(email, "Somebody", "client", SYSTEM, NOW)
    assert refused.value.verdict.codes == ("email-invalid",)


def test_an_address_has_one_account(member: Account) -> None:
    with pytest.raises(Refused) as refused:
        actions.make_account("Mara@Example.org", "Another", "client", SYSTEM, NOW)
    assert refused.value.verdict.codes == ("email-taken",)
