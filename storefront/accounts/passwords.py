"""Passwords of staff, kept as argon2id at the cost that RFC 9106 recommends. An unknown address costs the same time."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from catalogue.verdicts import Refused

SHORTEST = 12
LONGEST = 128
COST = RFC_9106_LOW_MEMORY  # argon2id over 64 MiB, three times
HASHER = PasswordHasher.from_parameters(COST)


def hash_password(password: str) -> str:
    """Refuses when it is shorter than 12 characters or longer than 128; takes every character as it is."""
    if not SHORTEST <= len(password) <= LONGEST:
        told = f"A password has {SHORTEST} to {LONGEST} characters."
        raise Refused.because("password-length", told, "you", "Choose several words that belong to nobody else.")
    return HASHER.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Compares in the same time whether there is a password, a wrong one, or none at all."""
    try:
        return HASHER.verify(kept or _nobodys(), password[: LONGEST + 1]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return HASHER.hash("the password of nobody")
