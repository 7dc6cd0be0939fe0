"""The gate is asked every day about what has not left"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('order', schema=None) as batch_op:
        batch_op.add_column(sa.Column('judge_at', catalogue.base.UTCDateTime(), nullable=True))
        batch_op.create_index(batch_op.f('ix_order_judge_at'), ['judge_at'], unique=False)
    # What waits to leave is asked about at once.
    op.execute("""UPDATE "order" SET judge_at = accepted_at WHERE status IN ('accepted', 'packed')""")


def downgrade() -> None:
    with op.batch_alter_table('order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_order_judge_at'))
        batch_op.drop_column('judge_at')
