"""The admin's first page: what needs a person today."""

from typing import Any

from flask import render_template

from storefront import clock
from storefront.admin import bp, money, needs
from storefront.admin.reading import unlisted
from storefront.db import db
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.signals import signals
from storefront.orders import gate, next_orders
from storefront.orders.kit_standing import kits_lacking
from storefront.roles import ADMIN, open_to


@bp.get("")
@open_to(ADMIN)
def desk() -> str:
    now, today = clock.now(), clock.today()
    compared = money.last_comparison()
    rules, rows = gate.rules_on(today), unlisted(today)
    told: dict[str, Any] = {
        "to_sign": [row for row in rows if row.is_ready_to_sign],
        "unfinished": [row for row in rows if not row.is_ready_to_sign][: needs.SHOWN],
        "lapsing": needs.lapsing(today, rules),
        "signals": signals(clinic_policy(), today),
        "batches": needs.stopped_batches(),
        "kits": kits_lacking(None, today, rules),
        "low": needs.running_low(today, rules),
        "files": needs.failed_files(),
        "mails": needs.lost_mails(),
        "drill": needs.drill_soon(today),
        "open_returns": needs.open_returns(),
        "versions": needs.coming_versions(today),
        "steps": next_orders.steps_counted(db.session(), now),
        "money": money.money_to_look_at(compared, now),
        "compared": compared,
        "is_overdue": money.is_overdue(compared, now),
    }
    return render_template("admin/desk.html", today=today, **told)
