"""Finding a client by name, number, e-mail or date of birth, and registering a new one, who is then invited by mail; who may be
on record already is shown first. What stands against home care is said beside each name, so each is noted as looked at."""

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from catalogue.journal import Who
from storefront import clock
from storefront.accounts.actions import account_of, make_account, send_invitation
from storefront.db import db, transaction
from storefront.eligibility.actions import register_client
from storefront.eligibility.consultations import ConsultationRequest, answer_request
from storefront.eligibility.duplicate_rules import LIKENESSES, Person
from storefront.eligibility.finding import are_meant
from storefront.eligibility.merges import Duplicate, possible_duplicates
from storefront.eligibility.models import Client
from storefront.eligibility.records import RECORD, clinic_policy
from storefront.eligibility.rules import client_verdict
from storefront.plain_text import one_line
from storefront.practitioner import bp
from storefront.practitioner.consultations import page as consultations_page
from storefront.practitioner.desk import LISTED, note_looks
from storefront.practitioner.forms import BirthForm, ClientForm
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
        found = found.where(are_meant(wanted))
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
    person = Person(form.name.data or "", form.email.data or "", form.born_on.data, form.phone.data or "")
    return register_person(person, url_for("practitioner.register"), "")


@bp.post("/consultations/<reference>/client")
@open_to(PRACTITIONER)
def register_visitor(reference: str) -> Any:
    """Makes a client of a visitor with what they told; only the date of birth is new."""
    visitor = db.session.scalar(select(ConsultationRequest).filter_by(reference=reference)) or abort(404)
    form = BirthForm()
    if not form.validate_on_submit():
        return consultations_page(reference, birth=form), 422
    person = Person(visitor.name, visitor.email, form.born_on.data, visitor.phone)
    return register_person(person, url_for("practitioner.register_visitor", reference=reference), reference)


def register_person(person: Person, address: str, reference: str) -> Any:
    """Registers and invites, unless somebody like this is on record and nobody has said that it is another person.
    `address` is where the same form goes once more."""
    now = clock.now()
    with transaction():
        alike = [] if request.form.get("another") == "yes" else possible_duplicates(person)
        if not alike:
            client = _registered(person, reference, signed_in(), now)
        else:
            note_looks(*((LISTED, each.client) for each in alike))
    if alike:
        return duplicates_page(person, alike, address), 409
    flash(f"{client.name} is registered as {client.number}; the invitation is on its way.")
    return redirect(url_for("practitioner.client", number=client.number), 303)


def _registered(person: Person, reference: str, by: Who, now: datetime) -> Client:
    account = make_account(person.email, person.name, CLIENT, by, now)
    client = register_client(account, person.born_on, by, now, person.phone)
    if reference:
        answer_request(reference, f"Registered as {client.number}.", by, now)
    send_invitation(account, by, now)
    return client


def duplicates_page(person: Person, alike: list[Duplicate], address: str) -> str:
    told = {"someone": person, "alike": alike, "likenesses": LIKENESSES, "address": address}
    return render_template("practitioner/duplicates.html", **told, is_taken=account_of(person.email) is not None)
