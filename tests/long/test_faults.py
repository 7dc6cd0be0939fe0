"""What keeps the running shop from its work while a client orders, pays, and changes their mind, for longer than its own patience:
a database that somebody holds for ten seconds, a full disk, connections that are cut, a Stripe that hangs, a line that goes dead
after the press. One fault lies over each step in turn. Nobody is told anything but "come back"; when the fault is over everything
comes about once, without a start, and both books say the same."""

import os
import resource
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from storefront.db import BUSY_MS, db
from tests.long.buyer import KIT, Buyer, patiently
from tests.long.running import OPENS_IN, SETTLES_IN, Running, until
from tests.storefront.attacks.test_failing_storage import NO_SPACE, failing
from tests.storefront.attacks.test_locked_database import held

pytestmark = pytest.mark.process
HELD_FOR = 10.0
CLARA = "clara.whitlock@example.org"
Fault = Callable[[Running], AbstractContextManager[None]]
STEPS = ("order", "pay", "invoice", "cancel")


@contextmanager
def held_database(_shop: Running) -> Iterator[None]:
    with held():
        yield


@contextmanager
def full_disk(shop: Running) -> Iterator[None]:
    """Nobody who writes can add anything to any file."""
    if not shop.settings.database_url.startswith("sqlite"):
        with failing(NO_SPACE)():
            yield
        return
    writing = [pid for part in ("web server", "worker") for pid in shop.group(part)]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in writing}
    for pid, (_soft, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    for pid, limits in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def hanging_stripe(shop: Running) -> Iterator[None]:
    processes = shop.group("stand-in")
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in processes:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def cut_connections(_shop: Running) -> Iterator[None]:
    """Every connection to the database is cut, again and again."""
    over = threading.Event()
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'shop'"
    )

    def cut(engine: object) -> None:
        while not over.wait(0.2):
            with suppress(OperationalError), engine.begin() as connection:  # type: ignore[attr-defined]
                connection.execute(others)

    cutting = threading.Thread(target=cut, args=(db.engine,))
    cutting.start()
    yield
    over.set()
    cutting.join()


def my_own_process() -> int | None:
    """The server's process that serves this connection; None while the server is coming up."""
    with suppress(OperationalError):
        return int(db.session.scalar(text("SELECT pg_backend_pid()")) or 0)
    db.session.remove()
    return None


@contextmanager
def crashed_database(_shop: Running) -> Iterator[None]:
    """The server loses a process to kill -9: it ends all others, and comes up again from its log."""
    os.kill(until(my_own_process, OPENS_IN, "the database answers"), signal.SIGKILL)
    with suppress(OperationalError):
        db.session.execute(text("SELECT 1"))
    db.session.remove()
    db.engine.dispose()
    yield


# What befalls the shop, for how many seconds, and whether who only reads is served meanwhile.
FAULTS: dict[str, tuple[Fault, float, bool]] = {
    "held": (held_database, HELD_FOR, True),
    "disk": (full_disk, 5, True),
    "stripe": (hanging_stripe, HELD_FOR, True),
}
OF_A_SERVER: dict[str, tuple[Fault, float, bool]] = {
    "cut": (cut_connections, 3, False),
    "crash": (crashed_database, 1, False),
}


class Lying:
    """One fault that lies over the shop for some seconds, whatever is done meanwhile."""

    def __init__(self, shop: Running, fault: Fault, seconds: float) -> None:
        self.shop, self.fault, self.seconds = shop, fault, seconds

    def lie(self, begun: threading.Event) -> None:
        with self.shop.app.app_context(), self.fault(self.shop):
            begun.set()
            threading.Event().wait(self.seconds)

    @contextmanager
    def over_a_step(self) -> Iterator[None]:
        begun = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            lying = pool.submit(self.lie, begun)
            until(lambda: begun.is_set() or lying.done(), 30, "the fault begins")
            yield
            lying.result()


