"""Starting and ending together: what is in flight is finished, what fails is started again, what is killed leaves nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

import config
from storefront import serve
from tests.ports import free_port

pytestmark = pytest.mark.process
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def port() -> int:
    """With a free one on both sides: the stand-in takes the next, and a test asks for the one before."""
    return free_port(neighbours=2) + 1


@pytest.fixture
def start(port: int) -> Iterator[Start]:
    begun: list[subprocess.Popen[str]] = []

    def begin(*words: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        command = [*before, sys.executable, "-m", "tests.process.toy_shop", str(port), *words]
        shop = subprocess.Popen(command, cwd=config.ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        begun.append(shop)
        return shop

    yield begin
    for shop in begun:
        if shop.poll() is None:
            shop.terminate()
        shop.communicate(timeout=20)


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def opened(shop: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert shop.stdout is not None
    assert shop.stdout.readline() == "open\n"
    return shop


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return answer.read()


def answers(port: int) -> bool:
    """Whether somebody answers there; a server that is just dying takes the connection and drops it."""
    with suppress(OSError):
        return get(port, "/") == b"finished"
    return False


def living() -> dict[int, int]:
    """Every process that is no zombie, with its parent."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(status.parent.name)] = int(parent)
    return found


def below(ancestor: int) -> set[int]:
    parents = living()
    found = {child for child, parent in parents.items() if parent == ancestor}
    return found.union(*(below(child) for child in found))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_is_answered_before_the_end(start: Start, port: int, number: int) -> None:
    shop = opened(start())
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(get, port, "/slow") for _ in range(4)]
        time.sleep(0.5)
        os.killpg(shop.pid, number)
        assert [answer.result() for answer in answers] == [b"finished"] * 4
    assert shop.wait(20) == 0
    assert not listens(port)


def test_a_killed_parent_leaves_nothing_behind(start: Start, port: int) -> None:
    shop = opened(start())
    left = below(shop.pid)
    assert len(left) >= 3, "leash, web server and its worker"
    os.killpg(shop.pid, signal.SIGKILL)
    wait_until(lambda: not left & set(living()))
    assert not listens(port)


def test_the_shop_ends_with_the_command_that_started_it(start: Start, port: int) -> None:
    shell = opened(start("with-parent", before=("sh", "-c", '"$@"; true', "sh")))
    shell.kill()
    wait_until(lambda: not listens(port))
    assert not listens(port)


def test_a_web_server_that_was_killed_is_started_again(start: Start, port: int) -> None:
    shop = opened(start())
    for child in below(shop.pid):
        if b"granian" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(child, signal.SIGKILL)
    assert shop.stdout is not None
    assert "The web server has ended by itself; it is started again.\n" in iter(shop.stdout.readline, "")
    wait_until(lambda: answers(port))
    assert get(port, "/") == b"finished"


def test_a_part_that_keeps_failing_ends_the_shop(start: Start, port: int) -> None:
    shop = start("failing")
    assert shop.wait(60) == 1
    assert shop.stdout is not None
    assert "The failing part keeps failing" in shop.stdout.read()
    assert not listens(port)


def demo(folder: Path, port: int, *words: str) -> subprocess.CompletedProcess[str]:
    wanted = {"PATH": os.environ["PATH"], "DEMO": "1", "INSTANCE_DIR": str(folder), "PORT": str(port)}
    command = [sys.executable, "-m", "storefront.serve", *words]
    return subprocess.run(command, cwd=config.ROOT, env=wanted, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("beside", [0, 1])
def test_a_port_that_is_taken_is_named(tmp_path: Path, port: int, beside: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        refused = demo(tmp_path, port - beside)
    assert refused.returncode == 1
    assert f"Port {port} is taken by another program." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_two_shops_do_not_run_in_one_folder(tmp_path: Path, port: int) -> None:
    with serve.alone_in(tmp_path):
        refused = demo(tmp_path, port)
    assert refused.returncode == 1
    assert f"A shop is running in {tmp_path} already" in refused.stderr


def test_wrong_settings_are_told_without_a_traceback(tmp_path: Path) -> None:
    refused = demo(tmp_path, 0)
    assert refused.returncode == 1
    assert "PORT: expected: a port from 1 to 65534" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_starting_over_forgets_what_the_demo_made_and_nothing_else(tmp_path: Path) -> None:
    settings = config.read_settings({"DEMO": "1", "INSTANCE_DIR": str(tmp_path)})
    (tmp_path / "shop.sqlite3").touch()
    (tmp_path / "notes.txt").touch()
    serve.start_over(settings)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_starting_over_never_empties_postgresql(tmp_path: Path) -> None:
    variables = {"DEMO": "1", "INSTANCE_DIR": str(tmp_path), "DATABASE_URL": "postgresql://db/shop"}
    with pytest.raises(SystemExit, match="SQLite"):
        serve.start_over(config.read_settings(variables))
