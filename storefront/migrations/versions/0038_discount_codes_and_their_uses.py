"""discount codes and their uses"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue.guards import statements

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None

GUARDS = (
    ('discount', 'discount_stays', 'update', 'old.ended_at is not null and old.ended_at is distinct from new.ended_at or old.id is distinct from new.id or old.code is distinct from new.code or old.per_cent is distinct from new.per_cent or old.amount_minor is distinct from new.amount_minor or old.starts_on is distinct from new.starts_on or old.ends_on is distinct from new.ends_on or old.most_uses is distinct from new.most_uses or old.is_once is distinct from new.is_once or old.least_goods_minor is distinct from new.least_goods_minor or old.limited_to is distinct from new.limited_to or old.why is distinct from new.why or old.made_at is distinct from new.made_at or old.made_by_id is distinct from new.made_by_id or old.made_by is distinct from new.made_by', 'a discount code stays as it was made, but that it is counted and ended'),
    ('discount', 'discount_is_kept', 'delete', 'old.id is not null', 'a discount code stays as it was made, but that it is counted and ended'),
    ('discount_use', 'discount_use_stays', 'update', "old.state <> new.state and (new.state = 'claimed' or old.state = 'claimed' and new.state = 'kept') or old.id is distinct from new.id or old.order_id is distinct from new.order_id or old.discount_id is distinct from new.discount_id or old.client_id is distinct from new.client_id or old.off_minor is distinct from new.off_minor or old.is_once is distinct from new.is_once or old.claimed_at is distinct from new.claimed_at", 'what an order used stays as it was written, but that it is given back or kept'),
    ('discount_use', 'discount_use_is_kept', 'delete', 'old.id is not null', 'what an order used stays as it was written, but that it is given back or kept'),
)


def upgrade() -> None:
    op.create_table('discount',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('per_cent', sa.Integer(), nullable=True),
    sa.Column('amount_minor', sa.Integer(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('most_uses', sa.Integer(), nullable=True),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.Column('is_once', sa.Boolean(), nullable=False),
    sa.Column('least_goods_minor', sa.Integer(), nullable=False),
    sa.Column('limited_to', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('made_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('ended_by', sa.String(length=200), server_default='', nullable=False),
    sa.CheckConstraint("(ended_at is null) = (ended_by = '')", name=op.f('ck_discount_ended')),
    sa.CheckConstraint('(per_cent is null) <> (amount_minor is null)', name=op.f('ck_discount_one_way')),
    sa.CheckConstraint('ends_on is null or ends_on >= starts_on', name=op.f('ck_discount_days')),
    sa.CheckConstraint('per_cent between 1 and 100 and amount_minor is null or amount_minor > 0', name=op.f('ck_discount_amount')),
    sa.CheckConstraint('used >= 0 and most_uses > 0 and least_goods_minor >= 0', name=op.f('ck_discount_counts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_discount')),
    sa.UniqueConstraint('code', name=op.f('uq_discount_code'))
    )
    op.create_table('basket_discount',
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('discount_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_basket_discount_client_id_client')),
    sa.ForeignKeyConstraint(['discount_id'], ['discount.id'], name=op.f('fk_basket_discount_discount_id_discount')),
    sa.PrimaryKeyConstraint('client_id', name=op.f('pk_basket_discount'))
    )
    op.create_table('discount_use',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('discount_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('off_minor', sa.Integer(), nullable=False),
    sa.Column('is_once', sa.Boolean(), nullable=False),
    sa.Column('claimed_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.CheckConstraint("state in ('claimed', 'given_back', 'kept')", name=op.f('ck_discount_use_state')),
    sa.CheckConstraint('off_minor > 0', name=op.f('ck_discount_use_off')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_discount_use_client_id_client')),
    sa.ForeignKeyConstraint(['discount_id'], ['discount.id'], name=op.f('fk_discount_use_discount_id_discount')),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_discount_use_order_id_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_discount_use')),
    sa.UniqueConstraint('order_id', name=op.f('uq_discount_use_order_id'))
    )
    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_discount_use_discount_id'), ['discount_id'], unique=False)
        batch_op.create_index('ix_discount_use_once', ['discount_id', 'client_id'], unique=True, sqlite_where=sa.text("is_once and state = 'claimed'"), postgresql_where=sa.text("is_once and state = 'claimed'"))

    with op.batch_alter_table('order', schema=None) as batch_op:
        batch_op.add_column(sa.Column('discount_code', sa.String(length=20), server_default='', nullable=False))

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('off_minor', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_check_constraint(batch_op.f('ck_order_line_off'), 'off_minor between 0 and unit_minor * quantity')
    lay_guards()


def lay_guards() -> None:
    dialect = op.get_bind().dialect.name
    for table, name, on, when, told in GUARDS:
        for statement in statements(dialect, name, table, on, when, told):
            op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_order_line_off'), type_='check')
        batch_op.drop_column('off_minor')

    with op.batch_alter_table('order', schema=None) as batch_op:
        batch_op.drop_column('discount_code')

    with op.batch_alter_table('discount_use', schema=None) as batch_op:
        batch_op.drop_index('ix_discount_use_once', sqlite_where=sa.text("is_once and state = 'claimed'"), postgresql_where=sa.text("is_once and state = 'claimed'"))
        batch_op.drop_index(batch_op.f('ix_discount_use_discount_id'))

    op.drop_table('discount_use')
    op.drop_table('basket_discount')
    op.drop_table('discount')
    if op.get_bind().dialect.name != 'sqlite':
        for _, name, *_ in GUARDS:
            op.execute(f'DROP FUNCTION {name}()')
