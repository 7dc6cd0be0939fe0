"""exceptions for orders that are too early: what was asked, what was answered, and which order used it"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue import lasting
from catalogue.guards import statements

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

LASTING = ('early_wish', 'early_answer')
STAYS = "what an order used stays as it was written, but that it is given back"
GUARDS = (
    ('early_use_stays', 'update', "old.given_back_at is not null or old.id is distinct from new.id or old.line_id is distinct from new.line_id or old.answer_id is distinct from new.answer_id or old.used_at is distinct from new.used_at"),
    ('early_use_is_kept', 'delete', 'old.id is not null'),
)


def upgrade() -> None:
    op.create_table('early_wish',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('opens_on', sa.Date(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint("quantity > 0 and why <> ''", name=op.f('ck_early_wish_told')),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_early_wish_approval_id_approval')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_early_wish_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_early_wish'))
    )
    op.create_index(op.f('ix_early_wish_approval_id'), 'early_wish', ['approval_id'], unique=False)
    op.create_table('early_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('wish_id', sa.Integer(), nullable=False),
    sa.Column('is_granted', sa.Boolean(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('by_role', sa.String(length=20), nullable=False),
    sa.Column('registration', sa.String(length=60), nullable=False),
    sa.Column('meaning', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint("note <> ''", name=op.f('ck_early_answer_note')),
    sa.CheckConstraint('is_granted = (quantity is not null) and is_granted = (until is not null)', name=op.f('ck_early_answer_granted')),
    sa.CheckConstraint('quantity is null or quantity > 0', name=op.f('ck_early_answer_quantity')),
    sa.ForeignKeyConstraint(['wish_id'], ['early_wish.id'], name=op.f('fk_early_answer_wish_id_early_wish')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_early_answer')),
    sa.UniqueConstraint('wish_id', name=op.f('uq_early_answer_wish_id'))
    )
    op.create_table('early_use',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('answer_id', sa.Integer(), nullable=False),
    sa.Column('used_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('given_back_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['answer_id'], ['early_answer.id'], name=op.f('fk_early_use_answer_id_early_answer')),
    sa.ForeignKeyConstraint(['line_id'], ['order_line.id'], name=op.f('fk_early_use_line_id_order_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_early_use')),
    sa.UniqueConstraint('line_id', name=op.f('uq_early_use_line_id'))
    )
    live = sa.text('given_back_at is null')
    op.create_index('ix_early_use_live', 'early_use', ['answer_id'], unique=True, sqlite_where=live, postgresql_where=live)
    lay_guards()


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def lay_guards() -> None:
    for table in LASTING:
        for statement in lasting.statements(op.get_bind().dialect.name, table):
            op.execute(statement)
    for name, on, when in GUARDS:
        for statement in statements(op.get_bind().dialect.name, name, 'early_use', on, when, STAYS):
            op.execute(statement)


def downgrade() -> None:
    for table in ('early_use', 'early_answer', 'early_wish'):
        op.drop_table(table)
    if not is_sqlite():
        for name in (*(f"{table}_lasts" for table in LASTING), *(name for name, _, _ in GUARDS)):
            op.execute(f"DROP FUNCTION {name}()")
