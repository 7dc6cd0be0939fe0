"""Records in memory for the gate: rows built from the tables of `tests/cases/gate.toml`, no database."""

import itertools
import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from catalogue import specification
from catalogue.allergens import is_recognised
from catalogue.batches import Batch
from catalogue.canonical import plain
from catalogue.products import Listing, Product, Vetting
from storefront import clock
from storefront.eligibility.early_models import EarlyAnswer, EarlyWish
from storefront.eligibility.home_rules import Roller
from storefront.eligibility.models import (
    Allergy,
    AllergyReading,
    Answer,
    Approval,
    ApprovedClass,
    ApprovedSerum,
    Clearance,
    Client,
    Completion,
    Course,
    Deferral,
    GapDecision,
    Reaction,
    ReactionOutcome,
    Recheck,
    Screening,
    SkinSeen,
    Treatment,
    Withdrawal,
)
from storefront.eligibility.policy import load_policy
from storefront.eligibility.product_rules import classes_of
from storefront.eligibility.rules import Purchase, Wanted, may_buy

CASES = Path(__file__).resolve().parents[2] / "cases"
FILE = tomllib.loads((CASES / "gate.toml").read_text(encoding="utf-8"))
POLICY = load_policy()
RULES = specification.load()
Story = Mapping[str, Any]


def at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def product(name: str) -> Product:
    told = FILE["products"][name]
    facts = {
        fact: Decimal(value) if fact.startswith("needle_length") else value for fact, value in told["facts"].items()
    }
    found = Product(id=1 + list(FILE["products"]).index(name), kind=told["kind"], sku=name, name=name)
    units = {
        "received": told.get("units", 100),
        "reserved": 0,
        "sold": 0,
        "returned": 0,
        "destroyed": 0,
        "corrected": 0,
    }
    found.batches = [Batch(status=told.get("status", "released"), expires_on=date(2099, 1, 1), **units)]
    if told.get("listed", True):
        evidence = [{"proof": "note"}] if told.get("noted") else [{"proof": "lab_report"}]
        dossier = json.dumps({"facts": plain(facts), "evidence": evidence})
        vetting = Vetting(dossier=dossier, lapses_on=told.get("lapses_on"))
        vetting.specification_hash = told.get("specification", RULES.hash)
        found.listing = Listing(vetting=vetting)
    return found


def treatment(told: Any) -> Treatment:
    told = told if isinstance(told, dict) else {"on": told}
    row = Treatment(treated_on=told["on"], bleeding=told.get("bleeding", "none"), needle_um=500)
    row.track_marks, row.gap_reason = told.get("track_marks", False), told.get("gap_reason", "")
    row.gap_decisions = [GapDecision(counts=told["counts"])] if "counts" in told else []
    row.replaces, row.is_struck = None, False
    row.skin_seen = SkinSeen(note="calm") if told.get("seen") else None
    row.at = at(told["on"])
    return row


def course(story: Story) -> Course:
    row = Course(origin=story.get("origin", "clinic"), opened_at=at(date(2025, 1, 1)))
    row.versions = [treatment(told) for told in story["treated"]]
    last = max((each.at for each in row.versions), default=row.opened_at)
    row.completions = [Completion(meaning="complete", at=last)] if story["completed"] else []
    for before, after in itertools.pairwise(row.treatments):
        for decision in after.gap_decisions:
            decision.days = (after.treated_on - before.treated_on).days
    return row


def approval(told: Any, number: int) -> Approval:
    row = Approval(id=number, at=at(told["on"]), valid_until=told["until"], greatest_needle_um=told["depth"])
    row.reorder_days, row.quantity, row.deep_note = told["days"], told["quantity"], told.get("deep_note", "")
    row.review_note, row.uses_per_roller = told.get("review_note", ""), told.get("uses", 10)
    row.serums = [ApprovedSerum(product_id=product(name).id) for name in told["serums"]]
    row.classes = [ApprovedClass(name=name) for name in told.get("classes", ())]
    row.withdrawal = Withdrawal(at=at(told["withdrawn_on"])) if "withdrawn_on" in told else None
    row.early_wishes = wishes(told.get("early", []), number)
    return row


def wishes(told: Any, approval_id: int) -> list[EarlyWish]:
    """What was asked for before its day; answered unless it waits, granted where it says until when."""
    found = []
    for number, each in enumerate(told):
        wish = EarlyWish(id=number, approval_id=approval_id, product_id=product(each["product"]).id)
        answer = EarlyAnswer(id=number, is_granted="until" in each, quantity=each.get("quantity"))
        answer.until = each.get("until")
        wish.answer = None if each.get("waits") else answer
        found.append(wish)
    return found


