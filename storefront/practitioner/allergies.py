"""Allergies at the desk: put on record by names that products can be looked through for; a name that no list holds is read, and one
that proved to be none is struck out with a note."""

from typing import Any

from flask import abort, flash

from storefront import clock
from storefront.db import transaction
from storefront.eligibility.allergy_rules import Read
from storefront.orders import stopping
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import client_id_of, desk, record_of
from storefront.practitioner.forms import AllergyForm, ReadingForm, StrikingForm
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.post("/clients/<number>/allergies")
@open_to(PRACTITIONER)
def add_allergy(number: str) -> Any:
    client_id, form, now = client_id_of(number), AllergyForm(), clock.now()
    if form.look_up():
        return desk(number, form, "allergy")
    if not form.validate_on_submit():
        return desk(number, form, "allergy"), 422
    with transaction():
        told = stopping.add_allergies(client_id, form.told, signed_in(), now)
        unread = "”, “".join(allergy.name for allergy in told if allergy.is_unread)
    if unread:
        flash(f"No list of ours holds “{unread}”. Nothing is sold until you say below what that is.", "soon")
    return back_to(number, "What was named is on record.")


@bp.post("/clients/<number>/allergies/<int:nth>/reading")
@open_to(PRACTITIONER)
def read_allergy(number: str, nth: int) -> Any:
    form = ReadingForm()
    if form.look_up():
        return desk(number, form, f"reading-{nth}")
    if not form.validate_on_submit():
        return desk(number, form, f"reading-{nth}"), 422
    return _sign(number, nth, Read(form.outcome.data, form.note.data, tuple(form.told)))


@bp.post("/clients/<number>/allergies/<int:nth>/striking")
@open_to(PRACTITIONER)
def strike_allergy(number: str, nth: int) -> Any:
    form = StrikingForm()
    if not form.validate_on_submit():
        return desk(number, form, f"striking-{nth}"), 422
    return _sign(number, nth, Read("none", form.note.data))


def _sign(number: str, nth: int, read: Read) -> Any:
    client, now = record_of(number), clock.now()
    if not 1 <= nth <= len(client.allergies):
        abort(404)
    client_id, allergy_id, by = client.id, client.allergies[nth - 1].id, signed_in()
    with transaction():
        stopping.read_allergy(client_id, allergy_id, read, by, clock.day_of(now), now)
    return back_to(number, "What you found is signed, and the client is told.")
