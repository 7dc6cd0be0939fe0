"""The public list of recalled batches: what it is, how to know it, what to do. It is told in full and without softening."""

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from catalogue.batches import Batch
from storefront.db import db
from storefront.front import bp
from storefront.roles import EVERYONE, open_to


@bp.get("/recalls")
@open_to(EVERYONE)
def recalls() -> str:
    recalled = select(Batch).where(Batch.status == "recalled").order_by(Batch.id.desc())
    batches = db.session.scalars(recalled.options(joinedload(Batch.product), selectinload(Batch.decisions))).all()
    return render_template("front/recalls.html", recalls=[(batch, batch.decisions[-1]) for batch in batches])
