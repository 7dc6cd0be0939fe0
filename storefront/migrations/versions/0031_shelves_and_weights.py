"""where a batch lies, and what a parcel weighs"""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('batch', sa.Column('shelf', sa.String(length=20), server_default='', nullable=False))
    op.add_column('parcel', sa.Column('weight_grams', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('parcel', 'weight_grams')
    op.drop_column('batch', 'shelf')