class Round:
    """One order from the basket to its money given back."""

    def __init__(self, shop: Running, buyer: Buyer) -> None:
        self.shop, self.buyer = shop, buyer
        self.number = self.page = ""

    def order(self) -> None:
        self.number, self.page = self.buyer.order()

    def pay(self) -> None:
        self.buyer.pay(self.page)

    def invoice(self) -> None:
        until(self.is_paid, SETTLES_IN, f"order {self.number} is paid")
        self.shop.settle(self.number)

    def cancel(self) -> None:
        self.buyer.cancel(self.number)

    def is_paid(self) -> bool:
        order = self.shop.order(self.number)
        return bool(order.status == "accepted" and order.captured_minor == order.total_minor)

    def end(self) -> None:
        """What is owed is done, and everything agrees."""
        self.shop.settle(self.number)
        self.shop.check_books()
        order = self.shop.order(self.number)
        assert (order.status, order.refunded_minor) == ("refunded", order.captured_minor)


def open_round(shop: Running) -> Round:
    return Round(shop, patiently(lambda: Buyer(shop.settings.base_url, shop.settings.stripe_api_url, CLARA)))


def seconds_to_read(shop: Running) -> float:
    """How long a visitor waits for the list of products."""
    began = time.monotonic()
    with urllib.request.urlopen(f"{shop.settings.base_url}/products", timeout=20) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def test_whatever_keeps_it_from_its_work_every_order_comes_about_once(
    shop: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    is_server = not shop.settings.database_url.startswith("sqlite")
    for name, (fault, seconds, is_read) in (FAULTS | (OF_A_SERVER if is_server else {})).items():
        began, going = time.monotonic(), open_round(shop)
        for step in STEPS:
            with Lying(shop, fault, seconds).over_a_step():
                assert not is_read or seconds_to_read(shop) < BUSY_MS / 1000, (name, step)
                getattr(going, step)()
        going.end()
        assert going.buyer.busy or name != "held", "nobody was asked to come again"
        with capsys.disabled():
            print(
                f"\n{name}: settled after {time.monotonic() - began:.0f} s, busy {going.buyer.busy} times", flush=True
            )


def test_a_line_that_goes_dead_after_a_press_orders_once(shop: Running) -> None:
    going = open_round(shop)
    for step in STEPS:
        going.buyer.hangs_up = True
        getattr(going, step)()
    going.end()
    assert len(going.buyer.orders()) == 1


def test_forty_half_sent_requests_hold_up_nobody(shop: Running) -> None:
    where = urlsplit(shop.settings.base_url)
    begun = f"POST /sign-in HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 1000\r\n\r\nemail=".encode()
    alone = max(seconds_to_read(shop) for _ in range(5))
    with ExitStack() as lines:
        for _ in range(40):
            line = lines.enter_context(socket.create_connection((where.hostname, where.port)))
            line.sendall(begun)
        waited = sorted(seconds_to_read(shop) for _ in range(20))
    assert waited[18] < 1 + 2 * alone


def test_two_phones_two_tabs_and_a_double_tap_buy_once(shop: Running) -> None:
    phones = [open_round(shop).buyer for _ in range(2)]
    for sku in KIT:
        assert phones[0].press("/basket/lines", sku=sku, quantity="1").status == 303

    def press(phone: Buyer) -> str:
        return patiently(lambda: phone.press("/checkout", delivery="collection", nothing_new="y")).place

    with ThreadPoolExecutor(4) as pool:
        (page,) = set(pool.map(press, phones * 2))
        list(pool.map(lambda phone: phone.pay(page), phones * 2))
    going = Round(shop, phones[1])
    (going.number,) = phones[0].orders()
    going.invoice()
    shop.check_books()
    again = phones[0].press("/checkout", delivery="collection", nothing_new="y")  # by the button "back"
    assert (again.status, phones[1].orders()) == (409, {going.number})
    going.cancel()
    going.end()
