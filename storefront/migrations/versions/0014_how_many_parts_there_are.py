"""how many parts of words there are, told to PostgreSQL"""

from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE search_part ALTER COLUMN part SET (n_distinct = -0.05)')
        op.execute('ANALYZE search_part')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE search_part ALTER COLUMN part RESET (n_distinct)')
