"""losses of disputes booked once"""

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('dispute', schema=None) as batch_op:
        batch_op.add_column(sa.Column('booked_minor', sa.Integer(), nullable=True))
    op.execute("UPDATE dispute SET booked_minor = amount_minor WHERE status = 'lost' OR refund_id IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table('dispute', schema=None) as batch_op:
        batch_op.drop_column('booked_minor')
