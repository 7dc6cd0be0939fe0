"""The notice of a recall at the desk: its parts, the preview as a client reads it, the press that sends it, and what is noted of
single clients afterwards."""

from io import BytesIO

from flask import Response as File
from flask import abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from catalogue import recalls
from catalogue.recall_notices import Notice, reasons_against
from catalogue.recalls import Recall
from storefront import clock
from storefront.admin import bp
from storefront.admin.recall_forms import AttemptForm, NoticeForm, proposed
from storefront.admin.recalls import Answer, done, recall_or_404
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.orders import recall_answers, recall_lists, recall_sending, recalling
from storefront.orders.recall_lists import Sent
from storefront.roles import ADMIN, open_to, signed_in


@bp.get("/recalls/<number>/notice")
@open_to(ADMIN)
def recall_notice(number: str) -> str:
    found = recall_or_404(number)
    written = Notice.from_json(found.notice)
    if written == Notice():
        written = proposed(recall_lists.sold_between([batch.id for batch in found.batches]))
    return notice_page(found, NoticeForm(formdata=None, obj=written), written)


def notice_page(found: Recall, form: NoticeForm, written: Notice) -> str:
    """The parts, what is missing of them, and the notice as its reader sees it."""
    reader = Client(number="C-0000", name="Sample Client", email="")
    now = clock.now()
    sent = [Sent(0, "R-…", batch.product.name, batch.code, batch.supplier_lot, 1, now) for batch in found.batches]
    parts = recall_sending.letter_parts(found, reader, sent, "…", now)
    parts["notice"] = written
    preview = render_template("mail/recall_notice.txt", **parts).partition("\n")[2]
    against = reasons_against(written, bool(found.picture_type))
    return render_template("admin/recall_notice.html", recall=found, form=form, preview=preview, against=against)


@bp.post("/recalls/<number>/notice")
@open_to(ADMIN)
def write_notice(number: str) -> Answer:
    found, form = recall_or_404(number), NoticeForm()
    if not form.validate_on_submit():
        return notice_page(found, form, form.notice()), 422
    notice, (picture, where) = form.notice(), form.pictures
    with transaction():
        recalling.write_notice(number, notice, picture, signed_in(), clock.now(), where)
    flash("The notice is kept. Read it below as the clients will.")
    return redirect(url_for("admin.recall_notice", number=number), 303)


@bp.post("/recalls/<number>/sending")
@open_to(ADMIN)
def send_notice(number: str) -> Response:
    recall_or_404(number)
    with transaction():
        recalling.send_notice(number, signed_in(), clock.now())
    return done(number, "The notice is on its way to everybody who has a unit.")


@bp.get("/recalls/<number>/picture")
@open_to(ADMIN)
def recall_picture(number: str) -> File:
    """The picture before it is public; with `?of=where` the one of where the number stands."""
    found = recalls.picture_of(db.session(), number, request.args.get("of") == "where") or abort(404)
    return send_file(BytesIO(found.content), mimetype=found.media_type)


@bp.post("/recalls/<number>/clients/<client>/attempts")
@open_to(ADMIN)
def attempt(number: str, client: str) -> Response:
    """What somebody tried, and what the client said when they were reached."""
    notice, form = recall_answers.notice_of(number, client) or abort(404), AttemptForm(prefix=client)
    if not form.validate_on_submit():
        return done(number, f"{client}: say how you tried, and how it went.", "stop")
    way, outcome, told, by, now = form.way.data, form.outcome.data, form.note.data or "", signed_in(), clock.now()
    with transaction():
        notice = recall_answers.notice_of(number, client) or abort(404)
        recall_answers.record_attempt(notice, way, outcome, told, by, now)
        if form.answer.data:
            recall_answers.answer_notice(notice, form.answer.data, "", by, now)
    return done(number, f"Noted for {client}.")
