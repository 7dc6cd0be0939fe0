"""A real mail server on loopback for the tests, and what it was handed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask

from tests.ports import free_port


class Letterbox:
    """What arrived. `is_shut` refuses, as a server does that has no room; `unknown` are mailboxes that there
    are not."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.is_shut = False
        self.unknown: set[str] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        if self.is_shut:
            return "452 no room"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"


@contextmanager
def listening(app: Flask) -> Iterator[Letterbox]:
    """The shop hands its mails to this server, and to none afterwards."""
    box = Letterbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, mail_url=f"smtp://127.0.0.1:{server.port}")
    yield box
    app.config["SETTINGS"] = before
    server.stop()
