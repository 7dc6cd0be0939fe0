"""The rows of an order lead to its step: each kind of work is counted on the desk, and leads to its list and its page."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from storefront.orders.dispute_models import Dispute
from storefront.orders.models import Capture, Closing, Order, Refund, Release
from storefront.orders.next_orders import step_of, steps_counted, steps_of
from storefront.orders.next_steps import BY_CODE, NOBODY
from storefront.orders.return_models import GoodsReturn
from storefront.orders.stop_models import Cancellation, Hold
from tests.storefront.orders.world import NOW
from tests.storefront.till import Till

OWED: dict[str, Any] = {"owed_at": NOW, "due_at": NOW}
FAILING = OWED | {"attempts": 2, "last_error": "no answer"}
DONE = OWED | {"due_at": None, "done_at": NOW}
BY: dict[str, Any] = {"at": NOW, "by_name": "Ann", "why": "a report"}
CONTESTED: dict[str, Any] = {"reason": "fraudulent", "amount_minor": 3795, "currency": "GBP", "opened_at": NOW}


def capture(**more: Any) -> Capture:
    return Capture(intent_id="pi_1", amount_minor=3795, **OWED | more)


def refund(minor: int = 3795, **more: Any) -> Refund:
    return Refund(amount_minor=minor, why="a dent", by_name="Ann", **OWED | more)


def dispute(status: str, **more: Any) -> Dispute:
    return Dispute(stripe_id="dp_1", status=status, **CONTESTED | more)


def came_back() -> GoodsReturn:
    return GoodsReturn(number="RT-1", reason="faulty", is_opened=True, asked_at=NOW, asked_by="Mara")


NEW: dict[str, Any] = {"accepted_at": NOW, "intent_id": "pi_1"}
PAID = NEW | {"captured_minor": 3795}
ALL_OWED = {"owed_back_minor": 3795}
ALL_BACK = ALL_OWED | {"refunded_minor": 3795}
Case = tuple[str, str, dict[str, Any], Callable[[], Iterable[Any]]]
CASES: list[Case] = [
    ("pays", "awaiting_payment", {}, lambda: ()),
    ("unpaid", "expired", {}, lambda: ()),
    ("letting-go", "expired", {}, lambda: (Closing(**OWED),)),
    ("release-failing", "expired", {}, lambda: (Closing(**FAILING),)),
    ("taking", "accepted", NEW, lambda: (capture(),)),
    ("capture-near", "accepted", NEW, lambda: (capture(capture_before=NOW + timedelta(hours=24)),)),
    ("taking", "accepted", NEW, lambda: (capture(capture_before=NOW + timedelta(hours=24, seconds=1)),)),
    ("capture-failing", "accepted", NEW, lambda: (capture(**FAILING),)),
    ("stop-other-sum", "accepted", NEW, lambda: (capture(taken_minor=12, taken_currency="GBP", **FAILING),)),
    ("pack", "accepted", PAID, lambda: (capture(**DONE),)),
    ("send", "packed", PAID, lambda: ()),
    ("put-ready", "packed", PAID | {"delivery": "collection"}, lambda: ()),
    ("arrived", "dispatched", PAID, lambda: ()),
    ("fetched", "dispatched", PAID | {"delivery": "collection"}, lambda: ()),
    ("decide", "on_hold", PAID, lambda: (Hold(codes="batch-held", **BY),)),
    ("decide", "on_hold", PAID, lambda: (Hold(codes="batch-held,approval-expired", **BY),)),
    ("decide", "on_hold", PAID, lambda: (Hold(codes="screening-due", **BY), Hold(codes="batch-held", **BY))),
    ("wait-for-time", "on_hold", PAID, lambda: (Hold(codes="approval-expired,screening-due", **BY),)),
    (
        "wait-for-time",
        "on_hold",
        PAID,
        lambda: (Hold(codes="not-vetted", **BY), Hold(codes="batch-held", lifted_at=NOW, lifted_by="Ann", **BY)),
    ),
    ("stop-rest", "on_hold", PAID | {"owed_back_minor": 5}, lambda: (Hold(codes="batch-held", **BY), refund(5))),
    ("giving-back", "on_hold", PAID | ALL_OWED, lambda: (Hold(codes="batch-recalled", **BY), refund())),
    ("giving-back", "on_hold", NEW | ALL_OWED, lambda: (Hold(codes="reaction", **BY), refund(**FAILING), capture())),
    ("refund-failing", "on_hold", PAID | ALL_OWED, lambda: (Hold(codes="reaction", **BY), refund(**FAILING))),
    ("answer-dispute", "on_hold", PAID, lambda: (Hold(codes="disputed", **BY), dispute("needs_response"))),
    ("wait-for-bank", "on_hold", PAID, lambda: (Hold(codes="disputed", **BY), dispute("under_review"))),
    ("let-go-on", "on_hold", PAID, lambda: (Hold(codes="disputed", **BY), dispute("won", ended_at=NOW))),
    ("answer-dispute", "delivered", PAID, lambda: (dispute("warning_needs_response"),)),
    ("wait-for-bank", "delivered", PAID, lambda: (dispute("under_review"),)),
    ("nothing", "delivered", PAID, lambda: (dispute("won", ended_at=NOW),)),
    ("end-return", "delivered", PAID, lambda: (came_back(),)),
    ("giving-back", "returned", PAID | ALL_OWED, lambda: (refund(),)),
    ("nothing", "returned", PAID | ALL_BACK, lambda: (refund(**DONE),)),
    ("pay-otherwise", "refunded", PAID | ALL_BACK, lambda: (refund(**DONE, returned_at=NOW),)),
    ("nothing", "refunded", PAID | ALL_BACK, lambda: (refund(**DONE, returned_at=NOW, other_way_at=NOW),)),
    ("letting-go", "cancelled", {}, lambda: (Release(intent_id="pi_2", **OWED),)),
    ("release-failing", "cancelled", {}, lambda: (Release(intent_id="pi_2", **FAILING),)),
    ("payment-lost", "cancelled", {}, lambda: (Cancellation(codes="payment-lost", **BY),)),
    ("payment-differs", "cancelled", {}, lambda: (Cancellation(codes="payment-differs", **BY),)),
    ("nothing", "cancelled", {}, lambda: (Cancellation(codes="contraindication", **BY),)),
]


def test_each_kind_of_order_has_one_step_and_is_counted_where_something_is_left(session: Session, till: Till) -> None:
    order_id = till.order.id
    for code, status, columns, rows in CASES:
        one_more = session.begin_nested()
        session.execute(update(Order).where(Order.id == order_id).values(status=status, **columns))
        for row in rows():
            row.order_id = order_id
            session.add(row)
        session.flush()
        asked = step_of(session, order_id, NOW), steps_of(session, [order_id], NOW)[order_id]
        assert [step.code for step in asked] == [code, code], (code, status)
        counted = [] if BY_CODE[code].who == NOBODY else [(BY_CODE[code], 1)]
        assert steps_counted(session, NOW) == counted, (code, status)
        one_more.rollback()
    assert {code for code, *_ in CASES} == set(BY_CODE)
