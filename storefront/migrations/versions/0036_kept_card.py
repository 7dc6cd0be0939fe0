"""the card that a client keeps at Stripe"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('kept_card',
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('brand', sa.String(length=30), nullable=False),
    sa.Column('last4', sa.String(length=4), nullable=False),
    sa.Column('good_until', sa.Date(), nullable=False),
    sa.Column('kept_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint('length(last4) = 4', name=op.f('ck_kept_card_last4')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_kept_card_client_id_client')),
    sa.PrimaryKeyConstraint('client_id', name=op.f('pk_kept_card'))
    )


def downgrade() -> None:
    op.drop_table('kept_card')
