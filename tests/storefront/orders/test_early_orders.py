"""Exceptions for orders that are too early, on rows: granted once, used up by the accepted order, given back when it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalogue import shelf
from catalogue.journal import JournalEntry, Who
from catalogue.money import Money
from catalogue.products import Product
from catalogue.verdicts import Refused, Stale
from storefront.db import db, transaction
from storefront.eligibility import records
from storefront.eligibility.early_models import EarlyAnswer, EarlyWish
from storefront.eligibility.early_orders import answer_wish, wish_early
from storefront.eligibility.early_rules import Grant, last_wishes
from storefront.eligibility.models import Client
from storefront.eligibility.queue_rules import queue
from storefront.eligibility.rules import Wanted
from storefront.messages.models import Message
from storefront.orders import actions, stopping
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.audit import broken_rows
from storefront.orders.early_models import EarlyUse
from storefront.orders.records import purchases_of
from tests.storefront.orders import world
from tests.storefront.orders.world import ADMIN, NOW, TODAY

TOTAL = Money(3795)
WEEK = timedelta(days=7)
SOON, THEN = TODAY + timedelta(days=2), NOW + timedelta(days=2)


def accepted(client: Client, product: Product, now: object = NOW, today: object = TODAY, payment: str = "pi_1") -> str:
    """The client's order for one of it, paid and accepted; its number."""
    with transaction():
        number = world.placed(client, product, now=now, today=today).number  # type: ignore[arg-type]
    with transaction():
        assert accept_order(number, Authorisation(payment, TOTAL), now, today) == "accepted"  # type: ignore[arg-type]
    return number


def wish(client: Client, product: Product, quantity: int = 1) -> int:
    with transaction():
        by, line = world.client_who(client), Wanted(loaded(product.id), quantity)
        return wish_early(client.id, line, "It fell on the floor.", purchases_of(client.id), by, SOON, THEN).id


def grant(client: Client, wish_id: int, by: Who | None = None, granted: bool = True) -> EarlyAnswer:
    told = Grant(1, SOON + WEEK) if granted else None
    with transaction():
        return answer_wish(client.id, wish_id, told, "One, once.", by or world.practitioner(), SOON, THEN)


def refusal(client: Client, product: Product) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused, transaction():
        world.placed(client, product, now=THEN, today=SOON)
    return refused.value.verdict.codes


def loaded(product_id: int) -> Product:
    wanted = select(Product).where(Product.id == product_id).options(*shelf.LOADING)
    return db.session.scalars(wanted.execution_options(populate_existing=True)).unique().one()


def waiting(today: object = SOON) -> list[tuple[str, str]]:
    policy = records.clinic_policy()
    found = records.clients_at_the_desk(None, policy, today)  # type: ignore[arg-type]
    return [(one.client.name, each.kind) for one in queue(found, policy, today) for each in one.matters]  # type: ignore[arg-type]


def test_an_exception_serves_one_order_and_is_given_back_when_it_ends(session: Session) -> None:
    with transaction():
        roller, other, client = world.on_sale(), world.on_sale("RL-021"), world.approved_client()
    accepted(client, roller)
    assert refusal(client, roller) == ("too-soon",)
    asked = wish(client, roller)
    assert waiting() == [("Mara Finch", "early")]
    assert refusal(client, roller) == ("too-soon",)
    answer = grant(client, asked)
    told = (answer.by_name, answer.by_role, answer.at, answer.quantity, answer.until)
    assert told == ("Dr Ines Holt", "practitioner", THEN, 1, SOON + WEEK)
    assert waiting() == []
    assert session.scalars(select(Message.kind).order_by(Message.id.desc()).limit(1)).one() == "news"
    assert refusal(client, other) == ("too-soon",)
    with pytest.raises(Stale):
        grant(client, asked)
    number = accepted(client, roller, THEN, SOON, "pi_2")
    assert list(broken_rows(SOON)) == []
    assert refusal(client, roller) == ("too-soon",)
    with transaction():
        actions.cancel_order(number, "by mistake", world.client_who(client), THEN)
        order = actions.locked(number)
        actions.move(order, "cancelled", ADMIN, THEN)
    assert session.scalars(select(EarlyUse.given_back_at)).all() == [THEN]
    again = accepted(client, roller, THEN, SOON, "pi_3")
    assert session.scalars(select(EarlyUse.given_back_at).order_by(EarlyUse.id)).all() == [THEN, None]
    words = " ".join(entry.verb + entry.particulars for entry in session.scalars(select(JournalEntry)))
    assert "floor" not in words
    broken = ("UPDATE early_answer SET quantity = 9", "DELETE FROM early_wish", "DELETE FROM early_use")
    for statement in (*broken, "UPDATE early_use SET used_at = given_back_at"):
        with pytest.raises(DBAPIError, match=r"(it was|they were) written"), session.begin_nested():
            session.execute(text(statement))
    with transaction():
        world.approve(client.id, today=SOON, now=THEN)
        stopping.stop_orders_of(client.id, ADMIN, THEN)
    assert actions.locked(again).status == "on_hold"


def test_an_exception_ends_with_its_approval_and_is_not_granted_by_just_anybody(session: Session) -> None:
    with transaction():
        roller, client = world.on_sale(), world.approved_client()
    accepted(client, roller)
    asked = wish(client, roller)
    for by in (ADMIN, Who(None, "Nobody", "practitioner")):
        with pytest.raises(Refused) as refused:
            grant(client, asked, by)
        assert refused.value.verdict.codes == ("not-qualified",)
    grant(client, asked, granted=False)
    assert refusal(client, roller) == ("too-soon",)
    second = wish(client, roller)
    with pytest.raises(Refused) as refused:
        wish(client, roller)
    assert refused.value.verdict.codes == ("asked-already",)
    with transaction():
        world.approve(client.id, today=SOON, now=THEN)
    assert waiting() == []
    with pytest.raises(Refused) as refused:
        grant(client, second)
    assert refused.value.verdict.codes == ("approval-changed",)
    third = wish(client, roller)
    grant(client, third)
    with transaction():
        number = world.placed(client, roller, now=THEN, today=SOON).number
        stopping.withdraw_approval(client.id, "seen at the clinic", world.practitioner(), THEN)
    assert actions.locked(number).status == "cancelled"
    record = records.load_client(client.id)
    assert last_wishes(record, SOON) == {}
    assert refusal(client, roller) == ("approval-withdrawn",)
    assert session.scalars(select(EarlyWish.id)).all() == [asked, second, third]


def test_the_audit_knows_what_was_used_beyond_its_grant(session: Session) -> None:
    with transaction():
        roller, client = world.on_sale(), world.approved_client()
    accepted(client, roller)
    exception = f"exception {grant(client, wish(client, roller)).id}"
    number = accepted(client, roller, THEN, SOON, "pi_2")
    assert list(broken_rows(SOON)) == []
    on_table = "" if session.get_bind().dialect.name == "sqlite" else " ON early_{}"
    where = f"order {number}, line RL-020: "
    for statement, named in {
        "UPDATE early_use SET given_back_at = used_at": f"{exception} is given back, the order is accepted",
        "DELETE FROM early_use": "bought again too soon",
        "UPDATE early_answer SET until = '2026-11-23'": f"{exception} was not granted for this",
    }.items():
        with session.begin_nested() as broken:
            session.execute(text(f"DROP TRIGGER early_use_is_kept{on_table.format('use')}"))
            session.execute(text(f"DROP TRIGGER early_answer_no_update{on_table.format('answer')}"))
            session.execute(text(statement))
            assert where + named in list(broken_rows(SOON))
            broken.rollback()
