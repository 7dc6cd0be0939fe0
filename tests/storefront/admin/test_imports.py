"""Suppliers' files at the desk: sent, their columns said, each row looked at, imported by the worker, and tried again."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import supplier_files
from catalogue.products import Product
from catalogue.supplier_files import ImportFile, ImportRow
from storefront import clock, jobs
from storefront.db import transaction
from storefront.orders import stopping
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN
from tests.catalogue.test_sheets import workbook

HEAD = "SKU;Name;Maker;Price;Needle length (µm);Sterile\n"
SHEET = HEAD + "RL-1;One;Works;34,00;250;yes\nRL-2;Two;Works;29.50 USD;1,234;\n"
ADDRESS = "/admin/imports/IM-1001"


def send(admin: FlaskClient, sheet: str | bytes = SHEET, name: str = "list.csv", supplier: str = "Works Ltd") -> Any:
    content = sheet.encode() if isinstance(sheet, str) else sheet
    told = {"supplier": supplier, "sheet": (io.BytesIO(content), name)}
    return admin.post("/admin/imports", data=told, content_type="multipart/form-data")


def proposed(session: Session, reference: str = "IM-1001", **others: str) -> dict[str, str]:
    """The form as it stands when the page opens."""
    from catalogue import columns

    file = session.scalars(select(ImportFile).where(ImportFile.reference == reference)).one()
    plan = columns.from_json(file.plan)
    told = {"kind": plan.kind, "mark": plan.mark, "encoding": plan.encoding or "utf-8-sig"}
    for place, column in enumerate(plan.columns):
        told |= {f"columns-{place}-target": column.target, f"columns-{place}-unit": column.unit}
    return told | others


def compared(session: Session, admin: FlaskClient, sheet: str | bytes = SHEET, **others: str) -> FlaskClient:
    """A file whose rows were compared."""
    assert send(admin, sheet).location.endswith("/columns")
    answer = admin.post(f"{ADDRESS}/columns", data=proposed(session, **{"kind": "roller"} | others))
    assert answer.location == ADDRESS, answer.text
    jobs.run_due(clock.now())
    return admin


def test_from_a_sheet_to_a_draft_in_four_presses(session: Session, admin: FlaskClient) -> None:
    answer = send(admin)
    page = admin.get(answer.location).text
    assert "Needle length (µm)" in page
    assert "semicolons between the columns" in page
    answer = admin.post(answer.location, data=proposed(session))
    running = admin.get(answer.location).text
    assert "data-progress" in running
    assert '<meta http-equiv="refresh"' in running
    jobs.run_due(clock.now())
    page = admin.get(answer.location).text
    assert "Nothing is written yet" in page
    assert "<strong>D3</strong> The price is in USD" in page
    assert "<strong>E3</strong>" in page
    assert "0.25 mm" in page
    assert "(written 250 µm)" in page
    assert session.scalar(select(Product.id)) is None
    assert admin.post(f"{ADDRESS}/run").status_code == 303
    jobs.run_due(clock.now())
    page = admin.get(ADDRESS).text
    assert "1 draft entered" in page
    assert 'href="/admin/products/RL-1"' in page
    assert admin.get("/admin/products/RL-1").status_code == 200


def test_a_workbook_is_taken_like_a_csv(session: Session, admin: FlaskClient) -> None:
    sheet = workbook(("SKU", "Name", "Price", "Needle length"), ("RL-7", "Seven", 34.5, 0.2))
    compared(session, admin, sheet)
    admin.post(f"{ADDRESS}/run")
    jobs.run_due(clock.now())
    assert samples.loaded(session, "RL-7").price_minor == 3450


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"SKU,Name\n", "no rows"),
        (b"<html><table></table></html>", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (b"SKU,Name\nA,b\0\n", "Line 2"),
    ],
)
def test_what_is_no_sheet_is_refused_and_says_what_to_do(admin: FlaskClient, content: bytes, told: str) -> None:
    answer = send(admin, content, "list.xls")
    assert answer.status_code == 422
    assert told in answer.text
    assert "Works Ltd" in answer.text


def test_a_file_without_supplier_or_sheet_is_refused_with_both(admin: FlaskClient) -> None:
    answer = admin.post("/admin/imports", data={"supplier": " "})
    assert answer.status_code == 422
    assert "Whose list is it?" in answer.text
    assert "Choose the supplier’s file." in answer.text.replace("&#39;", "’")


def test_columns_that_make_no_sense_are_refused_with_every_reason(session: Session, admin: FlaskClient) -> None:
    send(admin)
    wrong = {"columns-0-target": "name", "columns-4-unit": "°F", "columns-2-target": "nonsense", "kind": ""}
    answer = admin.post(f"{ADDRESS}/columns", data=proposed(session, **wrong))
    assert answer.status_code == 422
    for told in (
        "Two columns state the same: Name.",
        "which column is the SKU",
        "is not told in °F",
        "which column tells",
    ):
        assert told in answer.text, told
    assert "Not a valid choice" in answer.text


def test_other_letters_show_the_file_again(session: Session, admin: FlaskClient) -> None:
    send(admin, "SKU;Название\nRL-1;Роллер\n".encode("cp1251"))
    assert "Название" not in admin.get(f"{ADDRESS}/columns").text
    answer = admin.post(f"{ADDRESS}/columns", data=proposed(session, encoding="cp1251"))
    page = admin.get(answer.location).text
    assert "Название" in page
    assert "Роллер" in page
    answer = admin.post(f"{ADDRESS}/columns", data=proposed(session, encoding="cp932"))
    assert answer.status_code in (303, 422)


def test_a_column_that_nobody_asks_for_is_kept_or_left_out(session: Session, admin: FlaskClient) -> None:
    sheet = "SKU;Name;Price;Colour\nRL-1;One;34;teal\n"
    compared(session, admin, sheet, **{"columns-3-target": "keep"})
    admin.post(f"{ADDRESS}/run")
    jobs.run_due(clock.now())
    assert samples.loaded(session, "RL-1").dossier.facts == '{"colour": "teal"}'


def test_progress_is_told_as_json_at_the_same_address(session: Session, admin: FlaskClient) -> None:
    compared(session, admin)
    told = admin.get(ADDRESS, headers={"Accept": "application/json"}).json
    assert told == {"state": "read", "done": 2, "total": 2, "reference": "IM-1001"}


def test_rows_are_filtered_by_what_becomes_of_them(session: Session, admin: FlaskClient) -> None:
    compared(session, admin)
    text = admin.get(f"{ADDRESS}?state=refused").text
    assert 'data-sku="RL-2"' in text
    assert 'data-sku="RL-1"' not in text
    assert admin.get(f"{ADDRESS}?state=nonsense").status_code == 200


def test_the_page_says_which_products_would_go_off_sale(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    session.commit()
    compared(session, admin, "SKU;Needle length\nRL-020;0,15 mm\n")
    text = admin.get(ADDRESS).text
    assert "1 of the changed products is on sale" in text
    assert "On sale: goes off sale" in text
    assert '<span class="soft">0.2 mm</span> → <strong class="break">0.15 mm</strong>' in text


def test_refused_rows_come_back_as_a_sheet_whose_formulas_are_text(session: Session, admin: FlaskClient) -> None:
    compared(session, admin, HEAD + "RL-1;=HYPERLINK(1);@x;abc;;\n")
    answer = admin.get(f"{ADDRESS}/refused")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="IM-1001-refused.csv"'
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0].endswith(",Row,Why it was refused")
    assert lines[1].startswith("RL-1,'=HYPERLINK(1),'@x,abc,,,2,")
    assert "D2: " in lines[1]
    send(admin, answer.data, supplier="Others")
    assert session.scalars(select(ImportFile.state)).all() == ["read", "mapping"]


def test_failed_rows_are_tried_again_at_a_press(session: Session, admin: FlaskClient) -> None:
    compared(session, admin, HEAD + "RL-1;One;Works;34;;\n")
    with transaction():
        stopping.enter_dossier(samples.complete(sku="RL-1"), {}, ADMIN, clock.now())
    admin.post(f"{ADDRESS}/run")
    jobs.run_due(clock.now())
    assert "Try the failed 1 again" in admin.get(ADDRESS).text
    admin.post(f"{ADDRESS}/retry")
    jobs.run_due(clock.now())
    assert session.scalars(select(ImportRow.state)).all() == ["imported"]


def test_a_second_press_is_refused_and_imports_nothing_twice(session: Session, admin: FlaskClient) -> None:
    compared(session, admin)
    assert admin.post(f"{ADDRESS}/run").status_code == 303
    assert admin.post(f"{ADDRESS}/run").status_code == 409
    assert admin.post(f"{ADDRESS}/columns", data=proposed(session)).status_code == 409


def test_the_market_sample_comes_in_one_press_and_says_of_each_why_it_is_refused(
    session: Session, admin: FlaskClient
) -> None:
    answer = admin.post("/admin/imports/market-sample")
    text = admin.get(answer.location).text
    assert text.count('data-status="refused"') == 30
    assert "(R-USE-01)" in text
    assert "the shop sells in pounds" in text
    assert "Import " not in text
    assert admin.get(f"{answer.location}/columns").status_code == 404
    assert session.scalar(select(Product.id)) is None


def test_who_pressed_import_has_entered_the_drafts(session: Session, admin: FlaskClient, boss: Any) -> None:
    compared(session, admin)
    admin.post(f"{ADDRESS}/run")
    jobs.run_due(clock.now())
    assert samples.loaded(session, "RL-1").dossier.changed_by_id == boss.id


def test_the_queries_of_a_files_page_do_not_grow_with_its_rows(
    session: Session, admin: FlaskClient, count_queries: Any
) -> None:
    def page(rows: int) -> int:
        text = HEAD + "".join(f"RL-{number};N;W;34;250;yes\n" for number in range(rows))
        reference = send(admin, text).location.split("/")[3]
        admin.post(f"/admin/imports/{reference}/columns", data=proposed(session, reference, kind="roller"))
        jobs.run_due(clock.now())
        with count_queries() as sent:
            assert admin.get(f"/admin/imports/{reference}").status_code == 200
        return len(sent)

    for number in range(0, 30, 2):
        samples.entered(session, samples.complete(sku=f"RL-{number}", today=clock.today()))
    session.commit()
    few, many = page(2), page(30)
    assert few == many <= 11
    with count_queries() as sent:
        admin.get("/admin/imports")
    assert len(sent) <= 4


def test_a_real_plan_is_never_lost_by_a_refused_form(session: Session, admin: FlaskClient) -> None:
    send(admin)
    answer = admin.post(
        f"{ADDRESS}/columns", data=proposed(session, **{"columns-0-target": "", "columns-1-target": "brand"})
    )
    assert answer.status_code == 422
    assert 'selected value="brand"' in answer.text
    assert supplier_files.columns.from_json(session.scalars(select(supplier_files.Supplier.plan)).one()).columns == ()
