"""The practitioner's first page: who waits, and why."""

from flask import render_template

from storefront.eligibility.consultations import open_requests
from storefront.practitioner import bp
from storefront.practitioner.desk import waiting_now
from storefront.roles import PRACTITIONER, open_to


@bp.get("")
@open_to(PRACTITIONER)
def today() -> str:
    return render_template("practitioner/today.html", waiting=waiting_now(), requests=open_requests())
