"""The safety questions, built from the clinic's data: every question wants yes, no or not sure. A "yes" or "not sure" goes to
the practitioner and buying waits; the page after it says what happens next."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, Field, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from catalogue.verdicts import Verdict
from storefront import clock
from storefront.db import transaction
from storefront.eligibility import rules
from storefront.eligibility.models import Client
from storefront.eligibility.policy import Condition, Policy
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.screening_rules import Standing, screening_reasons, standing_answers
from storefront.eligibility.screenings import Given
from storefront.orders import stopping
from storefront.roles import CLIENT, open_to, signed_in
from storefront.shop import bp
from storefront.shop.my_care import is_consent_due
from storefront.shop.whose import my_client_id, my_record

ANSWERS = [SelectChoice("no", "No"), SelectChoice("yes", "Yes"), SelectChoice("not_sure", "Not sure")]


class ScreeningForm(FlaskForm):
    """The questions are added per version of the screening by `form_for`."""

    def asked(self, condition: Condition) -> dict[str, Field | None]:
        parts = {"answer": "", "detail": "-detail", "since": "-since"}
        return {name: self._fields.get(condition.code + end) for name, end in parts.items()}

    def given(self, policy: Policy) -> dict[str, Given]:
        """What was answered, by the code of each condition."""
        answers = {}
        for condition in policy.conditions:
            asked = self.asked(condition)
            values = {name: field.data if field else None for name, field in asked.items()}
            is_no = values["answer"] == "no"
            detail, since = ("", None) if is_no else (values["detail"] or "", values["since"])
            answers[condition.code] = Given(values["answer"] or "", detail, since)
        return answers


def not_to_come(_form: FlaskForm, field: DateField) -> None:
    if field.data and field.data > clock.today():
        raise ValidationError("This day is still to come.")


def form_for(policy: Policy) -> ScreeningForm:
    """A form with a question for each condition, and what is asked after it."""

    class Questions(ScreeningForm):
        pass

    for condition in policy.conditions:
        answer = RadioField(
            condition.question, [InputRequired("Choose one; “not sure” is an answer.")], choices=ANSWERS
        )
        setattr(Questions, condition.code, answer)
        if condition.follow_up:
            setattr(Questions, f"{condition.code}-detail", StringField(condition.follow_up, [Length(max=500)]))
        if condition.since:
            setattr(Questions, f"{condition.code}-since", DateField(condition.since, [Optional(), not_to_come]))
    return Questions()


@bp.get("/care/screening")
@open_to(CLIENT)
def screening() -> Any:
    return questions_page(form_for(clinic_policy()))


def questions_page(form: ScreeningForm, status: int = 200) -> Any:
    client, policy, today = my_record(), clinic_policy(), clock.today()
    due = [reason for reason in screening_reasons(client, policy, today) if reason.code == "screening-due"]
    last = rules.current_screening(client)
    told = {"form": form, "policy": policy, "due": Verdict(tuple(due)), "last": last}
    return render_template("shop/screening.html", **told), status


@bp.post("/care/screening")
@open_to(CLIENT)
def answer_questions() -> Any:
    policy = clinic_policy()
    form = form_for(policy)
    if not form.validate_on_submit():
        return questions_page(form, 422)
    client_id, now = my_client_id(), clock.now()
    with transaction():
        stopping.answer_screening(client_id, form.given(policy), by=signed_in(), today=clock.day_of(now), now=now)
    return redirect(after_answers(clock.day_of(now)), 303)


def after_answers(today: date) -> str:
    """What the answers come to is read first; where nothing stands against rolling, a consent that is due comes at once."""
    client, policy = my_record(), clinic_policy()
    told = any(screening_reasons(client, policy, today)) or any(advice_for(client, policy, today))
    if told or not is_consent_due(client, today):
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
        verdict=Verdict(tuple(screening_reasons(client, policy, today))),
        whole=rules.client_verdict(client, policy, today),
        advice=advice_for(client, policy, today),
        told=advice_of,
        consent_due=is_consent_due(client, today),
    )


def advice_for(client: Client, policy: Policy, today: date) -> list[Standing]:
    """Answers that stop nothing, and want care."""
    return [each for each in standing_answers(client, policy, today) if each.condition and not each.stops_sales]


def advice_of(standing: Standing) -> str:
    """What to keep in mind about an answer that stops nothing."""
    condition = standing.condition
    if condition is None or condition.advice:
        return condition.advice if condition else ""
    where = f": {standing.answer.detail}" if standing.answer.detail else ""
    return f"Leave out the place of your {condition.name}{where}. Never roll over it."
