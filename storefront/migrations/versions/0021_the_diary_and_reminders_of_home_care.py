"""the diary and reminders of home care"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue import lasting

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None



def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def upgrade() -> None:
    op.create_table('home_reminder',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('is_for_use', sa.Boolean(), nullable=False),
    sa.Column('is_for_after', sa.Boolean(), nullable=False),
    sa.Column('is_for_replacing', sa.Boolean(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=True),
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('asked_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('confirmed_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('stopped_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('due_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.CheckConstraint('hour between 0 and 23', name=op.f('ck_home_reminder_hour')),
    sa.CheckConstraint('weekday between 0 and 6', name=op.f('ck_home_reminder_weekday')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_home_reminder_client_id_client')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_home_reminder')),
    sa.UniqueConstraint('client_id', name=op.f('uq_home_reminder_client_id')),
    sa.UniqueConstraint('token', name=op.f('uq_home_reminder_token'))
    )
    with op.batch_alter_table('home_reminder', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_home_reminder_due_at'), ['due_at'], unique=False)

    op.create_table('home_reminder_sent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reminder_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=False),
    sa.CheckConstraint("kind in ('use', 'after', 'replacing')", name=op.f('ck_home_reminder_sent_kind')),
    sa.ForeignKeyConstraint(['reminder_id'], ['home_reminder.id'], name=op.f('fk_home_reminder_sent_reminder_id_home_reminder')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_home_reminder_sent')),
    sa.UniqueConstraint('reminder_id', 'kind', 'sent_on', name=op.f('uq_home_reminder_sent_reminder_id_kind_sent_on'))
    )
    op.create_table('home_use',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('used_on', sa.Date(), nullable=False),
    sa.Column('is_struck', sa.Boolean(), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint('nth > 0', name=op.f('ck_home_use_nth')),
    sa.ForeignKeyConstraint(['line_id'], ['order_line.id'], name=op.f('fk_home_use_line_id_order_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_home_use'))
    )
    with op.batch_alter_table('home_use', schema=None) as batch_op:
        batch_op.create_index('ix_home_use_of_roller', ['line_id', 'nth', 'used_on'], unique=False)
    for statement in lasting.statements(op.get_bind().dialect.name, 'home_use'):
        op.execute(statement)


def downgrade() -> None:
    for verb in ('update', 'delete'):
        op.execute(f"DROP TRIGGER home_use_no_{verb}" + ("" if is_sqlite() else " ON home_use"))
    if not is_sqlite():
        op.execute("DROP FUNCTION home_use_lasts()")
    with op.batch_alter_table('home_use', schema=None) as batch_op:
        batch_op.drop_index('ix_home_use_of_roller')

    op.drop_table('home_use')
    op.drop_table('home_reminder_sent')
    with op.batch_alter_table('home_reminder', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_home_reminder_due_at'))

    op.drop_table('home_reminder')
