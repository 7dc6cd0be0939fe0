"""the country of every order and the way it goes; what a product is taxed with is the country's matter"""

import sqlalchemy as sa
from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None

NEVER = ('US', 'PR', 'GU', 'VI', 'AS', 'MP', 'UM')
NAMES = {'post': 'Delivery by post', 'collection': 'Collection at the clinic'}
# The last line of an address is its postcode; where its letters say so, it is not of the United Kingdom itself.
ISLANDS = {'JE': 'JE', 'GY': 'GG', 'IM': 'IM'}
order = sa.table(
    'order', sa.column('delivery'), sa.column('address'), sa.column('country'), sa.column('way'), sa.column('way_name')
)


def upgrade() -> None:
    op.add_column('order', sa.Column('country', sa.String(length=2), nullable=True))
    op.add_column('order', sa.Column('way', sa.String(length=20), nullable=True))
    op.add_column('order', sa.Column('way_name', sa.String(length=80), nullable=True))
    op.execute(order.update().values(country='GB', way=order.c.delivery))
    for way, name in NAMES.items():
        op.execute(order.update().where(order.c.delivery == way).values(way_name=name))
    for letters, country in ISLANDS.items():
        there = order.c.address.like(f'%\n{letters}_ ___') | order.c.address.like(f'%\n{letters}__ ___')
        there = there | order.c.address.like(f'%\n{letters}____') | order.c.address.like(f'%\n{letters}_____')
        op.execute(order.update().where(order.c.delivery == 'post', there).values(country=country))
    with op.batch_alter_table('order', schema=None) as batch_op:
        for name, length in (('country', 2), ('way', 20), ('way_name', 80)):
            batch_op.alter_column(name, existing_type=sa.String(length=length), nullable=False)
        batch_op.create_check_constraint(batch_op.f('ck_order_country'), f'country not in {NEVER}')
    op.drop_column('product', 'tax_percent')


def downgrade() -> None:
    op.add_column('product', sa.Column('tax_percent', sa.Numeric(precision=5, scale=2), server_default='20', nullable=False))
    with op.batch_alter_table('order', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_order_country'), type_='check')
        for name in ('way_name', 'way', 'country'):
            batch_op.drop_column(name)
