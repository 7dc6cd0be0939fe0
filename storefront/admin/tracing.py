"""Trace in both directions on one page: back from whatever one holds to batch, lot, documents and vettings, forward to every
order and client. Who looks at clients leaves a line in the journal, as with their record."""

import re

from flask import render_template, request

from catalogue.journal import note
from storefront import clock
from storefront.admin import bp
from storefront.db import db, transaction
from storefront.orders import origins
from storefront.orders.models import Order, OrderLine
from storefront.orders.tracing import Place, Sold, orders_of_batches
from storefront.plain_text import one_line
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in

PER_PAGE = 200
READ = "clients traced"


@bp.get("/trace")
@open_to(ADMIN, PRACTITIONER)
def trace() -> str:
    asked = one_line(request.args.get("q"))[:200]
    origin = origins.origin_of(asked)
    products = list(origin.products)
    sold, after = orders_of(origin, place_of(request.args.get("after", "")))
    page = render_template(
        "admin/trace.html",
        asked=asked,
        origin=origin,
        sold=sold,
        codes={batch.id: batch.code for batch in origin.batches},
        after="-".join(map(str, after)) if after else "",
        vettings=origins.vettings_of(products) if products else [],
        papers=origins.papers_of(products) if products else [],
        movements=origins.movements_of(origin.batch_ids, origin.order) if products else [],
        most=origins.MOST,
        today=clock.today(),
    )
    record_look(asked, sold)
    return page


def orders_of(origin: origins.Origin, after: Place | None) -> tuple[list[Sold], Place | None]:
    """One page of the orders with units of these batches: of one order or one vetting where that was asked for."""
    only = [Order.number == origin.order] if origin.order else []
    only += [OrderLine.vetting_id == origin.vetting] if origin.vetting else []
    return orders_of_batches(origin.batch_ids, PER_PAGE, after, *only) if origin.batches else ([], None)


def place_of(text: str) -> Place | None:
    """From where a long list is read on; the beginning for anything else."""
    told = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})-([0-9]{1,9})", text, re.ASCII)
    return (int(told[1]), int(told[2]), int(told[3])) if told else None


def record_look(asked: str, sold: list[Sold]) -> None:
    """Notes whose names were seen, by their numbers."""
    if sold:
        numbers = sorted({row.client_number for row in sold})
        with transaction():
            note(db.session(), READ, "trace", asked[:80], signed_in(), clock.now(), clients=numbers)
