"""warnings of lapses"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('lapse_warning',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('lapses_on', sa.Date(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.Column('told_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_lapse_warning_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lapse_warning')),
    sa.UniqueConstraint('product_id', 'lapses_on', 'days', name=op.f('uq_lapse_warning_product_id_lapses_on_days'))
    )


def downgrade() -> None:
    op.drop_table('lapse_warning')
