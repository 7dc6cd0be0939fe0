"""A shop of toys for the tests of its supervisor: `python -m tests.process.toy_shop PORT [part…]`."""

import sys
import time
from collections.abc import Callable, Iterable

from config import read_settings
from storefront.door import Door
from storefront.processes import Part, Together, say
from storefront.serve import web

SLOW_SECONDS = 3.0


def slow_app() -> Door:
    """A web application whose /slow takes its time, as an order does."""

    def app(environ: dict[str, object], start: Callable[..., object]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            time.sleep(SLOW_SECONDS)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"finished"]

    return Door(app)


def main(port: str, *words: str) -> int:
    settings = read_settings({"DEMO": "1", "PORT": port, "INSTANCE_DIR": "build/toy"})
    shop = Together(with_parent="with-parent" in words)
    if "failing" in words:
        shop.start(Part("failing part", [sys.executable, "-c", "raise SystemExit(3)"]))
    shop.start(web(settings, "tests.process.toy_shop:slow_app"))
    is_well = shop.is_ready(f"http://127.0.0.1:{port}/") and say("open") is None and shop.watch()
    shop.end()
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
