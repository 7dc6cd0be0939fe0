"""The demo clinic's clients: their courses, answers and approvals, made in the order in which they happened by the actions that
serve real ones."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from catalogue.journal import Who
from catalogue.products import Product
from storefront.accounts.actions import make_account
from storefront.db import db, transaction
from storefront.demo import agreements
from storefront.demo.calendar import Calendar
from storefront.eligibility import actions
from storefront.eligibility.approval_rules import Limits
from storefront.eligibility.models import Client, Reaction
from storefront.eligibility.policy import Policy, months_after
from storefront.eligibility.reaction_rules import Answers
from storefront.eligibility.records import clinic_policy
from storefront.orders import stopping
from storefront.orders.slips import packed_for
from storefront.roles import CLIENT

SERUMS = ("SE-CALM", "SE-BARRIER", "SE-DEW", "SE-OAT")
USUAL_DEPTH_UM = 750
DEVICE = "Clinic roller, sterile, single use"
SHORT_GAP_DAYS, LONG_GAP_DAYS = 42, 56


def register(told: dict[str, Any], calendar: Calendar, admin: Who, practitioner: Who) -> int:
    """One client with all that happened before they bought anything; gives the id of the record."""
    with transaction():
        began = max([one["ago"] for one in told.get("treatments", [])] + told.get("screened", []), default=7) + 1
        account = make_account(told["email"], told["name"], CLIENT, admin, calendar.moment(began))
        client = actions.register_client(account, born_on(told, calendar), practitioner, calendar.moment(began))
        for name in told.get("allergies", []):
            actions.add_allergy(client.id, name, practitioner, calendar.moment(began))
        if "treatments" in told and "papers" not in told:
            agreements.agree(client, "treatment", began, calendar)
    record_course(client, told, calendar, practitioner)
    if "pictured" in told:
        agreements.take_pictures(client, told, calendar, practitioner)
    if "corrected" in told:
        agreements.correct(client.id, told["corrected"], calendar, practitioner)
    return client.id


def born_on(told: dict[str, Any], calendar: Calendar) -> date:
    if "born" in told:
        return date.fromisoformat(str(told["born"]))
    return calendar.today.replace(day=1, year=calendar.today.year - told["age_years"])


def record_course(client: Client, told: dict[str, Any], calendar: Calendar, by: Who) -> None:
    sessions = told.get("treatments", [])
    if "papers" in told:
        taken = [session(one, None, calendar) for one in sessions]
        with transaction():
            ago = told["screened"][0] + 1
            card = agreements.card(client, [one.treated_on for one in taken])
            day, moment = calendar.day(ago), calendar.moment(ago)
            actions.take_over_course(client.id, taken, told["papers"], by, day, moment, card)
        return
    if sessions:
        with transaction():
            first = sessions[0]["ago"]
            actions.open_course(client.id, by, calendar.day(first), calendar.moment(first))
    for before, one in zip([None, *sessions], sessions, strict=False):
        with transaction():
            day, moment = calendar.day(one["ago"]), calendar.moment(one["ago"])
            actions.record_treatment(client.id, session(one, before, calendar), by, day, moment)
    if len(sessions) == clinic_policy().treatments_in_course and not told.get("uncompleted"):
        with transaction():
            last = sessions[-1]["ago"]
            actions.complete_course(client.id, by, calendar.day(last), calendar.moment(last))


def session(one: dict[str, Any], before: dict[str, Any] | None, calendar: Calendar) -> actions.TreatmentTold:
    gap = before["ago"] - one["ago"] if before else SHORT_GAP_DAYS
    unexplained = SHORT_GAP_DAYS <= gap <= LONG_GAP_DAYS or one.get("silent")
    month = f"{calendar.day(one['ago']):%y%m}"
    return actions.TreatmentTold(
        treated_on=calendar.day(one["ago"]),
        areas=(actions.AreaTold(needle_um=USUAL_DEPTH_UM, device=DEVICE, device_lot=f"CR-{month}", passes=4),),
        topicals=(actions.TopicalTold(name="Hyaluronate ampoule, sterile", lot=f"HA-{month}"),),
        health_today="",
        skin_type=2,
        end_point="even redness",
        numbing_cream=True,
        aftercare_given=True,
        bleeding=one.get("bleeding", "occasional"),
        track_marks=one.get("track_marks", False),
        minutes_to_settle=40,
        next_on=calendar.day(-one["next"]) if "next" in one else None,
        gap_reason="" if unexplained else "The client was away.",
    )


def judge_client(client_id: int, told: dict[str, Any], calendar: Calendar, by: Who) -> None:
    """Answers and approval, each on its day."""
    for ago in told.get("screened", []):
        answer(client_id, {}, ago, calendar, by)
        if told.get("approved", {}).get("ago") == ago:
            approve(client_id, told["approved"], calendar, by)


def said(told: dict[str, Any], calendar: Calendar) -> dict[str, actions.Given]:
    """The answers that were not "no", with what was told and the days asked for."""
    words = dict.fromkeys(told.get("yes", []), "yes") | dict.fromkeys(told.get("not_sure", []), "not_sure")
    details, since = told.get("told", {}), told.get("since", {})
    days = {code: calendar.day(ago) for code, ago in since.items()}
    return {code: actions.Given(word, details.get(code, ""), days.get(code)) for code, word in words.items()}


def answer(client_id: int, others: dict[str, actions.Given], ago: int, calendar: Calendar, by: Who) -> None:
    given = {code.code: others.get(code.code, actions.Given("no")) for code in clinic_policy().conditions}
    with transaction():
        stopping.answer_screening(client_id, given, by, calendar.day(ago), calendar.moment(ago))


def approve(client_id: int, told: dict[str, Any], calendar: Calendar, by: Who) -> None:
    day, moment = calendar.day(told["ago"]), calendar.moment(told["ago"])
    with transaction():
        actions.grant_approval(client_id, limits(told, day, clinic_policy()), by, day, moment)


def limits(told: dict[str, Any], day: date, policy: Policy) -> Limits:
    skus = told.get("serums", SERUMS)
    serums = db.session.scalars(select(Product.id).where(Product.sku.in_(skus)))
    until = months_after(day, policy.approval_months)
    if "valid_days" in told:
        until = day + timedelta(days=told["valid_days"])
    return Limits(
        greatest_needle_um=told.get("greatest_needle_um", 200),
        serum_ids=frozenset(serums),
        reorder_days=told.get("reorder_days", policy.reorder_days),
        quantity=policy.quantity,
        uses_per_roller=policy.uses_per_roller,
        valid_until=until,
        note="Once a week, light hand, the paired serum only.",
        deep_note=told.get("deep_note", ""),
    )


def stop(client_id: int, told: dict[str, Any], calendar: Calendar, by: Who) -> None:
    """What speaks against selling now: a withdrawal, an answer, a reaction."""
    if "withdrawn" in told:
        with transaction():
            moment = calendar.moment(told["withdrawn"]["ago"])
            stopping.withdraw_approval(client_id, told["withdrawn"]["why"], by, moment)
    if "answered" in told:
        answer(client_id, said(told["answered"], calendar), told["answered"]["ago"], calendar, by)
    if "unknown_allergy" in told:
        ago, name = told["unknown_allergy"]["ago"], told["unknown_allergy"]["name"]
        with transaction():
            stopping.add_allergies(client_id, [name], by, calendar.moment(ago))
    if "reaction" in told:
        report(client_id, told["reaction"], calendar)
        if "closed" in told["reaction"]:
            close(client_id, told["reaction"]["closed"], calendar, by)


def report(client_id: int, told: dict[str, Any], calendar: Calendar) -> None:
    with transaction():
        client = db.session.get_one(Client, client_id)
        by = Who(client.account_id, client.name, CLIENT)
        about = next(one for one in packed_for(client_id) if one.sku == told["sku"])
        began, moment = calendar.day(told["ago"] + 1), calendar.moment(told["ago"])
        answers = Answers(tuple(told["signs"]), told["size"], began, about.number)
        ids = about.product_id, about.batch_id
        stopping.report_reaction(client_id, told["told"], by, moment, *ids, began_on=began, answers=answers)


def close(client_id: int, told: dict[str, Any], calendar: Calendar, by: Who) -> None:
    """What became of the report, as the practitioner signed it."""
    day, moment = calendar.day(told["ago"]), calendar.moment(told["ago"])
    with transaction():
        reported = db.session.scalars(select(Reaction.id).where(Reaction.client_id == client_id)).one()
        actions.close_reaction(client_id, reported, told["outcome"], told["note"], by, day, moment)
