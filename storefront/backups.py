"""Backups. Everything that the shop knows is rows, its files too: a backup is the database as it stood at one instant, written
while the shop is open, with its hash beside it. It is put back into an empty database only, and only when not one bit of it has
changed. The sealing keys are not in it: whoever finds a backup sees no picture."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, inspect

from storefront.db import db

# Of what may stand after the ? of an address, the names under which PostgreSQL's own programs look for it.
LIBPQ = {
    "host": "PGHOST", "port": "PGPORT", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "connect_timeout": "PGCONNECT_TIMEOUT", "options": "PGOPTIONS",
}  # fmt: skip
ROWS_OF_SQLITE = b"SQLite format 3\0"


class Unusable(Exception):
    """Why a backup cannot be written or put back, in words."""


def write_backup(to: Path) -> str:
    """Writes the database as it is now, whole or not at all; the hash that is kept beside it."""
    if to.exists():
        raise Unusable(f"{to} is there already.")
    draft = to.with_name(f"{to.name}.part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # nobody else may read what it holds
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as rows:
            rows.execute("VACUUM INTO ?", (str(draft),))
    else:
        _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={draft}")
    found = hash_of(draft)
    beside(to).write_text(f"{found}  {to.name}\n", encoding="utf-8")
    draft.replace(to)
    return found


def put_back(backup: Path) -> None:
    """Fills the empty database of the settings from a backup, or changes nothing and says why."""
    check_backup(backup)
    url = db.engine.url
    if inspect(db.engine).get_table_names():
        raise Unusable("The database is not empty. Name an empty one in DATABASE_URL; nothing was changed.")
    if url.get_backend_name() == "sqlite":
        _require_sqlite(backup)
        db.engine.dispose()
        _copy_rows(backup, Path(str(url.database)))
    else:
        _run(
            "pg_restore",
            url,
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            f"--dbname={url.database}",
            str(backup),
        )


def check_backup(backup: Path) -> None:
    """Refuses one that is not there, or of which anything has changed since it was written."""
    try:
        told = beside(backup).read_text(encoding="utf-8").split()[0]
        found = hash_of(backup)
    except (OSError, IndexError, UnicodeDecodeError) as error:
        raise Unusable(f"{backup} and its hash cannot be read: {error}. Take another backup.") from None
    if found != told:
        raise Unusable(f"{backup} is not what was written: its hash has changed. Take another backup.")


def hash_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def beside(backup: Path) -> Path:
    """Where the hash is, as `sha256sum --check` reads it."""
    return backup.with_name(f"{backup.name}.sha256")


def _require_sqlite(backup: Path) -> None:
    """PostgreSQL's program looks for itself whether a backup is its own."""
    with backup.open("rb") as opened:
        if opened.read(len(ROWS_OF_SQLITE)) != ROWS_OF_SQLITE:
            raise Unusable(f"{backup} is of another kind of database. Name one of its kind in DATABASE_URL.")


def _copy_rows(backup: Path, to: Path) -> None:
    draft = to.with_name(f"{to.name}.part")
    shutil.copyfile(backup, draft)
    draft.replace(to)


def _run(program: str, url: URL, *words: str) -> None:
    """PostgreSQL's own program; what it has to know of the server goes where no list of processes shows it."""
    try:
        done = subprocess.run(
            [program, *words],
            env=os.environ | place_of(url),
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise Unusable(f"{program} is missing: install PostgreSQL’s client programs.") from None
    if done.returncode:
        raise Unusable(f"{program} failed: {done.stderr.strip()}")


def place_of(url: URL) -> dict[str, str]:
    """Where the rows are and who asks for them, as PostgreSQL's programs are told it: the same server, as safely, as the shop's."""
    asked = {LIBPQ[name]: value for name, value in url.query.items() if name in LIBPQ}
    place = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    place["PGDATABASE"] = url.database
    return {name: str(value) for name, value in {**place, **asked}.items() if value is not None}
