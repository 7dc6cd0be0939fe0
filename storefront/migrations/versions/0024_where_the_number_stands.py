"""a picture of where a recalled batch's number stands; which words a product has, found by one index"""

import sqlalchemy as sa
from alembic import op

from catalogue.guards import statements

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

STAYS = "a recall stays as it was sent and as it ended"
OPENED = "old.id <> new.id or old.number <> new.number or old.severity <> new.severity or old.cause <> new.cause or old.opened_at <> new.opened_at"
PICTURE = "old.picture is distinct from new.picture or old.picture_type <> new.picture_type"
WHERE = "old.where_picture is distinct from new.where_picture or old.where_picture_type <> new.where_picture_type"
OVER = "old.status in ('closed', 'lifted') and (old.status <> new.status or old.report <> new.report)"


def upgrade() -> None:
    op.add_column('recall', sa.Column('where_picture', sa.LargeBinary(), nullable=True))
    op.add_column('recall', sa.Column('where_picture_type', sa.String(length=60), server_default='', nullable=False))
    guard_what_was_sent(f"{PICTURE} or {WHERE}")
    op.drop_index('ix_search_entry_product_id', table_name='search_entry')
    op.create_index('ix_search_entry_product_id_word_id', 'search_entry', ['product_id', 'word_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_search_entry_product_id_word_id', table_name='search_entry')
    op.create_index('ix_search_entry_product_id', 'search_entry', ['product_id'], unique=False)
    guard_what_was_sent(PICTURE)
    op.drop_column('recall', 'where_picture_type')
    op.drop_column('recall', 'where_picture')


def guard_what_was_sent(pictures: str) -> None:
    """Lays the guard of a recall's row anew, with the pictures that it has."""
    dialect = op.get_bind().dialect.name
    op.execute("DROP TRIGGER recall_stays" + (" ON recall" if dialect == 'postgresql' else ""))
    if dialect == 'postgresql':
        op.execute("DROP FUNCTION recall_stays()")
    sent = f"old.status <> 'open' and (new.status = 'open' or old.notice <> new.notice or {pictures})"
    for statement in statements(dialect, 'recall_stays', 'recall', 'update', f"{OPENED} or {sent} or {OVER}", STAYS):
        op.execute(statement)
