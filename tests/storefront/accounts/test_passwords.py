"""Passwords of staff: kept slow, compared in the same time, counted over all workers."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from catalogue.journal import SYSTEM
from catalogue.verdicts import Refused
from storefront import clock, jobs, upkeep
from storefront.accounts import actions, attempts, passwords
from storefront.accounts.models import Account, Attempt
from storefront.cli import staff
from storefront.db import transaction

NOW = clock.now()
PASSWORD = "seven small blue boats"
LIMIT = attempts.Limit("test", 3, timedelta(minutes=15))


def test_only_the_right_password_opens(worker: Account) -> None:
    assert worker.password_hash is not None
    assert worker.password_hash.startswith("$argon2id$")
    found = actions.check_password(" INES@example.org", PASSWORD, NOW)
    assert found is not None
    assert found.id == worker.id
    for wrong in (PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1], "", PASSWORD + "\0"):
        assert actions.check_password("ines@example.org", wrong, NOW) is None


def test_clients_have_no_password(session: Session, member: Account) -> None:
    member.password_hash = passwords.hash_password(PASSWORD)
    session.commit()
    assert actions.check_password(member.email, PASSWORD, NOW) is None


def test_a_closed_account_does_not_open(session: Session, worker: Account) -> None:
    worker.is_active = False
    session.commit()
    assert actions.check_password(worker.email, PASSWORD, NOW) is None


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a password costs in the shop."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher.from_parameters(passwords.COST))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


def test_a_guess_is_dear(dear_passwords: None) -> None:
    assert passwords.hash_password(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_unknown_and_known_addresses_take_the_same_time(dear_passwords: None, session: Session) -> None:
    actions.make_account("ines@example.org", "Dr Ines Holt", "practitioner", SYSTEM, NOW, PASSWORD)

    def took(email: str) -> float:
        began = time.process_time()
        actions.check_password(email, "wrong", NOW)
        return time.process_time() - began

    took("warm@example.org")
    known = min(took("ines@example.org") for _ in range(3))
    unknown = min(took("nobody@example.org") for _ in range(3))
    assert 0.5 < unknown / known < 2


@pytest.mark.parametrize(("length", "fits"), [(11, False), (12, True), (128, True), (129, False)])
def test_length_of_a_password(length: int, fits: bool) -> None:
    if fits:
        assert passwords.is_password("é" * length, passwords.hash_password("é" * length))
    else:
        with pytest.raises(Refused):
            passwords.hash_password("é" * length)


def test_tries_are_counted_in_rows_per_key(session: Session) -> None:
    for _ in range(LIMIT.tries):
        with transaction():
            attempts.count_attempt(LIMIT, "mara", NOW)
    with pytest.raises(TooManyRequests) as refused, transaction():
        attempts.count_attempt(LIMIT, "mara", NOW + timedelta(minutes=5))
    assert refused.value.retry_after == 601
    with transaction():
        attempts.count_attempt(LIMIT, "another", NOW)
        attempts.count_attempt(LIMIT, "mara", NOW + LIMIT.window)
    assert len(session.scalars(select(Attempt)).all()) == 5
    assert not any("mara" in key for key in session.scalars(select(Attempt.key)))


def test_old_tries_are_forgotten(session: Session) -> None:
    with transaction():
        attempts.count_attempt(LIMIT, "mara", NOW)
        attempts.forget_old_attempts(NOW + attempts.KEPT)
        assert len(session.scalars(select(Attempt)).all()) == 1
    last = NOW + attempts.KEPT + attempts.DAY
    looks = [upkeep.forget_tries(at) for at in (last, *[last + timedelta(seconds=1)] * 2)]
    assert (looks, session.scalars(select(Attempt)).all()) == ([False, True, False], [])
    assert upkeep.forget_tries in jobs.JOBS


def test_check_password_refuses_when_too_much_was_counted(worker: Account) -> None:
    limit = attempts.PASSWORD_OF_ACCOUNT
    for _ in range(limit.tries):
        attempts.count_attempt(limit, worker.email, NOW)
    assert actions.check_password(worker.email, PASSWORD, NOW)
    actions.db.session.add(Attempt(key=limit.key(worker.email), at=NOW))
    with pytest.raises(TooManyRequests):
        actions.check_password(worker.email, PASSWORD, NOW)


def test_the_command_makes_the_first_account(app: Flask) -> None:
    call = ["add", "kit@example.org", "--name", "Kit Moss", "--role", "admin"]
    typed = app.test_cli_runner().invoke(staff, call, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert typed.exit_code == 0, typed.output
    assert PASSWORD not in typed.output
    account = actions.check_password("kit@example.org", PASSWORD, NOW)
    assert account is not None
    assert (account.name, account.role) == ("Kit Moss", "admin")


@pytest.mark.parametrize(
    ("email", "role", "password", "said"),
    [
        ("ines@example.org", "admin", PASSWORD, "an account for ines@example.org already"),
        ("kit@example.org", "admin", "short", "12 to 128 characters"),
        ("kit", "admin", PASSWORD, "not an e-mail address"),
        ("kit@example.org", "client", PASSWORD, "is not one of"),
    ],
)
def test_the_command_refuses(app: Flask, worker: Account, email: str, role: str, password: str, said: str) -> None:
    call = ["add", email, "--name", "Kit Moss", "--role", role, "--password", password]
    refused = app.test_cli_runner().invoke(staff, call)
    assert refused.exit_code != 0
    assert said in refused.output


def test_an_account_needs_a_name() -> None:
    with pytest.raises(Refused):
        actions.make_account("kit@example.org", " ", "client", SYSTEM, NOW)
