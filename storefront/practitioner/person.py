"""Who a client is: how they are reached, whether their invitation was taken up, who may be the same person, and the merge of two
records, whose effects are listed before the press."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from catalogue.journal import JournalEntry
from storefront import clock
from storefront.accounts.actions import BIRTH_TRIES, invite_here, send_invitation
from storefront.accounts.models import Account, SignInLink
from storefront.db import db, transaction
from storefront.eligibility.duplicate_rules import LIKENESSES
from storefront.eligibility.merges import merges_of, person_of, possible_duplicates
from storefront.eligibility.models import Client
from storefront.orders import merging
from storefront.practitioner import NUMBER, bp
from storefront.practitioner.desk import LISTED, READ, client_id_of, note_looks, record_of
from storefront.practitioner.forms import WhyForm
from storefront.roles import PRACTITIONER, open_to, signed_in
from storefront.square_code import square_code


@bp.get("/clients/<number>/person")
@open_to(PRACTITIONER)
def person(number: str) -> str:
    return person_page(number)


def person_page(number: str, address: str = "") -> str:
    """`address` is that of an invitation which is to be read from this screen."""
    with transaction():
        one = record_of(number)
        alike = possible_duplicates(person_of(one), but=one.id) if one.kept_as_id is None else []
        note_looks((READ, one), *((LISTED, each.client) for each in alike))
    invited = select(SignInLink).where(SignInLink.account_id == one.account_id)
    lasts_longest = invited.order_by(SignInLink.expires_at.desc(), SignInLink.id.desc()).limit(1)
    return render_template(
        "practitioner/person.html",
        client=one,
        account=db.session.get_one(Account, one.account_id),
        link=db.session.scalar(lasts_longest),
        is_disputed=is_disputed(one),
        square=square_code(address) if address else None,
        tries=BIRTH_TRIES,
        alike=alike,
        likenesses=LIKENESSES,
        merges=merges_of(one),
        now=clock.now(),
    )


def is_disputed(client: Client) -> bool:
    """Whether somebody at this address said that it is not them, and nobody has invited anew since."""
    told = select(JournalEntry.verb).where(
        JournalEntry.subject == "account",
        JournalEntry.reference == str(client.account_id),
        JournalEntry.verb.in_(("said not to be this person", "invited")),
    )
    return db.session.scalar(told.order_by(JournalEntry.id.desc()).limit(1)) == "said not to be this person"


@bp.post("/clients/<number>/invitation")
@open_to(PRACTITIONER)
def invite(number: str) -> Response:
    """A new invitation: earlier links are over, and the date of birth has all its tries again."""
    with transaction():
        one = db.session.scalar(select(Client).where(Client.number == number)) or abort(404)
        send_invitation(db.session.get_one(Account, one.account_id), signed_in(), clock.now())
    flash(f"A new invitation is on its way to {one.email}.")
    return redirect(url_for("practitioner.person", number=number), 303)


@bp.post("/clients/<number>/invitation/code")
@open_to(PRACTITIONER)
def invite_from_tablet(number: str) -> str:
    """The invitation as a square for the client's own telephone. It is on this one answer and is kept nowhere."""
    client_id = client_id_of(number)
    with transaction():
        one = db.session.get_one(Client, client_id)
        address = invite_here(db.session.get_one(Account, one.account_id), signed_in(), clock.now())
    return person_page(number, address)


@bp.get("/clients/<number>/merges/<other>")
@open_to(PRACTITIONER)
def merge(number: str, other: str) -> str:
    return merge_page(number, other, WhyForm())


@bp.post("/clients/<number>/merges/<other>")
@open_to(PRACTITIONER)
def merge_records(number: str, other: str) -> Any:
    form, now = WhyForm(), clock.now()
    both_of(number, other)
    if not form.validate_on_submit():
        return merge_page(number, other, form), 422
    with transaction():
        merging.merge_clients(number, other, form.why.data or "", signed_in(), clock.day_of(now), now)
    flash(f"{other} is merged into {number}. Nobody can buy under either until you approve anew.")
    return redirect(url_for("practitioner.person", number=number), 303)


def merge_page(number: str, other: str, form: WhyForm) -> str:
    """`number` is kept, `other` is merged into it: what that would do, and what stands against it."""
    with transaction():
        kept, merged = both_of(number, other)
        note_looks((READ, kept), (READ, merged))
    return render_template(
        "practitioner/merge.html",
        kept=kept,
        merged=merged,
        form=form,
        effects=merging.effects_of(kept, merged, clock.today()),
        verdict=merging.verdict_beforehand(kept, merged),
    )


def both_of(number: str, other: str) -> tuple[Client, Client]:
    """Two records that are there, and are two."""
    if number == other or not NUMBER.fullmatch(other):
        abort(404)
    return record_of(number), record_of(other)
