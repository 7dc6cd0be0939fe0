"""What the gate said of a client's orders, each time with every reason: for the practitioner alone, and a look at the record."""

from flask import render_template

from storefront import clock
from storefront.orders.gate_reports import MOST, latest_reports_of
from storefront.practitioner import bp
from storefront.practitioner.desk import read_record
from storefront.practitioner.pictures import age_on
from storefront.roles import PRACTITIONER, open_to


@bp.get("/clients/<number>/gate-reports")
@open_to(PRACTITIONER)
def gate_reports(number: str) -> str:
    client = read_record(number)
    age = age_on(client.born_on, clock.today())
    reports = latest_reports_of(client.id)
    return render_template("practitioner/gate_reports.html", client=client, age=age, reports=reports, most=MOST)
