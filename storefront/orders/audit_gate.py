"""The gate asked once more of every accepted order, about the client as the record stood in that instant: what was written down
later is left out. Judged by the policy of today; only codes are told, never what somebody answered."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm.attributes import set_committed_value

from catalogue.dossiers import facts_from_json
from catalogue.products import Vetting
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.models import Allergy, Client, Reaction, Recheck, Screening, Treatment, Withdrawal
from storefront.eligibility.product_rules import allergens_in
from storefront.eligibility.records import clients_with_records, clinic_policy
from storefront.eligibility.rules import client_verdict
from storefront.orders.asked import Asked
from storefront.orders.models import Order, OrderLine
from storefront.orders.rules import ACCEPTED

Row = TypeVar("Row", bound=Any)
AT_ONCE = 200
CLOSING = (Allergy, Reaction, Recheck, Withdrawal)


def accepted_against_the_gate() -> Iterator[str]:
    """Orders that were accepted although their client's record said no at that moment."""
    accepted = select(Order.client_id).where(Order.status.in_(ACCEPTED)).distinct().order_by(Order.client_id)
    ids = list(db.session.scalars(accepted))
    for start in range(0, len(ids), AT_ONCE):
        yield from _of(ids[start : start + AT_ONCE])


def _of(client_ids: Sequence[int]) -> Iterator[str]:
    policy = clinic_policy()
    clients = {client.id: client for client in clients_with_records(client_ids)}
    mine = Order.client_id.in_(client_ids)
    told = select(Order, OrderLine, Vetting.dossier).join(OrderLine, OrderLine.order_id == Order.id)
    told = told.join(Vetting, Vetting.id == OrderLine.vetting_id).where(mine, Order.status.in_(ACCEPTED))
    judged: dict[str, Client] = {}
    for order, line, dossier in db.session.execute(told.order_by(Order.id, OrderLine.id)):
        decided_at = order.accepted_at or order.placed_at
        if order.number not in judged:
            judged[order.number] = as_of(clients[order.client_id], decided_at)
            codes = client_verdict(judged[order.number], policy, day_of(decided_at)).codes
            if codes:
                yield f"order {order.number}: accepted although the gate said {', '.join(codes)}"
        facts = facts_from_json(json.loads(dossier)["facts"])
        if allergens_in(judged[order.number], line.kind, line.sku, facts):
            yield f"order {order.number}, line {line.sku}: accepted although the gate said allergen"


def orders_unasked() -> Iterator[str]:
    """Accepted orders without the answers to the two short questions, or on answers that were others', later or not "no".
    Those of before there were the questions are marked, and pass."""
    told = select(Order, Asked, Recheck).outerjoin(Asked, Asked.order_id == Order.id)
    told = told.outerjoin(Recheck, Recheck.id == Asked.recheck_id).where(Order.status.in_(ACCEPTED))
    for order, asked, recheck in db.session.execute(told.order_by(Order.id)):
        if asked is None:
            yield f"order {order.number}: accepted although the two questions were not answered"
        elif recheck is not None and _was_no_answer(recheck, order):
            yield f"order {order.number}: recheck {recheck.id} did not come before it with a “no” to both"


def _was_no_answer(recheck: Recheck, order: Order) -> bool:
    is_no = recheck.anything_new == recheck.reaction == "no"
    return recheck.client_id != order.client_id or recheck.at > order.placed_at or not is_no


def as_of(row: Row, instant: datetime) -> Row:
    """A copy of a loaded row, outside any session, with only those related rows that existed then."""
    mapper = inspect(type(row))
    copy = type(row)(**{column.key: getattr(row, column.key) for column in mapper.column_attrs})
    for relation in mapper.relationships:
        if relation.key not in inspect(row).unloaded or relation.lazy == "raise_on_sql":
            set_committed_value(copy, relation.key, _then(getattr(row, relation.key), instant))
    return copy


def _then(related: Any, instant: datetime) -> Any:
    if isinstance(related, list):
        return [as_of(one, instant) for one in related if _was_there(one, instant)]
    return as_of(related, instant) if related is not None and _was_there(related, instant) else None


def _was_there(row: Any, instant: datetime) -> bool:
    """What bears no time of its own is as old as the row it belongs to. What closes the gate and was written in the very
    instant of the acceptance is taken to have come after it."""
    written_at = getattr(row, "at", None) or getattr(row, "opened_at", None)
    return written_at is None or written_at < instant or (written_at == instant and not _closes(row))


def _closes(row: Any) -> bool:
    is_stopping = isinstance(row, Screening) and any(answer.answer != "no" for answer in row.answers)
    is_stopping = is_stopping or (isinstance(row, Treatment) and row.replaces_id is not None)
    return is_stopping or isinstance(row, CLOSING)
