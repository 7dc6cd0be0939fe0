"""What no constraint can say of a listing, said by the database itself: a product is listed only as the last thing that two
people signed, and nothing that was signed changes under its listing. Laid with the tables, and again after every migration,
because a table that SQLite rebuilds loses its triggers."""

from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, inspect

from catalogue.guards import statements

# The vetting is the last one of its product, accepted, not taken back, and signed by somebody who has no part in the dossier;
# somebody vouches for every change, and every document is stored.
_TRULY_SIGNED = """
    EXISTS (
        SELECT 1 FROM vetting v JOIN dossier d ON d.product_id = v.product_id
        WHERE v.id = NEW.vetting_id AND v.product_id = NEW.product_id AND v.dossier_hash = NEW.dossier_hash
        AND d.hash = v.dossier_hash AND v.verdict = 'accepted' AND NEW.verdict = 'accepted'
        AND v.signed_by_role IN ('practitioner', 'admin')
        AND v.signed_by_id <> v.entered_by_id AND v.signed_by_id <> d.changed_by_id
        AND NOT EXISTS (SELECT 1 FROM vetting later WHERE later.product_id = v.product_id AND later.id > v.id)
        AND NOT EXISTS (SELECT 1 FROM voiding w WHERE w.vetting_id = v.id)
        AND NOT EXISTS (
            SELECT 1 FROM dossier_change c WHERE c.dossier_id = d.id
            AND (c.vetting_id IS NULL OR (c.vetting_id = v.id AND c.by_id = v.signed_by_id))
        )
        AND EXISTS (SELECT 1 FROM dossier_change c WHERE c.dossier_id = d.id)
        AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.dossier_id = d.id AND e.document_sha256 IS NULL)
    )
"""
_VOUCHED_BY_ANOTHER = """
    EXISTS (
        SELECT 1 FROM vetting v JOIN dossier d ON d.product_id = v.product_id
        WHERE v.id = NEW.vetting_id AND d.id = NEW.dossier_id AND v.verdict = 'accepted' AND v.signed_by_id <> NEW.by_id
    )
"""


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses a row's coming, change or going when the condition holds."""

    table: str
    moment: str
    refused_when: str
    because: str

    @property
    def name(self) -> str:
        return f"guard_{self.table}_{self.moment.lower()}"


def _differ(*columns: str) -> str:
    return "(" + " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns) + ")"


def _listed(row: str) -> str:
    return f"{row}.dossier_id IN (SELECT d.id FROM dossier d JOIN listing l ON l.product_id = d.product_id)"  # noqa: S608 - NEW or OLD


_OF_DOSSIER = _differ("product_id", "facts", "hash", "changed_by_id")
# A column that may be empty is compared with what is never in it.
_OF_PRODUCT = _differ("kind", "sku", "name", "brand", "manufacturer", "summary", "price_minor", "currency")
_OF_PRODUCT = f"({_OF_PRODUCT} OR coalesce(NEW.gtin, '-') <> coalesce(OLD.gtin, '-'))"
_LISTED_PRODUCT = "EXISTS (SELECT 1 FROM listing l WHERE l.product_id = OLD.id)"
_LISTED_DOSSIER = "EXISTS (SELECT 1 FROM listing l WHERE l.product_id = OLD.product_id)"
_OF_VETTING = _differ(
    *("product_id", "dossier_hash", "dossier", "verdict", "findings", "shown_hash", "specification_version"),
    *("specification_hash", "entered_by_id", "signed_by_id", "signed_by_role", "meaning"),
)
_OF_CHANGE = _differ("dossier_id", "by_id", "hash", "changed", "state")
_NOT_SIGNED = "not the last thing that two people signed, with every document stored"
GUARDS = (
    Guard("listing", "INSERT", f"NOT {_TRULY_SIGNED}", _NOT_SIGNED),
    Guard("listing", "UPDATE", f"NOT {_TRULY_SIGNED}", _NOT_SIGNED),
    Guard("dossier", "UPDATE", f"{_OF_DOSSIER} AND {_LISTED_DOSSIER}", "a dossier does not change under its listing"),
    Guard("product", "UPDATE", f"{_OF_PRODUCT} AND {_LISTED_PRODUCT}", "a product does not change under its listing"),
    Guard("evidence", "INSERT", _listed("NEW"), "no evidence comes under a listing"),
    Guard("evidence", "UPDATE", f"{_listed('OLD')} OR {_listed('NEW')}", "no evidence changes under a listing"),
    Guard("evidence", "DELETE", _listed("OLD"), "no evidence goes under a listing"),
    Guard("document", "UPDATE", _differ("sha256", "content", "media_type"), "a document stays as it was stored"),
    Guard("vetting", "UPDATE", _OF_VETTING, "what was signed stays as it was signed"),
    Guard("vetting", "DELETE", "OLD.id IS NOT NULL", "what was signed is kept"),
    Guard("voiding", "UPDATE", "OLD.id IS NOT NULL", "what was taken off sale stays so"),
    Guard("voiding", "DELETE", "OLD.id IS NOT NULL", "what was taken off sale stays so"),
    Guard("dossier_change", "DELETE", "OLD.id IS NOT NULL", "what was changed is kept"),
    Guard(
        "dossier_change",
        "UPDATE",
        f"{_OF_CHANGE} OR OLD.vetting_id IS NOT NULL OR NOT {_VOUCHED_BY_ANOTHER}",
        "an accepted vetting of another person vouches for a change, once",
    ),
)


def lay_guards(connection: Connection) -> None:
    """Lays every guard anew."""
    take_guards_down(connection)
    for guard in GUARDS:
        told = (guard.name, guard.table, guard.moment, guard.refused_when, guard.because)
        for statement in statements(connection.dialect.name, *told):
            connection.exec_driver_sql(statement)


def take_guards_down(connection: Connection) -> None:
    """Takes every guard away: tables are about to be rebuilt."""
    is_postgres = connection.dialect.name == "postgresql"
    tables = set(inspect(connection).get_table_names())
    for guard in GUARDS:
        if guard.table in tables:
            of_table = f" ON {guard.table}" if is_postgres else ""
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name}{of_table}")
        if is_postgres:
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {guard.name}()")


def lay_guards_with_tables(_metadata: MetaData, connection: Connection, **_more: object) -> None:
    """For SQLAlchemy to call once it has made the tables."""
    lay_guards(connection)
