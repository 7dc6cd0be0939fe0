"""What the rows of a supplier's file would do, without doing it: new, changed (from what to what), the same, or refused with
every reason and its cell. The market sample goes the same way, and is refused row by row with the rules that refuse it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, selectinload

from catalogue import columns, versions
from catalogue.canonical import plain
from catalogue.dossiers import Dossier
from catalogue.drafts import CURRENCY, LOADING, changed_names, dossier_of, refuse_unfit
from catalogue.entries import Entry, Fault, differences, read_entry
from catalogue.imports import market_rows, market_sample
from catalogue.journal import Who
from catalogue.products import Product
from catalogue.sheets import Line
from catalogue.specification import Specification
from catalogue.states import mark_of
from catalogue.supplier_files import ImportFile, ImportRow, new_file, supplier_named
from catalogue.verdicts import Finding, Refused
from catalogue.vetting import Report, judge

MARKET = "The market beside us"
SAMPLE_NOTES = (
    "Rollers and serums as they are sold elsewhere, without their names.",
    "None becomes a draft; each says why.",
)
COMPARED = ("state", "seen", "told")
Told = dict[str, Any]


def compare(session: Session, file: ImportFile, lines: Sequence[Line], today: date) -> None:
    """Keeps the next rows of a file with what each would do. A row that a person put right stays as it was typed, and is compared
    like the others. No product is changed."""
    plan, asked = columns.from_json(file.plan), columns.asked_on(session, today)
    corrected = _corrected(session, file, lines)
    read = [corrected[line.number].line if line.number in corrected else line for line in lines]
    entries = [read_entry(line, plan, asked) for line in read]
    skus = {entry.sku for entry in entries if entry.sku}
    known, firsts = products_of(session, skus), _first_rows(session, file, skus, lines)
    rows = []
    for line, entry in zip(read, entries, strict=True):
        _refuse_twin(entry, firsts)
        row = corrected.get(line.number)
        compared = compare_entry(entry, known.get(entry.sku), (row and row.corrected_by) or file.by, asked)
        if row:
            row.sku, row.state, row.seen, row.told = entry.sku[:40], *(compared[name] for name in COMPARED)
        else:
            kept = {"import_id": file.id, "number": line.number, "sku": entry.sku[:40], "cells": kept_cells(line)}
            rows.append(kept | compared)
    if rows:
        session.execute(insert(ImportRow), rows)


def _corrected(session: Session, file: ImportFile, lines: Sequence[Line]) -> Mapping[int, ImportRow]:
    """The rows among these that a person put right before the columns were said anew, by their numbers."""
    if not lines:
        return {}
    mine = select(ImportRow).where(ImportRow.import_id == file.id, ImportRow.corrected_by_id.is_not(None))
    found = session.scalars(mine.where(ImportRow.number.between(lines[0].number, lines[-1].number)))
    return {row.number: row for row in found}


def kept_cells(line: Line) -> str:
    return json.dumps(plain(line.cells), ensure_ascii=False)


def products_of(session: Session, skus: Iterable[str]) -> Mapping[str, Product]:
    """The products of these SKUs, with their dossiers and whether they are on sale."""
    found = select(Product).where(Product.sku.in_(list(skus))).options(*LOADING, selectinload(Product.listing))
    return {product.sku: product for product in session.scalars(found.execution_options(populate_existing=True))}


def _first_rows(session: Session, file: ImportFile, skus: Iterable[str], lines: Sequence[Line]) -> dict[str, int]:
    """In which row before these each SKU stands first."""
    earlier = select(ImportRow.sku, ImportRow.number).where(ImportRow.import_id == file.id)
    earlier = earlier.where(ImportRow.number < (lines[0].number if lines else 0))
    found = session.execute(earlier.where(ImportRow.sku.in_(list(skus))).order_by(ImportRow.number.desc()))
    return {row.sku: row.number for row in found}


def _refuse_twin(entry: Entry, firsts: dict[str, int]) -> None:
    if not entry.sku:
        return
    first = firsts.setdefault(entry.sku, entry.number)
    if first != entry.number:
        entry.faults.append(
            Fault(entry.cell_of("sku"), f"{entry.sku} stands in row {first} already: keep one of the two.")
        )


def compare_entry(entry: Entry, product: Product | None, by: Who, asked: columns.Asked) -> Told:
    """What a row does to the product that there is: its state, what it is told, and the mark that it was compared with."""
    before = dossier_of(product) if product else None
    faults = entry.faults or _faults_over(entry, before, by)
    if faults:
        return _told("refused", None, reasons=[astuple(fault) for fault in faults])
    after = entry.over(before)
    if product is None or before is None:
        return _told("new", "")
    names = changed_names(before, after)
    seen = mark_of(before, product.summary)
    if not names:
        return _told("same", seen)
    changes = [astuple(change) for change in differences(entry, before, after, names, asked)]
    return _told("changed", seen, changes=changes, is_on_sale=product.listing is not None)


def _told(state: str, seen: str | None, **told: object) -> Told:
    return {"state": state, "seen": seen, "told": json.dumps(told, ensure_ascii=False)}


def _faults_over(entry: Entry, before: Dossier | None, by: Who) -> list[Fault]:
    """What speaks against the row as a whole, once its cells are readable."""
    place = f"row {entry.number}"
    if before and before.kind != entry.kind:
        return [Fault(place, f"{before.sku} is a {before.kind}; enter a {entry.kind} under another SKU.")]
    after = entry.over(before)
    faults = [] if after.name else [Fault(entry.cell_of("name"), "A new product needs a name: write it in.")]
    if after.price is None:
        faults.append(Fault(entry.cell_of("price"), "A new product needs a price above zero, in pounds: write it in."))
    if faults:
        return faults
    try:
        refuse_unfit(after, by)
    except Refused as refused:
        return [Fault(place, reason.text) for reason in refused.verdict.reasons]
    return []


def take_market_sample(session: Session, by: Who, today: date, now: datetime) -> ImportFile:
    """The anonymous market sample in one go, each product with every rule that refuses it. Nothing of it becomes a draft."""
    supplier = supplier_named(session, MARKET, now)
    taken = select(ImportFile).where(ImportFile.supplier_id == supplier.id, ImportFile.sha256.is_(None))
    file = session.scalar(taken)
    if file is None:
        file = new_file(session, supplier, "market sample", by, now)
        file.notes = json.dumps(SAMPLE_NOTES)
    file.state, file.due_at = "read", None
    session.execute(delete(ImportRow).where(ImportRow.import_id == file.id))
    stated, rules = [*market_rows("rollers"), *market_rows("serums")], versions.in_force(session, today)
    rows = []
    for number, (dossier, words) in enumerate(zip(market_sample(rules), stated, strict=True), 2):
        reasons = [("", reason) for reason in _refusals(dossier, rules, today)]
        kept = {"import_id": file.id, "number": number, "sku": dossier.sku, "cells": json.dumps(list(words.values()))}
        rows.append(kept | _told("refused", None, reasons=reasons))
    session.execute(insert(ImportRow), rows)
    file.expected = len(rows)
    return file


def _refusals(dossier: Dossier, rules: Specification, today: date) -> list[str]:
    """Why a product of the market is not taken: the rules it breaks, what is not proven of it, and its price."""
    report = judge(dossier, rules, today)
    told = [f"{refusal.title} ({refusal.rule}): {refusal.found}." for refusal in refusals(report)]
    if open_count := _open(report):
        told.append(f"{open_count} facts are not stated or not proven: unknown is refused.")
    if dossier.price is None:
        told.append("No price of one piece is told.")
    elif dossier.price.currency != CURRENCY:
        told.append(f"The price is in {dossier.price.currency}: the shop sells in pounds, and changes no money.")
    return told


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule that refuses a product, in words."""

    rule: str
    title: str
    found: str


def refusals(report: Report) -> list[Refusal]:
    """Every rule that a product breaks, with what was found and what is demanded."""
    rules = report.specification
    failing = (finding for finding in report.findings if finding.verdict == "fail")
    return [Refusal(finding.rule, rules.rule(finding.rule).title, _found(finding)) for finding in failing]


def _found(finding: Finding) -> str:
    return f"{finding.found or 'nothing'}, demanded {finding.demanded}".replace("_", " ")


def _open(report: Report) -> int:
    return sum(finding.verdict in ("missing", "unproven", "lapsed", "review") for finding in report.findings)


def told_reasons(reasons: Iterable[str]) -> str:
    """Why a row was not taken, as a row keeps it."""
    return json.dumps({"reasons": [["", reason] for reason in reasons]}, ensure_ascii=False)
