"""The demo clinic's orders: placed, paid for at the stand-in's own page with Stripe's test card, captured, packed and sent by the
actions that serve real ones; only their day is handed in."""

import http.client
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select

from catalogue.batches import Batch
from catalogue.journal import Who
from storefront import clock, jobs, upkeep
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.eligibility.home_reminder_rules import REPLACING, Wishes
from storefront.eligibility.models import Client
from storefront.eligibility.recheck_rules import NOTHING_NEW
from storefront.orders import actions, baskets, diary, discounts, dispatch, home_reminders, stopping
from storefront.orders.delivery_terms import HOME
from storefront.orders.models import Allocation, Order, OrderLine
from storefront.orders.records import find_order
from storefront.orders.return_ending import Asked, Seen, ask_return, end_return
from storefront.orders.return_records import with_client
from storefront.orders.rules import Delivery
from storefront.payments import api, reconciling
from storefront.payments.paying import parameters
from storefront.payments.settling import settle as settle_payment
from storefront.roles import CLIENT

CARD = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123", "save": "yes"}
PAGE_LASTS = timedelta(minutes=31)
ROAD = ("accepted", "packed", "dispatched", "delivered")
MONEY: tuple[jobs.Job, ...] = (
    *(kind for kind in jobs.KINDS if kind.name in ("capture", "release", "closing", "refund")),
    upkeep.issue_papers,
)
SENT_AFTER = 5  # hours from the payment, where the file does not say
BEFORE = {"on_hold": "accepted", "refunded": "accepted"}


def order(client_id: int, told: dict[str, Any], calendar: Calendar, admin: Who) -> None:
    """One order as far on its way as the file says."""
    number = place(client_id, told, calendar)
    until = told["until"]
    if until in ("awaiting_payment", "expired"):
        open_page(number)
        carry_out()  # an order of another day is past its time
        return
    intent = pay(number, told.get("card", CARD["cardNumber"]))
    if until == "cancelled":
        with transaction():  # while the client stood at the till
            stopping.withdraw_approval(client_id, "The client asked for a pause.", admin, calendar.moment(told["ago"]))
    with transaction():
        settle_payment(number, api().read_intent(intent), calendar.moment(told["ago"]), calendar.day(told["ago"]))
    move_money(calendar.moment(told["ago"]))
    send(number, BEFORE.get(until, until), told, calendar, admin)
    if "used" in told:
        keep_diary(client_id, told["used"], calendar)
    if "asks_back" in told:
        ask_back(number, "changed-mind", told["asks_back"], calendar)
    if "came_back" in told:
        came_back(number, told["came_back"], calendar, admin)
    if until == "on_hold":
        hold_its_batch(number, calendar, admin)
    if until == "refunded":
        with transaction():
            actions.cancel_order(number, "Ordered twice by mistake.", admin, calendar.moment(told["ago"] - 1))
        move_money(calendar.moment(told["ago"] - 1))
    if "card" in told:
        with transaction():  # it is contested, as we hear today
            settle_payment(number, api().read_intent(intent), calendar.now, calendar.today)


def place(client_id: int, told: dict[str, Any], calendar: Calendar) -> str:
    day, moment = calendar.day(told["ago"]), calendar.moment(told["ago"])
    client = db.session.get_one(Client, client_id)
    by = Who(client.account_id, client.name, CLIENT)
    place = told.get("to", {"town": "Skipton", "postcode": "BD23 1AA"})
    address = f"{client.number[2:]} Example Street\n{place['town']}\n{place['postcode']}"
    way, country = told.get("delivery", "post"), place.get("country", HOME)
    delivery = Delivery(way, client.name, "" if way == "collection" else address, country)
    with transaction():
        for sku, quantity in told["lines"].items():
            baskets.put_in_basket(client_id, sku, quantity, moment, day)
        if "code" in told:
            discounts.put_code_in_basket(client_id, told["code"], day)
        return actions.place_order(client_id, delivery, NOTHING_NEW, by, moment, day).number


def open_page(number: str) -> str:
    """The payment page of an order, open from now on whatever day the order bears."""
    found = found_order(number)
    asked = parameters(found, db.session.get_one(Client, found.client_id)) | {"expires_at": clock.now() + PAGE_LASTS}
    page = api().open_checkout(**asked)
    with transaction():
        actions.record_session(number, page.id, page.url)
    return str(page.url)


def pay(number: str, card: str) -> str:
    """Pays as a person does: the card typed into the page. Gives the payment's reference."""
    page = urlsplit(open_page(number))
    connection = http.client.HTTPConnection(str(page.hostname), page.port or 80, timeout=10)
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", page.path, urlencode(CARD | {"cardNumber": card}), typed)
    answer = connection.getresponse()
    connection.close()
    session = api().read_session(str(found_order(number).session_id))
    if session.intent is None or session.status != "complete":
        raise RuntimeError(f"the payment page answered {answer.status}; order {number} is not paid")
    return session.intent


