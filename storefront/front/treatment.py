"""What the treatment is, in plain words, with the clinic's own numbers."""

from flask import render_template

from storefront.eligibility.records import clinic_policy
from storefront.front import bp
from storefront.roles import EVERYONE, open_to


@bp.get("/treatment")
@open_to(EVERYONE)
def treatment() -> str:
    return render_template("front/treatment.html", policy=clinic_policy())
