"""Files that lie encrypted: each under a random key of its own (AES-256-GCM), which lies wrapped in the clinic's key. A clinic
changes its key by naming a new one first: the old one still opens, and wrapping again touches no picture."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES, NONCE_BYTES, MARK_BYTES = 32, 12, 8


class Unreadable(Exception):
    """Bytes that no key of the clinic opens: changed, mixed up, or sealed under a key that is gone."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a file: its own key, wrapped, and its bytes, encrypted."""

    wrapped_key: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class WrappingKey:
    """A key of the clinic's, made from the words of the setting; `mark` tells by which one something was wrapped."""

    key: bytes
    mark: bytes

    @classmethod
    def of(cls, words: str) -> "WrappingKey":
        key = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"keys of sealed files").derive(words.encode())
        return cls(key, hashlib.sha256(b"mark of " + key).digest()[:MARK_BYTES])


def seal(content: bytes, token: str, words: Sequence[str]) -> Sealed:
    """Encrypts a file under a new key, bound to its token, so that no two can be exchanged for each other."""
    key = secrets.token_bytes(KEY_BYTES)
    return Sealed(_wrap(key, token, words[0]), _lock(key, content, token))


def unseal(sealed: Sealed, token: str, words: Sequence[str]) -> bytes:
    """The file as it was sealed. Refuses (Unreadable) when it is not exactly that."""
    return _unlock(_unwrap(sealed.wrapped_key, token, words), sealed.content, token)


def wrap_again(wrapped_key: bytes, token: str, words: Sequence[str]) -> bytes:
    """The file's key under the clinic's first key, whichever of its keys it lay under."""
    return _wrap(_unwrap(wrapped_key, token, words), token, words[0])


def _wrap(key: bytes, token: str, words: str) -> bytes:
    wrapping = WrappingKey.of(words)
    return wrapping.mark + _lock(wrapping.key, key, token)


def _unwrap(wrapped_key: bytes, token: str, words: Sequence[str]) -> bytes:
    mark, locked = wrapped_key[:MARK_BYTES], wrapped_key[MARK_BYTES:]
    for wrapping in map(WrappingKey.of, words):
        if wrapping.mark == mark:
            return _unlock(wrapping.key, locked, token)
    raise Unreadable(token)


def _lock(key: bytes, content: bytes, token: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, token.encode())


def _unlock(key: bytes, locked: bytes, token: str) -> bytes:
    try:
        return AESGCM(key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], token.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(token) from error