def found_order(number: str) -> Order:
    found = find_order(number)
    if found is None:
        raise LookupError(number)
    return found


def send(number: str, until: str, told: dict[str, Any], calendar: Calendar, admin: Who) -> None:
    """Packs and hands over as many hours after the payment as the file says, and delivers a day later."""
    steps = ROAD[1 : ROAD.index(until) + 1] if until in ROAD else ()
    hours = dict.fromkeys(("packed", "dispatched"), told.get("sent_after", SENT_AFTER))
    for step in steps:
        after = timedelta(hours=hours.get(step, hours["dispatched"] + 24))
        moment = min(calendar.moment(told["ago"]) + after, calendar.now)
        with transaction():
            if step == "packed":
                dispatch.pack_order(number, picks(number), admin, moment, clock.day_of(moment))
            elif step == "dispatched":
                dispatch.dispatch_order(number, f"RM{number[2:]}GB", admin, moment, clock.day_of(moment))
            else:
                dispatch.deliver_order(number, admin, moment)


def keep_diary(client_id: int, days_ago: list[int], calendar: Calendar) -> None:
    """The days on which the client used the roller that just came."""
    code = diary.rollers_at_home(client_id)[0].code
    with transaction():
        for ago in days_ago:
            diary.note_use(client_id, code, calendar.day(ago), calendar.today, calendar.moment(ago))


def remind(client_id: int, calendar: Calendar) -> None:
    """A client who wants to know when a new roller is due; the mail came today."""
    with transaction():
        wanted = Wishes(frozenset((REPLACING,)), calendar.now.hour)
        reminder = home_reminders.set_reminders(client_id, wanted, calendar.moment(1))
        home_reminders.confirm_reminders(reminder.token, calendar.moment(1))
        home_reminders.remind(reminder.id, calendar.now)


def ask_back(number: str, reason: str, units: dict[str, int], calendar: Calendar) -> str:
    """The client asks to give units back, by SKU; the number of the return. What is faulty was opened before it was found so."""
    order = found_order(number)
    by = Who(order.client.account_id, order.client.name, CLIENT)
    asked = Asked(reason, reason == "faulty", {line.id: units.get(line.sku, 0) for line in order.lines})
    with transaction():
        return ask_return(number, asked, by, calendar.moment(0), calendar.today).number


def came_back(number: str, units: dict[str, int], calendar: Calendar, admin: Who) -> None:
    """A pump that did not work came back; it is paid back and destroyed."""
    name = ask_back(number, "faulty", units, calendar)
    destroyed = {batch.code: unit.quantity for unit, batch in with_client(name)}
    db.session.rollback()
    with transaction():
        end_return(name, Seen(True, {}, destroyed, "The pump does not work."), admin, calendar.moment(0))
    carry_out()


def picks(number: str) -> dict[int, list[str]]:
    """The batches that the order holds, as whoever packs would scan them."""
    held = select(OrderLine.id, Batch.code, Allocation.quantity).join(Order, OrderLine.order_id == Order.id)
    held = held.join(Allocation, Allocation.line_id == OrderLine.id).join(Batch, Batch.id == Allocation.batch_id)
    found: dict[int, list[str]] = {}
    for line_id, code, quantity in db.session.execute(held.where(Order.number == number, Allocation.state == "sold")):
        found.setdefault(line_id, []).extend([code] * quantity)
    return found


def hold_its_batch(number: str, calendar: Calendar, admin: Who) -> None:
    codes = {code for line in picks(number).values() for code in line}
    with transaction():
        for batch in db.session.scalars(select(Batch).where(Batch.code.in_(codes)).order_by(Batch.id)):
            stopping.hold_batch(
                batch.code, admin, calendar.now, "The supplier asked us to wait: a label is being checked."
            )


def move_money(now: datetime) -> None:
    """What is owed at the stand-in is booked on the day of its order, with its papers."""
    while sum(job(now) for job in MONEY):
        pass


def carry_out() -> None:
    """What is owed at the stand-in, until nothing is. The gate is asked by today: an order of another day is not its matter."""
    owed = tuple(job for job in jobs.JOBS if job is not jobs.GATE)
    while jobs.work_off(lambda: False, owed):
        pass


def compare(calendar: Calendar) -> None:
    """The stand-in's book beside ours, as every night: nothing may differ."""
    reconciling.compare_now(calendar.now - reconciling.LOOKS_BACK, calendar.now)
