"""Starts and ends together what a running shop consists of: web server, worker and, in the demo, the payment stand-in.

Knows nothing of the shop but its settings, so it starts at once. Ending goes from the door inwards: the web server answers
what is in flight (an order may need the stand-in for that), the worker finishes its item, the stand-in goes last.
"""

import argparse
import fcntl
import os
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from config import ROOT, Settings, read_settings
from storefront.processes import PATIENCE, Part, Together, say

FLASK = [sys.executable, "-m", "flask", "--app", "storefront"]
LOADING = "loading"
KEYS = ("secret-key", "sealing-key", "webhook-secret")
MADE = ("shop.sqlite3", "shop.sqlite3-wal", "shop.sqlite3-shm", *KEYS, "people.txt", LOADING)
MADE_BY_STANDIN = ("standin.sqlite3", "standin.sqlite3-wal", "standin.sqlite3-shm")


def web(settings: Settings, target: str = "storefront.app:create_door") -> Part:
    """The web server. SQLite has one writer, so one process with threads is enough for it."""
    workers = 1 if settings.database_url.startswith("sqlite") else min(4, os.cpu_count() or 1)
    options = {"--host": settings.host, "--port": settings.port, "--interface": "asginl", "--workers": workers}
    options |= {"--workers-kill-timeout": int(PATIENCE), "--log-level": "error"}
    words = [word for pair in options.items() for word in map(str, pair)]
    return Part("web server", [sys.executable, "-m", "granian", *words, "--no-ws", "--factory", target])


def worker() -> Part:
    return Part("worker", [*FLASK, "work"])


def standin(settings: Settings, *, knocks: bool) -> Part:
    """The payment stand-in; while nobody is at the web server's door it has nowhere to knock."""
    rows = settings.instance_dir / "standin.sqlite3"
    words = ["--port", str(settings.port + 1), "--database", str(rows)]
    words += ["--webhook-url", f"{settings.base_url}/webhooks/stripe"] if knocks else []
    for secret in settings.stripe_webhook_secrets:
        words += ["--webhook-secret", secret]
    return Part("payment stand-in", [sys.executable, "-m", "storefront.standin", *words])


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


def was_interrupted(settings: Settings) -> bool:
    """Whether the first loading never came to its end: half a clinic is of no use."""
    return settings.database_url.startswith("sqlite") and (settings.instance_dir / LOADING).exists()


def check_ports(settings: Settings) -> None:
    wanted = [settings.port, settings.port + 1] if settings.uses_standin else [settings.port]
    for port in wanted:
        if not is_free(settings.host, port):
            raise SystemExit(
                f"Port {port} is taken by another program. Choose another, for instance: make demo PORT={port + 100}"
            )


def prepare(shop: Together, settings: Settings) -> str | None:
    """Who one can be in the demo. A clinic that is loaded and up to date is not looked at again: that saves seconds."""
    kept = settings.instance_dir / "people.txt"
    if kept.exists() and is_up_to_date(settings):
        return kept.read_text(encoding="utf-8")
    loading = settings.instance_dir / LOADING
    if not kept.exists():
        loading.touch()
    with shop.beside(standin(settings, knocks=False) if settings.uses_standin else None):
        people = shop.run(Part("demo clinic", [*FLASK, "demo", "prepare"]))
    if people is not None:
        kept.write_text(people, encoding="utf-8")
        loading.unlink(missing_ok=True)
    return people


def is_up_to_date(settings: Settings) -> bool:
    """Whether the last migration has reached the SQLite file; false where that cannot be said."""
    newest = max((ROOT / "storefront" / "migrations" / "versions").glob("*.py")).name.partition("_")[0]
    file = settings.database_url.removeprefix("sqlite:///")
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as rows:
            return rows.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest,)]
    except sqlite3.Error:
        return False


def open_shop(shop: Together, settings: Settings) -> bool:
    """Prepares the rows of the demo, starts every part and says where it is; false when something failed."""
    people = prepare(shop, settings) if settings.demo else ""
    if people is None or shop.must_end():
        return shop.must_end()
    if settings.uses_standin:
        shop.start(standin(settings, knocks=True))
    shop.start(worker(), web(settings))
    if shop.is_ready(f"http://{settings.host}:{settings.port}/health"):
        say(f"\nThe shop is open: {settings.base_url}\n{people}Ctrl-C ends it.")
        return shop.watch()
    return shop.must_end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget what the demo made, then start")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one is gone")
    asked = parser.parse_args()
    settings = read_settings()
    with alone_in(settings.instance_dir):
        check_ports(settings)
        if settings.demo and (asked.reset or was_interrupted(settings)):
            start_over(settings)
            settings = read_settings()
        shop = Together(with_parent=asked.with_parent)
        try:
            went_well = open_shop(shop, settings)
        finally:
            shop.end()
    return 0 if went_well else 1


if __name__ == "__main__":
    sys.exit(main())
