"""A version that moves a limit is published over ten thousand products on sale, rollers and serums of thirty names in equal parts:
how long it takes to tell beforehand what it would do, for how long at most its second signature and the worker keep others from
writing, and until when all are judged by it."""

import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import undefer

from catalogue.dossiers import Dossier
from catalogue.inci import listed_names
from catalogue.listing_guards import lay_guards, take_guards_down
from catalogue.products import DossierRow, EvidenceRow, Listing, Product, Vetting
from catalogue.specification import load, parse
from catalogue.versions import SpecificationVersion
from storefront import upkeep
from storefront.db import db, transaction
from storefront.orders import stopping
from storefront.orders.consequences import consequences
from tests.bench.databases import fill, filling, shop_on
from tests.bench.figures import Figure
from tests.bench.judging import roller, serum
from tests.catalogue.cases import TODAY
from tests.catalogue.revisions import drafted
from tests.catalogue.samples import ADMIN, PRACTITIONER

LISTINGS = 10_000
NOW = datetime.combine(TODAY, hour(9), UTC)
HASH = "printf('%064d', n)"


def figures() -> Iterator[Figure]:
    with shop_on("sqlite"):
        make(LISTINGS)
        yield Figure(f"dry-run-of-{LISTINGS}-products", dry_run(), "s", 5)
        signature, pieces = sign(), judge_all()
        yield Figure("second-signature-holds-the-database", signature, "s", 1)
        yield Figure("judging-beforehand-holds-the-database", max(pieces), "s", 1)
        yield Figure("products-judged-beforehand", LISTINGS / (signature + sum(pieces)), "per-second", 500, True)


def make(count: int) -> None:
    """So many products with every fact and paper, on sale as if each had been signed."""
    chance = random.Random(1)
    names = sorted(name for name in listed_names() if not set(name) & set(",;"))
    made = {n: serum(n, chance, names) if n % 2 else roller(n, chance) for n in range(1, count + 1)}
    with transaction():
        take_guards_down(db.session.connection())
    with filling() as tell:
        kind = "CASE n % 2 WHEN 1 THEN 'serum' ELSE 'roller' END"
        fill(tell, Product, count, {"sku": "'P-' || n", "slug": "'p-' || n", "kind": kind})
        fill(tell, DossierRow, count, {"product_id": "n", "hash": HASH})
        signed = {"product_id": "n", "dossier_hash": HASH, "verdict": "'accepted'"}
        fill(tell, Vetting, count, signed | {"signed_by_id": "2", "specification_hash": f"'{load().hash}'"})
        fill(tell, Listing, count, signed | {"vetting_id": "n"})
    facts = [{"id": n, "facts": json.dumps(dossier.to_json()["facts"])} for n, dossier in made.items()]
    with transaction():
        db.session.execute(update(DossierRow), facts)
        vetted = [{"id": n, "dossier": json.dumps(dossier.to_json())} for n, dossier in made.items()]
        db.session.execute(update(Vetting), vetted)
        db.session.execute(insert(EvidenceRow), [row for n, dossier in made.items() for row in papers_of(n, dossier)])
        lay_guards(db.session.connection())


def papers_of(number: int, dossier: Dossier) -> Iterator[dict[str, object]]:
    same = ("proof", "title", "issuer", "reference", "issued_on", "expires_on")
    for paper in dossier.evidence:
        told = {name: getattr(paper, name) for name in same}
        yield told | {"dossier_id": number, "covers": json.dumps(paper.covers)}


def dry_run() -> float:
    """How long it takes to tell what the version would do, of which a quarter goes off sale; it is drafted for that, and stays."""
    with transaction():
        drafted(db.session(), "2099.1", TODAY + timedelta(days=7), NOW, R_LEN_01=Decimal("0.15"))
    db.session.remove()
    begun = time.process_time()
    found = consequences(parse(_drafted().document, "the draft"), load(), TODAY)
    took = time.process_time() - begun
    assert len(found.falls) + len(found.lapses) > LISTINGS // 4
    return took


def _drafted() -> SpecificationVersion:
    return db.session.scalars(select(SpecificationVersion).options(undefer(SpecificationVersion.document))).one()


def sign() -> float:
    """How long the transaction of the second signature takes."""
    shown = _drafted().hash
    with transaction():
        stopping.sign_version("2099.1", ADMIN, TODAY, NOW, shown)
    begun = time.process_time()
    with transaction():
        stopping.sign_version("2099.1", PRACTITIONER, TODAY, NOW, shown)
    return time.process_time() - begun


def judge_all() -> list[float]:
    """How long each piece of the worker's takes, by the processor's clock, which stands still while others have the core."""
    pieces, begun = [], time.process_time()
    while upkeep.judge_beforehand(NOW):
        pieces.append(time.process_time() - begun)
        begun = time.process_time()
    return pieces
