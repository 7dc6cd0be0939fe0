"""What the database itself refuses, by triggers on both kinds of database: rows that are evidence stay as they were written,
whatever writes past the shop. Made with the tables; a migration writes the same statements down."""

from sqlalchemy import DDL, Table, event
from sqlalchemy.schema import ExecutableDDLElement

SQLITE = "CREATE TRIGGER {name} BEFORE {on} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{told}'); END"
POSTGRES = (
    "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF {when} THEN RAISE EXCEPTION '{told}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
    " IF TG_OP = 'DELETE' THEN RETURN old; END IF; RETURN new; END $$",
    "CREATE TRIGGER {name} BEFORE {on} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
)


def statements(dialect: str, name: str, table: str, on: str, when: str, told: str) -> list[str]:
    """The trigger that refuses `on` (insert, update or delete) where `when` holds, as that database is told of it."""
    words = {"name": name, "table": table, "on": on.upper(), "when": when, "told": told}
    return [text.format(**words) for text in (POSTGRES if dialect == "postgresql" else (SQLITE,))]


def guard(table: Table, name: str, on: str, when: str, told: str) -> None:
    """Makes the trigger whenever the table is made. `when` is SQL that both databases read alike, on `old` and `new`."""
    for dialect in ("sqlite", "postgresql"):
        for text in statements(dialect, name, table.name, on, when, told):
            event.listen(table, "after_create", _ddl(text, dialect))
    event.listen(table, "after_drop", _ddl(f"DROP FUNCTION IF EXISTS {name}() CASCADE", "postgresql"))


def _ddl(text: str, dialect: str) -> ExecutableDDLElement:
    statement = DDL(text.replace("%", "%%"))  # type: ignore[no-untyped-call]
    return statement.execute_if(dialect=dialect)
