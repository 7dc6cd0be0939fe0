"""classes of serums, decisions taken back, and the day on which who waits was last looked through"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('approved_class',
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approved_class_approval_id_approval')),
    sa.PrimaryKeyConstraint('approval_id', 'name', name=op.f('pk_approved_class'))
    )
    with op.batch_alter_table('deferral', schema=None) as batch_op:
        batch_op.add_column(sa.Column('taken_back_at', catalogue.base.UTCDateTime(), nullable=True))

    with op.batch_alter_table('withdrawal', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_taken_back', sa.Boolean(), nullable=False, server_default=sa.false()))
    # New rows say it themselves; the default was for the rows of before.
    with op.batch_alter_table('withdrawal', schema=None) as batch_op:
        batch_op.alter_column('is_taken_back', server_default=None)

    with op.batch_alter_table('worker_beat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('looked_on', sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('worker_beat', schema=None) as batch_op:
        batch_op.drop_column('looked_on')

    with op.batch_alter_table('withdrawal', schema=None) as batch_op:
        batch_op.drop_column('is_taken_back')

    with op.batch_alter_table('deferral', schema=None) as batch_op:
        batch_op.drop_column('taken_back_at')

    op.drop_table('approved_class')
