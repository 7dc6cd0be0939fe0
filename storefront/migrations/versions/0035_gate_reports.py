"""what the gate said of an order at each moment"""

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def upgrade() -> None:
    op.create_table('gate_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('moment', sa.String(length=10), nullable=False),
    sa.Column('codes', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('read', sa.Text(), nullable=False),
    sa.CheckConstraint("moment in ('placing', 'payment', 'daily', 'change', 'packing', 'dispatch', 'lifting')", name=op.f('ck_gate_report_moment')),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_gate_report_order_id_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gate_report'))
    )
    op.create_index(op.f('ix_gate_report_order_id'), 'gate_report', ['order_id'], unique=False)
    lay_guards()


def lay_guards() -> None:
    told = 'gate_report rows are kept as they were written'
    if not is_sqlite():
        op.execute(
            'CREATE OR REPLACE FUNCTION gate_report_lasts() RETURNS trigger LANGUAGE plpgsql AS '
            f"$$ BEGIN RAISE EXCEPTION '{told}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for verb in ('update', 'delete'):
        head = f'CREATE TRIGGER gate_report_no_{verb} BEFORE {verb} ON gate_report'
        if is_sqlite():
            op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{told}'); END")
        else:
            op.execute(f'{head} FOR EACH ROW EXECUTE FUNCTION gate_report_lasts()')


def downgrade() -> None:
    op.drop_table('gate_report')
    if not is_sqlite():
        op.execute('DROP FUNCTION IF EXISTS gate_report_lasts()')
