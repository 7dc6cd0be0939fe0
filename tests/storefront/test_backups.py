"""A backup is what the shop knew at one instant; it is put back whole into an empty database, or not at all. That the same holds
of PostgreSQL, and while clients buy, is shown in `tests/long/`."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, inspect, make_url, select

from catalogue.journal import JournalEntry
from storefront import backups, cli
from storefront.app import create_app
from storefront.db import db, transaction
from tests.databases import build, settings_for
from tests.storefront.orders import world

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("on_the_day")]


def told(app: Flask, *words: object) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(cli.backup, [str(word) for word in words])
    return answer.exit_code, answer.output


def kept(app: Flask) -> int:
    with app.app_context():
        found = db.session.scalar(select(func.count(JournalEntry.id))) or 0
        db.session.rollback()
        db.engine.dispose()
    return found


def broken_copy(of: Path) -> Path:
    """The same backup with the same hash beside it, and one bit turned over."""
    copy = of.with_name("broken.backup")
    content = bytearray(of.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    shutil.copyfile(f"{of}.sha256", f"{copy}.sha256")
    return copy


def of_postgresql(folder: Path) -> Path:
    """A backup as PostgreSQL's program begins one, with its hash."""
    file = folder / "other.backup"
    file.write_bytes(b"PGDMP\x01")
    backups.beside(file).write_text(backups.hash_of(file))
    return file


def test_postgresqls_programs_know_of_the_server_what_the_shop_knows() -> None:
    url = make_url("postgresql+psycopg://shop:word@/rows?host=/run/rows&sslmode=verify-full&connect_timeout=5")
    assert backups.place_of(url) == {
        "PGUSER": "shop", "PGPASSWORD": "word", "PGDATABASE": "rows",
        "PGHOST": "/run/rows", "PGSSLMODE": "verify-full", "PGCONNECT_TIMEOUT": "5",
    }  # fmt: skip


def test_a_backup_is_put_back_whole_or_not_at_all(tmp_path: Path) -> None:
    shop, file = build(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path), tmp_path / "shop.backup"
    with shop.app_context(), transaction():
        world.placed(world.approved_client(), world.on_sale())
    assert told(shop, "write", file)[0] == 0
    assert file.stat().st_mode & 0o077 == 0, "nobody else reads what it holds"
    for verb, said in (("write", "is there already"), ("restore", "is not empty")):
        code, why = told(shop, verb, file)
        assert (code, said in why) == (1, True)
    empty = create_app(settings_for(f"sqlite:///{tmp_path / 'empty.sqlite3'}", tmp_path))
    wrongs = ((broken_copy(file), "its hash has changed"), (tmp_path / "none", "cannot be read"))
    for wrong, said in (*wrongs, (of_postgresql(tmp_path), "of another kind of database")):
        code, why = told(empty, "restore", wrong)
        with empty.app_context():
            assert (code, said in why, inspect(db.engine).get_table_names()) == (1, True, [])
    code, why = told(empty, "restore", file)
    assert (code, "is put back" in why, kept(empty)) == (0, True, kept(shop)), why
