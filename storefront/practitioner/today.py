"""The practitioner's first page: who waits, and why; who comes for a consultation today."""

from flask import render_template

from storefront.db import transaction
from storefront.eligibility.consultations import count_open
from storefront.practitioner import bp
from storefront.practitioner.consultations import consultations_today
from storefront.practitioner.desk import waiting_now
from storefront.roles import PRACTITIONER, open_to


@bp.get("")
@open_to(PRACTITIONER)
def today() -> str:
    waiting = waiting_now()
    with transaction():
        told = {"requests": count_open(), "consultations": consultations_today()}
    return render_template("practitioner/today.html", waiting=waiting, **told)
