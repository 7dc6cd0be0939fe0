"""The verbs of lower rooms whose effects reach orders: what was sold on an answer that is no longer true is stopped in the same
transaction. Faces call these and never the lower ones. Unpaid orders are cancelled; accepted and packed ones are held, and
given back where safety is at stake; what has left the clinic is noted, and no more."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, update

from catalogue import drafts, goods_in, publishing, rejudging, shelf, signing, versions
from catalogue.batches import Batch
from catalogue.dossiers import Dossier
from catalogue.journal import Who, note
from catalogue.products import Document, Product, Vetting
from catalogue.specification import Specification
from catalogue.verdicts import Reason, Verdict
from catalogue.versions import Publication
from storefront.clock import beginning_of
from storefront.db import db
from storefront.eligibility import actions as care
from storefront.eligibility.allergy_rules import Read
from storefront.eligibility.models import (
    Allergy,
    AllergyReading,
    Approval,
    Course,
    GapDecision,
    Reaction,
    Screening,
    Treatment,
    Withdrawal,
)
from storefront.eligibility.reaction_rules import NO_ANSWERS, Answers
from storefront.eligibility.rules import Limits
from storefront.eligibility.screenings import Given
from storefront.eligibility.signals import tell_of_signal
from storefront.eligibility.treatments import TreatmentTold
from storefront.orders import gate, recall_lists, touched
from storefront.orders.halting import locked, stop, stop_orders_of
from storefront.orders.held_units import locked_batches, named, orders_with
from storefront.orders.models import Order, OrderLine
from storefront.orders.rules import STOPPABLE, UNPAID

NOT_VETTED = Reason("not-vetted", "A product of this order is off sale.", "the clinic", "Read what it means for you.")
BATCH_HELD = Reason("batch-held", "We are checking {it}.", "the clinic", "Wait for our news.")
BATCH_RECALLED = Reason("batch-recalled", "We have recalled {it}.", "nobody", "Your money comes back.")


def withdraw_approval(client_id: int, why: str, by: Who, now: datetime) -> Withdrawal:
    """Withdraws the approval in force and stops what it allowed. Refuses when there is none, or without a reason."""
    withdrawal = care.withdraw_approval(client_id, why, by, now)
    stop_orders_of(client_id, by, now)
    return withdrawal


def take_back_decision(client_id: int, by: Who, now: datetime) -> None:
    """Takes back what was just decided, and stops what was sold on it meanwhile. Refuses when its seconds are over."""
    care.take_back_decision(client_id, by, now)
    stop_orders_of(client_id, by, now)


def grant_approval(
    client_id: int, limits: Limits, by: Who, today: date, now: datetime, shown: str | None = None
) -> Approval:
    """Signs a new approval; orders under way that it no longer allows are stopped. Refuses what the record's rule refuses."""
    approval = care.grant_approval(client_id, limits, by, today, now, shown)
    stop_orders_of(client_id, by, now)
    return approval


def report_reaction(
    client_id: int,
    told: str,
    by: Who,
    now: datetime,
    product_id: int | None = None,
    batch_id: int | None = None,
    began_on: date | None = None,
    answers: Answers = NO_ANSWERS,
) -> Reaction:
    """Keeps a report and stops the client's orders. Refuses when nothing was told."""
    reaction = care.report_reaction(client_id, told, by, now, product_id, batch_id, began_on, answers)
    stop_orders_of(client_id, by, now)
    tell_of_signal(batch_id, now)
    return reaction


def answer_screening(client_id: int, answers: Mapping[str, Given], by: Who, today: date, now: datetime) -> Screening:
    """Keeps the answers; where one stops sales, the client's orders stop. Refuses when a question that is due is left open."""
    screening = care.answer_screening(client_id, answers, by, today, now)
    stop_orders_of(client_id, by, now)
    return screening


