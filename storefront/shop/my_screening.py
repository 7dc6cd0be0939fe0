"""The safety questions, built from the clinic's data: every question wants yes, no or not sure. A "yes" or "not sure" goes to
the practitioner and buying waits; the page after it says what happens next."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from catalogue.verdicts import Verdict
from storefront import clock
from storefront.db import transaction
from storefront.eligibility import rules
from storefront.eligibility.allergy_rules import allergy_reasons
from storefront.eligibility.models import Client
from storefront.eligibility.policy import Condition, Policy
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.screening_rules import due_conditions, keep_in_mind, screening_reasons
from storefront.eligibility.screenings import Given
from storefront.orders import stopping
from storefront.picking import AllergyPicker
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.forms import not_to_come
from storefront.shop.my_care import is_consent_due
from storefront.shop.whose import my_record

ANSWERS = [SelectChoice("no", "No"), SelectChoice("yes", "Yes"), SelectChoice("not_sure", "Not sure")]


class ScreeningForm(AllergyPicker):
    """The questions are added per version of the screening by `form_for`."""

    def asked(self, condition: Condition) -> dict[str, Field | None]:
        parts = {"answer": "", "detail": "-detail", "since": "-since"}
        return {name: self._fields.get(condition.code + end) for name, end in parts.items()}

    def given(self, policy: Policy) -> dict[str, Given]:
        """What was answered, by the code of each condition; a question that was not due may be left."""
        answers = {}
        for condition in policy.conditions:
            asked = self.asked(condition)
            values = {name: field.data if field else None for name, field in asked.items()}
            is_no = values["answer"] == "no"
            detail, since = ("", None) if is_no else (values["detail"] or "", values["since"])
            if condition.picks_allergies and not is_no:
                detail = ", ".join(self.told)
            if values["answer"]:
                answers[condition.code] = Given(values["answer"], detail, since)
        return answers


def form_for(policy: Policy, due: Collection[Condition]) -> ScreeningForm:
    """A form with a question for each condition, and what is asked after it; those that are due have to be answered."""

    class Questions(ScreeningForm):
        pass

    for condition in policy.conditions:
        needed = InputRequired("Choose one; “not sure” is an answer.") if condition in due else Optional()
        setattr(Questions, condition.code, RadioField(condition.question, [needed], choices=ANSWERS))
        if condition.follow_up and not condition.picks_allergies:
            setattr(Questions, f"{condition.code}-detail", StringField(condition.follow_up, [Length(max=500)]))
        if condition.since:
            setattr(Questions, f"{condition.code}-since", DateField(condition.since, [Optional(), not_to_come]))
    return Questions()


@bp.get("/care/screening")
@open_to(CLIENT)
def screening() -> Any:
    client = my_record()
    due = due_conditions(client, clinic_policy(), clock.today())
    return questions_page(client, form_for(clinic_policy(), due), due)


def questions_page(client: Client, form: ScreeningForm, due: Sequence[Condition], status: int = 200) -> Any:
    """What is due is asked first, and alone has to be answered."""
    policy = clinic_policy()
    why = [each for each in screening_reasons(client, policy, clock.today()) if each.code == "screening-due"]
    others = [condition for condition in policy.conditions if condition not in due]
    told = {"form": form, "asked": due, "others": others, "last": rules.current_screening(client)}
    return render_template("shop/screening.html", due=Verdict(tuple(why)), **told), status


@bp.post("/care/screening")
@open_to(CLIENT)
def answer_questions() -> Any:
    client, policy, now = my_record(), clinic_policy(), clock.now()
    due = due_conditions(client, policy, clock.day_of(now))
    form, client_id = form_for(policy, due), client.id
    if form.look_up():
        return questions_page(client, form, due)
    if not form.validate_on_submit():
        return questions_page(client, form, due, 422)
    given = form.given(policy)
    with transaction():
        if given or not form.told:
            stopping.answer_screening(client_id, given, by=signed_in(), today=clock.day_of(now), now=now)
        stopping.add_allergies(client_id, form.told, signed_in(), now)
    return redirect(after_answers(clock.day_of(now)), 303)


def after_answers(today: date) -> str:
    """What the answers come to is read first; where nothing stands against rolling, a consent that is due comes at once."""
    client, policy = my_record(), clinic_policy()
    told = any(screening_reasons(client, policy, today)) or any(keep_in_mind(client, policy, today))
    if told or any(allergy_reasons(client)) or not is_consent_due(client, today):
        return url_for("shop.screening_result")
    flash("Thank you. Nothing in your answers stands against rolling at home.")
    return url_for("shop.consents")


@bp.get("/care/screening/result")
@open_to(CLIENT)
def screening_result() -> str | Response:
    client, policy, today = my_record(), clinic_policy(), clock.today()
    if rules.current_screening(client) is None:
        return redirect(url_for("shop.screening"), 303)  # type: ignore[return-value]
    return render_template(
        "shop/screening_result.html",
        verdict=Verdict((*screening_reasons(client, policy, today), *allergy_reasons(client))),
        whole=rules.client_verdict(client, policy, today),
        advice=keep_in_mind(client, policy, today),
        consent_due=is_consent_due(client, today),
    )
