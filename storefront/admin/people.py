"""The staff and their training certificates, each with the document that shows it: who may enter, sign and approve, and until
when. The admin puts them on record; nobody does so for themselves."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy import select
from wtforms.fields.choices import SelectChoice

from catalogue.documents import store_document
from storefront import clock
from storefront.accounts.models import Account
from storefront.admin import bp
from storefront.admin.forms import content_of
from storefront.admin.people_forms import QualificationForm
from storefront.db import db, transaction
from storefront.eligibility.actions import record_qualification
from storefront.eligibility.models import Qualification
from storefront.roles import ADMIN, PRACTITIONER, STAFF, open_to, signed_in


@bp.get("/people")
@open_to(ADMIN)
def people() -> str:
    return _people_page(QualificationForm(formdata=None), _staff())


def _staff() -> Sequence[Account]:
    found = select(Account).where(Account.role.in_(STAFF)).order_by(Account.role, Account.name)
    return db.session.scalars(found).all()


def _offer(form: QualificationForm, accounts: Sequence[Account]) -> QualificationForm:
    """The practitioners among whom the form lets one choose."""
    practitioners = [account for account in accounts if account.role == PRACTITIONER and account.is_active]
    form.email.choices = [SelectChoice(account.email, account.name) for account in practitioners]
    return form


@bp.post("/people/certificates")
@open_to(ADMIN)
def certify() -> Any:
    accounts, now = _staff(), clock.now()
    form = _offer(QualificationForm(), accounts)
    if not form.validate_on_submit():
        return _people_page(form, accounts), 422
    name, content = form.document.data.filename or "", content_of(form.document.data)
    with transaction():
        account = db.session.scalars(select(Account).where(Account.email == form.email.data)).one()
        kept = store_document(db.session(), name, content, now)
        told = (form.title.data, form.registration.data, form.expires_on.data)
        record_qualification(account, *told, by=signed_in(), now=now, document_sha256=kept.sha256)
    flash(f"The certificate of {account.name} is on record.")
    return redirect(url_for("admin.people"), 303)


def _people_page(form: QualificationForm, accounts: Sequence[Account]) -> str:
    held: dict[int, list[Qualification]] = {account.id: [] for account in accounts}
    for qualification in db.session.scalars(select(Qualification).order_by(Qualification.expires_on.desc())):
        held.setdefault(qualification.account_id, []).append(qualification)
    told = {"accounts": accounts, "held": held, "today": clock.today(), "form": _offer(form, accounts)}
    return render_template("admin/people.html", **told)
