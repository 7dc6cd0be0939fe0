"""The visitors' plain pages: the first page, why not everybody can buy, and the pages that the law asks for."""

from flask import render_template

from catalogue import specification
from catalogue.skin import LAYERS
from storefront import clock
from storefront.eligibility.records import clinic_policy
from storefront.front import bp
from storefront.orders import gate
from storefront.orders.clinic_terms import clinic_terms
from storefront.roles import EVERYONE, open_to


@bp.get("/")
@open_to(EVERYONE)
def home() -> str:
    rules = gate.rules_on(clock.today())
    counts = {kind: len(rules.rules_for(kind)) for kind in specification.KINDS}
    return render_template("front/home.html", policy=clinic_policy(), counts=counts, layers=LAYERS)


@bp.get("/why-not-everyone")
@open_to(EVERYONE)
def why_not_everyone() -> str:
    return render_template("front/why_not_everyone.html", policy=clinic_policy())


@bp.get("/privacy")
@open_to(EVERYONE)
def privacy() -> str:
    return render_template("front/privacy.html", policy=clinic_policy())


@bp.get("/terms")
@open_to(EVERYONE)
def terms() -> str:
    return render_template("front/terms.html", terms=clinic_terms())


@bp.get("/returns")
@open_to(EVERYONE)
def returns() -> str:
    return render_template("front/returns.html")
