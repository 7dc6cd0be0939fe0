"""Health answers at the desk: asking the questions with the client, and lifting what an answer stopped."""

from typing import Any

from flask import abort, render_template

from catalogue.verdicts import Stale
from storefront import clock
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.models import Client
from storefront.eligibility.policy import Condition
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.screening_rules import current_screening, due_conditions, standing_answers
from storefront.orders import stopping
from storefront.practitioner import bp
from storefront.practitioner.courses import back_to
from storefront.practitioner.desk import desk, read_record, record_of
from storefront.practitioner.forms import ClearanceForm, ScreeningForm, screening_form
from storefront.practitioner.pictures import age_on
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.get("/clients/<number>/screening")
@open_to(PRACTITIONER)
def screening(number: str) -> str:
    client = read_record(number)
    return _page(client, screening_form(clinic_policy(), _due(client)))


def _due(client: Client) -> list[Condition]:
    return due_conditions(client, clinic_policy(), clock.today())


def _page(client: Client, form: ScreeningForm) -> str:
    due, last = _due(client), current_screening(client)
    others = [each for each in clinic_policy().conditions if each not in due]
    told = {"client": client, "form": form, "due": due, "others": others, "last": last}
    return render_template("practitioner/screening.html", age=age_on(client.born_on, clock.today()), **told)


@bp.post("/clients/<number>/screening")
@open_to(PRACTITIONER)
def answer_screening(number: str) -> Any:
    client, policy, now = record_of(number), clinic_policy(), clock.now()
    form, client_id = screening_form(policy, _due(client)), client.id
    if form.look_up():
        return _page(read_record(number), form)
    if not form.validate_on_submit():
        return _page(read_record(number), form), 422
    given = form.given(policy)
    with transaction():
        if given or not form.told:
            stopping.answer_screening(client_id, given, signed_in(), clock.day_of(now), now)
        stopping.add_allergies(client_id, form.told, signed_in(), now)
    return back_to(number, "The answers are kept.")


@bp.post("/clients/<number>/answers/<code>/clearance")
@open_to(PRACTITIONER)
def clear_answer(number: str, code: str) -> Any:
    client = record_of(number)
    stands = {each.code: each for each in standing_answers(client, clinic_policy(), clock.today())}
    standing = stands.get(code) or abort(404)
    client_id, answer_id, said = client.id, standing.answer.id, len(standing.said)
    form, now = ClearanceForm(), clock.now()
    if not form.validate_on_submit():
        return desk(number, form, f"answer-{code}"), 422
    if form.said.data != str(said):
        text = "The client answered again while you had this open."
        raise Stale.because("changed-meanwhile", text, "you", "Read the new answer, then decide.")
    told = (form.note.data, form.from_on.data, signed_in(), clock.day_of(now), now)
    with transaction():
        actions.clear_answer(client_id, answer_id, *told, letter_seen=form.letter_seen.data)
    return back_to(number, "The answer is cleared, with your note.")
