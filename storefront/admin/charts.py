"""Charts of the catalogue, each with its table: products by verdict over time, documents and stock by the month they expire in."""

from flask import render_template

from catalogue import outlook
from storefront import clock
from storefront.admin import bp
from storefront.admin.export_charts import PROOFS, STOCK, VERDICTS
from storefront.db import db
from storefront.roles import ADMIN, PRACTITIONER, open_to


@bp.get("/charts")
@open_to(ADMIN, PRACTITIONER)
def charts() -> str:
    session, today = db.session(), clock.today()
    told = {
        "verdicts": outlook.verdict_history(session, today),
        "proofs": outlook.proofs_by_month(session, today),
        "stock": outlook.stock_by_month(session, today),
    }
    names = {"verdicts": VERDICTS, "proofs": PROOFS, "stock": STOCK}
    return render_template("admin/charts.html", names=names, **told)