def record_treatment(client_id: int, told: TreatmentTold, by: Who, today: date, now: datetime) -> Treatment:
    """Records a session; what was ordered does not go to a skin that has to rest. Refuses what the record's rule refuses."""
    treatment = care.record_treatment(client_id, told, by, today, now)
    stop_orders_of(client_id, by, now)
    return treatment


def correct_treatment(
    client_id: int,
    treatment_id: int,
    told: TreatmentTold,
    why: str,
    by: Who,
    today: date,
    now: datetime,
    is_struck: bool,
) -> Treatment:
    """Corrects a session; what the record now speaks against is stopped. Refuses what the record's rule refuses."""
    treatment = care.correct_treatment(client_id, treatment_id, told, why, by, today, now, is_struck)
    stop_orders_of(client_id, by, now)
    return treatment


def decide_gap(
    client_id: int, treatment_id: int, counts: bool, why: str, by: Who, today: date, now: datetime
) -> GapDecision:
    """Decides on a long gap; where the course does not count, the client's orders stop. Refuses without a reason."""
    decision = care.decide_gap(client_id, treatment_id, counts, why, by, today, now)
    stop_orders_of(client_id, by, now)
    return decision


def take_over_course(
    client_id: int,
    told: Sequence[TreatmentTold],
    attestation: str,
    by: Who,
    today: date,
    now: datetime,
    paper: bytes = b"",
) -> Course:
    """Takes a course over from papers; what it speaks against is stopped. Refuses what the record's rule refuses."""
    course = care.take_over_course(client_id, told, attestation, by, today, now, paper)
    stop_orders_of(client_id, by, now)
    return course


def add_allergies(client_id: int, names: Iterable[str], by: Who, now: datetime) -> list[Allergy]:
    """Puts allergies on record and stops orders with one of them in it. Refuses without a name."""
    allergies = [care.add_allergy(client_id, name, by, now) for name in names]
    stop_orders_of(client_id, by, now)
    return allergies


def read_allergy(client_id: int, allergy_id: int, read: Read, by: Who, today: date, now: datetime) -> AllergyReading:
    """Signs what an allergy means, and stops orders with that in them. Refuses what the record's rule refuses."""
    reading = care.read_allergy(client_id, allergy_id, read, by, today, now)
    stop_orders_of(client_id, by, now)
    return reading


def hold_batch(code: str, by: Who, now: datetime, why: str) -> Batch:
    """Takes a batch off sale at once and holds the orders that have units of it. Refuses (Stale) when it is stopped already."""
    (batch,) = locked_batches([code])
    orders = orders_with([batch])
    goods_in.hold_batch(db.session(), batch, by, now, why)
    for order in orders:
        stop(order, named(BATCH_HELD, order, [batch]), by, now, gives_back=False)
    left = recall_lists.count_orders([batch.id])
    note(db.session(), "stopped with orders that had left", "batch", batch.code, by, now, orders=left)
    return batch


def recall_batch(code: str, by: Who, now: datetime, why: str) -> Batch:
    """Recalls one batch, as `recall_batches` does."""
    (batch,) = recall_batches([code], by, now, why)
    return batch


def recall_batches(codes: Iterable[str], by: Who, now: datetime, why: str) -> list[Batch]:
    """Takes batches off sale for good; orders that have units of them are held and given back, those sent are noted.
    Refuses without a reason, or (Stale) when one is recalled already."""
    batches = locked_batches(codes)
    orders = orders_with(batches)
    for batch in batches:
        goods_in.recall_batch(db.session(), batch, by, now, why)
        left = recall_lists.count_orders([batch.id])
        note(db.session(), "stopped with orders that had left", "batch", batch.code, by, now, orders=left)
    for order in orders:
        stop(order, named(BATCH_RECALLED, order, batches), by, now, gives_back=True)
    return batches


def void_vetting(sku: str, by: Who, now: datetime, why: str) -> Product:
    """Takes a product off sale and gives back every order with it that has not left. Refuses without a reason, or when it is
    off sale already."""
    product = _product(sku)
    signing.void_vetting(db.session(), product, by, now, why)
    _stop_with_product(product, by, now, gives_back=True)
    return product


