"""kits of products that go together, and which lines of baskets and orders came in one"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue import lasting
from catalogue.guards import statements

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

LASTING = ('kit_part', 'order_line_kit')
STAYS = "a kit stays as it was made, but that it is ended"
GUARDS = (
    ('kit_stays', 'update', "old.ended_at is not null or old.id is distinct from new.id or old.code is distinct from new.code or old.name is distinct from new.name or old.leaflet is distinct from new.leaflet or old.client_id is distinct from new.client_id or old.made_at is distinct from new.made_at or old.made_by_id is distinct from new.made_by_id or old.made_by is distinct from new.made_by"),
    ('kit_is_kept', 'delete', 'old.id is not null'),
)


def upgrade() -> None:
    op.create_table('kit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('leaflet', sa.Text(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('made_at', catalogue.base.UTCDateTime(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', catalogue.base.UTCDateTime(), nullable=True),
    sa.Column('ended_by', sa.String(length=200), server_default='', nullable=False),
    sa.CheckConstraint("(ended_at is null) = (ended_by = '')", name=op.f('ck_kit_ended')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_kit_client_id_client')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kit')),
    sa.UniqueConstraint('code', name=op.f('uq_kit_code'))
    )
    with op.batch_alter_table('kit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kit_client_id'), ['client_id'], unique=False)

    op.create_table('basket_kit',
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('kit_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_basket_kit_client_id_client')),
    sa.ForeignKeyConstraint(['kit_id'], ['kit.id'], name=op.f('fk_basket_kit_kit_id_kit')),
    sa.PrimaryKeyConstraint('client_id', 'kit_id', name=op.f('pk_basket_kit'))
    )
    op.create_table('kit_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kit_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['kit_id'], ['kit.id'], name=op.f('fk_kit_part_kit_id_kit')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_kit_part_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kit_part'))
    )
    with op.batch_alter_table('kit_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kit_part_kit_id'), ['kit_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kit_part_product_id'), ['product_id'], unique=False)

    op.create_table('order_line_kit',
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('kit_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['kit_id'], ['kit.id'], name=op.f('fk_order_line_kit_kit_id_kit')),
    sa.ForeignKeyConstraint(['line_id'], ['order_line.id'], name=op.f('fk_order_line_kit_line_id_order_line')),
    sa.PrimaryKeyConstraint('line_id', name=op.f('pk_order_line_kit'))
    )
    with op.batch_alter_table('order_line_kit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_line_kit_kit_id'), ['kit_id'], unique=False)
    lay_guards()


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def lay_guards() -> None:
    for table in LASTING:
        for statement in lasting.statements(op.get_bind().dialect.name, table):
            op.execute(statement)
    for name, on, when in GUARDS:
        for statement in statements(op.get_bind().dialect.name, name, 'kit', on, when, STAYS):
            op.execute(statement)


def downgrade() -> None:
    for table in ('order_line_kit', 'kit_part', 'basket_kit', 'kit'):
        op.drop_table(table)
    if not is_sqlite():
        for name in (*(f"{table}_lasts" for table in LASTING), *(name for name, _, _ in GUARDS)):
            op.execute(f"DROP FUNCTION {name}()")
