"""An invited client's first sign-in: the date of birth as a check, five tries, a link that ran out, another person's mail,
and an approval that was taken back meanwhile."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from catalogue.verdicts import Refused
from storefront import clock
from storefront.accounts import actions
from storefront.accounts.models import Account, SignedIn
from storefront.db import transaction
from storefront.eligibility import actions as actions_of_care
from storefront.messages.models import Message
from tests.storefront.eligibility import people
from tests.storefront.front.test_sign_in import ask, link_sent


def invite(member: Account) -> None:
    with transaction():
        actions.send_invitation(member, SYSTEM, clock.now())


def test_an_invitation_asks_for_the_date_of_birth(client: FlaskClient, session: Session, member: Account) -> None:
    with transaction():
        actions.send_invitation(member, SYSTEM, clock.now())
    path = link_sent(session)
    assert "date of birth" in client.get(path).text
    assert client.post(path).status_code == 422
    for born_on in ("1988-04-10", "09.04.1988"):
        refused = client.post(path, data={"born_on": born_on})
        assert (refused.status_code, "error-summary" in refused.text) == (422, True)
        assert f'value="{born_on}"' in refused.text
    assert client.post(path, data={"born_on": "1988-04-09"}).status_code == 303
    assert not session.scalars(select(Account.is_invited)).one()


def test_an_invitation_from_the_tablet_asks_the_same_opens_once_and_leaves_the_mailed_one_alone(
    client: FlaskClient, session: Session, member: Account
) -> None:
    invite(member)
    mailed = link_sent(session)
    with transaction():
        path = urlsplit(actions.invite_here(member, SYSTEM, clock.now())).path
    with time_machine.travel(clock.now() + actions.LINK_LASTS):
        assert client.get(path).status_code == 410
    assert client.get(mailed).status_code == 200
    assert client.post(path, data={"born_on": "1988-04-10"}).status_code == 422
    assert client.post(path, data={"born_on": "1988-04-09"}).status_code == 303
    assert client.get(path).status_code == 410
    with pytest.raises(Refused, match="not-waited-for"):
        actions.invite_here(member, SYSTEM, clock.now())


def test_the_date_of_birth_has_five_tries_and_then_the_clinic_invites_anew(
    client: FlaskClient, session: Session, member: Account
) -> None:
    invite(member)
    path = link_sent(session)
    for day in range(1, 6):
        assert client.post(path, data={"born_on": f"1988-05-0{day}"}).status_code == 422
    for tomorrow in (0, 3):
        with time_machine.travel(clock.now() + timedelta(days=tomorrow)):
            closed = client.post(path, data={"born_on": "1988-04-09"})
            assert closed.status_code == 409
            assert 'data-reason="tries-used-up"' in closed.text
    client.post(f"{path}/renewal")
    ask(client, member.email)
    assert link_sent(session) == path
    invite(member)
    assert client.get(path).status_code == 410
    assert client.post(link_sent(session), data={"born_on": "1988-04-09"}).status_code == 303


def test_an_invitation_that_ran_out_is_renewed_in_one_press_and_asks_again(
    client: FlaskClient, session: Session, member: Account
) -> None:
    invite(member)
    path = link_sent(session)
    with time_machine.travel(clock.now() + actions.INVITATION_LASTS):
        late = client.get(path)
        assert late.status_code == 410
        assert "the time of this one has passed" in late.text
        assert client.post(f"{path}/renewal").status_code == 303
        assert "date of birth" in client.get(link_sent(session)).text


def test_somebody_else_says_so_in_one_press_and_the_clinic_is_told(
    client: FlaskClient, session: Session, member: Account
) -> None:
    invite(member)
    path = link_sent(session)
    assert "This is not me" in client.get(path).text
    answer = client.post(f"{path}/wrong-person")
    assert (answer.status_code, answer.location) == (303, "/sign-in/not-me")
    assert client.get(answer.location).status_code == 200
    told = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert told is not None
    assert (told.to, told.subject) == ("clinic@example.org", "An invitation reached somebody else: C-1001")
    assert client.post(path, data={"born_on": "1988-04-09"}).status_code == 410
    client.post(f"{path}/renewal")
    ask(client, member.email)
    assert session.scalars(select(Message).order_by(Message.id.desc())).first() == told
    assert client.post(f"{path}/wrong-person").status_code == 410


def test_whose_approval_was_taken_back_meanwhile_is_asked_to_call_and_sees_nothing(
    client: FlaskClient, session: Session, member: Account
) -> None:
    with transaction():
        by = people.practitioner()
        one = people.approved_client(by)
    invite(session.get_one(Account, one.account_id))
    path = link_sent(session)
    assert one.name in client.get(path).text
    with transaction():
        actions_of_care.withdraw_approval(one.id, "a rash", by, clock.now())
    for answer in (client.get(path), client.post(path, data={"born_on": "1985-05-05"})):
        assert answer.status_code == 410
        assert "Please call us first" in answer.text
        assert one.name not in answer.text
    assert session.scalars(select(SignedIn)).all() == []
