"""The shop as the campaign of kills needs it: the demo's own processes on a folder of their own, each of which can be killed
outright, and what is then asked of its rows, its audit and the payments at the stand-in."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

import config
from storefront import clock
from storefront.app import create_app
from storefront.db import db
from storefront.orders.invoicing import orders_to_invoice, refunds_to_credit, sheets_to_draw
from storefront.orders.models import Capture, Closing, Order, Refund, Release
from storefront.orders.rules import UNPAID
from storefront.payments.stripe_values import PaymentUnavailable
from tests.demo import READY
from tests.ports import free_port
from tests.storefront.books import books_agree

# The word of its command by which each part of the shop is known.
PARTS = {"web server": "granian", "worker": "work", "stand-in": "storefront.standin"}
OWED = (Capture, Release, Closing, Refund)
PAPERS = (orders_to_invoice, refunds_to_credit, sheets_to_draw)
OPENS_IN = 180.0
SETTLES_IN = 240.0  # a killed worker's item is due again when its lease of two minutes is over
FORGIVES_AFTER = 62.0  # the supervisor gives up on a part that starts three times within a minute
Found = TypeVar("Found")


def until(found: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """The first answer that is not nothing; an answer that never came is a failure with a name."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"in {seconds:.0f} s it did not happen: {what}"
        time.sleep(0.05)
    return answer


def ask(address: str, key: str = "") -> Any:
    """What an address answers in JSON; None while nobody answers there."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})
    with suppress(OSError), urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
    return None


@dataclass
class Running:
    """Supervisor, web server, worker and stand-in as `make demo` starts them."""

    settings: config.Settings
    supervisor: subprocess.Popen[bytes]
    app: Flask
    starts: dict[str, list[float]] = field(default_factory=dict)

    # Killing

    def group(self, part: str) -> list[int]:
        """The processes of one part, its leader first."""
        mine = [(pid, group) for pid, parent, group in processes() if parent == self.supervisor.pid]
        leaders = [pid for pid, _ in mine if PARTS[part] in words_of(pid)]
        return leaders + [pid for pid, _, group in processes() if group in leaders and pid not in leaders]

    def may_be_killed(self, part: str) -> bool:
        """Whether the supervisor would start it again, as it does twice within a minute."""
        starts = self.starts.setdefault(part, [time.monotonic()])
        return len(starts) < 3 or time.monotonic() - starts[-3] > FORGIVES_AFTER

    def next_victim(self, chance: random.Random) -> str:
        def choose() -> str | None:
            able = [part for part in PARTS if self.may_be_killed(part)]
            return chance.choice(able) if able else None

        return until(choose, 2 * FORGIVES_AFTER, "a part may be killed")

    def kill(self, part: str, chance: random.Random) -> None:
        """SIGKILL to one of the part's processes, as the kernel does when memory runs out."""
        victim = chance.choice(until(lambda: self.group(part), OPENS_IN, f"the {part} runs"))
        self.starts[part].append(time.monotonic())
        os.kill(victim, signal.SIGKILL)

    def wait_until_well(self) -> None:
        """Every part answers, the worker since this moment."""
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        shop, standin = self.settings.base_url, self.settings.stripe_api_url

        def is_well() -> bool:
            told = ask(f"{shop}/health") or {}
            return (told.get("worker_last_beat") or "") >= now and ask(f"{standin}/health") is not None

        until(is_well, OPENS_IN, "web server, worker and stand-in answer")

    def was_started_again(self) -> bool:
        return "it is started again" in (self.settings.instance_dir / "said.txt").read_text(errors="replace")

    # Asking

    def rows(self, wanted: Any) -> list[Any]:
        """Asked again where the connection was cut in the middle."""

        def read() -> tuple[list[Any]] | None:
            with suppress(OperationalError), self.app.app_context():
                return (list(db.session.execute(wanted).all()),)
            return None

        return until(read, OPENS_IN, "the database answers")[0]

    def order(self, number: str) -> Any:
        """Of one order: id, status, total, captured, owed back, given back."""
        columns = (Order.id, Order.status, Order.total_minor, Order.captured_minor)
        return self.rows(select(*columns, Order.owed_back_minor, Order.refunded_minor).where(Order.number == number))[0]

    def is_settled(self, number: str) -> bool:
        """Paid or ended, and nothing is owed for it any more, neither money nor a paper."""
        order = self.order(number)
        due = [select(row.id).where(row.order_id == order.id, row.due_at.is_not(None)) for row in OWED]
        due += [owed() for owed in PAPERS]
        return order.status not in UNPAID and not any(self.rows(wanted) for wanted in due)

    def settle(self, number: str) -> None:
        """Waits until nothing is owed for an order."""
        until(lambda: self.is_settled(number), SETTLES_IN, f"order {number} settles; it was {self.order(number)}")

    def check_books(self) -> None:
        """No row is broken, and the money at the stand-in is that of the books; it is asked as soon as it answers. What SQLite
        keeps is whole as a file too."""

        def agree() -> bool:
            with suppress(PaymentUnavailable, OperationalError), self.app.app_context():
                books_agree(clock.today())
                return True
            return False

        until(agree, OPENS_IN, "the stand-in answers")
        if self.settings.database_url.startswith("sqlite"):
            assert self.rows(text("PRAGMA integrity_check")) == [("ok",)]
            assert self.rows(text("PRAGMA foreign_key_check")) == []

    def payments(self) -> list[dict[str, Any]]:
        """Every payment at the stand-in, with its charge."""
        first = f"{self.settings.stripe_api_url}/v1/payment_intents?limit=100&expand[]=data.latest_charge"
        page = self.page_of_payments(first)
        found = page["data"]
        while page["has_more"]:
            page = self.page_of_payments(f"{first}&starting_after={found[-1]['id']}")
            found += page["data"]
        return found

    def page_of_payments(self, address: str) -> Any:
        key = self.settings.stripe_secret_key
        return until(lambda: ask(address, key), OPENS_IN, "the stand-in answers")


def processes() -> Iterator[tuple[int, int, int]]:
    """Every process that is no zombie: itself, its parent, its group."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent, group = status.read_text().rpartition(")")[2].split()[:3]
            if state != "Z":
                yield int(status.parent.name), int(parent), int(group)


def words_of(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return []


@contextmanager
def running(folder: Path, database: str) -> Iterator[Running]:
    """The shop, open; `database` is an address or empty for the SQLite file of the folder."""
    variables = {"DEMO": "1", "INSTANCE_DIR": str(folder), "PORT": str(free_port(neighbours=1))}
    variables |= {"DATABASE_URL": database} if database else {}
    command = [sys.executable, "-m", "storefront.serve", "--with-parent"]
    log = folder / "said.txt"
    with log.open("wb") as said:
        environment = {"PATH": os.environ["PATH"], **variables}
        process = subprocess.Popen(command, cwd=config.ROOT, env=environment, stdout=said, stderr=said)
        try:
            is_open = lambda: READY in log.read_text(errors="replace") or process.poll() is not None  # noqa: E731
            until(is_open, OPENS_IN, f"the shop opens; {log} says why not")
            assert process.poll() is None, log.read_text(errors="replace")
            settings = config.read_settings(variables)
            shop = Running(settings, process, create_app(settings))
            yield shop
        finally:
            process.terminate()
            process.wait(90)
    assert process.returncode == 0, log.read_text(errors="replace")
    with shop.app.app_context():
        db.engine.dispose()
