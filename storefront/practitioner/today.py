"""The practitioner's first page: who is treated today, who waits and why, and what will be due soon. Everybody who stands in one
of the lists is noted as looked at."""

from flask import render_template

from catalogue.journal import note_each
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility.consultations import count_open
from storefront.eligibility.due_soon import due_soon, numbers_of
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.visits import clients_of_the_day, visits
from storefront.practitioner import bp
from storefront.practitioner.consultations import consultations_today
from storefront.practitioner.desk import LISTED, waiting_now
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.get("")
@open_to(PRACTITIONER)
def today() -> str:
    policy, now = clinic_policy(), clock.now()
    day = clock.day_of(now)
    waiting = waiting_now()
    with transaction():
        told = {"requests": count_open(), "consultations": consultations_today()}
        coming, due = visits(clients_of_the_day(day), policy, day), due_soon(policy, day)
        seen = dict.fromkeys([*(visit.client.number for visit in coming), *numbers_of(due)])
        fresh = seen.keys() - {each.client.number for each in waiting}
        note_each(db.session(), "client", [(LISTED, number) for number in seen if number in fresh], signed_in(), now)
    on_desk = {each.client.number: each for each in waiting}
    return render_template(
        "practitioner/today.html", waiting=waiting, day=day, visits=coming, due=due, on_desk=on_desk, **told
    )
