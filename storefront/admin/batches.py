"""Goods-in and the life of a batch: no lot, no stock; released only when every rule for batches is answered and proven."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, selectinload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from catalogue import goods_in
from catalogue.batches import STATUSES, Batch
from catalogue.documents import store_document
from catalogue.ledger import movements_of
from catalogue.products import Document, Product
from catalogue.specification import Rule
from storefront import clock
from storefront.admin import bp
from storefront.admin.batch_forms import (
    ArrivalForm,
    CorrectionForm,
    DestructionForm,
    ReturnForm,
    RuleAnswersForm,
    ShelfForm,
    answers_form,
    arrival_form,
)
from storefront.admin.forms import ReasonForm, content_of
from storefront.admin.reading import escaped
from storefront.db import db, transaction
from storefront.orders import gate, recall_board, recalling, stopping, tracing
from storefront.roles import ADMIN, PRACTITIONER, open_to, signed_in

PER_PAGE = 30
SHOWN = 50  # movements on the page of a batch; the trace has them all


@bp.get("/batches")
@open_to(ADMIN, PRACTITIONER)
def batches() -> str:
    found = listed(request.args).options(contains_eager(Batch.product))
    page = db.paginate(found, per_page=PER_PAGE, max_per_page=PER_PAGE)
    query, status = request.args.get("q", "")[:100].strip(), request.args.get("status", "")
    return render_template("admin/batches.html", page=page, query=query, status=status, today=clock.today())


def listed(arguments: MultiDict[str, str]) -> Select[Batch]:
    """The batches that an address asks for, newest first; the page and its export read the same."""
    query, status = arguments.get("q", "")[:100].strip(), arguments.get("status", "")
    found = select(Batch).join(Batch.product)
    if query:
        part = f"%{escaped(query)}%"
        columns = (Batch.code, Batch.supplier_lot, Batch.serial, Product.name, Product.sku)
        found = found.where(or_(*(column.ilike(part, escape="\\") for column in columns)))
    if status in STATUSES:
        found = found.where(Batch.status == status)
    return found.order_by(Batch.id.desc())


@bp.get("/products/<sku>/batches/new")
@open_to(ADMIN)
def new_batch(sku: str) -> str:
    product = bare_product(sku)
    return arrival_page(product, arrival_form(rules_for(product)))


def arrival_page(product: Product, form: ArrivalForm, is_read: bool = False) -> str:
    return render_template("admin/batch_new.html", product=product, form=form, is_read=is_read)


@bp.post("/products/<sku>/batches")
@open_to(ADMIN)
def receive(sku: str) -> Response | str | tuple[str, int]:
    """A delivery as typed; or, when the button beside the code was pressed, the form with what the code says."""
    product, today = bare_product(sku), clock.today()
    form = arrival_form(rules_for(product))
    if "read" in request.form:
        is_read = form.read_code(product, today)
        page = arrival_page(product, form, is_read)
        return page if is_read else (page, 422)
    if not form.validate_on_submit() or not form.agrees_with_code(product, today):
        return arrival_page(product, form), 422
    with transaction():
        arrived = form.arrival(stored(form), today)
        rules = gate.rules_on(today)
        batch = goods_in.receive_batch(db.session(), bare_product(sku), arrived, rules, signed_in(), today, clock.now())
    flash(f"Batch {batch.code} is in. It waits for its release.")
    return redirect(url_for("admin.batch", code=batch.code), 303)


def rules_for(product: Product) -> tuple[Rule, ...]:
    """The rules that every batch of it must answer today."""
    return gate.rules_on(clock.today()).rules_for(product.kind, "batch")


def stored(form: RuleAnswersForm) -> dict[int, Document]:
    """The documents that were sent, kept by their hash."""
    return {
        number: store_document(db.session(), file.filename or "", content_of(file), clock.now())
        for number, file in form.uploads().items()
    }


@bp.get("/batches/<code>")
@open_to(ADMIN, PRACTITIONER)
def batch(code: str) -> str:
    return batch_page(code)


def batch_page(code: str, **forms: FlaskForm) -> str:
    """All about one batch. A form that was not filled in well is shown again as it was."""
    found, today = batch_or_404(code), clock.today()
    rules = gate.rules_on(today)
    kind = found.product.kind
    told: dict[str, Any] = {
        "findings": goods_in.findings_of(found, kind, rules, today),
        "against": goods_in.reasons_against(found, kind, rules, today),
        "specification": rules,
        "where": tracing.whereabouts(found),
        "recall": recall_board.number_of(found.id) if found.status == "recalled" else None,
        "movements": movements_of(db.session(), found, SHOWN + 1),
        "shown": SHOWN,
        "form": ReasonForm(),
        "answering": answers_form(rules.rules_for(kind, "batch")),
        "placing": ShelfForm(shelf=found.shelf),
        "destroying": DestructionForm(prefix="destroy"),
        "returning": ReturnForm(prefix="return"),
        "correcting": CorrectionForm(prefix="correct", seen=str(found.corrected)),
        "today": today,
    }
    return render_template("admin/batch.html", batch=found, product=found.product, **{**told, **forms})


@bp.post("/batches/<code>/answers")
@open_to(ADMIN)
def answer(code: str) -> Response | tuple[str, int]:
    """What was left open at goods-in is answered while the batch waits."""
    form = answers_form(rules_for(batch_or_404(code).product))
    if not form.validate_on_submit():
        return batch_page(code, answering=form), 422
    with transaction():
        evidence = form.evidence(stored(form), clock.today())
        goods_in.answer_rules(db.session(), batch_or_404(code), form.facts(), evidence, signed_in(), clock.now())
    flash("Kept. The rules are judged with it.")
    return redirect(url_for("admin.batch", code=code), 303)


@bp.post("/batches/<code>/shelf")
@open_to(ADMIN)
def place(code: str) -> Response | tuple[str, int]:
    batch_or_404(code)
    form = ShelfForm()
    if not form.validate_on_submit():
        return batch_page(code, placing=form), 422
    with transaction():
        goods_in.place_batch(db.session(), batch_or_404(code), form.shelf.data or "", signed_in(), clock.now())
    flash(f"Batch {code} is on shelf {form.shelf.data}." if form.shelf.data else f"Batch {code} is on no shelf.")
    return redirect(url_for("admin.batch", code=code), 303)


@bp.post("/batches/<code>/release")
@open_to(ADMIN)
def release(code: str) -> Response:
    with transaction():
        today = clock.today()
        rules = gate.rules_on(today)
        goods_in.release_batch(db.session(), batch_or_404(code), rules, signed_in(), today, clock.now())
    flash(f"Batch {code} is released.")
    return redirect(url_for("admin.batch", code=code), 303)


@bp.post("/batches/<code>/hold")
@open_to(ADMIN, PRACTITIONER)
def hold(code: str) -> Response:
    """One press, no reason asked: the safe side is never slow."""
    with transaction():
        why = request.form.get("why", "").replace("\0", "")[:1000].strip() or "Held at once"
        stopping.hold_batch(batch_or_404(code).code, signed_in(), clock.now(), why)
    flash(f"Batch {code} is held and off sale.", "soon")
    return redirect(url_for("admin.batch", code=code), 303)


@bp.post("/batches/<code>/hold-end")
@open_to(ADMIN)
def lift(code: str) -> Response | tuple[str, int]:
    form = ReasonForm()
    if not form.validate_on_submit():
        return batch_page(code, form=form), 422
    with transaction():
        goods_in.lift_hold(db.session(), batch_or_404(code), signed_in(), clock.now(), form.why.data or "")
    flash(f"Batch {code} is no longer held. Release it to put it back on sale.")
    return redirect(url_for("admin.batch", code=code), 303)


@bp.post("/batches/<code>/recall")
@open_to(ADMIN)
def recall(code: str) -> Response | tuple[str, int]:
    form = ReasonForm()
    if not form.validate_on_submit():
        return batch_page(code, form=form), 422
    with transaction():
        found = batch_or_404(code).code
        opened = recalling.open_recall([found], "serious", form.why.data or "", signed_in(), clock.now())
    flash(f"Batch {code} is recalled and off sale. Now write the notice for those who have it.", "stop")
    return redirect(url_for("admin.recall_page", number=opened.number), 303)


def bare_product(sku: str) -> Product:
    return db.session.scalar(select(Product).where(Product.sku == sku)) or abort(404)


def batch_or_404(code: str) -> Batch:
    found = select(Batch).join(Batch.product).where(Batch.code == code)
    loading = (contains_eager(Batch.product), selectinload(Batch.decisions))
    return db.session.scalar(found.options(*loading)) or abort(404)
