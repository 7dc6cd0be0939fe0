"""Recalls at the desk: found by batch, lot, document or reactions, opened at one press, and on one page where the units are, who
was told, who answered and who must be called. Looking at the clients is noted in their journals. The drill does the same and
tells nobody."""

import json
import time
from io import BytesIO
from typing import Any

from flask import Response as Sent
from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask_wtf import FlaskForm
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from catalogue.journal import entries_of, note
from catalogue.money import Money
from catalogue.recalls import Recall
from storefront import clock
from storefront.admin import bp
from storefront.admin.forms import ReasonForm
from storefront.admin.recall_forms import AttemptForm, DrillForm, EndForm, OpeningForm
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.signals import reported
from storefront.orders import recall_board, recall_drills, recall_lists, recall_report, recalling
from storefront.orders.recall_models import RecallNotice
from storefront.orders.recall_rules import may_close
from storefront.roles import ADMIN, open_to, signed_in

PER_PAGE = 30
READ = "read in a recall"
LISTS = {"": "Everybody", "open": "Not reached yet", "phone": "To be called"}
Answer = Response | tuple[str, int]


@bp.get("/recalls")
@open_to(ADMIN)
def recalls() -> str:
    return recalls_page(DrillForm())


def recalls_page(form: DrillForm) -> str:
    found = select(Recall).options(selectinload(Recall.batches)).order_by(Recall.id.desc())
    page = db.paginate(found, per_page=PER_PAGE, max_per_page=PER_PAGE)
    due, drills = recall_drills.drill_due(db.session(), clock.today()), recall_drills.last_drills()
    return render_template("admin/recalls.html", page=page, form=form, due=due, drills=drills, today=clock.today())


@bp.get("/recalls/new")
@open_to(ADMIN)
def new_recall() -> str:
    return opening_page(OpeningForm(formdata=None), request.args.get("q", "")[:100].strip())


def opening_page(form: OpeningForm, query: str) -> str:
    """The batches of a code, a lot, a serial, an order's number or a document, ready to be recalled together; and those of which
    reactions were reported."""
    found = recall_lists.batches_named(query)
    form.codes.choices = [(batch.code, batch.code) for batch in found if batch.status != "recalled"]
    form.codes.data = form.codes.data or [code for code, _ in form.codes.choices]
    balances = recall_lists.balances(found) if found else []
    clients = len(recall_lists.affected([batch.id for batch in found])) if found else 0
    rows = list(zip(found, balances, strict=True))
    told = {"rows": rows, "clients": clients, "reported": reported()}
    return render_template("admin/recall_new.html", form=form, query=query, **told)


@bp.post("/recalls")
@open_to(ADMIN)
def open_recall() -> Answer:
    form, query = OpeningForm(), request.form.get("q", "").replace("\0", "")[:100].strip()
    form.codes.choices = [(batch.code, batch.code) for batch in recall_lists.batches_named(query)]
    if not form.validate_on_submit():
        return opening_page(form, query), 422
    with transaction():
        opened = recalling.open_recall(
            form.codes.data or (), form.severity.data, form.why.data or "", signed_in(), clock.now()
        )
    flash("Off sale, and nothing of it leaves. Now write the notice for those who have it.", "stop")
    return redirect(url_for("admin.recall_page", number=opened.number), 303)


@bp.get("/recalls/<number>")
@open_to(ADMIN)
def recall_page(number: str) -> str:
    return one_recall(number)


