"""A hostile network: senders who stop halfway, bodies without end, headers that pretend to be others, a Stripe that hangs."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from storefront.door import LARGEST_REQUEST, THREADS, Door
from storefront.payments import stripe_api
from storefront.payments.stripe_api import AT_ONCE, StripeApi
from storefront.payments.stripe_values import PaymentUnavailable


def echo(environ: dict[str, Any], start: Any) -> list[bytes]:
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    start("200 OK", [("X-Answered", "yes")])
    return [json.dumps(told | {"body": len(environ["wsgi.input"].read())}).encode()]


def scope(*headers: tuple[bytes, bytes], path: bytes = b"/") -> dict[str, Any]:
    told = {"type": "http", "method": "POST", "path": "/", "raw_path": path, "query_string": b"a=%00", "scheme": "http"}
    return told | {"http_version": "1.1", "headers": list(headers), "client": ("127.0.0.1", 5), "server": ("::1", 80)}


def ask(door: Door, about: dict[str, Any], *pieces: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer to a request of which these pieces arrive, and then nothing more."""
    waiting, said = list(pieces), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(piece: dict[str, Any]) -> None:
        said.append(piece)

    asyncio.run(within(10, door(about, receive, send)))
    return said


async def within(seconds: float, answering: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(seconds):
        await answering


def piece(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_request_is_read_to_its_end_before_the_shop_sees_it() -> None:
    begun, ended = ask(Door(echo), scope((b"content-type", b"text/plain")), piece(b"ab", True), piece(b"c"))
    told = json.loads(ended["body"])
    assert (begun["status"], told["body"], told["CONTENT_LENGTH"], told["CONTENT_TYPE"]) == (200, 3, "3", "text/plain")
    assert (b"x-answered", b"yes") in begun["headers"]


def test_a_sender_who_stops_halfway_holds_no_thread_and_is_let_go() -> None:
    door = Door(echo, pause=0.05)
    begun, _ended = ask(door, scope((b"content-length", b"1000")), piece(b"name=a", True))
    assert begun["status"] == 408
    assert (b"x-content-type-options", b"nosniff") in begun["headers"]
    assert not door.threads._threads


def test_a_sender_who_never_ends_is_let_go_after_all() -> None:
    door = Door(echo, pause=5, whole=0.1)

    async def dripping() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return piece(b"a", True)

    said: list[dict[str, Any]] = []

    async def send(told: dict[str, Any]) -> None:
        said.append(told)

    asyncio.run(within(5, door(scope(), dripping, send)))
    assert said[0]["status"] == 408


def test_a_piece_that_arrives_as_the_time_is_over_does_not_begin_it_anew() -> None:
    """Pieces without a pause: in one turn of the loop a piece is there, and so is the end of the whole."""
    door = Door(echo, pause=5, whole=0.02)

    def stream() -> Callable[[], Awaitable[dict[str, Any]]]:
        until = time.monotonic() + 1

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return piece(b"", time.monotonic() < until)

        return receive

    said: list[dict[str, Any]] = []

    async def send(told: dict[str, Any]) -> None:
        said.append(told)

    for _ in range(10):
        asyncio.run(within(5, door(scope(), stream(), send)))
    assert {told["status"] for told in said if "status" in told} == {408}


def test_who_goes_away_is_not_answered() -> None:
    assert ask(Door(echo), scope(), piece(b"a", True), {"type": "http.disconnect"}) == []


@pytest.mark.parametrize("told", [LARGEST_REQUEST + 1, 10**18])
def test_a_request_that_says_it_is_too_large_is_not_read(told: int) -> None:
    _begun, ended = ask(Door(echo), scope((b"content-length", str(told).encode())), piece(b"a", True))
    assert json.loads(ended["body"])["CONTENT_LENGTH"] == str(told)[:18]


def test_a_request_without_end_is_read_no_further_than_the_largest() -> None:
    pieces = [piece(b"a" * 1024 * 1024, True) for _ in range(20)]
    _begun, ended = ask(Door(echo), scope(), *pieces)
    assert int(json.loads(ended["body"])["CONTENT_LENGTH"]) > LARGEST_REQUEST


def test_a_header_with_an_underscore_does_not_pass_for_another() -> None:
    headers = (
        (b"x_forwarded_for", b"10.0.0.1"),
        (b"host", b"a"),
        (b"host", b"b"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
    )
    _begun, ended = ask(Door(echo), scope(*headers), piece(b""))
    told = json.loads(ended["body"])
    assert "HTTP_X_FORWARDED_FOR" not in told
    assert (told["HTTP_HOST"], told["HTTP_COOKIE"], told["REMOTE_ADDR"]) == ("a,b", "a=1;b=2", "127.0.0.1")


@pytest.mark.parametrize(("raw", "path"), [(b"/%252e", "/%2e"), (b"/%ff", "/\xff"), (b"/%C3%B6", "/\xc3\xb6")])
def test_a_path_is_decoded_once(raw: bytes, path: str) -> None:
    _begun, ended = ask(Door(echo), scope(path=raw), piece(b""))
    assert json.loads(ended["body"])["PATH_INFO"] == path


@contextmanager
def hanging() -> Iterator[str]:
    """A server that takes every connection and never answers."""
    kept = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:

        def take() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def test_a_hanging_stripe_never_holds_every_thread_of_the_shop() -> None:
    assert AT_ONCE * 2 <= THREADS

    def wait_for(api: StripeApi) -> float:
        began = time.monotonic()
        with pytest.raises(PaymentUnavailable):
            api.read_intent("pi_1")
        return time.monotonic() - began

    with hanging() as address, ThreadPoolExecutor(THREADS) as many:
        api = StripeApi("sk_test_1", address, timeout=1.5, max_network_retries=0)
        waited = sorted(many.map(wait_for, [api] * THREADS))
    assert sum(seconds > 1.4 for seconds in waited) <= AT_ONCE
    assert waited[THREADS - AT_ONCE - 1] < 1.4
    assert stripe_api._under_way.acquire(blocking=False), "who waited made room again"
    stripe_api._under_way.release()
