"""the ledger of stock"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import catalogue.base

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

KINDS = "('received', 'reserved', 'unreserved', 'sold', 'put-back', 'returned', 'destroyed', 'corrected')"
MADE = "kind in ('received', 'corrected')"
BEFORE = {
    'units': "received > 0 and reserved >= 0 and sold >= 0 and written_off >= 0",
    'never_negative': "reserved + sold + written_off <= received",
}
AFTER = {
    'units': "received > 0 and reserved >= 0 and sold >= 0",
    'units_gone': "returned >= 0 and destroyed >= 0",
    'never_negative': "reserved + sold + returned + destroyed <= received + corrected",
}
# What a batch holds when its ledger begins, told order by order where an order has it.
OPENING = (
    """INSERT INTO stock_movement (batch_id, kind, free, order_number, by_name, at, why)
    SELECT id, 'received', received, '', received_by, received_at, delivery_note FROM batch""",
    """INSERT INTO stock_movement (batch_id, kind, free, destroyed, order_number, by_name, at, why)
    SELECT id, 'destroyed', -destroyed, destroyed, '', received_by, received_at, 'Before the ledger began'
    FROM batch WHERE destroyed > 0""",
    """INSERT INTO stock_movement (batch_id, kind, free, reserved, order_number, by_name, at, why)
    SELECT a.batch_id, 'reserved', -a.quantity, a.quantity, o.number, 'the shop', o.placed_at, ''
    FROM allocation a JOIN order_line l ON l.id = a.line_id JOIN "order" o ON o.id = l.order_id
    WHERE a.state <> 'released' ORDER BY a.id""",
    """INSERT INTO stock_movement (batch_id, kind, reserved, sold, order_number, by_name, at, why)
    SELECT a.batch_id, 'sold', -a.quantity, a.quantity, o.number, 'the shop', o.accepted_at, ''
    FROM allocation a JOIN order_line l ON l.id = a.line_id JOIN "order" o ON o.id = l.order_id
    WHERE a.state in ('sold', 'packed') ORDER BY a.id""",
)


def upgrade() -> None:
    counters = ['returned', 'destroyed', 'corrected']
    with op.batch_alter_table('batch', copy_from=batch(BEFORE, ['written_off'])) as batch_op:
        for name in counters:
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default='0', nullable=False))
        swap_checks(batch_op, BEFORE, AFTER)
    op.execute("UPDATE batch SET destroyed = written_off")
    with op.batch_alter_table('batch', copy_from=batch(AFTER, ['written_off', *counters])) as batch_op:
        batch_op.drop_column('written_off')
    make_ledger()
    for statement in OPENING:
        op.execute(statement)
    keep_for_good()


def make_ledger() -> None:
    places = ('free', 'reserved', 'sold', 'returned', 'destroyed')
    op.create_table('stock_movement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    *(sa.Column(place, sa.Integer(), server_default='0', nullable=False) for place in places),
    sa.Column('order_number', sa.String(length=20), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.CheckConstraint(f"kind in {KINDS}", name=op.f('ck_stock_movement_kind')),
    sa.CheckConstraint("kind <> 'received' or free > 0", name=op.f('ck_stock_movement_received')),
    sa.CheckConstraint(f"{MADE} or free + reserved + sold + returned + destroyed = 0", name=op.f('ck_stock_movement_balance')),
    sa.CheckConstraint(
        f"not {MADE} or (free <> 0 and reserved = 0 and sold = 0 and returned = 0 and destroyed = 0)",
        name=op.f('ck_stock_movement_made'),
    ),
    sa.CheckConstraint("kind not in ('corrected', 'destroyed', 'returned') or why <> ''", name=op.f('ck_stock_movement_why')),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_stock_movement_batch_id_batch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_movement'))
    )
    with op.batch_alter_table('stock_movement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_movement_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_movement_order_number'), ['order_number'], unique=False)


def keep_for_good() -> None:
    told = "stock_movement rows are kept as they were written"
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(
            "CREATE OR REPLACE FUNCTION stock_movement_lasts() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{told}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for verb in ('update', 'delete'):
        head = f"CREATE TRIGGER stock_movement_no_{verb} BEFORE {verb} ON stock_movement"
        if op.get_bind().dialect.name == 'postgresql':
            op.execute(f"{head} FOR EACH ROW EXECUTE FUNCTION stock_movement_lasts()")
        else:
            op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{told}'); END")


def downgrade() -> None:
    op.drop_table('stock_movement')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("DROP FUNCTION stock_movement_lasts()")
    counters = ['returned', 'destroyed', 'corrected']
    with op.batch_alter_table('batch', copy_from=batch(AFTER, counters)) as batch_op:
        batch_op.add_column(sa.Column('written_off', sa.Integer(), server_default='0', nullable=False))
    op.execute("UPDATE batch SET written_off = returned + destroyed - corrected")
    with op.batch_alter_table('batch', copy_from=batch(AFTER, ['written_off', *counters])) as batch_op:
        swap_checks(batch_op, AFTER, BEFORE)
        for name in counters:
            batch_op.drop_column(name)


def swap_checks(batch_op: Any, old: dict[str, str], new: dict[str, str]) -> None:
    for name in old:
        batch_op.drop_constraint(batch_op.f(f'ck_batch_{name}'), type_='check')
    for name, text in new.items():
        batch_op.create_check_constraint(batch_op.f(f'ck_batch_{name}'), text)


def batch(checks: dict[str, str], counters: list[str]) -> sa.Table:
    """The table as it stands, because SQLite has to be told the checks of a table that is made anew."""
    columns: dict[str, Any] = {
        'supplier_lot': sa.String(60), 'expires_on': sa.Date(), 'status': sa.String(10), 'received': sa.Integer(),
        'reserved': sa.Integer(), 'sold': sa.Integer(), 'delivery_note': sa.String(80), 'facts': sa.Text(),
        'evidence': sa.Text(), 'findings': sa.Text(), 'received_at': catalogue.base.UTCDateTime(),
        'received_by': sa.String(200),
    }
    checks = {
        'status': "status in ('waiting', 'released', 'held', 'recalled')", 'lot': "supplier_lot <> ''", **checks
    }
    table = sa.Table(
        'batch', sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('product_id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(40), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in columns.items()),
        *(sa.Column(name, sa.Integer(), server_default='0', nullable=False) for name in counters),
        *(sa.CheckConstraint(text, name=op.f(f'ck_batch_{name}')) for name, text in checks.items()),
        sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_batch_product_id_product')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_batch')),
        sa.UniqueConstraint('code', name=op.f('uq_batch_code')),
    )
    sa.Index(op.f('ix_batch_product_id'), table.c.product_id)
    sa.Index(op.f('ix_batch_supplier_lot'), table.c.supplier_lot)
    return table
