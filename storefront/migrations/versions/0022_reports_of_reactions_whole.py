"""reports of reactions whole"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('parcel', schema=None) as batch_op:
        batch_op.add_column(sa.Column('slip_code', sa.String(length=8), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_parcel_slip_code'), ['slip_code'])

    with op.batch_alter_table('reaction', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signs', sa.String(length=200), server_default='', nullable=False))
        batch_op.add_column(sa.Column('size', sa.String(length=10), server_default='', nullable=False))
        batch_op.add_column(sa.Column('used_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('order_number', sa.String(length=20), server_default='', nullable=False))
        batch_op.add_column(sa.Column('answer_by', catalogue.base.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('photo_id', sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_reaction_photo_id'), ['photo_id'])
        batch_op.create_foreign_key(batch_op.f('fk_reaction_photo_id_sealed_file'), 'sealed_file', ['photo_id'], ['id'])

    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.add_column(sa.Column('line_id', sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_refund_line_id'), ['line_id'])
        batch_op.create_foreign_key(batch_op.f('fk_refund_line_id_order_line'), 'order_line', ['line_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_refund_line_id_order_line'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_refund_line_id'), type_='unique')
        batch_op.drop_column('line_id')

    with op.batch_alter_table('reaction', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_reaction_photo_id_sealed_file'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_reaction_photo_id'), type_='unique')
        batch_op.drop_column('photo_id')
        batch_op.drop_column('answer_by')
        batch_op.drop_column('order_number')
        batch_op.drop_column('used_on')
        batch_op.drop_column('size')
        batch_op.drop_column('signs')

    with op.batch_alter_table('parcel', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_parcel_slip_code'), type_='unique')
        batch_op.drop_column('slip_code')

