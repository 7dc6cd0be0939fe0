"""what happened to a basket"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('basket_news',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('quantity', sa.Integer(), nullable=True),
    sa.Column('order_number', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_basket_news_client_id_client')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_basket_news_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_basket_news'))
    )
    with op.batch_alter_table('basket_news', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_basket_news_client_id'), ['client_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_basket_news_order_number'), ['order_number'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('basket_news', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_basket_news_order_number'))
        batch_op.drop_index(batch_op.f('ix_basket_news_client_id'))

    op.drop_table('basket_news')
