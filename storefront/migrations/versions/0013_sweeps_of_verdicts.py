"""sweeps of verdicts"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

INDEX = 'ix_known_verdict_specification_version'


def upgrade() -> None:
    op.create_table('verdict_sweep',
    sa.Column('before', sa.String(length=20), nullable=False),
    sa.Column('after', sa.String(length=20), nullable=False),
    sa.Column('reached', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('before', 'after', name=op.f('pk_verdict_sweep'))
    )
    op.create_index(INDEX, 'known_verdict', ['specification_version', 'product_id'])


def downgrade() -> None:
    op.drop_index(INDEX, 'known_verdict')
    op.drop_table('verdict_sweep')
