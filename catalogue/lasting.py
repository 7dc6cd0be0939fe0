"""Rows that are written once and for good: the database itself refuses to change or delete them, whoever asks."""

from sqlalchemy import Connection, Table, event

SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} rows are kept as they were written'); END"""
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION {table}_lasts() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} rows are kept as they were written' USING ERRCODE = 'integrity_constraint_violation';
END $$"""
POSTGRES = "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_lasts()"
VERBS = ("update", "delete")


def lasts(table: Table) -> None:
    """Its rows can be added and read, and no more, on every database that the models make."""
    event.listen(table, "after_create", _guard)
    event.listen(table, "after_drop", _forget)


def statements(dialect: str, table: str) -> list[str]:
    """The triggers that keep the rows of a table, as that database is told of them; a migration writes the same ones down."""
    is_postgres = dialect == "postgresql"
    form, function = (POSTGRES, [POSTGRES_FUNCTION.format(table=table)]) if is_postgres else (SQLITE, [])
    return function + [form.format(table=table, verb=verb) for verb in VERBS]


def _guard(table: Table, connection: Connection, **_: object) -> None:
    for statement in statements(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)


def _forget(table: Table, connection: Connection, **_: object) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {table.name}_lasts()")
