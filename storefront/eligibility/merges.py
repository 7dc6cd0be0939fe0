"""Two records of one person: found when a client is made, and merged by a signed act. Nothing that is evidence moves: courses,
answers, approvals and orders stay where they were signed, and what restricts the person is carried over to the kept record as
new rows. So a merge never makes more buyable."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, func, or_, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from catalogue.allergens import is_recognised
from catalogue.base import Base
from catalogue.journal import Who
from storefront.accounts.models import Account
from storefront.db import db
from storefront.eligibility.allergy_rules import counting_allergies
from storefront.eligibility.approval_rules import latest_approval
from storefront.eligibility.duplicate_rules import LEAST_DIGITS, Person, digits, likeness
from storefront.eligibility.models import (
    Allergy,
    Answer,
    Client,
    Reaction,
    ReactionOutcome,
    Recheck,
    Screening,
    Signed,
    Withdrawal,
)
from storefront.eligibility.policy import Policy
from storefront.eligibility.reaction_rules import closed_products
from storefront.eligibility.rules import open_reactions
from storefront.eligibility.screening_rules import CARRIED_OVER, Standing, current_screening, news_of, standing_answers
from storefront.eligibility.signatures import Signature, note, signature

SIGNS_IN_PHONES = " -()./+"


class ClientMerge(Signed, Base):
    """Who judged two records to be of one person, when and why."""

    __tablename__ = "client_merge"
    __table_args__ = (CheckConstraint("kept_id <> merged_id", name="two_records"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("client.id"), unique=True)
    why: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record that may be of the same person, and in what the two are alike."""

    client: Client
    alike: tuple[str, ...]


def person_of(client: Client) -> Person:
    return Person(client.name, client.email, client.born_on, client.phone)


def possible_duplicates(person: Person, but: int | None = None) -> list[Duplicate]:
    """Records that may be of this person; those merged already are left out. One query."""
    alike = [func.lower(Client.email) == person.email.strip().lower(), Client.born_on == person.born_on]
    if len(digits(person.phone)) >= LEAST_DIGITS:
        bare: object = Client.phone
        for sign in SIGNS_IN_PHONES:
            bare = func.replace(bare, sign, "")
        alike.append(bare.endswith(digits(person.phone)))  # type: ignore[attr-defined]
    found = select(Client).where(or_(*alike), Client.kept_as_id.is_(None)).order_by(Client.id)
    judged = [Duplicate(each, likeness(person, person_of(each))) for each in db.session.scalars(found)]
    return [each for each in judged if each.alike and each.client.id != but]


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What the kept record gains from the merged one."""

    allergies: tuple[str, ...]
    answers: tuple[Standing, ...]
    reactions: tuple[Reaction, ...]
    news: tuple[Recheck, ...] = ()


def to_carry_over(kept: Client, merged: Client, policy: Policy, today: date) -> CarriedOver:
    """Allergies that the kept record does not name yet, answers that still count, reactions that
    nobody has closed, and those that closed a product to the client."""
    known = {allergy.name for allergy in counting_allergies(kept)}
    answers = [each for each in standing_answers(merged, policy, today) if not each.is_over]
    names = [allergy.name for allergy in counting_allergies(merged) if allergy.name not in known]
    still_closed = closed_products(merged).keys() - closed_products(kept).keys()
    closing = [each for each in merged.reactions if each.product_id in still_closed and each.outcome is not None]
    return CarriedOver(tuple(names), tuple(answers), (*open_reactions(merged), *closing), tuple(news_of(merged)))


def carry_over(kept: Client, merged: Client, carried: CarriedOver, by: Who, today: date, now: datetime) -> None:
    """Writes it on the kept record, signed now. The answers make no whole screening: the questions are due anew."""
    signed = signature(by, now)
    kept.allergies += [
        Allergy(name=name, needs_reading=not is_recognised(name), reading=None, **signed) for name in carried.allergies
    ]
    if carried.answers:
        screening = Screening(version=CARRIED_OVER, answered_on=today, **signed)
        screening.answers = [_answer(each, merged) for each in carried.answers]
        kept.screenings.append(screening)
    last = current_screening(kept)
    for news in carried.news:
        answers = {"version": news.version, "anything_new": news.anything_new, "reaction": "no"}
        db.session.add(Recheck(client_id=kept.id, screening_id=last.id if last else None, **answers, **signed))
    for each in carried.reactions:
        told = f"Carried over from {merged.number}: {each.told}"
        kept.reactions.append(_reaction(each, told, signed))


def _reaction(told_before: Reaction, told: str, signed: Signature) -> Reaction:
    """The report once more, as it was told; its batch stays with the record that bought it, or it would count twice."""
    again = Reaction(told=told, outcome=None, **signed)
    for name in ("began_on", "product_id", "signs", "size", "used_on", "order_number", "answer_by"):
        setattr(again, name, getattr(told_before, name))
    if told_before.outcome is not None:
        again.outcome = ReactionOutcome(outcome=told_before.outcome.outcome, note=told_before.outcome.note, **signed)
    return again


def _answer(standing: Standing, merged: Client) -> Answer:
    details = [each.answer.detail for each in standing.said if each.answer.detail]
    word = "yes" if standing.word == "yes" else "not_sure"
    told = f"From {merged.number}. {' / '.join(details)}".strip()
    asked = {"asked": standing.said[-1].asked, "detail": told}
    return Answer(condition=standing.code, answer=word, until=standing.until, clearance=None, **asked)


def withdraw_both(kept: Client, merged: Client, why: str, by: Who, now: datetime) -> None:
    """No approval outlives a merge: each was given without knowing the other record."""
    for client in (kept, merged):
        approval = latest_approval(client)
        if approval is not None and approval.withdrawal is None:
            approval.withdrawal = Withdrawal(why=why, **signature(by, now))
            note("approval withdrawn", client, by, now, approval=approval.id)


def close_record(kept: Client, merged: Client, why: str, by: Who, now: datetime) -> ClientMerge:
    """The merged record stays to be read; its account is closed, and recalls of what it bought go to the kept one's address."""
    found = ClientMerge(kept_id=kept.id, merged_id=merged.id, why=why, **signature(by, now))
    db.session.add(found)
    merged.safety_email = kept.safety_address
    db.session.flush()
    earlier = or_(Client.id == merged.id, Client.kept_as_id == merged.id)
    db.session.execute(update(Client).where(earlier).values(kept_as_id=kept.id))
    db.session.execute(update(Account).where(Account.id == merged.account_id).values(is_active=False))
    note("record merged into another", merged, by, now, kept=kept.number)
    note("record kept in a merge", kept, by, now, merged=merged.number)
    return found


def merges_of(client: Client) -> list[tuple[ClientMerge, Client, Client]]:
    """Every merge that this record was part of, with the kept and the merged one, the oldest first; one query."""
    kept, merged = aliased(Client), aliased(Client)
    mine = select(ClientMerge, kept, merged).join(kept, kept.id == ClientMerge.kept_id)
    mine = mine.join(merged, merged.id == ClientMerge.merged_id).order_by(ClientMerge.id)
    part = or_(ClientMerge.kept_id == client.id, ClientMerge.merged_id == client.id)
    return [(each, one, other) for each, one, other in db.session.execute(mine.where(part))]
