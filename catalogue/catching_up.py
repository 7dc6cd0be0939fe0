"""Judging again, and finding words for, the products whose known verdict is no longer that of the day: the worker's part, some
at a time. Nothing is sold by it, so nothing waits for it."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import sweeping
from catalogue.drafts import LOADING, dossier_of
from catalogue.known_verdicts import due, keep_verdicts
from catalogue.products import Product
from catalogue.search_words import keep_words
from catalogue.specification import Specification
from catalogue.vetting import judge

AT_ONCE = 50


def is_behind(session: Session, rules: Specification, today: date) -> bool:
    """Whether any product is due."""
    return sweeping.is_under_way(session, rules) or session.scalar(due(today, rules.version).limit(1)) is not None


def catch_up(session: Session, rules: Specification, today: date) -> int:
    """Sees to the next products that are due; how many those were. After a change of rules all are swept, then one by one
    whatever is still due is judged."""
    return sweeping.sweep(session, rules, today) or _judge_due(session, rules, today)


def _judge_due(session: Session, rules: Specification, today: date) -> int:
    some = session.scalars(due(today, rules.version).limit(AT_ONCE)).all()
    # Locked, so that nobody changes the dossier between its judgement and the commit.
    found = (
        select(Product).where(Product.id.in_(some)).options(*LOADING).order_by(Product.id).with_for_update(of=Product)
    )
    products = session.scalars(found.execution_options(populate_existing=True))
    dossiers = {product.id: dossier_of(product) for product in products}
    keep_words(session, dossiers)
    keep_verdicts(session, {product_id: judge(dossier, rules, today) for product_id, dossier in dossiers.items()})
    return len(some)
