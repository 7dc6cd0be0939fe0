"""A client at their browser, who is patient: what is not answered is looked at again and pressed again."""

import re
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

CARD = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123"}
KIT = ("RL-020", "SE-CALM")
PATIENCE = 90.0
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
ORDER = re.compile(r'data-order="([^"]+)"')
WAITING = re.compile(r'data-order="([^"]+)" data-status="awaiting_payment"')
BUSY = 503
Found = TypeVar("Found")


class Answer(NamedTuple):
    """What came back; `place` is where it leads."""

    status: int
    text: str
    place: str


def patiently(act: Callable[[], Found | None]) -> Found:
    """Tries until it came about; a door that is shut is knocked at again."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if found := act():
                return found
        except (OSError, HTTPException):
            pass
        assert time.monotonic() < end, "the shop or the payment page stayed away"
        time.sleep(0.1)


class Buyer:
    """Signed in as one of the demo's clients who may buy."""

    def __init__(self, shop: str, payment_page: str, email: str) -> None:
        self.shop, self.payment_page, self.email = shop, payment_page, email
        self.cookies: dict[str, str] = {}
        self.busy = 0  # how often the shop asked to come again
        self.hangs_up = False
        self.token = self.read_token()
        assert self.press("/demo/person", email=email).status == 303
        self.token = self.read_token()
        self.before: set[str] = set()
        self.before = self.orders()

    def read_token(self) -> str:
        found = TOKEN.search(self.ask(f"{self.shop}/demo").text)
        assert found is not None
        return found[1]

    def ask(self, address: str, form: dict[str, str] | None = None) -> Answer:
        """One request. Nothing at all is an answer too: an OSError."""
        where = urlsplit(address)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            body = None if form is None else urlencode(form)
            connection.request("GET" if form is None else "POST", where.path, body, headers)
            if form is not None and self.hangs_up:
                self.hangs_up = False
                raise OSError("the line went dead after the press")
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        for cookie in reply.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: kept.value for name, kept in SimpleCookie(cookie).items()}
        if reply.status == BUSY:
            assert reply.headers["Retry-After"], where.path
            self.busy += 1
            raise OSError("busy")
        assert reply.status < 500, f"{where.path} answered {reply.status}: {text[:2000]}"
        return Answer(reply.status, text, reply.headers.get("Location") or "")

    def press(self, path: str, **form: str) -> Answer:
        return self.ask(f"{self.shop}{path}", {"csrf_token": self.token, **form})

    def orders(self) -> set[str]:
        """The numbers of their orders since they came."""
        return set(ORDER.findall(self.ask(f"{self.shop}/orders").text)) - self.before

    def waiting(self) -> str | None:
        """The number of the order that awaits its payment."""
        answer = self.ask(f"{self.shop}/orders")
        assert answer.status == 200
        found = WAITING.search(answer.text)
        return found[1] if found else None

    def order(self) -> tuple[str, str]:
        """From the basket to the payment page: the order's number and the page's address."""
        page = patiently(self._open_page)
        return patiently(self.waiting), page

    def _open_page(self) -> str | None:
        number = self.waiting()
        if number is not None:
            answer = self.press(f"/orders/{number}/payment")
        else:
            for sku in KIT:
                put = self.press("/basket/lines", sku=sku, quantity="1")
                assert put.status == 303, put.text
            answer = self.press("/checkout", delivery="collection", nothing_new="y")
        assert answer.status == 303, answer.text
        return answer.place if answer.place.startswith(self.payment_page) else None

    def pay(self, page: str) -> None:
        """Types the card and presses; if no answer came, the page is asked whether it was paid."""

        def press() -> bool:
            answer = self.ask(page, CARD)
            assert answer.status in (200, 303), answer.text
            return answer.status == 303 or "cardNumber" not in answer.text

        patiently(press)

    def cancel(self, number: str) -> None:
        """Changes their mind; pressed a second time it is refused, because it is done."""
        answer = patiently(lambda: self.press(f"/orders/{number}/cancellation"))
        assert answer.status in (303, 409), answer.text
