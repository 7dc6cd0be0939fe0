"""The practitioner's first page: who is treated today, who waits and why, and what will be due soon. Everybody who stands in one
of the lists is noted as looked at."""

from collections import Counter
from typing import Any

from flask import render_template, request

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
    waiting, shown = waiting_now(request.args.get("all") == "yes")
    with transaction():
        told: dict[str, Any] = {"requests": count_open(), "consultations": consultations_today()}
        coming, due = visits(clients_of_the_day(day), policy, day), due_soon(policy, day)
        seen = dict.fromkeys([*(visit.client.number for visit in coming), *numbers_of(due)])
        fresh = seen.keys() - {each.client.number for each in shown}
        note_each(db.session(), "client", [(LISTED, number) for number in seen if number in fresh], signed_in(), now)
    counts = Counter(matter.kind for each in waiting for matter in each.matters)
    on_desk = {each.client.number: each for each in waiting}
    late = sum(each.is_late for each in waiting)
    told |= {"waiting": shown, "many_wait": len(waiting), "late": late, "counts": counts, "on_desk": on_desk}
    return render_template("practitioner/today.html", day=day, visits=coming, due=due, **told)
