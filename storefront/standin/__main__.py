"""`python -m storefront.standin --port N --database PATH`: one process on loopback; SIGTERM ends it."""

import argparse
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from storefront.standin.app import create_standin
from storefront.standin.store import Store
from storefront.standin.webhooks import Courier

HOST = "127.0.0.1"
PATIENCE = 10.0
"""Seconds that requests under way are given to end."""


class Quiet(WSGIRequestHandler):
    """Says nothing of requests that went well; an idle connection is let go."""

    timeout = 30

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if str(code).startswith("5"):
            super().log_request(code, size)


class Counted:
    """The application, counting the requests under way, so that the end can wait for them."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app
        self.under_way = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self._count(1)
        try:
            return list(self.app(environ, start))
        finally:
            self._count(-1)

    def _count(self, by: int) -> None:
        with self._lock:
            self.under_way += by

    def wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while self.under_way and time.monotonic() < until:
            time.sleep(0.02)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m storefront.standin", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--key", default="sk_test_standin", help="the secret key that the API accepts")
    parser.add_argument("--webhook-url", default="", help="where events are delivered; none are without it")
    parser.add_argument("--webhook-secret", action="append", default=[], help="may be given twice while secrets rotate")
    parser.add_argument("--address", default="", help="address of the payment page, if not the one asked")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds before the first new try of a delivery")
    return parser.parse_args()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="standin: %(message)s")
    given = options()
    if given.webhook_url and not given.webhook_secret:
        raise SystemExit("--webhook-url needs --webhook-secret")
    given.database.parent.mkdir(parents=True, exist_ok=True)
    store = Store(given.database, delivers=bool(given.webhook_url))
    courier = Courier(store, given.webhook_url, given.webhook_secret, given.pause)
    app = create_standin(store, given.key, address=given.address, wake=courier.wake)
    counted = Counted(app)
    server = make_server(HOST, given.port, counted, threaded=True, request_handler=Quiet)
    courier.start()

    def end(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    logging.getLogger("standin").info("payment stand-in on http://%s:%d; no real money moves", HOST, server.port)
    server.serve_forever(poll_interval=0.1)
    counted.wait()
    courier.stop()


if __name__ == "__main__":
    main()
