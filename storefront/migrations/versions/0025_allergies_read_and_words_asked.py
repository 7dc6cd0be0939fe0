"""allergies read by a practitioner, and the words in which a question was asked"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('allergy_reading',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('allergy_id', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint("outcome in ('named', 'elsewhere', 'none')", name=op.f('ck_allergy_reading_outcome')),
    sa.ForeignKeyConstraint(['allergy_id'], ['allergy.id'], name=op.f('fk_allergy_reading_allergy_id_allergy')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allergy_reading')),
    sa.UniqueConstraint('allergy_id', name=op.f('uq_allergy_reading_allergy_id'))
    )
    with op.batch_alter_table('allergy', schema=None) as batch_op:
        batch_op.add_column(sa.Column('needs_reading', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_constraint(batch_op.f('uq_allergy_client_id_name'), type_='unique')

    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('asked', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.drop_column('asked')

    op.drop_table('allergy_reading')
    # Of one that was struck out and told again, the row told first stays.
    op.execute("DELETE FROM allergy WHERE id NOT IN (SELECT min(id) FROM allergy GROUP BY client_id, name)")
    with op.batch_alter_table('allergy', schema=None) as batch_op:
        batch_op.create_unique_constraint(batch_op.f('uq_allergy_client_id_name'), ['client_id', 'name'])
        batch_op.drop_column('needs_reading')
