"""changes of orders at the clinic"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue.lasting import statements

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None

LASTING = ('order_edit', 'edited_line')


def upgrade() -> None:
    op.create_table('order_edit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('delivery_before', sa.String(length=12), nullable=False),
    sa.Column('delivery_after', sa.String(length=12), nullable=False),
    sa.Column('recipient_before', sa.String(length=200), nullable=False),
    sa.Column('recipient_after', sa.String(length=200), nullable=False),
    sa.Column('address_before', sa.Text(), nullable=False),
    sa.Column('address_after', sa.Text(), nullable=False),
    sa.Column('back_minor', sa.Integer(), nullable=False),
    sa.CheckConstraint('back_minor >= 0', name=op.f('ck_order_edit_back')),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_order_edit_order_id_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_edit'))
    )
    with op.batch_alter_table('order_edit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_edit_order_id'), ['order_id'], unique=False)

    op.create_table('edited_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('edit_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.Integer(), nullable=False),
    sa.Column('after', sa.Integer(), nullable=False),
    sa.CheckConstraint('after >= 0 and after < before', name=op.f('ck_edited_line_units')),
    sa.ForeignKeyConstraint(['edit_id'], ['order_edit.id'], name=op.f('fk_edited_line_edit_id_order_edit')),
    sa.ForeignKeyConstraint(['line_id'], ['order_line.id'], name=op.f('fk_edited_line_line_id_order_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_edited_line')),
    sa.UniqueConstraint('edit_id', 'line_id', name=op.f('uq_edited_line_edit_id_line_id'))
    )
    with op.batch_alter_table('edited_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_edited_line_line_id'), ['line_id'], unique=False)

    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('taken_out', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_check_constraint(batch_op.f('ck_order_line_taken_out'), 'taken_out between 0 and quantity')
    for table in LASTING:
        for statement in statements(op.get_bind().dialect.name, table):
            op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_order_line_taken_out'), type_='check')
        batch_op.drop_column('taken_out')

    with op.batch_alter_table('edited_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_edited_line_line_id'))

    op.drop_table('edited_line')
    with op.batch_alter_table('order_edit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_order_edit_order_id'))

    op.drop_table('order_edit')
    if op.get_bind().dialect.name == 'postgresql':
        for table in LASTING:
            op.execute(f'DROP FUNCTION IF EXISTS {table}_lasts()')
