"""The staff and their training certificates: who may enter, sign and approve, and until when."""

from flask import render_template
from sqlalchemy import select

from storefront import clock
from storefront.accounts.models import Account
from storefront.admin import bp
from storefront.db import db
from storefront.eligibility.models import Qualification
from storefront.roles import ADMIN, STAFF, open_to


@bp.get("/people")
@open_to(ADMIN)
def people() -> str:
    accounts = db.session.scalars(
        select(Account).where(Account.role.in_(STAFF)).order_by(Account.role, Account.name)
    ).all()
    held: dict[int, list[Qualification]] = {account.id: [] for account in accounts}
    for qualification in db.session.scalars(select(Qualification).order_by(Qualification.expires_on.desc())):
        held.setdefault(qualification.account_id, []).append(qualification)
    return render_template("admin/people.html", accounts=accounts, held=held, today=clock.today())
