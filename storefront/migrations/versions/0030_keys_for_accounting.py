"""keys for accounting"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('accounting_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('hint', sa.String(length=12), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('made_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('ended_by', sa.String(length=200), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounting_key')),
    sa.UniqueConstraint('name', name=op.f('uq_accounting_key_name')),
    sa.UniqueConstraint('sha256', name=op.f('uq_accounting_key_sha256'))
    )


def downgrade() -> None:
    op.drop_table('accounting_key')
