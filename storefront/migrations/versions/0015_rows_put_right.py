"""rows of suppliers' files put right by a person"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('import_row', sa.Column('corrected_by_id', sa.Integer(), nullable=True))
    op.add_column('import_row', sa.Column('corrected_by_name', sa.String(length=200), nullable=True))
    op.add_column('import_row', sa.Column('corrected_at', catalogue.base.UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column('import_row', 'corrected_at')
    op.drop_column('import_row', 'corrected_by_name')
    op.drop_column('import_row', 'corrected_by_id')
