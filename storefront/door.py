"""The way in. A request is read to its end before any thread takes it up, so that a hundred senders who stop halfway hold a
hundred sockets and nobody else; what comes in too slowly is let go, what is too large is not read at all."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

THREADS = 32  # twice as many as may wait for Stripe at once: somebody can always look at the shelf
LARGEST_REQUEST = 12 * 1024 * 1024
KEPT_IN_MEMORY = 256 * 1024
PAUSE_SECONDS = 15.0  # between two pieces of a request
WHOLE_SECONDS = 240.0  # for all of it: a large document over a poor line

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

TOO_SLOW = b"The request did not arrive in time. Please send it again.\n"
PLAIN = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]


class Gone(Exception):
    """Nobody waits for the answer any more."""


class Door:
    """A WSGI application behind an ASGI server."""

    def __init__(self, shop: Wsgi, pause: float = PAUSE_SECONDS, whole: float = WHOLE_SECONDS) -> None:
        self.shop, self.pause, self.whole = shop, pause, whole
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the web server is started without websockets and lifespan"
        with SpooledTemporaryFile(KEPT_IN_MEMORY) as body:
            try:
                async with asyncio.timeout(self.whole):
                    size = await self.read(scope, receive, body)
            except TimeoutError:
                await give(send, (408, PLAIN, TOO_SLOW))
                return
            except Gone:
                return
            body.seek(0)
            asked = environ(scope, body, size)
            answer = await asyncio.get_running_loop().run_in_executor(self.threads, self.ask, asked)
        await give(send, answer)

    async def read(self, scope: Scope, receive: Receive, body: IO[bytes]) -> int:
        """Keeps what is sent and says how much it is; more than the largest request is not read, only told."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told[:18]) > LARGEST_REQUEST:
            return int(told[:18])
        size, has_more = 0, True
        while has_more and size <= LARGEST_REQUEST:
            async with asyncio.timeout(
                self.pause
            ):  # never wait_for: before Python 3.12 it may swallow the end of the whole
                piece = await receive()
            if piece["type"] == "http.disconnect":
                raise Gone
            size += body.write(piece.get("body", b""))
            has_more = piece.get("more_body", False)
        return size

    def ask(self, asked: dict[str, Any]) -> Answer:
        """The application's answer, whole; runs in a thread."""
        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            begun[:] = [int(status.split(" ", 1)[0]), headers]

        pieces = self.shop(asked, start)
        try:
            content = b"".join(pieces)
        finally:
            getattr(pieces, "close", lambda: None)()
        status, headers = begun
        return status, [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers], content


async def give(send: Send, answer: Answer) -> None:
    status, headers, content = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def environ(scope: Scope, body: IO[bytes], size: int) -> dict[str, Any]:
    """The request as WSGI tells it. Who wrote a header with an underscore meant to pass for another; it is left out."""
    (server, port), (client, _port) = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    told: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path_of(scope),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:
            key, text = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}", value.decode("latin-1")
            told[key] = f"{told[key]}{';' if key == 'HTTP_COOKIE' else ','}{text}" if key in told else text
    told["CONTENT_TYPE"] = told.pop("HTTP_CONTENT_TYPE", "")
    told.pop("HTTP_CONTENT_LENGTH", None)
    return told | {"CONTENT_LENGTH": str(size)}


def path_of(scope: Scope) -> str:
    """The path's own bytes, decoded once, in WSGI's way of writing them."""
    raw = scope.get("raw_path")
    return (unquote_to_bytes(raw) if raw else scope["path"].encode()).decode("latin-1")
