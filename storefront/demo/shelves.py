"""Filling the demo clinic's shelves: dossiers entered by the admin, looked at again and signed by the practitioner each month
as a real clinic must, and the batches that arrived."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from catalogue import specification
from catalogue.dossiers import Evidence
from catalogue.drafts import LOADING, dossier_of, enter_dossier, store_document
from catalogue.goods_in import Arrival, hold_batch, receive_batch, release_batch
from catalogue.journal import Who
from catalogue.products import Product
from catalogue.signing import record_vetting, shown_hash
from catalogue.vetting import judge
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.demo.goods import Offer, offers
from storefront.demo.papers import INVENTED, write_page
from storefront.orders import kits

LOOKS = (100, 31, 4)  # days ago; a register check counts for one month (R-REC-01), be it February
ARRIVED = 101
ENTERED = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch as it arrives: how long it keeps, how many units, and what became of it."""

    sku: str
    keeps_days: int
    units: int
    fate: str = "released"
    lot: str = "A"

    @property
    def shelf(self) -> str:
        """Rollers lie on A, serums on B; each product has its own board."""
        boards = sorted({one.sku for one in DELIVERIES if one.sku[:2] == self.sku[:2]})
        return f"{'A' if self.sku.startswith('RL') else 'B'}-{boards.index(self.sku) + 1}"


DELIVERIES = (
    Delivery("RL-015", 620, 40),
    Delivery("RL-020", 500, 60),
    Delivery("RL-020", 190, 6, lot="B"),
    Delivery("RL-020T", 540, 30),
    Delivery("RL-020T", 560, 30, "waiting", lot="B"),
    Delivery("RL-025T", 480, 8),
    Delivery("SE-CALM", 400, 50),
    Delivery("SE-CALM", 60, 8, lot="B"),
    Delivery("SE-CALM", 70, 5, lot="C"),
    Delivery("SE-BARRIER", 330, 40),
    Delivery("SE-BARRIER", 350, 24, "held", lot="B"),
    Delivery("SE-DEW", 700, 30),
    Delivery("SE-DEW", 690, 12, "waiting", lot="B"),
    Delivery("SE-OAT", 300, 25),
    Delivery("SE-OAT", -8, 5, lot="B"),
    Delivery("SE-OAT", 150, 4, lot="C"),
)


def open_shelves(calendar: Calendar, admin: Who, practitioner: Who) -> None:
    """The first look at every dossier, and what arrived then."""
    look(LOOKS[0], calendar, admin, practitioner)
    for delivery in DELIVERIES:
        receive(delivery, calendar, admin, practitioner)


def look(ago: int, calendar: Calendar, admin: Who, practitioner: Who) -> None:
    for offer in offers(calendar.today, calendar.day(ago)):
        if not offer.is_new:
            vet(offer, ago, calendar, admin, practitioner)


def enter_what_is_new(calendar: Calendar, admin: Who) -> None:
    """What the admin entered lately, and nobody signed yet."""
    for offer in offers(calendar.today, calendar.day(ENTERED)):
        if offer.is_new:
            enter(offer, ENTERED, calendar, admin)


def vet(offer: Offer, ago: int, calendar: Calendar, admin: Who, practitioner: Who) -> None:
    """One look: the admin enters what is known, then the practitioner reads and signs it."""
    session, now = db.session(), calendar.moment(ago)
    enter(offer, ago, calendar, admin)
    with transaction():
        product = session.scalars(select(Product).where(Product.sku == offer.dossier.sku).options(*LOADING)).one()
        dossier = dossier_of(product)
        report = judge(dossier, specification.load(), calendar.day(ago))
        shown = shown_hash(report, dossier, product.summary)
        rules = specification.load()
        record_vetting(session, product, rules, practitioner, calendar.day(ago), now, shown, offer.notes)


def enter(offer: Offer, ago: int, calendar: Calendar, admin: Who) -> None:
    session, now = db.session(), calendar.moment(ago)
    with transaction():
        documents = {name: store_document(session, name, content, now) for name, content in offer.papers.items()}
        enter_dossier(session, offer.dossier, documents, admin, now, offer.summary)


def receive(delivery: Delivery, calendar: Calendar, admin: Who, practitioner: Who) -> None:
    session, now, today = db.session(), calendar.moment(ARRIVED), calendar.day(ARRIVED)
    with transaction():
        product = session.scalars(select(Product).where(Product.sku == delivery.sku)).one()
        arrival = arrived(delivery, product.kind, calendar)
        batch = receive_batch(session, product, arrival, specification.load(), admin, today, now)
        if delivery.fate in ("released", "held"):
            release_batch(session, batch, specification.load(), practitioner, today, now, "Checked at goods-in.")
        if delivery.fate == "held":
            hold_batch(
                session, batch, practitioner, calendar.moment(6), "A cracked pump on two bottles: being looked at."
            )


def arrived(delivery: Delivery, kind: str, calendar: Calendar) -> Arrival:
    facts, papers = ROLLER if kind == "roller" else SERUM
    day = calendar.day(ARRIVED)
    return Arrival(
        supplier_lot=f"{delivery.sku[-4:].strip('-')}-{day:%y%j}-{delivery.lot}",
        expires_on=calendar.today + timedelta(days=delivery.keeps_days),
        quantity=delivery.units,
        delivery_note=f"DN-{day:%Y}-{delivery.sku}",
        shelf=delivery.shelf,
        facts=facts,
        evidence=tuple(paper(proof, covers, delivery, calendar) for proof, covers in papers),
    )


def paper(proof: str, covers: tuple[str, ...], delivery: Delivery, calendar: Calendar) -> Evidence:
    """A document of the delivery, stored."""
    title, reference = f"{proof.capitalize()} of the delivery", f"GI-{delivery.sku}-{delivery.lot}-{proof[:4]}"
    named = Evidence(proof, covers, title, "The clinic", reference, calendar.day(ARRIVED), file=f"{reference}.pdf")
    content = write_page(named, [f"{reference}, lot {delivery.lot} of {delivery.sku}.", INVENTED])
    stored = store_document(db.session(), str(named.file), content, calendar.moment(ARRIVED))
    return replace(named, sha256=stored.sha256)


ROLLER = (
    {
        "needle_count_deviation": 0,
        "tips_bent_hooked_or_blunt": 0,
        "sterilisation_symbols_contradict": False,
        "batch_sterility_released": True,
    },
    (
        ("inspection", ("needle_count_deviation", "tips_bent_hooked_or_blunt")),
        ("label", ("sterilisation_symbols_contradict",)),
        ("certificate", ("batch_sterility_released",)),
    ),
)
SERUM = (
    {"total_aerobic_count": 10, "pathogens_detected": 0},
    (("test report", ("total_aerobic_count", "pathogens_detected")),),
)


def compose_kits(calendar: Calendar, admin: Who, practitioner: Who, client_id: int) -> None:
    """What most clients begin with, and what one of them was advised."""
    leaflet = "Clean hands, a clean face.\nFive minutes, lightly, never over broken skin.\nThen the serum, and no sun that day."
    parts, moment, day = ("RL-020", "SE-CALM"), calendar.now, calendar.today
    with transaction():
        kits.make_kit(kits.KitTold("Begin at home", parts, leaflet), admin, moment, day)
        advised = "As we said: Sunday evenings only, and the serum every evening."
        kits.make_kit(kits.KitTold("Sunday evenings", parts, advised), practitioner, moment, day, client_id)
