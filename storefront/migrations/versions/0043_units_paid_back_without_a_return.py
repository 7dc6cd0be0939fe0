"""units paid back without a return"""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('goods_return', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reaction_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_goods_return_reaction_id'), ['reaction_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_goods_return_reaction_id_reaction'), 'reaction', ['reaction_id'], ['id'])

    with op.batch_alter_table('refund_part', schema=None) as batch_op:
        batch_op.add_column(sa.Column('units', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_check_constraint(batch_op.f('ck_refund_part_units'), 'units >= 0')
    op.execute(
        'INSERT INTO refund_part (refund_id, line_id, amount_minor, units) '
        'SELECT refund.id, line_id, amount_minor, quantity FROM refund JOIN order_line ON order_line.id = line_id'
    )


def downgrade() -> None:
    op.execute('DELETE FROM refund_part WHERE refund_id IN (SELECT id FROM refund WHERE line_id IS NOT NULL)')
    with op.batch_alter_table('refund_part', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_refund_part_units'), type_='check')
        batch_op.drop_column('units')

    with op.batch_alter_table('goods_return', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_goods_return_reaction_id_reaction'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_goods_return_reaction_id'))
        batch_op.drop_column('reaction_id')
