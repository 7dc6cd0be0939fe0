"""The practitioner's desk: the queue, one client's record as a picture, and the decision, on one screen. Every look at a
record, and at what a list says of one, leaves a line in the journal, also when a form that was not valid comes back here."""

from datetime import date

from flask import abort, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import func, select

from catalogue.journal import JournalEntry, note_each
from catalogue.verdicts import Refused, Verdict
from storefront import clock, errors
from storefront.db import db, transaction
from storefront.eligibility.approval_rules import (
    MEANING,
    may_sign,
    standing_deferral,
)
from storefront.eligibility.course_picture import picture_of
from storefront.eligibility.models import Client
from storefront.eligibility.policy import Policy
from storefront.eligibility.queue_rules import Waiting, queue
from storefront.eligibility.reaction_rules import OUTCOMES, SIZES
from storefront.eligibility.records import client_by_number, clients_at_the_desk, clinic_policy, qualifications_of
from storefront.eligibility.rules import client_verdict, open_reactions
from storefront.orders import gate
from storefront.orders.kit_standing import kits_lacking
from storefront.orders.models import Order
from storefront.practitioner import bp
from storefront.practitioner.desk_forms import DeskForms
from storefront.practitioner.home_use import home_use_of
from storefront.practitioner.judging import judgement_on
from storefront.practitioner.pictures import age_on, told_of
from storefront.practitioner.reported import reported_of
from storefront.roles import PRACTITIONER, open_to, signed_in

READ, LISTED = "record read", "seen in a list"
PICTURE = "picture seen"
LOOKS = (READ, LISTED, PICTURE, "read in a recall")
ENTRIES_SHOWN = 20
AT_HAND = 40  # of the queue beside a record
UNDER_WAY = ("awaiting_payment", "accepted", "packed", "on_hold")


def note_looks(*looks: tuple[str, Client]) -> None:
    """A line in the journal for each client of whom this person was shown something, in the caller's transaction."""
    lines = [(verb, one.number) for verb, one in looks]
    note_each(db.session(), "client", lines, signed_in(), clock.now())


def read_record(number: str) -> Client:
    """The client with the whole record, for a page that shows it: the look is noted. 404 when there is none of that number."""
    with transaction():
        found = record_of(number)
        note_looks((READ, found))
    return found


def signer(today: date) -> Verdict:
    """Whether who is signed in may sign, said before anything is typed."""
    return may_sign(qualifications_of(signed_in()), today)


def record_of(number: str) -> Client:
    """The client with the whole record; 404 when there is none of that number."""
    return client_by_number(number) or abort(404)


@bp.errorhandler(Refused)
def refused(error: Refused) -> errors.Answer:
    """A refusal about a client's record names its reasons, which is a look at it like any other."""
    db.session.rollback()
    number = (request.view_args or {}).get("number")
    if number is not None and signed_in().role == PRACTITIONER:
        with transaction():
            note_looks((READ, record_of(number)))
    return errors.refused(error)


def client_id_of(number: str) -> int:
    return db.session.scalar(select(Client.id).where(Client.number == number)) or abort(404)


@bp.get("/clients/<number>")
@open_to(PRACTITIONER)
def client(number: str) -> str:
    return desk(number)


def desk(number: str, bound: FlaskForm | None = None, key: str = "") -> str:
    """The page of one client; `bound` is a form that was not valid, `key` says which one."""
    policy, today = clinic_policy(), clock.today()
    one, waiting, many_wait = one_and_who_waits(number, policy, today)
    judged, home = judgement_on(one, policy, today), home_use_of(one, policy, today)
    return render_template(
        "practitioner/client.html",
        client=one,
        waiting=waiting,
        many_wait=many_wait,
        policy=policy,
        today=today,
        verdict=client_verdict(one, policy, today),
        forms=DeskForms(one, policy, today, judged["limits"], judged["serums"], bound, key),
        age=age_on(one.born_on, today),
        pictures=[picture_of(course, policy, today, told_of) for course in one.courses],
        home_use=home,
        reactions=open_reactions(one),
        reported=reported_of(one, [each.own for each in home.rollers], clock.now()),
        sizes=SIZES,
        outcomes=OUTCOMES,
        open_orders=open_orders_of(one),
        lacking=kits_lacking(one.id, today, gate.rules_on(today)),
        done=done_with(number),
        put_off=standing_deferral(one, today),
        meaning=MEANING,
        signer=signer(today),
        **judged,
    )


def one_and_who_waits(number: str, policy: Policy, today: date) -> tuple[Client, list[Waiting], int]:
    """The client of that number and the queue beside them, in which others' health words stand: every look is noted."""
    with transaction():
        found = clients_at_the_desk(number, policy, today)
        one = next((each for each in found if each.number == number), None) or abort(404)
        everybody = queue(found, policy, today)
        waiting = at_hand(everybody, number)
        others = [each.client for each in waiting if each.client is not one]
        note_looks((READ, one), *((LISTED, other) for other in others))
    return one, waiting, len(everybody)


def at_hand(waiting: list[Waiting], number: str = "") -> list[Waiting]:
    """As many of the queue as a page shows: the most pressing, or those around the client on the desk. Who is not shown is
    counted, and stands on the page of all."""
    place = next((at for at, each in enumerate(waiting) if each.client.number == number), 0)
    first = place - AT_HAND // 2 if place >= AT_HAND else 0
    return waiting[first : first + AT_HAND]


def open_orders_of(one: Client) -> int:
    """How many orders stop with the approval."""
    mine = select(func.count(Order.id)).where(Order.client_id == one.id, Order.status.in_(UNDER_WAY))
    return db.session.scalar(mine) or 0


def done_with(number: str) -> list[JournalEntry]:
    """What was done to the record of late, the newest first; who merely read it is left out."""
    mine = select(JournalEntry).where(JournalEntry.subject == "client", JournalEntry.reference == number)
    mine = mine.where(JournalEntry.verb.not_in(LOOKS)).order_by(JournalEntry.id.desc())
    return list(db.session.scalars(mine.limit(ENTRIES_SHOWN)))


def following_in_the_queue(number: str) -> str | None:
    """Where a decision leads: to the next who waits, or to the desk after the last; None when this client was not waiting."""
    policy, today = clinic_policy(), clock.today()
    numbers = [each.client.number for each in queue(clients_at_the_desk(None, policy, today), policy, today)]
    if number not in numbers:
        return None
    after = numbers[numbers.index(number) + 1 :]
    return url_for("practitioner.client", number=after[0]) if after else url_for("practitioner.today")


def waiting_now(shows_all: bool) -> tuple[list[Waiting], list[Waiting]]:
    """The queue, and who of it is shown: the look at each of those is noted."""
    policy, today = clinic_policy(), clock.today()
    with transaction():
        waiting = queue(clients_at_the_desk(None, policy, today), policy, today)
        shown = waiting if shows_all else at_hand(waiting)
        note_looks(*((LISTED, each.client) for each in shown))
    return waiting, shown
