"""What the treatment is, in plain words, with the clinic's own numbers."""

from flask import current_app, render_template

from storefront.eligibility.policy import Policy, load_policy
from storefront.front import bp
from storefront.roles import EVERYONE, open_to


@bp.get("/treatment")
@open_to(EVERYONE)
def treatment() -> str:
    return render_template("front/treatment.html", policy=clinic_policy())


def clinic_policy() -> Policy:
    """The numbers that the pages name."""
    return load_policy(current_app.config["SETTINGS"].clinic_policy)
