"""Starts and ends together what a running shop consists of: web server, worker and, in the demo, the payment stand-in.

Knows nothing of the shop but its settings, so it starts at once. Ending goes from the door inwards: the web server answers
what is in flight (an order may need the stand-in for that), the worker finishes its item, the stand-in goes last.
"""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config import ROOT, Settings, read_settings

THREADS = 8
PATIENCE = 30.0  # seconds for what is in flight; a call to Stripe is given up long before
MOMENT = 0.05
FLASK = [sys.executable, "-m", "flask", "--app", "storefront"]
MADE = ("shop.sqlite3", "shop.sqlite3-wal", "shop.sqlite3-shm", "secret-key", "webhook-secret")
MADE_BY_STANDIN = ("standin.sqlite3", "standin.sqlite3-wal", "standin.sqlite3-shm")


@dataclass
class Part:
    """One process of the shop, leader of its own group, so that whatever it starts ends with it."""

    name: str
    command: list[str]
    process: subprocess.Popen[str] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self, output: int | None = None) -> None:
        self.starts.append(time.monotonic())
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, start_new_session=True, text=True
        )

    def signal(self, number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def end(self, is_hurried: "Shop") -> None:
        """Asks it to finish, waits, and leaves nothing of its group behind."""
        self.signal(signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while not self.has_ended() and time.monotonic() < until and is_hurried.told_to_end < 2:
            time.sleep(MOMENT)
        self.signal(signal.SIGKILL)

    def keeps_failing(self) -> bool:
        """Three starts within a minute: the next would fail as well."""
        return len(self.starts) > 2 and time.monotonic() - self.starts[-3] < 60


def web(settings: Settings, target: str = "storefront.app:create_app") -> Part:
    """The web server. SQLite has one writer, so one process with threads is enough for it."""
    workers = 1 if settings.database_url.startswith("sqlite") else min(4, os.cpu_count() or 1)
    options = {"--host": settings.host, "--port": settings.port, "--interface": "wsgi", "--workers": workers}
    options |= {"--blocking-threads": THREADS, "--workers-kill-timeout": int(PATIENCE), "--log-level": "warning"}
    words = [word for pair in options.items() for word in map(str, pair)]
    return Part("web server", [sys.executable, "-m", "granian", *words, "--no-ws", "--factory", target])


def worker() -> Part:
    return Part("worker", [*FLASK, "work"])


def standin(settings: Settings) -> Part:
    rows = settings.instance_dir / "standin.sqlite3"
    words = ["--port", str(settings.port + 1), "--database", str(rows)]
    words += ["--webhook-url", f"{settings.base_url}/webhooks/stripe"]
    for secret in settings.stripe_webhook_secrets:
        words += ["--webhook-secret", secret]
    return Part("payment stand-in", [sys.executable, "-m", "storefront.standin", *words])


class Leash:
    """A process that outlives this one only to end the parts, should this one be killed before it can."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "storefront.serve", "--leash"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True, text=True)

    def tell(self, sign: str, part: Part) -> None:
        if self.process.stdin is not None and part.process is not None:
            with suppress(BrokenPipeError):
                print(f"{sign}{part.process.pid}", file=self.process.stdin, flush=True)

    def release(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


def hold_leash() -> None:
    """The other end: reads which groups live until the pipe breaks, then ends those that are left."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for number, patience in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, 0.0)):
        groups = {group for group in groups if tell_group(group, number)}
        until = time.monotonic() + patience
        while groups and time.monotonic() < until:
            time.sleep(MOMENT)
            groups = {group for group in groups if tell_group(group, 0)}


def tell_group(group: int, number: int) -> bool:
    """Sends a signal to a group; false when nobody is left in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


class Shop:
    """The parts while they run, in the order in which they started."""

    def __init__(self, settings: Settings, *, with_parent: bool = False) -> None:
        self.settings = settings
        self.parts: list[Part] = []
        self.told_to_end = 0
        self.parent = os.getppid() if with_parent else None
        self.leash = Leash()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.note_signal)

    def note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.told_to_end += 1

    def must_end(self) -> bool:
        return self.told_to_end > 0 or (self.parent is not None and os.getppid() != self.parent)

    def start(self, *parts: Part) -> None:
        for part in parts:
            self.parts.append(part)
            part.start()
            self.leash.tell("+", part)

    def run(self, part: Part) -> str | None:
        """What a part says that ends by itself; None when it failed or the shop must end."""
        part.start(subprocess.PIPE)
        self.leash.tell("+", part)
        while not part.has_ended() and not self.must_end():
            time.sleep(MOMENT)
        if self.must_end():
            part.end(self)
        self.leash.tell("-", part)
        if part.process is None or part.process.stdout is None or part.process.returncode != 0:
            return None
        return part.process.stdout.read()

    def is_ready(self) -> bool:
        """Waits until the web server answers, whatever the answer is."""
        address = f"http://{self.settings.host}:{self.settings.port}/health"
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not self.must_end() and self.revive():
            with suppress(OSError):
                try:
                    urllib.request.urlopen(address, timeout=5).close()
                except urllib.error.HTTPError as answer:
                    answer.close()
                return True
            time.sleep(MOMENT)
        return False

    def watch(self) -> bool:
        """Until somebody ends the shop; false when a part keeps failing."""
        while not self.must_end():
            if not self.revive():
                return False
            time.sleep(2 * MOMENT)
        return True

    def revive(self) -> bool:
        """Starts again what has ended by itself; false when there is no use in it."""
        for part in filter(Part.has_ended, self.parts):
            part.signal(signal.SIGKILL)  # what a dead leader left of its group
            self.leash.tell("-", part)
            if part.keeps_failing():
                say(f"The {part.name} keeps failing; what it said stands above.")
                return False
            say(f"The {part.name} has ended by itself; it is started again.")
            part.start()
            self.leash.tell("+", part)
        return True

    def end(self) -> None:
        """Last started, first ended; a second Ctrl-C does not wait for what is in flight."""
        for part in reversed(self.parts):
            part.end(self)
            self.leash.tell("-", part)
        self.leash.release()


def say(words: str) -> None:
    print(words, flush=True)


def is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Two shops in one folder would share rows, secrets and stand-in."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"A shop is running in {folder} already; end that one first (Ctrl-C there).") from None
        yield


def start_over(settings: Settings) -> None:
    """Forgets what the demo made; nothing else in the folder is touched."""
    if not settings.database_url.startswith("sqlite"):
        raise SystemExit("RESET=1 is for the demo's own SQLite file; empty a PostgreSQL database yourself.")
    for name in MADE + MADE_BY_STANDIN:
        (settings.instance_dir / name).unlink(missing_ok=True)
    shutil.rmtree(settings.instance_dir / "documents", ignore_errors=True)


def check_ports(settings: Settings) -> None:
    wanted = [settings.port, settings.port + 1] if settings.uses_standin else [settings.port]
    for port in wanted:
        if not is_free(settings.host, port):
            raise SystemExit(
                f"Port {port} is taken by another program. Choose another, for instance: make demo PORT={port + 100}"
            )


def open_shop(shop: Shop) -> bool:
    """Prepares the rows of the demo, starts every part and says where it is; false when something failed."""
    settings = shop.settings
    people: str | None = ""
    if settings.uses_standin:
        shop.start(standin(settings))
    if settings.demo:
        people = shop.run(Part("demo", [*FLASK, "demo", "prepare"]))
    if people is None or shop.must_end():
        return shop.must_end()
    shop.start(worker(), web(settings))
    if shop.is_ready():
        say(f"\nThe shop is open: {settings.base_url}\n{people}Ctrl-C ends it.")
        return shop.watch()
    return shop.must_end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget what the demo made, then start")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one is gone")
    parser.add_argument("--leash", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.leash:
        hold_leash()
        return 0
    settings = read_settings()
    with alone_in(settings.instance_dir):
        check_ports(settings)
        if asked.reset and settings.demo:
            start_over(settings)
            settings = read_settings()
        shop = Shop(settings, with_parent=asked.with_parent)
        try:
            went_well = open_shop(shop)
        finally:
            shop.end()
    return 0 if went_well else 1


if __name__ == "__main__":
    sys.exit(main())
