"""The report of a reaction for whom it concerns, drawn from what is on record: a roller is reported to the MHRA's Yellow Card
scheme, a serum to its responsible person and the cosmetics authority (in the United Kingdom OPSS). A person reads, completes and
sends it. The client stands in it by number and age alone, as both forms allow."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from catalogue.batches import Batch
from catalogue.journal import Who
from catalogue.products import Product
from catalogue.verdicts import Refused
from storefront.clock import day_of
from storefront.db import db
from storefront.eligibility.allergy_rules import counting_allergies
from storefront.eligibility.models import Approval, Client, Reaction
from storefront.eligibility.product_rules import in_mm
from storefront.eligibility.reaction_rules import SIZES
from storefront.eligibility.reasons import day_in_words
from storefront.orders import pdf_pages
from storefront.orders.diary import rollers_at_home, uses_of
from storefront.orders.models import Allocation, Order, Parcel

ASKED = "not on record: please add"
SERIOUS = "Death, danger to life, hospital, lasting harm, or none of these"
OUTCOMES = {
    "continue": "The practitioner judged that the product was not the cause; home care goes on.",
    "other_product": "Home care with this product ended; another product is considered.",
    "see_me": "Home care is stopped until the skin has been seen.",
    "stop": "Home care was stopped.",
}
Chapters = list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who signs the report, and where they are reached."""

    who: Who
    registration: str
    clinic: str
    address: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Case:
    """One reaction with all that belongs to it. `sent_on`: the day on which units of that batch left for the client, `uses`: how
    many of that roller the client noted."""

    client: Client
    reaction: Reaction
    product: Product
    batch: Batch
    sent_on: date | None
    approval: Approval | None
    uses: int | None


def case_of(client: Client, reaction: Reaction) -> Case:
    """Refuses when the report names no batch: it concerns no product of ours."""
    found = select(Product, Batch).join(Batch, Batch.product_id == Product.id).where(Batch.id == reaction.batch_id)
    row = db.session.execute(found).one_or_none()
    if row is None:
        text = "This report names no product that came from here."
        raise Refused.because("no-product", text, "the practitioner", "Report it to the maker named on the box.")
    product, batch = row
    sent = select(Parcel.dispatched_at).join(Order, Parcel.order_id == Order.id)
    sent = sent.join(Allocation, Allocation.order_id == Order.id).where(Allocation.batch_id == batch.id)
    sent = sent.where(Order.client_id == client.id, Parcel.dispatched_at < reaction.at)
    left_at = db.session.scalar(sent.order_by(Parcel.dispatched_at.desc()).limit(1))
    signed = [each for each in client.approvals if each.at <= reaction.at]
    last = max(signed, key=lambda each: each.at, default=None)
    uses = uses_of(rollers_at_home(client.id), product.sku, reaction.order_number)
    return Case(client, reaction, product, batch, day_of(left_at) if left_at else None, last, uses)


def draw(case: Case, by: Reporter, age: int, now: datetime) -> bytes:
    """The report as a PDF of A4 pages."""
    is_roller = case.product.kind == "roller"
    title = (
        "Report of an incident with a medical device" if is_roller else "Report of an undesirable effect of a cosmetic"
    )
    pdf = pdf_pages.begun(f"{title}, {case.client.number}", now)
    pdf.foot = f"{title}: {case.batch.code}"
    pdf.add_page()
    pdf_pages.heading(pdf, title, 18)
    pdf_pages.lines(pdf, [_to(case), f"Drawn up {day_in_words(day_of(now))}. Read, complete and send it yourself."])
    for name, told in chapters(case, by, age):
        pdf_pages.heading(pdf, name, 13)
        pdf_pages.lines(pdf, told)
    return bytes(pdf.output())


def _to(case: Case) -> str:
    if case.product.kind == "roller":
        return "To: MHRA Yellow Card scheme, https://yellowcard.mhra.gov.uk; a copy to the maker named below."
    return (
        "To: the responsible person named below, and the cosmetics authority (United Kingdom: Office for Product "
        "Safety and Standards, OPSS)."
    )


def chapters(case: Case, by: Reporter, age: int) -> Chapters:
    """What the form asks for, field by field."""
    is_roller = case.product.kind == "roller"
    return [
        ("The device" if is_roller else "The cosmetic product", _product(case)),
        ("The person", [f"Local number: {case.client.number}", f"Age: {age} years", f"Sex: {ASKED}"]),
        ("How serious it is", [f"{SERIOUS}: {ASKED}"]),
        ("What happened", _event(case)),
        ("What was done", _done(case)),
        ("Who reports", _reporter(by)),
    ]


def _product(case: Case) -> list[str]:
    product, batch = case.product, case.batch
    maker = "Manufacturer" if product.kind == "roller" else "Responsible person"
    what = "microneedle roller for use at home" if product.kind == "roller" else "leave-on serum"
    return [
        f"Kind: {what}",
        f"Name: {product.name}; brand: {product.brand}; catalogue number: {product.sku}",
        f"{maker}: {product.manufacturer}",
        f"GTIN: {product.gtin or ASKED}",
        f"Batch or lot: {batch.supplier_lot} (our code {batch.code}); use by {day_in_words(batch.expires_on)}",
        f"Supplied by us on: {day_in_words(case.sent_on) if case.sent_on else ASKED}",
        f"Where the product is now: {ASKED}",
    ]


def _event(case: Case) -> list[str]:
    reaction, approval = case.reaction, case.approval
    began = day_in_words(reaction.began_on) if reaction.began_on else ASKED
    allowed = f"{in_mm(approval.greatest_needle_um)}, {approval.uses_per_roller} uses" if approval else ASKED
    noted = ASKED if case.uses is None else case.uses
    known = ", ".join(allergy.name for allergy in counting_allergies(case.client)) or "none"
    return [
        f"Began on: {began}; reported to us on {day_in_words(day_of(reaction.at))} by {reaction.by_name}",
        f"In the words of who reported it: {reaction.told}",
        f"Extent: {SIZES[reaction.size].lower() if reaction.size else ASKED}",
        f"Last used on: {day_in_words(reaction.used_on) if reaction.used_on else ASKED}; uses noted by the person: {noted}",
        f"Approved use: {allowed}",
        f"Known allergies: {known}",
        f"Medicines, and illnesses that matter: {ASKED}",
        f"Other products used that week: {ASKED}",
    ]


def _done(case: Case) -> list[str]:
    outcome = case.reaction.outcome
    told = ["Every sale to this person stopped with the report.", f"Seen by a doctor, and treated: {ASKED}"]
    told.append(f"How it is now (recovered, recovering, lasting): {ASKED}")
    if outcome is None:
        return [*told, "The practitioner has not closed the report yet."]
    return [
        *told,
        f"{OUTCOMES[outcome.outcome]} ({outcome.by_name}, {day_in_words(day_of(outcome.at))})",
        f"What was found: {outcome.note}",
    ]


def _reporter(by: Reporter) -> list[str]:
    registered = f"practitioner, registration {by.registration}" if by.registration else "practitioner"
    return [f"{by.who.name}, {registered}", f"{by.clinic}, {by.address}", f"{by.phone}, {by.email}"]
