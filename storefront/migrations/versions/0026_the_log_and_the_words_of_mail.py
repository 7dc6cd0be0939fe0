"""the log and the words of mail"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mail_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_text')),
    sa.UniqueConstraint('kind', 'nth', name=op.f('uq_mail_text_kind_nth'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reference', sa.String(length=14), nullable=True))
        batch_op.add_column(sa.Column('came_back_at', catalogue.base.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('came_back_why', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('again_id', sa.Integer(), nullable=True))
    # Mails from before are named by their count.
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    count = "printf('%012X', id)" if is_sqlite else "lpad(upper(to_hex(id)), 12, '0')"
    op.execute(f"UPDATE message SET reference = 'M-' || {count}")
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.alter_column('reference', existing_type=sa.String(length=14), nullable=False)
        batch_op.create_check_constraint(batch_op.f('ck_message_came_back'), 'came_back_at is null or sent_at is not null')
        batch_op.create_index(batch_op.f('ix_message_again_id'), ['again_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_message_reference'), ['reference'])
        batch_op.create_foreign_key(batch_op.f('fk_message_again_id_message'), 'message', ['again_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_message_came_back'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_message_again_id_message'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_message_reference'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_message_again_id'))
        batch_op.drop_column('again_id')
        batch_op.drop_column('came_back_why')
        batch_op.drop_column('came_back_at')
        batch_op.drop_column('reference')

    op.drop_table('mail_text')
