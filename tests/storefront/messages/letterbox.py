"""A real mail server on loopback for the tests, and what it was handed."""

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from tests.ports import free_port

LOOPBACK = "127.0.0.1"


class Letterbox:
    """What arrived. `is_shut` refuses, as a server does that has no room; `unknown` are mailboxes that there are not, `busy` those
    that shall be tried later; `refuses` is said of every mail once it was read; `taken` is called when one was."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.is_shut = False
        self.unknown: set[str] = set()
        self.busy: set[str] = set()
        self.refuses = ""
        self.taken: Callable[[], object] = lambda: None
        self.passwords: list[tuple[bytes, bytes]] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.unknown:
            return "550 no such mailbox"
        if address in self.busy:
            return "450 come back in a minute"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        if self.is_shut or self.refuses:
            return self.refuses or "452 no room"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.taken()
        return "250 taken"

    def signed_in(self, _server: Any, _session: Any, _envelope: Any, _way: str, told: Any) -> AuthResult:
        assert isinstance(told, LoginPassword)
        self.passwords.append((told.login, told.password))
        return AuthResult(success=True)


@contextmanager
def opened(**more: Any) -> Iterator[tuple[Letterbox, int]]:
    """A server on a port of its own."""
    box = Letterbox()
    server = Controller(box, hostname=LOOPBACK, port=free_port(), authenticator=box.signed_in, **more)
    server.start()
    yield box, server.port
    server.stop()


@contextmanager
def posting_to(app: Flask, mail_url: str) -> Iterator[None]:
    """The shop hands its mails to this address, and to none afterwards."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, mail_url=mail_url)
    yield
    app.config["SETTINGS"] = before


@contextmanager
def listening(app: Flask) -> Iterator[Letterbox]:
    """The shop hands its mails to this server, and to none afterwards."""
    with opened() as (box, port), posting_to(app, f"smtp://{LOOPBACK}:{port}"):
        yield box


def encrypting(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server encrypts with, and the certificate by which those who trust it know it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))])
    certificate = made.add_extension(place, critical=True).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context, folder / "certificate.pem"
