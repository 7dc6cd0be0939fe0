"""who has units of a batch"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

INDEX = ['batch_id', 'client_id', 'order_id', 'state', 'quantity', 'returned']


def upgrade() -> None:
    with op.batch_alter_table('allocation', copy_from=allocation(False)) as batch_op:
        batch_op.add_column(sa.Column('order_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('client_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('returned', sa.Integer(), server_default='0', nullable=False))
        batch_op.drop_index(batch_op.f('ix_allocation_batch_id'))
        batch_op.create_check_constraint(
            batch_op.f('ck_allocation_returned'), "returned between 0 and quantity and (returned = 0 or state = 'packed')"
        )
    op.execute('UPDATE allocation SET order_id = (SELECT order_id FROM order_line WHERE id = line_id)')
    op.execute('UPDATE allocation SET client_id = (SELECT client_id FROM "order" WHERE id = allocation.order_id)')
    with op.batch_alter_table('allocation', copy_from=allocation(True)) as batch_op:
        for name, table in (('order_id', 'order'), ('client_id', 'client')):
            batch_op.alter_column(name, existing_type=sa.Integer(), nullable=False)
            batch_op.create_foreign_key(batch_op.f(f'fk_allocation_{name}_{table}'), table, [name], ['id'])
        batch_op.create_index('ix_allocation_of_batch', INDEX, unique=False)


def downgrade() -> None:
    with op.batch_alter_table('allocation', copy_from=allocation(True)) as batch_op:
        if op.get_bind().dialect.name == 'postgresql':
            batch_op.drop_index('ix_allocation_of_batch')
        batch_op.drop_constraint(batch_op.f('ck_allocation_returned'), type_='check')
        for name in ('returned', 'client_id', 'order_id'):
            batch_op.drop_column(name)
        batch_op.create_index(batch_op.f('ix_allocation_batch_id'), ['batch_id'], unique=False)


def allocation(is_whole: bool) -> sa.Table:
    """The table as it stands, because SQLite has to be told the checks of a table that is made anew."""
    table = sa.Table(
        'allocation', sa.MetaData(),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ('id', 'line_id', 'batch_id', 'quantity')),
        sa.Column('state', sa.String(10), nullable=False),
        sa.CheckConstraint("state in ('reserved', 'sold', 'packed', 'released')", name=op.f('ck_allocation_state')),
        sa.CheckConstraint('quantity > 0', name=op.f('ck_allocation_quantity')),
        sa.ForeignKeyConstraint(['line_id'], ['order_line.id'], name=op.f('fk_allocation_line_id_order_line')),
        sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_allocation_batch_id_batch')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_allocation')),
    )
    sa.Index(op.f('ix_allocation_line_id'), table.c.line_id)
    if not is_whole:
        sa.Index(op.f('ix_allocation_batch_id'), table.c.batch_id)
        return table
    table.append_column(sa.Column('order_id', sa.Integer(), nullable=True))
    table.append_column(sa.Column('client_id', sa.Integer(), nullable=True))
    table.append_column(sa.Column('returned', sa.Integer(), server_default='0', nullable=False))
    table.append_constraint(
        sa.CheckConstraint(
            "returned between 0 and quantity and (returned = 0 or state = 'packed')", name=op.f('ck_allocation_returned')
        )
    )
    return table