def screening(day: date, answers: Story, version: str, unanswered: list[str], number: int = 9) -> Screening:
    row = Screening(id=number, at=at(day), answered_on=day, version=version)
    codes = dict.fromkeys([condition.code for condition in POLICY.conditions] + list(answers))
    row.answers = [answer(code, answers.get(code, "no")) for code in codes if code not in unanswered]
    return row


def answer(code: str, told: Any) -> Answer:
    told = told if isinstance(told, dict) else {"answer": told}
    row = Answer(condition=code, answer=told["answer"], until=told.get("until"))
    row.clearance = Clearance(note="seen", from_on=told["cleared_from"]) if "cleared_from" in told else None
    return row


def deferral(told: Any) -> Deferral:
    return Deferral(at=at(told["on"]), why=told["why"], until=told.get("until"))


def reaction(told: Any) -> Reaction:
    row = Reaction(at=at(told["on"]), told="red")
    row.product_id = product(told["product"]).id if "product" in told else None
    row.outcome = ReactionOutcome(outcome=told["outcome"]) if "outcome" in told else None
    return row


def news(told: Any) -> Recheck:
    """Told after the screening that stands, or after an earlier one."""
    return Recheck(at=at(told["on"]), anything_new=told.get("answer", "yes"), screening_id=told.get("after", 9))


def allergy(told: Any) -> Allergy:
    """A name, or a name with what a practitioner read in it."""
    told = told if isinstance(told, dict) else {"name": told}
    row = Allergy(name=told["name"], needs_reading=not is_recognised(told["name"]))
    row.reading = AllergyReading(outcome=told["read"], note="asked") if "read" in told else None
    return row


def person(story: Story) -> Client | None:
    if story.get("visitor"):
        return None
    client = Client(id=1, number="C-1001", born_on=story["born"])
    client.allergies = [allergy(told) for told in story["allergies"]]
    client.courses = [course(story)] if story["treated"] is not False else []
    if "begun" in story:
        client.courses.append(course({"treated": story["begun"], "completed": False}))
        client.courses[-1].opened_at = at(story["begun"][0])
    approvals = [told for told in (story.get("earlier"), story["approved"]) if told]
    client.approvals = [approval(told, number) for number, told in enumerate(approvals)]
    if client.approvals and "early" in story:
        client.approvals[-1].early_wishes = wishes(story["early"], client.approvals[-1].id)
    client.deferrals = [deferral(told) for told in story.get("put_off", [])]
    client.reactions = [reaction(told) for told in story["reactions"]]
    client.screenings = screenings(story)
    client.news = [news(told) for told in story.get("told_new", [])]
    return client


def screenings(story: Story) -> list[Screening]:
    found = []
    earlier = [story["earlier_answers"]] if "earlier_answers" in story else story.get("history", [])
    for number, answers in enumerate(earlier):
        found.append(screening(date(2026, 2, 1 + number), answers, POLICY.screening_version, [], number))
    if story["answered_on"]:
        version = story.get("screening_version", POLICY.screening_version)
        found.append(screening(story["answered_on"], story["answers"], version, story.get("unanswered", [])))
    return found


def purchase(told: Any) -> Purchase:
    bought, units = product(told["product"]), told.get("quantity", 1)
    roller = Roller(told.get("came", told["on"]), tuple(told.get("used", ())), told.get("most_uses"))
    rollers = (roller,) * units if bought.kind == "roller" else ()
    return Purchase(bought.kind, bought.id, units, told["on"], rollers, told.get("exception"), classes_of(bought))


def clinic_day(moment: datetime) -> date:
    """The day of an instant where the clinic is, as the shop tells it."""
    clinic = Flask("clinic")
    clinic.config["SETTINGS"] = SimpleNamespace(time_zone=ZoneInfo("Europe/London"))
    with clinic.app_context():
        return clock.day_of(moment)


def verdict(told: Story) -> Any:
    """The gate's answer to a case; what the case does not say is as in Ada Standard's record."""
    story = {**FILE["standard"], **told}
    if "moment" in told:
        story["day"] = clinic_day(told["moment"])
    wanted = [Wanted(product(name), number) for name, number in story["wants"].items()]
    bought = tuple(purchase(each) for each in story["bought"])
    return may_buy(person(story), wanted, POLICY, RULES, story["day"], bought, story.get("ordered_on"))
