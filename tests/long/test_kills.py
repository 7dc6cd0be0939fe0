"""A campaign of kill -9. While a client orders, pays or cancels, one process of the running shop is killed at a random moment.
Whatever it was: soon nothing is owed any more, the audit finds nothing, no order was paid twice, the money at the stand-in
is the money in the books, and the invoices and credit notes say the same."""

import os
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import select

from storefront.orders.invoice_models import Invoice
from storefront.orders.models import Order
from tests.long.buyer import Buyer, patiently
from tests.long.running import SETTLES_IN, Running, until

pytestmark = pytest.mark.process
KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
BUYERS = ("clara.whitlock@example.org", "quinn.adair@example.org", "amara.bell@example.org")
# What is under way when the blow falls: from the press to the capture is where it could hurt most; then the invoice is drawn.
MOMENTS = ("order", "pay", "pay", "pay", "pay", "invoice", "cancel")
Say = Callable[[str], None]
Done = TypeVar("Done")


class Blow:
    """One kill that is to fall within `window` seconds from when it is armed."""

    def __init__(self, shop: Running, chance: random.Random, window: float) -> None:
        self.shop, self.chance = shop, chance
        self.part, self.after = shop.next_victim(chance), chance.uniform(0, window)
        self.timer = threading.Timer(self.after, self.fall)
        self.number, self.found = "", "no order yet"

    def fall(self) -> None:
        self.shop.kill(self.part, self.chance)
        if self.number:
            order = self.shop.order(self.number)
            self.found = f"{order.status}, {'captured' if order.captured_minor else 'not captured'}"

    def arm(self, number: str = "") -> None:
        self.number = number
        self.timer.start()


class Campaign:
    """Rounds of one order each; the client cancels at the end and so may buy again."""

    def __init__(self, shop: Running, chance: random.Random, say: Say) -> None:
        self.shop, self.chance, self.say = shop, chance, say
        page = shop.settings.stripe_api_url
        self.buyers = [Buyer(shop.settings.base_url, page, email) for email in BUYERS]
        self.windows: dict[str, float] = {}
        self.seen: Counter[str] = Counter()

    def round(self, nth: int, moment: str) -> None:
        """One order from the basket to its money given back, with a blow at this moment of it; "" for none."""
        self.shop.wait_until_well()
        buyer = self.buyers[nth % len(self.buyers)]
        blow = Blow(self.shop, self.chance, self.windows[moment]) if moment else None
        number, page = self.during("order", moment, blow, buyer.order)

        def pay() -> None:
            buyer.pay(page)
            until(lambda: self.is_paid(number), SETTLES_IN, f"order {number} is paid")

        def cancel() -> None:
            buyer.cancel(number)
            self.shop.settle(number)

        self.during("pay", moment, blow, pay, number)
        self.during("invoice", moment, blow, lambda: self.shop.settle(number), number)
        self.check(number)
        assert self.is_paid(number)
        self.during("cancel", moment, blow, cancel, number)
        self.check(number)
        assert self.shop.order(number).status == "refunded"
        if blow:
            self.seen[f"{blow.part}, {moment}: {blow.found}"] += 1
            self.say(f"{nth:>4}  {blow.part:<10}  {moment:<6} + {blow.after:4.2f} s  {blow.found}")

    def during(self, step: str, moment: str, blow: Blow | None, act: Callable[[], Done], number: str = "") -> Done:
        """Does one step, and returns when the blow that belongs to it has fallen."""
        began = time.monotonic()
        if blow and step == moment:
            blow.arm(number)
        done = act()
        if blow and step == moment:
            blow.timer.join()
        elif not blow:
            self.windows[step] = min(time.monotonic() - began, self.windows.get(step, 60))
        return done

    def check(self, number: str) -> None:
        """Once nothing is owed for this order, everything agrees."""
        self.shop.settle(number)
        self.shop.check_books()
        self.nothing_hangs()
        self.papers_agree()

    def is_paid(self, number: str) -> bool:
        order = self.shop.order(number)
        return bool(order.status == "accepted" and order.captured_minor == order.total_minor)

    def nothing_hangs(self) -> None:
        """No money is held for longer than it takes to settle, and none was taken for an order that is not there."""
        payments = self.shop.payments()
        assert {payment["metadata"]["order"] for payment in payments} <= set(self.numbers())
        assert "requires_capture" not in {payment["status"] for payment in payments}

    def numbers(self) -> list[str]:
        return [order.number for order in self.shop.rows(select(Order.number))]

    def papers_agree(self) -> None:
        """Order by order: one invoice of what was taken, and credit notes of what was given back."""
        papers: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for order_id, kind, gross in self.shop.rows(select(Invoice.order_id, Invoice.kind, Invoice.gross_minor)):
            papers[order_id] += Counter({kind: gross})
        for order in self.shop.rows(select(Order.id, Order.captured_minor, Order.refunded_minor)):
            told = papers[order.id]["invoice"], papers[order.id]["credit_note"]
            assert told == (order.captured_minor, order.refunded_minor), f"order {order.id}"


def test_whatever_is_killed_every_order_is_paid_once_or_never(
    shop: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(words: str) -> None:
        with capsys.disabled():
            print(words, flush=True)

    say(f"\n{KILLS} kills on {shop.settings.database_url.partition(':')[0]}, SEED={SEED}")
    chance = random.Random(SEED)
    campaign, began = patiently(lambda: Campaign(shop, chance, say)), time.monotonic()
    for nth in range(2):  # undisturbed: how long each step takes on this machine
        campaign.round(nth, "")
    for nth in range(1, KILLS + 1):
        campaign.round(nth, chance.choice(MOMENTS))
    for what, times in sorted(campaign.seen.items()):
        say(f"{times:>4} × {what}")
    assert campaign.seen, "nothing was seen to happen"
    say(f"settled, audited and counted after each, in {time.monotonic() - began:.0f} s")
