"""The stand-in as it really runs: a process of its own on a free port, with a listener for its webhooks."""

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import stripe

from tests.ports import free_port

KEY = "sk_test_standin_0123456789"
SECRET = "whsec_standin"
ROOT = Path(__file__).parents[3]


def until(happened: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Waits for something that happens in another process. Fails when it does not."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.02)
    return found


class Standin:
    """One stand-in process; it can be ended, killed and started again on the same database and port."""

    def __init__(self, database: Path, *more: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "storefront.standin", "--port", str(self.port), "--key", KEY]
        self.command += ["--database", str(database), "--pause", "0.05", *more]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, cwd=ROOT, stderr=subprocess.PIPE)
        until(self._answers, 25)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.process.stderr and self.process.stderr.read().decode()
        try:
            return self.ask("GET", "/health")[0] == 200
        except OSError:
            return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(15)
        if self.process.stderr:
            self.process.stderr.close()
        self.process = None
        return code

    def ask(
        self, method: str, path: str, form: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """One plain request, without following redirects: status, headers (lower case), text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, urlencode(form, doseq=True) if form else None, sent)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, text

    def api(
        self, method: str, path: str, form: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        status, _, text = self.ask(method, path, form, Authorization=f"Bearer {KEY}", **headers)
        return status, json.loads(text)

    def client(self, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.url}, max_network_retries=retries)

    def shift(self, seconds: int) -> None:
        assert self.api("POST", "/standin/clock", {"seconds": seconds})[0] == 200

    def order_fault(self, path: str, **fault: Any) -> None:
        assert self.api("POST", "/standin/faults", {"path": path, **fault})[0] == 200

    def pay(self, page: str, number: str = "4242424242424242", **form: str) -> tuple[int, dict[str, str], str]:
        """What a person does on the payment page, 3-D Secure left out."""
        typed = {"cardNumber": number, "cardExpiry": "12/34", "cardCvc": "123", **form}
        return self.ask("POST", urlsplit(page).path, typed)


class Listener:
    """A shop's webhook: keeps what arrives and answers with the statuses it is told, then with 200."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        listener = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((body, self.headers["Stripe-Signature"]))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/stripe"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.heard]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def running(database: Path, *more: str) -> Iterator[Standin]:
    standin = Standin(database, *more)
    standin.start()
    try:
        yield standin
    finally:
        if standin.process:
            standin.end()
