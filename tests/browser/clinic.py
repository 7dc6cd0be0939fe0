"""The real demo, as `make demo` starts it: web server, worker and stand-in as processes of their own, over a folder of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import free_port

PATIENCE = 180


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a demo clinic that is open; ended as Ctrl-C ends it."""
    port = two_free_ports()
    settings = {"DEMO": "1", "INSTANCE_DIR": str(folder), "PORT": str(port)}
    command = [sys.executable, "-m", "storefront.serve"]
    with (folder / "said").open("w") as said:
        shop = subprocess.Popen(command, env=os.environ | settings, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}", shop, folder / "said")
            yield f"http://127.0.0.1:{port}"
        finally:
            shop.terminate()
            shop.wait(60)


def two_free_ports() -> int:
    """A free port whose next one is free as well, for the stand-in."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            if port < 65000 and probe.connect_ex(("127.0.0.1", port + 1)):
                return port


def wait_for(address: str, shop: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and shop.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the demo did not open: {said.read_text()}")
