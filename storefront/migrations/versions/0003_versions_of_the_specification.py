"""versions of the specification"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue.guards import statements

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

STAYS = 'a published specification stays as it was signed'
GUARDS = (
    ('version_stays', 'specification_version', 'update', 'exists (select 1 from publication where version_id = old.id)'),
    ('version_is_kept', 'specification_version', 'delete', 'exists (select 1 from publication where version_id = old.id)'),
    ('signature_comes_before', 'specification_signature', 'insert', 'exists (select 1 from publication where version_id = new.version_id)'),
    ('signature_stays', 'specification_signature', 'update', 'old.id is not null'),
    ('signature_is_kept', 'specification_signature', 'delete', 'exists (select 1 from publication where version_id = old.version_id)'),
    (
        'publication_is_signed',
        'publication',
        'insert',
        '(select count(distinct by_id) from specification_signature where version_id = new.version_id'
        " and hash = new.hash and role in ('admin', 'practitioner')) < 2",
    ),
    (
        'publication_stays',
        'publication',
        'update',
        'old.version_id <> new.version_id or old.hash <> new.hash or old.in_force_from <> new.in_force_from'
        ' or old.published_at <> new.published_at',
    ),
    ('publication_is_kept', 'publication', 'delete', 'old.id is not null'),
)


def upgrade() -> None:
    op.create_table('specification_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('author_name', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('made_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_specification_version')),
    sa.UniqueConstraint('id', 'hash', name=op.f('uq_specification_version_id_hash')),
    sa.UniqueConstraint('version', name=op.f('uq_specification_version_version'))
    )
    op.create_table('judgement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('dossier_hash', sa.String(length=64), nullable=False),
    sa.Column('specification_hash', sa.String(length=64), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('open_rules', sa.Text(), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.Column('lapses_on', sa.Date(), nullable=True),
    sa.Column('judged_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint("verdict in ('accepted', 'incomplete', 'rejected')", name=op.f('ck_judgement_verdict')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_judgement_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_judgement')),
    sa.UniqueConstraint('product_id', 'dossier_hash', 'specification_hash', name=op.f('uq_judgement_product_id_dossier_hash_specification_hash'))
    )
    with op.batch_alter_table('judgement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_judgement_specification_hash'), ['specification_hash'], unique=False)

    op.create_table('publication',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('in_force_from', sa.Date(), nullable=False),
    sa.Column('published_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('withdrawn_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('withdrawn_by', sa.String(length=200), nullable=True),
    sa.Column('withdrawn_why', sa.Text(), nullable=True),
    sa.Column('due_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('done_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['version_id', 'hash'], ['specification_version.id', 'specification_version.hash'], name=op.f('fk_publication_version_id_hash_specification_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication')),
    sa.UniqueConstraint('version_id', name=op.f('uq_publication_version_id'))
    )
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_publication_due_at'), ['due_at'], unique=False)
        batch_op.create_index('uq_publication_in_force_from', ['in_force_from'], unique=True, sqlite_where=sa.text('withdrawn_at is null'), postgresql_where=sa.text('withdrawn_at is null'))

    op.create_table('specification_signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('meaning', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['specification_version.id'], name=op.f('fk_specification_signature_version_id_specification_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_specification_signature')),
    sa.UniqueConstraint('version_id', 'by_id', name=op.f('uq_specification_signature_version_id_by_id')),
    sa.UniqueConstraint('version_id', 'role', name=op.f('uq_specification_signature_version_id_role'))
    )
    for guard in GUARDS:
        for statement in statements(op.get_bind().dialect.name, *guard, STAYS):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        for name, *_ in GUARDS:
            op.execute(f'DROP FUNCTION {name}() CASCADE')
    op.drop_table('specification_signature')
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_index('uq_publication_in_force_from', sqlite_where=sa.text('withdrawn_at is null'), postgresql_where=sa.text('withdrawn_at is null'))
        batch_op.drop_index(batch_op.f('ix_publication_due_at'))

    op.drop_table('publication')
    with op.batch_alter_table('judgement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_judgement_specification_hash'))

    op.drop_table('judgement')
    op.drop_table('specification_version')
