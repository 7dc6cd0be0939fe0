"""Finding a client by name or number, and registering a new one, who is then invited by mail. What stands against home care
is said beside each name, so each is noted as looked at."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import or_, select

from storefront import clock
from storefront.accounts.actions import make_account, send_invitation
from storefront.db import db, transaction
from storefront.eligibility.actions import register_client
from storefront.eligibility.models import Client
from storefront.eligibility.records import RECORD, clinic_policy
from storefront.eligibility.rules import client_verdict
from storefront.practitioner import bp
from storefront.practitioner.desk import LISTED, note_looks
from storefront.practitioner.forms import ClientForm, one_line
from storefront.roles import CLIENT, PRACTITIONER, open_to, signed_in

PER_PAGE = 25


@bp.get("/clients")
@open_to(PRACTITIONER)
def clients() -> str:
    return _page(ClientForm())


def _page(form: ClientForm) -> str:
    wanted = one_line(request.args.get("q"))[:80]
    found = select(Client).options(*RECORD).order_by(Client.name, Client.id)
    if wanted:
        is_like = [column.icontains(wanted, autoescape=True) for column in (Client.name, Client.number)]
        found = found.where(or_(*is_like))
    policy, today = clinic_policy(), clock.today()
    with transaction():
        page = db.paginate(found, per_page=PER_PAGE, max_per_page=PER_PAGE)
        note_looks(*((LISTED, one) for one in page.items))
    rows = [(one, client_verdict(one, policy, today)) for one in page.items]
    return render_template("practitioner/clients.html", rows=rows, page=page, q=wanted, form=form)


@bp.post("/clients")
@open_to(PRACTITIONER)
def register() -> Any:
    form = ClientForm()
    if not form.validate_on_submit():
        return _page(form), 422
    by, now = signed_in(), clock.now()
    with transaction():
        account = make_account(form.email.data, form.name.data, CLIENT, by, now)
        client = register_client(account, form.born_on.data, by, now, form.phone.data or "")
        send_invitation(account, by, now)
    flash(f"{client.name} is registered as {client.number}; the invitation is on its way.")
    return redirect(url_for("practitioner.client", number=client.number), 303)
