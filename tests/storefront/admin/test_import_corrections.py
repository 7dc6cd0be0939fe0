"""Rows of a supplier's file that were refused or failed, put right on the page: judged again, entered at one press, and in the name
of who typed them."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import imports
from catalogue.products import Product
from catalogue.supplier_files import ImportFile, ImportRow
from storefront import clock, jobs
from storefront.accounts.actions import make_account
from storefront.db import transaction
from storefront.orders import stopping
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN
from tests.catalogue.test_sheets import workbook
from tests.storefront.admin.test_imports import ADDRESS, HEAD, SHEET, compared, proposed, send
from tests.storefront.conftest import PASSWORD

OF_CLAIMS = {"R-CLM-01", "R-CLM-02", "R-CLM-03", "R-REC-01"}  # in a seller's own words, which no column states plainly


def opened(admin: FlaskClient, number: int) -> tuple[dict[str, str], str]:
    """What a browser would send of the form of a row, untouched; and the page."""
    answer = admin.get(f"{ADDRESS}/rows/{number}")
    assert answer.status_code == 200
    form = answer.text[answer.text.index("form--wide") :]
    told = dict(re.findall(r'<textarea[^>]*name="(cell_\d+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S))
    was = re.search(r'name="was"[^>]*value="([^"]*)"', form)
    assert was
    return told | {"was": was[1]}, answer.text


def correct(admin: FlaskClient, number: int, **cells: str) -> Any:
    return admin.post(f"{ADDRESS}/rows/{number}", data=opened(admin, number)[0] | cells)


def states(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(ImportRow.state).order_by(ImportRow.number)))


def press(admin: FlaskClient, what: str) -> None:
    assert admin.post(f"{ADDRESS}/{what}").status_code == 303
    jobs.run_due(clock.now())


def test_a_refused_row_is_put_right_judged_again_and_imported(session: Session, admin: FlaskClient) -> None:
    compared(session, admin)
    assert f'href="{ADDRESS}/rows/3"' in admin.get(ADDRESS).text
    told, page = opened(admin, 3)
    assert told["cell_3"] == "29.50 USD"
    assert "D3 · Price" in page
    assert "The price is in USD" in page
    assert "E3 · Needle length nominal, in µm" in page
    answer = correct(admin, 3, cell_3="29.50", cell_4="none at all")
    assert answer.status_code == 422
    assert "no number" in answer.text
    assert "none at all" in answer.text
    assert states(session) == ["new", "refused"]
    answer = correct(admin, 3, cell_3="29.50", cell_4="0.2 mm")
    assert (answer.status_code, answer.location) == (303, ADDRESS)
    page = admin.get(ADDRESS).text
    assert "Row 3 is new, and waits for your press." in page
    assert "Import 2 rows" in page
    assert "Corrected by Alba Reed" in page
    press(admin, "run")
    assert states(session) == ["imported", "imported"]
    assert samples.loaded(session, "RL-2").price_minor == 2950
    assert admin.get(f"{ADDRESS}/rows/3").status_code == 404


def test_what_was_corrected_stays_when_the_columns_are_said_anew_until_other_letters_are_read(
    session: Session, admin: FlaskClient
) -> None:
    compared(session, admin)
    assert correct(admin, 3, cell_0="RL-5", cell_3="29.50", cell_4="0.2 mm").status_code == 303
    assert "What was corrected by hand stays" in admin.get(f"{ADDRESS}/columns").text
    again = proposed(session, kind="roller", **{"columns-2-target": "brand"})
    assert admin.post(f"{ADDRESS}/columns", data=again).location == ADDRESS
    jobs.run_due(clock.now())
    assert states(session) == ["new", "new"]
    row = session.scalars(select(ImportRow).where(ImportRow.sku == "RL-5")).one()
    assert (row.number, row.corrected_by_name) == (3, "Alba Reed")
    assert admin.post(f"{ADDRESS}/columns", data=again | {"encoding": "cp1252"}).location == f"{ADDRESS}/columns"
    assert admin.post(f"{ADDRESS}/columns", data=proposed(session, kind="roller")).location == ADDRESS
    jobs.run_due(clock.now())
    assert states(session) == ["new", "refused"]


def test_what_an_import_left_is_corrected_and_goes_in_by_one_press_in_the_name_of_who_typed_it(
    session: Session, admin: FlaskClient, boss: Any, signed_in: Any
) -> None:
    compared(session, admin, SHEET + "RL-1;Twin;;35;;\nRL-4;Four;;36;;\n")
    with transaction():
        stopping.enter_dossier(samples.complete(sku="RL-4"), {}, ADMIN, clock.now())
    press(admin, "run")
    assert states(session) == ["imported", "refused", "refused", "failed"]
    assert "3 rows were not taken" in admin.get(ADDRESS).text
    assert "stands in row 2 already" in correct(admin, 4, cell_0="RL-1").text
    assert correct(admin, 4, cell_0="RL-9").status_code == 303
    assert correct(admin, 3, cell_3="£ 28", cell_4="").status_code == 303
    page = admin.get(ADDRESS).text
    assert "Import the corrected 2, and try the failed 1 again" in page
    other = make_account("bo@example.org", "Bo Lind", "admin", boss.who, clock.now(), PASSWORD)
    session.commit()
    press(signed_in(other), "retry")
    assert states(session) == ["imported"] * 4
    entered = {sku: samples.loaded(session, sku).dossier.changed_by_name for sku in ("RL-9", "RL-2", "RL-4")}
    assert entered == {"RL-9": "Alba Reed", "RL-2": "Alba Reed", "RL-4": "Bo Lind"}
    assert admin.post(f"{ADDRESS}/retry").status_code == 409
    assert session.scalars(select(ImportFile.state)).all() == ["imported"]


def test_a_row_that_somebody_else_put_right_or_that_is_on_its_way_is_left_alone(
    session: Session, admin: FlaskClient
) -> None:
    compared(session, admin)
    told, _ = opened(admin, 3)
    assert correct(admin, 3, cell_3="29.50", cell_4="").status_code == 303
    assert admin.post(f"{ADDRESS}/rows/3", data=told | {"cell_3": "1", "cell_4": ""}).status_code == 409
    assert "One row was put right on the page" in admin.get(f"{ADDRESS}/columns").text
    again, _ = opened(admin, 3)
    admin.post(f"{ADDRESS}/run")
    assert admin.post(f"{ADDRESS}/rows/3", data=again | {"cell_3": "2"}).status_code == 409
    jobs.run_due(clock.now())
    assert samples.loaded(session, "RL-2").price_minor == 2950


def test_a_number_that_was_not_touched_stays_the_number_that_it_was(session: Session, admin: FlaskClient) -> None:
    sheet = workbook(("SKU", "Name", "Price", "Needle length"), ("RL 7", "Seven", 34.5, 1.234))
    compared(session, admin, sheet)
    assert correct(admin, 2, cell_0="RL-7").status_code == 303
    press(admin, "run")
    assert '"needle_length_nominal": {"decimal": "1.234"}' in samples.loaded(session, "RL-7").dossier.facts


def test_the_rows_of_the_market_and_of_no_file_are_not_there(session: Session, admin: FlaskClient) -> None:
    reference = admin.post("/admin/imports/market-sample").location
    assert admin.get(f"{reference}/rows/2").status_code == 404
    send(admin, HEAD + "RL-1;One;;34;;\n")
    assert admin.get("/admin/imports/IM-1002/rows/2").status_code == 404
    assert session.scalar(select(Product.id)) is None


def test_a_list_as_the_market_has_it_says_of_each_product_every_rule_that_refuses_it(
    session: Session, admin: FlaskClient
) -> None:
    compared(session, admin, (imports.SAFETY / "market_rollers.csv").read_bytes())
    text = admin.get(f"{ADDRESS}?state=refused").text
    rows = {found[1]: found[0] for found in re.finditer(r'<tr data-sku="([^"]+)".*?</tr>', text, re.S)}
    for told in imports.market_rows("rollers"):
        expected = set(filter(None, told["reject_rules"].split("|"))) - OF_CLAIMS
        if told["id"] in rows:
            assert expected <= set(re.findall(r'data-reason="([^"]+)"', rows[told["id"]])), told["id"]
    assert len(rows) > 20
