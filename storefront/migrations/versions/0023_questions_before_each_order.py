"""two questions before each order; those that were placed before are marked, and pass the audit"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue import lasting

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

LASTING = ('recheck', 'order_asked')


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def upgrade() -> None:
    op.create_table('recheck',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('screening_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('anything_new', sa.String(length=10), nullable=False),
    sa.Column('reaction', sa.String(length=10), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint("anything_new in ('no', 'yes', 'not_sure')", name=op.f('ck_recheck_anything_new')),
    sa.CheckConstraint("reaction in ('no', 'yes', 'not_sure')", name=op.f('ck_recheck_reaction')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_recheck_client_id_client')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_recheck_screening_id_screening')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recheck'))
    )
    op.create_index(op.f('ix_recheck_client_id'), 'recheck', ['client_id'], unique=False)
    op.create_table('order_asked',
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('recheck_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_order_asked_order_id_order')),
    sa.ForeignKeyConstraint(['recheck_id'], ['recheck.id'], name=op.f('fk_order_asked_recheck_id_recheck')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_order_asked')),
    sa.UniqueConstraint('recheck_id', name=op.f('uq_order_asked_recheck_id'))
    )
    op.execute('INSERT INTO order_asked (order_id) SELECT id FROM "order"')
    for table in LASTING:
        for statement in lasting.statements(op.get_bind().dialect.name, table):
            op.execute(statement)



def downgrade() -> None:
    op.drop_table('order_asked')
    op.drop_table('recheck')
    if not is_sqlite():
        for table in LASTING:
            op.execute(f"DROP FUNCTION {table}_lasts()")
