"""invoices and credit notes"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue import lasting
from catalogue.guards import statements

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

LASTING = ('invoice', 'invoice_sheet')
GUARDS = (
    (
        'invoice_without_gap', 'invoice', 'insert',
        'new.nth <> 1 + (SELECT coalesce(max(i.nth), 0) FROM invoice i WHERE i.kind = new.kind)',
        'invoices are numbered without gaps',
    ),
    (
        'invoice_book_forward', 'invoice_book', 'update', 'new.last <> old.last + 1 OR new.kind <> old.kind',
        'the count of invoices goes up by one',
    ),
)  # fmt: skip


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def upgrade() -> None:
    op.create_table('invoice_book',
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('kind', name=op.f('pk_invoice_book'))
    )
    op.create_table('invoice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('refund_id', sa.Integer(), nullable=True),
    sa.Column('issued_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('supplied_on', sa.Date(), nullable=False),
    sa.Column('gross_minor', sa.Integer(), nullable=False),
    sa.Column('tax_minor', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.CheckConstraint("(kind = 'credit_note') = (refund_id is not null)", name=op.f('ck_invoice_refund')),
    sa.CheckConstraint("kind in ('invoice', 'credit_note')", name=op.f('ck_invoice_kind')),
    sa.CheckConstraint('gross_minor > 0 and tax_minor >= 0 and tax_minor <= gross_minor', name=op.f('ck_invoice_amounts')),
    sa.CheckConstraint('nth > 0', name=op.f('ck_invoice_nth')),
    sa.ForeignKeyConstraint(['order_id'], ['order.id'], name=op.f('fk_invoice_order_id_order')),
    sa.ForeignKeyConstraint(['refund_id'], ['refund.id'], name=op.f('fk_invoice_refund_id_refund')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice')),
    sa.UniqueConstraint('number', name=op.f('uq_invoice_number')),
    sa.UniqueConstraint('refund_id', name=op.f('uq_invoice_refund_id'))
    )
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.create_index('ix_invoice_nth', ['kind', 'nth'], unique=True)
        batch_op.create_index('ix_invoice_one_of_order', ['order_id'], unique=True, sqlite_where=sa.text("kind = 'invoice'"), postgresql_where=sa.text("kind = 'invoice'"))
        batch_op.create_index(batch_op.f('ix_invoice_order_id'), ['order_id'], unique=False)

    op.create_table('invoice_sheet',
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('drawn_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_sheet_invoice_id_invoice')),
    sa.PrimaryKeyConstraint('invoice_id', name=op.f('pk_invoice_sheet'))
    )
    op.execute("INSERT INTO invoice_book (kind, last) VALUES ('invoice', 0), ('credit_note', 0)")
    lay_guards()


def lay_guards() -> None:
    for table in LASTING:
        for statement in lasting.statements(op.get_bind().dialect.name, table):
            op.execute(statement)
    for guard in GUARDS:
        for statement in statements(op.get_bind().dialect.name, *guard):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table('invoice_sheet')
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invoice_order_id'))
        batch_op.drop_index('ix_invoice_one_of_order', sqlite_where=sa.text("kind = 'invoice'"), postgresql_where=sa.text("kind = 'invoice'"))
        batch_op.drop_index('ix_invoice_nth')

    op.drop_table('invoice')
    op.drop_table('invoice_book')
    if not is_sqlite():
        for name in ('invoice_lasts', 'invoice_sheet_lasts', 'invoice_without_gap', 'invoice_book_forward'):
            op.execute(f'DROP FUNCTION {name}() CASCADE')
