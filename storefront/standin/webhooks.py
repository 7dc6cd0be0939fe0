"""Events on their way to the shop: signed as Stripe signs, tried again with growing pauses, kept in rows.

A row is claimed by moving its time on, so a killed sender loses nothing: at most the same event is sent
twice, which Stripe does not promise to avoid either.
"""

import hashlib
import hmac
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field

from storefront.standin import moves
from storefront.standin.store import Store

log = logging.getLogger("standin")
LONGEST_PAUSE = 300
MOST_ATTEMPTS = 3 * 24 * 3600 // LONGEST_PAUSE
"""Stripe stops trying after three days. Tries are counted, because the story's clock may leap over days."""


def signature(payload: bytes, secrets: Sequence[str], at: int) -> str:
    """The Stripe-Signature header: `t`, and one `v1` for each secret that is valid while secrets rotate."""
    signed = str(at).encode() + b"." + payload
    parts = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={part}" for part in parts)])


class _Straight(urllib.request.HTTPRedirectHandler):
    """Stripe counts a redirect as a failure and does not follow it."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


@dataclass
class Courier:
    """Delivers what is due, and lets time do its part (sessions expire, authorisations lapse)."""

    store: Store
    url: str
    secrets: Sequence[str]
    pause: float = 1.0
    timeout: float = 10.0
    senders: int = 2
    _work: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        with self.store.writing() as book:
            book.sql.execute("UPDATE delivery SET due_at = 0 WHERE delivered_at IS NULL AND attempts > 0")
        self._threads = [threading.Thread(target=self._sweep, daemon=True)]
        if self.url:
            self._threads += [threading.Thread(target=self._send, daemon=True) for _ in range(self.senders)]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        self._work.set()

    def stop(self) -> None:
        """Finish what is under way, then end."""
        self._ended.set()
        self._work.set()
        for thread in self._threads:
            thread.join(self.timeout + 1)

    def _sweep(self) -> None:
        while not self._ended.wait(0.5):
            with self.store.writing() as book:
                changed = moves.sweep(book)
            if changed:
                self.wake()

    def _send(self) -> None:
        while not self._ended.is_set():
            if self.deliver_one():
                continue
            self._work.wait(self._idle_for())
            self._work.clear()

    def _idle_for(self) -> float:
        """Seconds until something is due; what is written meanwhile wakes the sender."""
        with self.store.reading() as book:
            due = book.sql.execute("SELECT min(due_at) FROM delivery WHERE delivered_at IS NULL").fetchone()[0]
        return 5.0 if due is None else min(max(due - time.time(), 0.02), 5.0)

    def deliver_one(self) -> bool:
        """Send one event that is due; says whether there was one."""
        claimed = self._claim()
        if claimed is None:
            return False
        event, body, attempts, at = claimed
        error = self._post(body.encode(), at)
        with self.store.writing() as book:
            if error is None:
                book.sql.execute(
                    "UPDATE delivery SET delivered_at = ?, last_error = NULL WHERE event = ?",
                    (time.time(), event),
                )
                told = book.known(event)
                book.save(told | {"pending_webhooks": 0})
            else:
                due = time.time() + min(self.pause * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
                book.sql.execute("UPDATE delivery SET due_at = ?, last_error = ? WHERE event = ?", (due, error, event))
        if error:
            log.info("event %s not delivered (attempt %d): %s", event, attempts, error)
        return True

    def _claim(self) -> tuple[str, str, int, int] | None:
        """What is due by the machine's clock; when it is signed says the clock of the book."""
        now = time.time()
        due = "delivered_at IS NULL AND due_at <= ?"
        with self.store.reading() as book:
            if book.sql.execute(f"SELECT 1 FROM delivery WHERE {due} LIMIT 1", (now,)).fetchone() is None:  # noqa: S608
                return None
        with self.store.writing() as book:
            row = book.sql.execute(
                f"SELECT event, attempts, body FROM delivery JOIN thing ON id = event"  # noqa: S608
                f" WHERE {due} ORDER BY due_at, seq LIMIT 1",
                (now,),
            ).fetchone()
            if row is None:
                return None
            given_up = row[1] >= MOST_ATTEMPTS
            lease = float("inf") if given_up else now + self.timeout + 5
            book.sql.execute("UPDATE delivery SET due_at = ?, attempts = attempts + 1 WHERE event = ?", (lease, row[0]))
        return None if given_up else (row[0], row[2], row[1] + 1, book.now)

    def _post(self, body: bytes, at: int) -> str | None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(body, self.secrets, at),
        }
        asked = urllib.request.Request(self.url, body, headers)  # noqa: S310 - the address is given at the start
        opener = urllib.request.build_opener(_Straight, urllib.request.ProxyHandler({}))
        try:
            with opener.open(asked, timeout=self.timeout) as reply:
                return None if 200 <= reply.status < 300 else f"status {reply.status}"
        except urllib.error.HTTPError as error:
            error.close()
            return f"status {error.code}"
        except (OSError, ValueError) as error:
            return json.dumps(str(error))[:200]