def one_recall(number: str, **forms: FlaskForm) -> str:
    """All about one recall; its clients are noted as read before they are shown."""
    which = request.args.get("show", "") if request.args.get("show") in LISTS else ""
    recall_id, attempts = recall_board.id_of(number) or abort(404), clinic_policy().recall_attempts
    note_reading(recall_board.notices_of(recall_id, which))
    found = recall_or_404(number)
    page = db.paginate(recall_board.notices_of(found.id, which), per_page=PER_PAGE, max_per_page=PER_PAGE)
    ids = [batch.id for batch in found.batches]
    counts, balances = recall_board.count_notices(found.id, attempts), recall_lists.balances(found.batches)
    affected = len(recall_lists.affected(ids)) if found.status == "open" else counts.clients
    told: dict[str, Any] = {
        "page": page,
        "which": which,
        "which_of_them": LISTS,
        "counts": counts,
        "affected": affected,
        "balances": balances,
        "sent": recall_lists.units_of_clients(ids, [notice.client_id for notice in page.items]),
        "refunds": recall_board.count_refunds(found.id),
        "closing": may_close(counts, balances, attempts, found.status == "sent" or not affected),
        "attempt_form": lambda notice: AttemptForm(prefix=notice.client.number, formdata=None),
        "ending": EndForm(prefix="end"),
        "lifting": ReasonForm(prefix="lift"),
        "entries": entries_of(db.session(), "recall", number),
    }
    return render_template("admin/recall.html", recall=found, Money=Money, **{**told, **forms})


def note_reading(notices: Select[RecallNotice]) -> None:
    """Notes of each client shown on this page of the list that this person saw them there."""
    start = (request.args.get("page", 1, type=int) - 1) * PER_PAGE
    seen = db.session.scalars(notices.with_only_columns(Client.number).limit(PER_PAGE).offset(max(start, 0))).all()
    if seen:
        with transaction():
            for number in seen:
                note(db.session(), READ, "client", number, signed_in(), clock.now())
    db.session.expire_all()


def recall_or_404(number: str) -> Recall:
    return recall_board.find_recall(number) or abort(404)


def done(number: str, text: str, tone: str = "ok") -> Response:
    flash(text, tone)
    return redirect(url_for("admin.recall_page", number=number), 303)


@bp.post("/recalls/<number>/refunds")
@open_to(ADMIN)
def refund_recalled(number: str) -> Response:
    recall_or_404(number)
    with transaction():
        added = recalling.refund_everybody(number, signed_in(), clock.now())
    return done(
        number, f"{added} more orders get their money back." if added else "Every order has it promised already."
    )


@bp.post("/recalls/<number>/closing")
@open_to(ADMIN)
def close_recall(number: str) -> Answer:
    recall_or_404(number)
    form = EndForm(prefix="end")
    if not form.validate_on_submit():
        return one_recall(number, ending=form), 422
    with transaction():
        recalling.close_recall(number, form.why.data or "", signed_in(), clock.now())
    return done(number, "The recall is closed, and its report is fixed.")


@bp.post("/recalls/<number>/lifting")
@open_to(ADMIN)
def lift_recall(number: str) -> Answer:
    recall_or_404(number)
    form = ReasonForm(prefix="lift")
    if not form.validate_on_submit():
        return one_recall(number, lifting=form), 422
    with transaction():
        recalling.lift_recall(number, form.why.data or "", signed_in(), clock.now())
    return done(
        number, "The recall is lifted. Its batches wait to be released anew; whoever was told is told so.", "soon"
    )


@bp.get("/recalls/<number>/report.pdf")
@open_to(ADMIN)
def recall_report_file(number: str) -> Sent:
    """What was fixed when the recall was closed; before that, what holds now."""
    found = recall_or_404(number)
    now, attempts = clock.now(), clinic_policy().recall_attempts
    facts = json.loads(found.report) if found.report else recall_report.facts_of(found, attempts, now)
    name = f"recall-{found.number.lower()}.pdf"
    return send_file(
        BytesIO(recall_report.draw(facts)), mimetype="application/pdf", as_attachment=True, download_name=name
    )


@bp.post("/recall-drills")
@open_to(ADMIN)
def drill() -> Answer:
    """The list is made before anything is written: only that is counted."""
    form = DrillForm()
    if not form.validate_on_submit():
        return recalls_page(form), 422
    began = time.perf_counter()
    found = recall_drills.trace(form.batch.data or "")
    took = round((time.perf_counter() - began) * 1000)
    with transaction():
        kept = recall_drills.record_drill(found, took, signed_in(), clock.now())
    clients = "1 client" if kept.clients == 1 else f"{kept.clients} clients"
    flash(
        f"Drill of {kept.batches}: {clients} in {kept.minutes:.4f} minutes, {kept.percent:.1f} % of the units traced."
    )
    return redirect(url_for("admin.recalls"), 303)
