"""consultation times and merges"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('consultation_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['consultation_request.id'], name=op.f('fk_consultation_link_request_id_consultation_request')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consultation_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_consultation_link_token_hash'))
    )
    with op.batch_alter_table('consultation_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consultation_link_request_id'), ['request_id'], unique=False)

    op.create_table('consultation_time',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('practitioner_id', sa.Integer(), nullable=False),
    sa.Column('practitioner_name', sa.String(length=200), nullable=False),
    sa.Column('starts_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('ends_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('taken_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['practitioner_id'], ['account.id'], name=op.f('fk_consultation_time_practitioner_id_account')),
    sa.ForeignKeyConstraint(['taken_by_id'], ['consultation_request.id'], name=op.f('fk_consultation_time_taken_by_id_consultation_request')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consultation_time')),
    sa.UniqueConstraint('code', name=op.f('uq_consultation_time_code')),
    sa.UniqueConstraint('taken_by_id', name=op.f('uq_consultation_time_taken_by_id'))
    )
    with op.batch_alter_table('consultation_time', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consultation_time_practitioner_id'), ['practitioner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_consultation_time_starts_at'), ['starts_at'], unique=False)

    op.create_table('client_merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('merged_id', sa.Integer(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint('kept_id <> merged_id', name=op.f('ck_client_merge_two_records')),
    sa.ForeignKeyConstraint(['kept_id'], ['client.id'], name=op.f('fk_client_merge_kept_id_client')),
    sa.ForeignKeyConstraint(['merged_id'], ['client.id'], name=op.f('fk_client_merge_merged_id_client')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_merge')),
    sa.UniqueConstraint('merged_id', name=op.f('uq_client_merge_merged_id'))
    )
    with op.batch_alter_table('client_merge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_client_merge_kept_id'), ['kept_id'], unique=False)

    op.create_table('consultation_offer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('time_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['consultation_request.id'], name=op.f('fk_consultation_offer_request_id_consultation_request')),
    sa.ForeignKeyConstraint(['time_id'], ['consultation_time.id'], name=op.f('fk_consultation_offer_time_id_consultation_time')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consultation_offer')),
    sa.UniqueConstraint('request_id', 'time_id', name=op.f('uq_consultation_offer_request_id_time_id'))
    )
    with op.batch_alter_table('consultation_offer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consultation_offer_request_id'), ['request_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_consultation_offer_time_id'), ['time_id'], unique=False)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('birth_tries', sa.Integer(), server_default='0', nullable=False))

    with op.batch_alter_table('client', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kept_as_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_client_kept_as_id'), ['kept_as_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_client_kept_as_id_client'), 'client', ['kept_as_id'], ['id'])

    with op.batch_alter_table('consultation_request', schema=None) as batch_op:
        batch_op.add_column(sa.Column('concerns', sa.String(length=200), server_default='', nullable=False))
        batch_op.add_column(sa.Column('sequence', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('cancelled_at', catalogue.base.UTCDateTime(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('consultation_request', schema=None) as batch_op:
        batch_op.drop_column('cancelled_at')
        batch_op.drop_column('sequence')
        batch_op.drop_column('concerns')

    with op.batch_alter_table('client', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_client_kept_as_id_client'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_client_kept_as_id'))
        batch_op.drop_column('kept_as_id')

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('birth_tries')

    with op.batch_alter_table('consultation_offer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consultation_offer_time_id'))
        batch_op.drop_index(batch_op.f('ix_consultation_offer_request_id'))

    op.drop_table('consultation_offer')
    with op.batch_alter_table('client_merge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_client_merge_kept_id'))

    op.drop_table('client_merge')
    with op.batch_alter_table('consultation_time', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consultation_time_starts_at'))
        batch_op.drop_index(batch_op.f('ix_consultation_time_practitioner_id'))

    op.drop_table('consultation_time')
    with op.batch_alter_table('consultation_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consultation_link_request_id'))

    op.drop_table('consultation_link')
