"""The practice in charts, each with its table: courses by stage, weeks between treatments, reactions for
each hundred units sent."""

from flask import render_template

from storefront import clock
from storefront.eligibility.course_counts import courses_by_stage, weeks_between
from storefront.eligibility.records import clinic_policy
from storefront.orders.reaction_rates import reaction_rates
from storefront.practitioner import bp
from storefront.roles import PRACTITIONER, open_to


@bp.get("/charts")
@open_to(PRACTITIONER)
def charts() -> str:
    policy = clinic_policy()
    told = {
        "stages": courses_by_stage(policy),
        "weeks": weeks_between(policy, clock.today()),
        "rates": reaction_rates(),
    }
    return render_template("practitioner/charts.html", policy=policy, **told)
