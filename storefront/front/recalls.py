"""The public list of recalled batches: what it is, how to know it, what to do, told in full and without softening; and the page on
which a client answers, without signing in, because whoever has the mail has to be able to."""

from io import BytesIO
from typing import Any

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from catalogue.batches import Batch
from catalogue.journal import Who
from catalogue.recall_notices import Notice
from catalogue.recalls import Recall, picture_of
from storefront import clock
from storefront.db import db, transaction
from storefront.front import bp
from storefront.orders import recall_answers
from storefront.orders.recall_models import RecallNotice
from storefront.plain_text import one_line
from storefront.roles import EVERYONE, open_to

TOLD = ("sent", "closed")


@bp.get("/recalls")
@open_to(EVERYONE)
def recalls() -> str:
    # One that was over before anybody had a unit needed no notice: its batches stand in the list below.
    told = select(Recall).where(Recall.status.in_(TOLD), Recall.notice != "{}").order_by(Recall.id.desc())
    notices = db.session.scalars(told.options(selectinload(Recall.batches).joinedload(Batch.product))).all()
    recalled = select(Batch).where(Batch.status == "recalled").order_by(Batch.id.desc())
    batches = db.session.scalars(recalled.options(joinedload(Batch.product), selectinload(Batch.decisions))).all()
    known = {batch.id for recall in notices for batch in recall.batches}
    return render_template(
        "front/recalls.html",
        notices=[(recall, Notice.from_json(recall.notice)) for recall in notices],
        recalls=[(batch, batch.decisions[-1]) for batch in batches if batch.id not in known],
    )


@bp.get("/recalls/<number>/picture")
@open_to(EVERYONE)
def picture(number: str) -> Response:
    """Of the product; with `?of=where` of where the number stands."""
    is_where = request.args.get("of") == "where"
    found = picture_of(db.session(), number, is_where, Recall.status.in_(TOLD)) or abort(404)
    return send_file(BytesIO(found.content), mimetype=found.media_type)


@bp.get("/recalls/answers/<code>")
@open_to(EVERYONE)
def recall_answer(code: str) -> str:
    found = notice_or_404(code)
    told: dict[str, Any] = {"found": found, "recall": found.recall, "notice": Notice.from_json(found.recall.notice)}
    return render_template("front/recall_answer.html", **told)


@bp.post("/recalls/answers/<code>")
@open_to(EVERYONE)
def answer_recall(code: str) -> Response:
    notice_or_404(code)
    answer, remedy = (one_line(request.form.get(name))[:20] for name in ("answer", "remedy"))
    with transaction():
        found = notice_or_404(code)
        by = Who(found.client.account_id, found.client.name, "client")
        recall_answers.answer_notice(found, answer, remedy, by, clock.now())
    flash("Thank you. We have your answer; you may change it here at any time.")
    return redirect(url_for("front.recall_answer", code=code), 303)


def notice_or_404(code: str) -> RecallNotice:
    return recall_answers.notice_by_code(code) or abort(404)
