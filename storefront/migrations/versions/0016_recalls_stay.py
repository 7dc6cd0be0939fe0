"""recalls stay as they were sent and as they ended"""

import sqlalchemy as sa
from alembic import op

import catalogue.base
from catalogue.guards import statements

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

ANSWERS = "('stopped', 'never_received', 'passed_on')"
STAYS = "a recall stays as it was sent and as it ended"
GUARDS = (
    ('recall', 'recall_stays', 'update', "old.id <> new.id or old.number <> new.number or old.severity <> new.severity or old.cause <> new.cause or old.opened_at <> new.opened_at or old.status <> 'open' and (new.status = 'open' or old.notice <> new.notice or old.picture is distinct from new.picture or old.picture_type <> new.picture_type) or old.status in ('closed', 'lifted') and (old.status <> new.status or old.report <> new.report)"),
    ('recall', 'recall_is_kept', 'delete', 'old.id is not null'),
    ('recall_batch', 'recall_batch_comes_before', 'insert', "(select r.status from recall r where r.id = new.recall_id) <> 'open'"),
    ('recall_batch', 'recall_batch_stays', 'update', 'old.recall_id is not null'),
    ('recall_batch', 'recall_batch_is_kept', 'delete', 'old.recall_id is not null'),
    ('recall_decision', 'recall_decision_comes_before', 'insert', "(select r.status from recall r where r.id = new.recall_id) = 'closed'"),
    ('recall_decision', 'recall_decision_stays', 'update', 'old.recall_id is not null'),
    ('recall_decision', 'recall_decision_is_kept', 'delete', 'old.recall_id is not null'),
    ('recall_notice', 'recall_notice_comes_with_its_sending', 'insert', "(select r.status from recall r where r.id = new.recall_id) <> 'sent'"),
    ('recall_notice', 'recall_notice_stays', 'update', "old.recall_id is distinct from new.recall_id or old.client_id is distinct from new.client_id or old.code is distinct from new.code or old.address is distinct from new.address or old.units is distinct from new.units or old.owed_at is distinct from new.owed_at or ((select r.status from recall r where r.id = old.recall_id) in ('closed', 'lifted') and (old.told is distinct from new.told or old.answer is distinct from new.answer or old.answered_at is distinct from new.answered_at or old.remedy is distinct from new.remedy)) or ((select r.status from recall r where r.id = old.recall_id) = 'closed' and old.message_id is distinct from new.message_id)"),
    ('recall_notice', 'recall_notice_is_kept', 'delete', 'old.recall_id is not null'),
    ('recall_attempt', 'recall_attempt_comes_before', 'insert', "(select r.status from recall r join recall_notice n on n.recall_id = r.id where n.id = new.notice_id) in ('closed', 'lifted')"),
    ('recall_attempt', 'recall_attempt_stays', 'update', 'old.id is not null'),
    ('recall_attempt', 'recall_attempt_is_kept', 'delete', 'old.id is not null'),
    ('recall_late_answer', 'late_answer_comes_after', 'insert', "(select r.status from recall r join recall_notice n on n.recall_id = r.id where n.id = new.notice_id) <> 'closed'"),
    ('recall_late_answer', 'late_answer_stays', 'update', 'old.id is not null'),
    ('recall_late_answer', 'late_answer_is_kept', 'delete', 'old.id is not null'),
    ('recall_refund', 'recall_refund_stays', 'update', 'old.done_at is not null and (old.recall_id is distinct from new.recall_id or old.order_id is distinct from new.order_id or old.refund_id is distinct from new.refund_id or old.amount_minor is distinct from new.amount_minor or old.done_at is distinct from new.done_at)'),
    ('recall_refund', 'recall_refund_is_kept', 'delete', 'old.recall_id is not null'),
    ('recall_drill', 'recall_drill_stays', 'update', 'old.id is not null'),
    ('recall_drill', 'recall_drill_is_kept', 'delete', 'old.id is not null'),
)


def upgrade() -> None:
    op.create_table('recall_late_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('answer', sa.String(length=20), nullable=False),
    sa.Column('remedy', sa.String(length=20), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', catalogue.base.UTCDateTime(), nullable=False),
    sa.CheckConstraint(f"answer in {ANSWERS}", name=op.f('ck_recall_late_answer_answer')),
    sa.ForeignKeyConstraint(['notice_id'], ['recall_notice.id'], name=op.f('fk_recall_late_answer_notice_id_recall_notice')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recall_late_answer'))
    )
    op.create_index(op.f('ix_recall_late_answer_notice_id'), 'recall_late_answer', ['notice_id'], unique=False)
    for table, name, on, when in GUARDS:
        for statement in statements(op.get_bind().dialect.name, name, table, on, when, STAYS):
            op.execute(statement)


def downgrade() -> None:
    is_postgres = op.get_bind().dialect.name == 'postgresql'
    for table, name, _on, _when in GUARDS:
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if is_postgres else ""))
        if is_postgres:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_index(op.f('ix_recall_late_answer_notice_id'), table_name='recall_late_answer')
    op.drop_table('recall_late_answer')
