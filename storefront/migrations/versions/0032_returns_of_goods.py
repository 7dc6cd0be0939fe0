"""returns of goods, the parts of a refund, and orders that came back"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None

BEFORE = ('dispatched', 'delivered')
AFTER = (*BEFORE, 'returned_in_part', 'returned')


def swap_checks(left: tuple[str, ...]) -> None:
    """The statuses that an order may have, `left` being those after it left the clinic."""
    every = ('awaiting_payment', 'expired', 'accepted', 'packed', 'on_hold', *left, 'cancelled', 'refunded')
    with op.batch_alter_table('order', schema=None) as batch_op:
        for name in ('status', 'taken'):
            batch_op.drop_constraint(batch_op.f(f'ck_order_{name}'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_order_status'), f'status in {every}')
        paid = f"status not in {('packed', *left)} or captured_minor = total_minor"
        batch_op.create_check_constraint(batch_op.f('ck_order_taken'), paid)


def upgrade() -> None:
    swap_checks(AFTER)
    op.create_table('goods_return',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('is_opened', sa.Boolean(), nullable=False),
    sa.Column('asked_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('asked_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('ended_by', sa.String(length=200), nullable=True),
    sa.Column('was_opened', sa.Boolean(), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('refund_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('(ended_at is null) = (ended_by is null)', name=op.f('ck_goods_return_ended')),
    sa.CheckConstraint('refund_id is null or ended_at is not null', name=op.f('ck_goods_return_paid')),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_goods_return_order_id_order')),
    sa.ForeignKeyConstraint(['refund_id'], ['refund.id'], name=op.f('fk_goods_return_refund_id_refund')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_return')),
    sa.UniqueConstraint('number', name=op.f('uq_goods_return_number')),
    sa.UniqueConstraint('refund_id', name=op.f('uq_goods_return_refund_id'))
    )
    with op.batch_alter_table('goods_return', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_goods_return_ended_at'), ['ended_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_goods_return_order_id'), ['order_id'], unique=False)

    op.create_table('refund_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('refund_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=True),
    sa.Column('amount_minor', sa.Integer(), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_refund_part_amount')),
    sa.ForeignKeyConstraint(['line_id'], ['order_line.id'], name=op.f('fk_refund_part_line_id_order_line')),
    sa.ForeignKeyConstraint(['refund_id'], ['refund.id'], name=op.f('fk_refund_part_refund_id_refund')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund_part')),
    sa.UniqueConstraint('refund_id', 'line_id', name=op.f('uq_refund_part_refund_id_line_id'))
    )
    with op.batch_alter_table('refund_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_refund_part_line_id'), ['line_id'], unique=False)

    op.create_table('return_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('return_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('paid_back', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0 and paid_back between 0 and quantity', name=op.f('ck_return_line_units')),
    sa.ForeignKeyConstraint(['line_id'], ['order_line.id'], name=op.f('fk_return_line_line_id_order_line')),
    sa.ForeignKeyConstraint(['return_id'], ['goods_return.id'], name=op.f('fk_return_line_return_id_goods_return')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_line')),
    sa.UniqueConstraint('return_id', 'line_id', name=op.f('uq_return_line_return_id_line_id'))
    )
    with op.batch_alter_table('return_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_return_line_line_id'), ['line_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('return_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_return_line_line_id'))

    op.drop_table('return_line')
    with op.batch_alter_table('refund_part', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_refund_part_line_id'))

    op.drop_table('refund_part')
    with op.batch_alter_table('goods_return', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_goods_return_order_id'))
        batch_op.drop_index(batch_op.f('ix_goods_return_ended_at'))

    op.drop_table('goods_return')
    op.execute("""UPDATE "order" SET status = 'delivered' WHERE status IN ('returned_in_part', 'returned')""")
    swap_checks(BEFORE)
