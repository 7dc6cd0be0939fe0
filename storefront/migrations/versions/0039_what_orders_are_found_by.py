"""what orders are found by"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('order_part',
    sa.Column('part', sa.String(length=3), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_order_part_order_id_order')),
    sa.PrimaryKeyConstraint('part', 'order_id', name=op.f('pk_order_part')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.add_column(sa.Column('other_way', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('other_way_at', catalogue.base.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('other_way_by', sa.String(length=200), nullable=True))
        batch_op.create_index(batch_op.f('ix_refund_returned_at'), ['returned_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_refund_returned_at'))
        batch_op.drop_column('other_way_by')
        batch_op.drop_column('other_way_at')
        batch_op.drop_column('other_way')

    op.drop_table('order_part')
