"""what an approval was signed on, and what was put off"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('deferral',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(length=12), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint("why in ('skin', 'visit', 'treatment', 'unsuitable', 'later')", name=op.f('ck_deferral_why')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_deferral_client_id_client')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deferral'))
    )
    with op.batch_alter_table('deferral', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deferral_client_id'), ['client_id'], unique=False)

    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.add_column(sa.Column('review_note', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('registration', sa.String(length=60), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('meaning', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('shown_hash', sa.String(length=64), nullable=False, server_default=''))
    # New rows say it themselves; the default was for the rows of before.
    with op.batch_alter_table('approval', schema=None) as batch_op:
        for name in ('review_note', 'registration', 'meaning', 'shown_hash'):
            batch_op.alter_column(name, server_default=None)



def downgrade() -> None:
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.drop_column('shown_hash')
        batch_op.drop_column('meaning')
        batch_op.drop_column('registration')
        batch_op.drop_column('review_note')

    with op.batch_alter_table('deferral', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deferral_client_id'))

    op.drop_table('deferral')
