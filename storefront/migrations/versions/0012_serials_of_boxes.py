"""serials of boxes"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('batch', sa.Column('serial', sa.String(length=20), server_default='', nullable=False))
    op.create_index(op.f('ix_batch_serial'), 'batch', ['serial'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_batch_serial'), table_name='batch')
    op.drop_column('batch', 'serial')