def record_vetting(
    sku: str, by: Who, today: date, now: datetime, shown_hash: str, notes: Mapping[str, str] | None = None
) -> Vetting:
    """Signs a vetting under the specification in force. One that is not accepted ends the listing there was, and stops its
    orders. Refuses what `signing.record_vetting` refuses."""
    product = _product(sku)
    vetting = signing.record_vetting(db.session(), product, gate.rules_on(today), by, today, now, shown_hash, notes)
    if vetting.verdict != "accepted":
        _stop_with_product(product, by, now, gives_back=vetting.verdict == "rejected")
    return vetting


def enter_dossier(
    dossier: Dossier,
    documents: Mapping[str, Document],
    by: Who,
    now: datetime,
    summary: str | None = None,
    was: str | None = None,
) -> Product:
    """A new or changed dossier. A changed one is off sale until it is signed again: its orders wait on hold. Refuses what
    `drafts.enter_dossier` refuses."""
    product = drafts.enter_dossier(db.session(), dossier, documents, by, now, summary, was)
    db.session.flush()
    if _was_ordered(product) and _product(dossier.sku).listing is None:
        _stop_with_product(product, by, now, gives_back=False)
    return product


def sign_version(version: str, by: Who, today: date, now: datetime, shown: str) -> Publication | None:
    """Signs a version of the specification. Published for today, it takes force at once: what it refuses is stopped in the
    same transaction, or by the worker where much is still to be judged. Refuses what `publishing.sign_version` refuses."""
    publication = publishing.sign_version(db.session(), version, by, today, now, shown)
    if publication is None:
        return None
    rules = versions.of_publication(db.session(), publication)
    if publication.in_force_from > today or rejudging.is_unjudged(db.session(), rules):
        publication.due_at = max(now, beginning_of(publication.in_force_from))
        return publication
    for sku in fallen_by(rules):
        stop_what_fell(sku, rules, by, now)
    record_switch(publication.id, now)
    db.session.refresh(publication)
    return publication


def fallen_by(rules: Specification) -> list[str]:
    """The SKUs that are on sale no longer, now that these rules are in force."""
    return [product.sku for product in rejudging.fallen(db.session(), rules)]


def stop_what_fell(sku: str, rules: Specification, by: Who, now: datetime) -> None:
    """Stops the orders with a product that no longer counts under the rules in force; safety is at stake, so what was paid
    goes back. Done twice, it changes nothing."""
    product = _product(sku)
    if shelf.counting(product, rules) is None:
        judgement = shelf.judgement_by(product, rules)
        why = shelf.refused_by(judgement, rules) if judgement else NOT_VETTED
        _stop_with_product(product, by, now, gives_back=True, why=why)


def record_switch(publication_id: int, now: datetime) -> None:
    """All that a version refuses on its first day is stopped; whom it touches is told, once."""
    done = update(Publication).where(Publication.id == publication_id, Publication.done_at.is_(None))
    if db.session.scalar(done.values(done_at=now, due_at=None).returning(Publication.id)) is not None:
        touched.tell_of_switch(publication_id, now)


def _was_ordered(product: Product) -> bool:
    """Whether there is any order to stop; the product is locked, so none comes meanwhile."""
    return db.session.scalar(select(OrderLine.id).where(OrderLine.product_id == product.id).limit(1)) is not None


def _product(sku: str) -> Product:
    found = gate.products_with(Product.sku == sku, locked=True)
    if not found:
        raise LookupError(sku)
    return next(iter(found.values()))


def _stop_with_product(product: Product, by: Who, now: datetime, gives_back: bool, why: Reason = NOT_VETTED) -> None:
    has_it = select(OrderLine.order_id).where(OrderLine.product_id == product.id)
    for order in locked(Order.id.in_(has_it), UNPAID + STOPPABLE):
        stop(order, Verdict((why,)), by, now, gives_back)
