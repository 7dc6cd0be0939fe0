"""money that is late or comes back"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('capture') as batch_op:
        batch_op.add_column(sa.Column('capture_before', catalogue.base.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('warned_at', catalogue.base.UTCDateTime(), nullable=True))
    with op.batch_alter_table('refund') as batch_op:
        batch_op.add_column(sa.Column('returned_at', catalogue.base.UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('refund') as batch_op:
        batch_op.drop_column('returned_at')
    with op.batch_alter_table('capture') as batch_op:
        batch_op.drop_column('warned_at')
        batch_op.drop_column('capture_before')
