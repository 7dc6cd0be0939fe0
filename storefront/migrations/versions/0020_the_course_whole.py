"""the course whole: versions of treatments, areas and topicals, consents, sealed files, documents of certificates"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue import lasting

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

LASTING = ('treatment', 'treated_area', 'topical', 'gap_decision', 'skin_seen', 'completion', 'consent', 'consent_withdrawal')
NEW_CHECKS = {
    'skin_type': 'skin_type between 1 and 6',
    'correction': "(replaces_id is null) = (correction = '')",
}
NEW_TEXTS = ('correction', 'end_point', 'reactions')
NEW_COLUMNS = (
    *NEW_TEXTS, 'replaces_id', 'is_struck', 'consent_id', 'screening_id', 'health_today', 'skin_type', 'aftercare_given', 'next_on',
)
MOVED = {'area': 80, 'device': 120, 'device_lot': 60, 'serum': 200, 'serum_lot': 60}
ATTESTED = "origin = 'clinic' or attestation <> ''"
# The days between a treatment and the one before it in its course.
DAYS_SQLITE = "julianday(t.treated_on) - julianday((SELECT max(b.treated_on) FROM treatment b WHERE {before}))"
DAYS_POSTGRES = "t.treated_on - (SELECT max(b.treated_on) FROM treatment b WHERE {before})"
BEFORE = "b.course_id = t.course_id AND b.treated_on < t.treated_on"


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def upgrade() -> None:
    make_tables()
    tell_courses_anew()
    tell_decisions_anew()
    with op.batch_alter_table('qualification', schema=None) as batch_op:
        batch_op.add_column(sa.Column('document_sha256', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('entered_by', sa.String(length=200), server_default='', nullable=False))
        batch_op.create_foreign_key(batch_op.f('fk_qualification_document_sha256_document'), 'document', ['document_sha256'], ['sha256'])
    with op.batch_alter_table('qualification', schema=None) as batch_op:
        batch_op.alter_column('entered_by', server_default=None)
    tell_treatments_anew()
    lay_guards()


def by() -> list[Any]:
    return [
        sa.Column('by_id', sa.Integer(), nullable=True),
        sa.Column('by_name', sa.String(length=200), nullable=False),
        sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    ]


def make_tables() -> None:
    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('text_sha256', sa.String(length=64), nullable=False),
    sa.Column('signed_name', sa.String(length=200), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('on_tablet', sa.Boolean(), nullable=False),
    *by(),
    sa.CheckConstraint("kind in ('treatment', 'photos', 'publication')", name=op.f('ck_consent_kind')),
    sa.CheckConstraint("signed_name <> ''", name=op.f('ck_consent_signed')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_consent_client_id_client')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    op.create_index(op.f('ix_consent_client_id'), 'consent', ['client_id'], unique=False)
    op.create_table('consent_withdrawal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('consent_id', sa.Integer(), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=False),
    *by(),
    sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_consent_withdrawal_consent_id_consent')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_withdrawal')),
    sa.UniqueConstraint('consent_id', name=op.f('uq_consent_withdrawal_consent_id'))
    )
    op.create_table('sealed_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=40), nullable=False),
    sa.Column('media_type', sa.String(length=60), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('wrapped_key', sa.LargeBinary(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('kept_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('destroyed_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.CheckConstraint('(destroyed_at is null) = (wrapped_key is not null)', name=op.f('ck_sealed_file_destroyed')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_sealed_file_client_id_client')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sealed_file')),
    sa.UniqueConstraint('token', name=op.f('uq_sealed_file_token'))
    )
    op.create_index(op.f('ix_sealed_file_client_id'), 'sealed_file', ['client_id'], unique=False)
    op.create_table('photo',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('consent_id', sa.Integer(), nullable=False),
    sa.Column('moment', sa.String(length=10), nullable=False),
    sa.Column('view', sa.String(length=40), nullable=False),
    sa.Column('taken_on', sa.Date(), nullable=False),
    *by(),
    sa.CheckConstraint("moment in ('before', 'after')", name=op.f('ck_photo_moment')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_photo_client_id_client')),
    sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_photo_consent_id_consent')),
    sa.ForeignKeyConstraint(['file_id'], ['sealed_file.id'], name=op.f('fk_photo_file_id_sealed_file')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo')),
    sa.UniqueConstraint('file_id', name=op.f('uq_photo_file_id'))
    )
    op.create_index(op.f('ix_photo_client_id'), 'photo', ['client_id'], unique=False)
    op.create_table('topical',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('treatment_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('lot', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['treatment_id'], ['treatment.id'], name=op.f('fk_topical_treatment_id_treatment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topical'))
    )
    op.create_index(op.f('ix_topical_treatment_id'), 'topical', ['treatment_id'], unique=False)
    op.create_table('treated_area',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('treatment_id', sa.Integer(), nullable=False),
    sa.Column('area', sa.String(length=80), nullable=False),
    sa.Column('device', sa.String(length=120), nullable=False),
    sa.Column('device_lot', sa.String(length=60), nullable=False),
    sa.Column('needle_um', sa.Integer(), nullable=False),
    sa.Column('passes', sa.Integer(), nullable=True),
    sa.CheckConstraint('needle_um > 0 and passes > 0', name=op.f('ck_treated_area_depth')),
    sa.ForeignKeyConstraint(['treatment_id'], ['treatment.id'], name=op.f('fk_treated_area_treatment_id_treatment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_treated_area'))
    )
    op.create_index(op.f('ix_treated_area_treatment_id'), 'treated_area', ['treatment_id'], unique=False)


def tell_courses_anew() -> None:
    with op.batch_alter_table('completion', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_completion_course_id'), type_='unique')
        batch_op.create_index(batch_op.f('ix_completion_course_id'), ['course_id'], unique=False)
    whole = f"{ATTESTED} or paper_id is not null"
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.add_column(sa.Column('paper_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_course_paper_id_sealed_file'), 'sealed_file', ['paper_id'], ['id'])
        batch_op.drop_constraint(batch_op.f('ck_course_attested'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_course_attested'), whole)


def tell_decisions_anew() -> None:
    with op.batch_alter_table('gap_decision', schema=None) as batch_op:
        batch_op.add_column(sa.Column('days', sa.Integer(), server_default='0', nullable=False))
        batch_op.drop_constraint(batch_op.f('uq_gap_decision_treatment_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_gap_decision_treatment_id_days'), ['treatment_id', 'days'])
    days = (DAYS_SQLITE if is_sqlite() else DAYS_POSTGRES).format(before=BEFORE)
    op.execute(
        f"UPDATE gap_decision SET days = coalesce((SELECT {days} FROM treatment t WHERE t.id = gap_decision.treatment_id), 0)"
    )
    with op.batch_alter_table('gap_decision', schema=None) as batch_op:
        batch_op.alter_column('days', server_default=None)


def tell_treatments_anew() -> None:
    op.execute(
        "INSERT INTO treated_area (treatment_id, area, device, device_lot, needle_um)"
        " SELECT id, area, device, device_lot, needle_um FROM treatment ORDER BY id"
    )
    op.execute("INSERT INTO topical (treatment_id, name, lot) SELECT id, serum, serum_lot FROM treatment WHERE serum <> '' ORDER BY id")
    with op.batch_alter_table('treatment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('replaces_id', sa.Integer(), nullable=True))
        for name in ('consent_id', 'screening_id', 'skin_type'):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('correction', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('end_point', sa.String(length=200), server_default='', nullable=False))
        batch_op.add_column(sa.Column('reactions', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('is_struck', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('health_today', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('aftercare_given', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('next_on', sa.Date(), nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_treatment_course_id_treated_on'), type_='unique')
        for name in MOVED:
            batch_op.drop_column(name)
    with op.batch_alter_table('treatment', schema=None) as batch_op:
        for name in (*NEW_TEXTS, 'is_struck'):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_unique_constraint(batch_op.f('uq_treatment_replaces_id'), ['replaces_id'])
        batch_op.create_foreign_key(batch_op.f('fk_treatment_replaces_id_treatment'), 'treatment', ['replaces_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_treatment_consent_id_consent'), 'consent', ['consent_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_treatment_screening_id_screening'), 'screening', ['screening_id'], ['id'])
        for name, text in NEW_CHECKS.items():
            batch_op.create_check_constraint(batch_op.f(f'ck_treatment_{name}'), text)


def lay_guards() -> None:
    for table in LASTING:
        for statement in lasting.statements(op.get_bind().dialect.name, table):
            op.execute(statement)


def downgrade() -> None:
    """Keeps the last version of each treatment, with its first area and topical; what was agreed and sealed goes."""
    for table in LASTING:
        for verb in ('update', 'delete'):
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + ("" if is_sqlite() else f" ON {table}"))
        if not is_sqlite():
            op.execute(f"DROP FUNCTION {table}_lasts()")
    keep_the_last_versions()
    with op.batch_alter_table('treatment', schema=None) as batch_op:
        for name, length in MOVED.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), server_default='', nullable=False))
    for name in ('area', 'device', 'device_lot'):
        op.execute(f"UPDATE treatment SET {name} = coalesce({first_of('treated_area', name)}, '')")
    op.execute(f"UPDATE treatment SET serum = coalesce({first_of('topical', 'name')}, ''), serum_lot = coalesce({first_of('topical', 'lot')}, '')")
    with op.batch_alter_table('treatment', schema=None) as batch_op:
        for name in NEW_CHECKS:
            batch_op.drop_constraint(batch_op.f(f'ck_treatment_{name}'), type_='check')
        for name in ('screening_id_screening', 'consent_id_consent', 'replaces_id_treatment'):
            batch_op.drop_constraint(batch_op.f(f'fk_treatment_{name}'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_treatment_replaces_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_treatment_course_id_treated_on'), ['course_id', 'treated_on'])
        for name in MOVED:
            batch_op.alter_column(name, server_default=None)
        for name in NEW_COLUMNS:
            batch_op.drop_column(name)
    tell_the_rest_as_before()
    for table in ('treated_area', 'topical', 'photo', 'consent_withdrawal', 'sealed_file', 'consent'):
        op.drop_table(table)


def keep_the_last_versions() -> None:
    gone = "treatment_id IN (SELECT replaces_id FROM treatment WHERE replaces_id IS NOT NULL UNION SELECT id FROM treatment WHERE is_struck)"
    for table in ('gap_decision', 'skin_seen', 'treated_area', 'topical'):
        op.execute(f"DELETE FROM {table} WHERE {gone}")
    op.execute("CREATE TABLE treatment_gone AS SELECT replaces_id AS id FROM treatment WHERE replaces_id IS NOT NULL")
    op.execute("INSERT INTO treatment_gone SELECT id FROM treatment WHERE is_struck")
    op.execute("UPDATE treatment SET replaces_id = NULL, correction = ''")
    op.execute("DELETE FROM treatment WHERE id IN (SELECT id FROM treatment_gone)")
    op.execute("DROP TABLE treatment_gone")
    op.execute("DELETE FROM gap_decision WHERE id NOT IN (SELECT max(id) FROM gap_decision GROUP BY treatment_id)")
    op.execute("DELETE FROM completion WHERE id NOT IN (SELECT max(id) FROM completion GROUP BY course_id)")


def first_of(table: str, name: str) -> str:
    first = f"SELECT min(f.id) FROM {table} f WHERE f.treatment_id = treatment.id"
    return f"(SELECT x.{name} FROM {table} x WHERE x.id = ({first}))"


def tell_the_rest_as_before() -> None:
    with op.batch_alter_table('qualification', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_qualification_document_sha256_document'), type_='foreignkey')
        batch_op.drop_column('entered_by')
        batch_op.drop_column('document_sha256')
    with op.batch_alter_table('gap_decision', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_gap_decision_treatment_id_days'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_gap_decision_treatment_id'), ['treatment_id'])
        batch_op.drop_column('days')
    op.execute("UPDATE course SET attestation = 'the paper that was kept' WHERE attestation = '' AND origin = 'papers'")
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_course_attested'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_course_attested'), ATTESTED)
        batch_op.drop_constraint(batch_op.f('fk_course_paper_id_sealed_file'), type_='foreignkey')
        batch_op.drop_column('paper_id')
    with op.batch_alter_table('completion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_completion_course_id'))
        batch_op.create_unique_constraint(batch_op.f('uq_completion_course_id'), ['course_id'])
