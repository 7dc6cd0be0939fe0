"""A supplier's file from its arrival to drafts: nothing is written before "import", then each row whole or not at all, once."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue import columns, dry_run, supplier_files
from catalogue.columns import Column, Plan
from catalogue.drafts import dossier_of
from catalogue.journal import JournalEntry
from catalogue.products import DossierChange, Product
from catalogue.sheets import glance
from catalogue.supplier_files import ImportFile, ImportRow, Supplier
from catalogue.verdicts import Refused, Stale
from storefront import jobs
from storefront.db import db, transaction
from storefront.orders import importing, stopping
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN
from tests.storefront.orders import world
from tests.storefront.orders.world import NOW, TODAY

HEAD = "SKU;Name;Maker;Price;Needle length (µm);Sterile;Storage temp (°F)\n"
SHEET = HEAD + "RL-1;One;Works;34,00;250;yes;77\nRL-2;Two;Works;£ 29.50;0,2 mm;no;\n"


def received(text: str, supplier: str = "Works Ltd", **others: Any) -> ImportFile:
    """A file that has come, its columns as they were proposed."""
    content = text.encode()
    with transaction():
        known = supplier_files.supplier_named(db.session(), supplier, NOW)
        seen = glance(content)
        return supplier_files.receive_file(db.session(), known, "list.csv", content, seen, ADMIN, NOW)


def read(text: str, **others: Any) -> ImportFile:
    """A file whose rows were compared with what there is."""
    file = received(text)
    proposed = columns.from_json(file.plan)
    told = {"kind": "roller", "mark": proposed.mark} | others
    with transaction():
        supplier_files.plan_columns(db.session(), file, Plan(proposed.columns, **told), ADMIN, NOW)
    jobs.run_due(NOW)
    return found(file)


def begun(file: ImportFile) -> ImportFile:
    with transaction():
        supplier_files.start_import(db.session(), file, ADMIN, NOW)
    return file


def imported(file: ImportFile) -> ImportFile:
    begun(file)
    jobs.run_due(NOW)
    return found(file)


def found(file: ImportFile) -> ImportFile:
    return db.session.get_one(ImportFile, file.id, populate_existing=True)


def rows(file: ImportFile) -> list[ImportRow]:
    wanted = select(ImportRow).where(ImportRow.import_id == file.id).order_by(ImportRow.number)
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)))


def states(file: ImportFile) -> list[str]:
    return [row.state for row in rows(file)]


def reasons(row: ImportRow) -> list[tuple[str, str]]:
    return [tuple(pair) for pair in json.loads(row.told)["reasons"]]


def count(table: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(table)) or 0)


def test_columns_are_proposed_by_their_names_with_their_units(session: Session) -> None:
    plan = columns.from_json(received(SHEET).plan)
    assert [column.target for column in plan.columns] == [
        "sku", "name", "manufacturer", "price", "fact:needle_length_nominal", "fact:supplied_sterile",
        "fact:storage_temperature_max",
    ]  # fmt: skip
    assert [column.unit for column in plan.columns] == ["", "", "", "", "µm", "", "°F"]
    assert plan.kind == "roller"


def test_what_a_person_said_of_the_columns_is_remembered_for_the_supplier_alone(session: Session) -> None:
    file = received("Nr;Was\nA;B\n")
    said = Plan((Column("Nr", "sku"), Column("Was", "kept:was")), "serum")
    with transaction():
        supplier_files.plan_columns(session, file, said, ADMIN, NOW)
    again = columns.from_json(received("Was;Nr;New\nB;A;C\n").plan)
    assert again.columns == (Column("Was", "kept:was"), Column("Nr", "sku"), Column("New"))
    assert again.kind == "serum"
    assert columns.from_json(received("Nr;Was\nA;B\n", "Others").plan).columns[1] == Column("Was")


def test_a_plan_without_sku_or_with_one_fact_twice_is_refused_with_every_reason(session: Session) -> None:
    file = received(SHEET)
    with pytest.raises(Refused) as refused, transaction():
        supplier_files.plan_columns(session, file, Plan((Column("a", "name"), Column("b", "name"))), ADMIN, NOW)
    text = refused.value.verdict.reasons[0].text
    assert all(told in text for told in ("Two columns state the same: Name.", "the SKU", "rollers or serums"))


def test_a_dry_run_writes_no_product(session: Session) -> None:
    before = count(Product), count(DossierChange)
    file = read(SHEET)
    assert states(file) == ["new", "new"]
    assert (count(Product), count(DossierChange)) == before
    assert file.state == "read"


def test_rows_become_drafts_in_our_units_without_any_evidence(session: Session) -> None:
    file = imported(read(SHEET))
    assert (file.state, states(file)) == ("imported", ["imported", "imported"])
    one = dry_run.dossier_of(samples.loaded(session, "RL-1"))
    assert one.facts == {
        "needle_length_nominal": Decimal("0.25"), "supplied_sterile": True, "storage_temperature_max": 25,
    }  # fmt: skip
    assert (one.manufacturer, one.price.minor if one.price else 0, one.evidence) == ("Works", 3400, ())
    two = samples.loaded(session, "RL-2")
    assert (two.price_minor, two.listing) == (2950, None)
    assert two.dossier.changed_by_id == ADMIN.id


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    imported(read(SHEET))
    before = count(DossierChange), count(JournalEntry)
    again = read(SHEET)
    assert states(again) == ["same", "same"]
    imported(again)
    assert count(DossierChange) == before[0]
    told = session.scalars(select(JournalEntry.verb).order_by(JournalEntry.id)).all()[before[1] :]
    assert told == ["file received", "columns mapped", "import begun"]


def test_a_changed_row_says_from_what_to_what_and_what_it_takes_off_sale(session: Session) -> None:
    samples.on_sale(session)
    dossier = samples.complete()
    session.commit()
    file = read("SKU;Needle length\nRL-020;150 µm\nRL-021;x\n")
    changed, refused = rows(file)
    told = json.loads(changed.told)
    assert told["changes"] == [["Needle length nominal", "0.2 mm", "0.15 mm", "150 µm"]]
    assert told["is_on_sale"] is True
    assert samples.loaded(session, "RL-020").listing is not None
    assert reasons(refused) == [("B3", "“x” is no number. Write the number alone, in mm.")]
    imported(file)
    after = samples.loaded(session, "RL-020")
    assert after.listing is None
    assert len(after.dossier.evidence) == len(dossier.evidence)


def test_every_fault_of_a_row_is_told_with_its_cell(session: Session) -> None:
    text = HEAD + "RL 1;One;Works;34.00 USD;1,234;perhaps;x\n;Two;;;;;\nRL-3;;Works;10;;;\nRL-4;Four;Works;;;;\n"
    one, two, three, four = rows(read(text))
    assert [cell for cell, _ in reasons(one)] == ["A2", "D2", "E2", "F2", "G2"]
    assert "may be 1234 or 1.234" in reasons(one)[2][1]
    assert "USD" in reasons(one)[1][1]
    assert reasons(two) == [("A3", "There is no SKU: write it in.")]
    assert reasons(three) == [("B4", "A new product needs a name: write it in.")]
    assert reasons(four) == [("D5", "A new product needs a price above zero, in pounds: write it in.")]


def test_the_second_row_of_a_sku_is_refused_and_names_the_first(session: Session) -> None:
    file = read(HEAD + "RL-1;One;;34;;;\nRL-1;Other;;35;;;\n")
    assert states(file) == ["new", "refused"]
    assert reasons(rows(file)[1]) == [("A3", "RL-1 stands in row 2 already: keep one of the two.")]


def test_twins_are_found_also_in_different_pieces(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "READ_AT_ONCE", 2)
    file = read(HEAD + "".join(f"RL-{number};N;;34;;;\n" for number in (1, 2, 3, 1, 4)))
    assert states(file) == ["new", "new", "new", "refused", "new"]


def test_a_serum_under_the_sku_of_a_roller_is_refused(session: Session) -> None:
    imported(read(SHEET))
    file = read("SKU;Name\nRL-1;Serum\n", kind="serum")
    assert reasons(rows(file)[0])[0][1].startswith("RL-1 is a roller")


def test_a_product_changed_since_the_dry_run_fails_and_is_imported_at_the_next_try(session: Session) -> None:
    file = read(SHEET)
    with transaction():
        stopping.enter_dossier(samples.complete(sku="RL-1"), {}, ADMIN, NOW)
    imported(file)
    assert states(file) == ["failed", "imported"]
    assert "Somebody changed this dossier" in reasons(rows(file)[0])[0][1]
    with transaction():
        assert supplier_files.retry_failed(session, found(file), ADMIN, NOW) == 1
    jobs.run_due(NOW)
    assert states(file) == ["imported", "imported"]
    assert samples.loaded(session, "RL-1").name == "One"


def test_what_somebody_wrote_at_the_head_of_a_dossier_meanwhile_is_not_written_over(session: Session) -> None:
    imported(read(SHEET))
    file = read(SHEET.replace(";Works;34,00", ";Other works;34,00"))
    product = samples.loaded(session, "RL-1")
    with transaction():
        changed = replace(dossier_of(product), manufacturer="Their works")
        stopping.enter_dossier(changed, {}, ADMIN, NOW)
    imported(file)
    assert states(file)[0] == "failed"
    assert samples.loaded(session, "RL-1").manufacturer == "Their works"


def test_a_row_that_fails_leaves_nothing_and_the_others_go_on(session: Session) -> None:
    file = read(SHEET)
    with transaction():
        rows(file)[0].cells = json.dumps(["bad sku", "One", "", "34,00"])
    imported(file)
    assert states(file) == ["failed", "imported"]
    assert session.scalars(select(Product.sku).order_by(Product.sku)).all() == ["RL-2"]


def test_a_worker_that_was_stopped_goes_on_where_it_was(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "READ_AT_ONCE", 2)
    monkeypatch.setattr(importing, "IMPORTED_AT_ONCE", 2)
    file = received(HEAD + "".join(f"RL-{number};N{number};;34;;;\n" for number in range(7)))
    with transaction():
        plan = Plan(columns.from_json(file.plan).columns, "roller")
        supplier_files.plan_columns(session, file, plan, ADMIN, NOW)
    importing.carry_on(file.id, NOW)
    importing._open.clear()  # another worker has nothing open
    for expected in (4, 6, 7):
        importing.carry_on(file.id, NOW)
        assert len(rows(file)) == expected
    with transaction():
        supplier_files.start_import(session, found(file), ADMIN, NOW)
    importing.carry_on(file.id, NOW)
    assert states(file).count("imported") == 2
    jobs.run_due(NOW)
    assert states(file) == ["imported"] * 7
    assert count(DossierChange) == 7


def test_a_file_that_breaks_off_says_where_and_may_be_mapped_again(session: Session) -> None:
    file = read(HEAD + "RL-1;One;;34;;;\n" * 10 + "RL-2;" + "x" * 40_000 + "\n")
    assert file.state == "unreadable"
    assert "B12 holds 40,000" in (file.last_error or "")
    assert file.due_at is None


def test_an_import_begins_once_and_a_plan_stays_once_it_began(session: Session) -> None:
    file = read(SHEET)
    with transaction():
        supplier_files.start_import(session, file, ADMIN, NOW)
    with pytest.raises(Stale), transaction():
        supplier_files.start_import(session, file, ADMIN, NOW)
    with pytest.raises(Stale), transaction():
        supplier_files.plan_columns(session, file, columns.from_json(file.plan), ADMIN, NOW)


def test_orders_of_a_changed_product_wait_on_hold(session: Session) -> None:
    with transaction():
        product, client = world.on_sale(), world.approved_client()
    with transaction():
        placed = world.placed(client, product)
    imported(read("SKU;Needle length\nRL-020;0.15\n"))
    session.refresh(placed)
    assert placed.status == "cancelled"


def test_the_bytes_of_a_file_are_kept_once(session: Session) -> None:
    received(SHEET)
    received(SHEET)
    assert count(supplier_files.SheetBytes) == 1
    assert count(Supplier) == 1
    assert count(ImportFile) == 2


def test_the_market_sample_comes_in_one_go_each_product_with_what_refuses_it(session: Session) -> None:
    for _ in range(2):
        with transaction():
            file = dry_run.take_market_sample(session, ADMIN, TODAY, NOW)
    assert states(file) == ["refused"] * 57
    told = {row.sku: [text for _, text in reasons(row)] for row in rows(file)}
    assert all(told.values())
    assert any("(R-LEN-01): 1 mm, demanded at most 0.25 mm" in text for text in told["R003"])
    assert any("The price is in AED" in text for text in told["R003"])
    assert count(Product) == 0
