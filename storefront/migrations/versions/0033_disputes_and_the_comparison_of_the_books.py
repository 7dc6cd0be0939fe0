"""disputes, sums that were taken outside the shop, and the comparison of Stripe's book with ours"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reconciliation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=True),
    sa.Column('since', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('looked_at', sa.Integer(), nullable=False),
    sa.Column('owed_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('due_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('done_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconciliation')),
    sa.UniqueConstraint('night', name=op.f('uq_reconciliation_night'))
    )
    with op.batch_alter_table('reconciliation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reconciliation_due_at'), ['due_at'], unique=False)

    op.create_table('mismatch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reconciliation_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('order_number', sa.String(length=20), nullable=True),
    sa.Column('intent_id', sa.String(length=120), nullable=False),
    sa.Column('told', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['reconciliation_id'], ['reconciliation.id'], name=op.f('fk_mismatch_reconciliation_id_reconciliation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mismatch'))
    )
    with op.batch_alter_table('mismatch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mismatch_reconciliation_id'), ['reconciliation_id'], unique=False)

    op.create_table('dispute',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('stripe_id', sa.String(length=120), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=60), nullable=False),
    sa.Column('amount_minor', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('withdrawn_minor', sa.Integer(), nullable=False),
    sa.Column('fee_minor', sa.Integer(), nullable=False),
    sa.Column('opened_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('answer_by', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('ended_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('refund_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(ended_at is not null) = (status in ('won', 'lost', 'warning_closed', 'prevented'))", name=op.f('ck_dispute_ended')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_dispute_amount')),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_dispute_order_id_order')),
    sa.ForeignKeyConstraint(['refund_id'], ['refund.id'], name=op.f('fk_dispute_refund_id_refund')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispute')),
    sa.UniqueConstraint('refund_id', name=op.f('uq_dispute_refund_id')),
    sa.UniqueConstraint('stripe_id', name=op.f('uq_dispute_stripe_id'))
    )
    with op.batch_alter_table('dispute', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dispute_order_id'), ['order_id'], unique=False)

    with op.batch_alter_table('capture', schema=None) as batch_op:
        batch_op.add_column(sa.Column('taken_minor', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('taken_currency', sa.String(length=3), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('capture', schema=None) as batch_op:
        batch_op.drop_column('taken_currency')
        batch_op.drop_column('taken_minor')

    with op.batch_alter_table('dispute', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dispute_order_id'))

    op.drop_table('dispute')
    with op.batch_alter_table('mismatch', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mismatch_reconciliation_id'))

    op.drop_table('mismatch')
    with op.batch_alter_table('reconciliation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reconciliation_due_at'))

    op.drop_table('reconciliation')
