"""The lists that hold people and money as files: clients and what was recorded of them, for practitioners; recalls' answers,
refunds and the journal, for admins."""

from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from catalogue.journal import JournalEntry
from catalogue.products import Product
from catalogue.recalls import Recall
from storefront.accounts.models import Account
from storefront.admin.export_kinds import Arguments, Export, Looks
from storefront.eligibility.consultations import ConsultationAnswer, ConsultationRequest
from storefront.eligibility.finding import are_meant
from storefront.eligibility.models import (
    Approval,
    ApprovedClass,
    ApprovedSerum,
    Client,
    Course,
    Qualification,
    Reaction,
    ReactionOutcome,
    Topical,
    TreatedArea,
    Treatment,
    Withdrawal,
)
from storefront.orders import recall_board
from storefront.orders.models import Order, Refund
from storefront.orders.recall_models import RecallAttempt, RecallDrill, RecallNotice
from storefront.roles import ADMIN, PRACTITIONER, STAFF

SEEN = Looks("client", "seen in a list", Client.number)
_SERUMS = (
    select(func.count()).select_from(ApprovedSerum).where(ApprovedSerum.approval_id == Approval.id).correlate(Approval)
).scalar_subquery()
_CLASSES = (
    select(func.aggregate_strings(ApprovedClass.name, "; "))
    .where(ApprovedClass.approval_id == Approval.id)
    .correlate(Approval)
).scalar_subquery()
_TOPICALS = (
    select(func.aggregate_strings(Topical.name + ", " + Topical.lot, "; "))
    .where(Topical.treatment_id == Treatment.id)
    .correlate(Treatment)
).scalar_subquery()
_ATTEMPTS = (
    select(func.count(RecallAttempt.id)).where(RecallAttempt.notice_id == RecallNotice.id).correlate(RecallNotice)
).scalar_subquery()


def people(_arguments: Arguments) -> Select[Any]:
    found = select(Account).outerjoin(Qualification, Qualification.account_id == Account.id)
    return found.where(Account.role.in_(STAFF)).order_by(Account.name, Qualification.expires_on)


def clients(arguments: Arguments) -> Select[Any]:
    """Those that the page shows for the same words."""
    found, wanted = select(Client).order_by(Client.name, Client.id), " ".join(arguments.get("q", "").split())[:80]
    if not wanted:
        return found
    return found.where(are_meant(wanted))


def treatments(_arguments: Arguments) -> Select[Any]:
    """A row for each area of each treatment as it holds today."""
    later = aliased(Treatment)
    found = select(Treatment).join(Course, Course.id == Treatment.course_id).join(Client, Client.id == Course.client_id)
    found = found.join(TreatedArea, TreatedArea.treatment_id == Treatment.id)
    holds = ~exists().where(later.replaces_id == Treatment.id)
    return found.where(holds, ~Treatment.is_struck).order_by(Client.number, Treatment.treated_on, TreatedArea.id)


def approvals(_arguments: Arguments) -> Select[Any]:
    found = select(Approval).join(Client, Client.id == Approval.client_id)
    return found.outerjoin(Withdrawal, Withdrawal.approval_id == Approval.id).order_by(Client.number, Approval.id)


def reactions(_arguments: Arguments) -> Select[Any]:
    found = select(Reaction).join(Client, Client.id == Reaction.client_id)
    found = found.outerjoin(Product, Product.id == Reaction.product_id)
    return found.outerjoin(ReactionOutcome, ReactionOutcome.reaction_id == Reaction.id).order_by(Reaction.id)


def consultations(_arguments: Arguments) -> Select[Any]:
    found = select(ConsultationRequest).outerjoin(ConsultationRequest.answer)
    return found.order_by(ConsultationRequest.asked_at, ConsultationRequest.id)


def answers(arguments: Arguments) -> Select[Any]:
    """A row for each client of a recall; of one recall alone where its number is said, and of one of its lists."""
    found = select(RecallNotice).join(Recall, Recall.id == RecallNotice.recall_id)
    found = found.join(Client, Client.id == RecallNotice.client_id).outerjoin(RecallNotice.message)
    found = found.where(*recall_board.on_list(arguments.get("show", ""))).order_by(Recall.id, RecallNotice.id)
    number = arguments.get("recall", "")
    return found.where(Recall.number == number) if number else found


def drills(_arguments: Arguments) -> Select[Any]:
    return select(RecallDrill).order_by(RecallDrill.id)


def refunds(_arguments: Arguments) -> Select[Any]:
    return select(Refund).join(Order, Order.id == Refund.order_id).order_by(Refund.id)


def journal(_arguments: Arguments) -> Select[Any]:
    return select(JournalEntry).order_by(JournalEntry.number)


