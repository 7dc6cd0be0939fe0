"""browsers that are known, and the links of reminders"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('known_device',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('known_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('expires_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_known_device_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_known_device')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_known_device_token_hash'))
    )
    with op.batch_alter_table('known_device', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_known_device_account_id'), ['account_id'], unique=False)

    op.create_table('reminder_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_reminder_link_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_reminder_link_token_hash'))
    )
    with op.batch_alter_table('reminder_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reminder_link_account_id'), ['account_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('reminder_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reminder_link_account_id'))

    op.drop_table('reminder_link')
    with op.batch_alter_table('known_device', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_known_device_account_id'))

    op.drop_table('known_device')
