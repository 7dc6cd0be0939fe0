"""What a change of the safety specification leaves to a practitioner: approvals that go beyond the new rules, each with what is
proposed instead, confirmed one by one. Everybody whose record is shown here is noted as seen."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from catalogue.verdicts import Stale
from storefront import clock
from storefront.db import transaction
from storefront.orders import stopping
from storefront.orders.consequences import ceiling_of
from storefront.orders.touched import Beyond, beyond, rules_to_meet
from storefront.practitioner import bp
from storefront.practitioner.desk import LISTED, note_looks, signer
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.get("/rule-changes")
@open_to(PRACTITIONER)
def rule_changes() -> str:
    today = clock.today()
    rules = rules_to_meet(today)
    with transaction():
        found = beyond(rules, today)
        note_looks(*((LISTED, each.client) for each in found))
    told: dict[str, Any] = {"rules": rules, "today": today, "ceiling_um": ceiling_of(rules), "found": found}
    return render_template("practitioner/rule_changes.html", signer=signer(today), **told)


@bp.post("/rule-changes/<number>/approvals")
@open_to(PRACTITIONER)
def confirm(number: str) -> Any:
    """Signs the proposed approval of one client. Stale when it is no longer what was shown."""
    now = clock.now()
    today = clock.day_of(now)
    with transaction():
        one = next((each for each in beyond(rules_to_meet(today), today) if each.client.number == number), None)
        one = _shown(one)
        stopping.grant_approval(one.client.id, one.limits, signed_in(), today, now)
        name = one.client.name
    flash(f"Approved and signed for {name}; the client is told.")
    return redirect(url_for("practitioner.rule_changes"), 303)


def _shown(one: Beyond | None) -> Beyond:
    """The proposal, when it is still the one that was read."""
    if one is None:
        abort(404)
    if one.mark != request.form.get("shown", ""):
        raise Stale.because("changed-meanwhile", "This proposal has changed.", "you", "Read it again.")
    return one