PEOPLE = {
    "Name": Account.name, "Email": Account.email, "Role": Account.role, "May sign in": Account.is_active,
    "Certificate": Qualification.title, "Registration": Qualification.registration, "Valid until": Qualification.expires_on,
}  # fmt: skip
CLIENTS = {
    "Number": Client.number, "Name": Client.name, "Born": Client.born_on, "Email": Client.email, "Phone": Client.phone,
    "Registered": Client.created_at,
}  # fmt: skip
TREATMENTS = {
    "Client number": Client.number, "Client": Client.name, "Day": Treatment.treated_on, "Area": TreatedArea.area,
    "Device": TreatedArea.device, "Its lot": TreatedArea.device_lot, "Needle (µm)": TreatedArea.needle_um,
    "Passes": TreatedArea.passes, "Put on, with lot": _TOPICALS, "Skin type": Treatment.skin_type,
    "Bleeding": Treatment.bleeding, "Track marks": Treatment.track_marks, "Why corrected": Treatment.correction,
    "Notes": Treatment.notes, "Why the gap": Treatment.gap_reason, "By": Treatment.practitioner_name,
    "Recorded": Treatment.at,
}  # fmt: skip
APPROVALS = {
    "Client number": Client.number, "Client": Client.name, "Given": Approval.at, "By": Approval.by_name,
    "Greatest needle (µm)": Approval.greatest_needle_um, "Serums": _SERUMS, "Classes of serum": _CLASSES,
    "Days between orders": Approval.reorder_days, "Quantity": Approval.quantity,
    "Uses per roller": Approval.uses_per_roller, "Valid until": Approval.valid_until,
    "Note": Approval.note, "Withdrawn": Withdrawal.at, "Why": Withdrawal.why,
}  # fmt: skip
REACTIONS = {
    "Client number": Client.number, "Client": Client.name, "Told": Reaction.at, "Began": Reaction.began_on,
    "SKU": Product.sku, "What was told": Reaction.told, "Outcome": ReactionOutcome.outcome,
    "Note": ReactionOutcome.note, "Decided": ReactionOutcome.at, "By": ReactionOutcome.by_name,
}  # fmt: skip
CONSULTATIONS = {
    "Reference": ConsultationRequest.reference, "Asked": ConsultationRequest.asked_at, "Name": ConsultationRequest.name,
    "Email": ConsultationRequest.email, "Phone": ConsultationRequest.phone, "About": ConsultationRequest.concerns,
    "Concern": ConsultationRequest.concern,
    "Wishes": ConsultationRequest.wishes, "Times": ConsultationRequest.times, "Answered": ConsultationAnswer.at,
    "Answered by": ConsultationAnswer.by_name, "What came of it": ConsultationAnswer.note,
}  # fmt: skip
ANSWERS = {
    "Recall": Recall.number, "Client number": Client.number, "Client": Client.name, "Address": RecallNotice.address,
    "Phone": Client.phone,
    "Units": RecallNotice.units, "Mails": RecallNotice.told, "Answer": RecallNotice.answer,
    "Remedy": RecallNotice.remedy, "Answered": RecallNotice.answered_at, "Attempts": _ATTEMPTS,
}  # fmt: skip
REFUNDS = {
    "Number": Refund.id, "Order": Order.number, "Amount (£)": Refund.amount_minor, "Why": Refund.why,
    "By": Refund.by_name, "Promised": Refund.owed_at, "Paid back": Refund.done_at, "Came back": Refund.returned_at,
    "Paid in another way": Refund.other_way_at, "At Stripe": Refund.stripe_id, "Tries": Refund.attempts,
}  # fmt: skip
DRILLS = {
    "At": RecallDrill.at, "Batches": RecallDrill.batches, "Clients": RecallDrill.clients, "Units": RecallDrill.units,
    "Traced": RecallDrill.traced, "Milliseconds": RecallDrill.milliseconds, "By": RecallDrill.by_name,
}  # fmt: skip
JOURNAL = {
    "Number": JournalEntry.number, "At": JournalEntry.at, "What": JournalEntry.verb, "Of": JournalEntry.subject,
    "Reference": JournalEntry.reference, "By": JournalEntry.by_name, "Role": JournalEntry.by_role,
    "Particulars": JournalEntry.particulars, "Hash": JournalEntry.hash,
}  # fmt: skip

RECORDS = {
    "people": Export("People who work here", PEOPLE, people, (ADMIN,), holds_people=True),
    "refunds": Export("Refunds", REFUNDS, refunds, (ADMIN,)),
    "recall-answers": Export(
        "Answers to recalls", ANSWERS, answers, (ADMIN,), True, Looks("client", "read in a recall", Client.number)
    ),
    "drills": Export("Drills of a recall", DRILLS, drills, (ADMIN,)),
    "journal": Export("Journal", JOURNAL, journal, (ADMIN,), holds_people=True),
    "clients": Export("Clients", CLIENTS, clients, (PRACTITIONER,), True, SEEN),
    "treatments": Export("Treatments", TREATMENTS, treatments, (PRACTITIONER,), True, SEEN),
    "approvals": Export("Approvals", APPROVALS, approvals, (PRACTITIONER,), True, SEEN),
    "reactions": Export("Reactions", REACTIONS, reactions, (PRACTITIONER,), True, SEEN),
    "consultations": Export(
        "Requests for a consultation", CONSULTATIONS, consultations, (PRACTITIONER,), True,
        Looks("consultation", "consultation read", ConsultationRequest.reference),
    ),
}  # fmt: skip
