"""What was on record before a migration is on record after it, in its new places; and back again."""

from pathlib import Path

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from storefront import create_app
from storefront.db import db
from tests.databases import new_database, settings_for

pytestmark = pytest.mark.database
AT = "'2026-01-01 09:00:00'"
CLIENT = "1, 'C-1', 'A', 'a@b.example', '', '1990-01-01'"
ACCOUNT = "1, 'a@b.example', 'A', 'client', true, true"
COLUMNS = (
    "id, course_id, treated_on, practitioner_name, area, device, device_lot, needle_um, serum, serum_lot, numbing_cream,"
    " bleeding, track_marks, notes, gap_reason, by_name, at"
)


def session(nth: int, day: str, serum: str) -> str:
    told = f"{nth}, 1, '{day}', 'P', 'brow', 'Pen', 'N-{nth}', 500, '{serum}', 'L-{nth}', true, 'more', false, 'n', 'g'"
    return f"INSERT INTO treatment ({COLUMNS}) VALUES ({told}, 'P', {AT})"


BEFORE = (
    f"INSERT INTO account (id, email, name, role, is_active, is_invited, created_at) VALUES ({ACCOUNT}, {AT})",
    f"INSERT INTO client (id, account_id, number, name, email, phone, born_on, created_at) VALUES (1, {CLIENT}, {AT})",
    f"INSERT INTO course (id, client_id, origin, attestation, opened_at, opened_by) VALUES (1, 1, 'clinic', '', {AT}, 'P')",
    session(1, "2026-01-01", "Calm"),
    session(2, "2026-04-01", ""),
    f"INSERT INTO gap_decision (id, treatment_id, counts, why, by_name, at) VALUES (1, 2, true, 'ill', 'P', {AT})",
    f"INSERT INTO skin_seen (id, treatment_id, note, by_name, at) VALUES (1, 1, 'calm', 'P', {AT})",
    f"INSERT INTO completion (id, course_id, meaning, by_name, at) VALUES (1, 1, 'm', 'P', {AT})",
    "INSERT INTO qualification (id, account_id, title, registration, expires_on) VALUES (1, 1, 'T', 'R', '2027-01-01')",
)
# A correction that came after it: the second treatment had another lot.
CORRECTED = (
    "INSERT INTO treatment (id, course_id, replaces_id, correction, is_struck, treated_on, practitioner_name, needle_um, end_point,"
    " numbing_cream, bleeding, track_marks, reactions, notes, gap_reason, by_name, at)"
    f" VALUES (3, 1, 2, 'lot', false, '2026-04-02', 'P', 500, '', true, 'none', false, '', 'n', 'g', 'P', {AT})",
    "INSERT INTO treated_area (treatment_id, area, device, device_lot, needle_um) VALUES (3, 'chin', 'Pen', 'N-9', 500)",
)


def asked(statement: str) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def told(statements: tuple[str, ...]) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_courses_live_through_their_migration(database_kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    with new_database(database_kind, folder) as address:
        app = create_app(settings_for(address, tmp_path))
        with app.app_context():
            upgrade(revision="0019")
            told(BEFORE)
            upgrade(revision="0020")
            areas = asked(
                "SELECT treatment_id, area, device, device_lot, needle_um, passes FROM treated_area ORDER BY id"
            )
            assert areas == [(1, "brow", "Pen", "N-1", 500, None), (2, "brow", "Pen", "N-2", 500, None)]
            assert asked("SELECT treatment_id, name, lot FROM topical") == [(1, "Calm", "L-1")]
            assert asked("SELECT treatment_id, days, why FROM gap_decision") == [(2, 90, "ill")]
            assert asked("SELECT note FROM skin_seen") == [("calm",)]
            assert asked("SELECT count(*) FROM completion") == [(1,)]
            rows = asked("SELECT needle_um, bleeding, replaces_id, correction, health_today, consent_id FROM treatment")
            assert rows == [(500, "more", None, "", None, None)] * 2
            told(CORRECTED)
            downgrade(revision="0019")
            rows = asked("SELECT id, area, device_lot, serum, serum_lot FROM treatment ORDER BY id")
            assert rows == [(1, "brow", "N-1", "Calm", "L-1"), (3, "chin", "N-9", "", "")]
            assert asked("SELECT title, registration FROM qualification") == [("T", "R")]
            db.engine.dispose()
