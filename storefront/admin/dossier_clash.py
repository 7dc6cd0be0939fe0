"""A dossier that somebody else changed while it was open in a form. Nothing typed is lost: what only they changed comes into the
form, what both changed stays as it was typed, with theirs beside it, to be taken at a press or saved over knowingly."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from catalogue import drafts, states
from catalogue.clashes import Clash, clashes, in_words, paper_names, papers_of
from catalogue.dossiers import Dossier, Evidence
from catalogue.products import Product
from catalogue.states import State
from storefront.admin.dossier_forms import COLUMNS, DossierForm, EvidenceForm, numbers
from storefront.admin.forms import shown
from storefront.db import db

HEAD = ("name", "brand", "manufacturer", "gtin")


@dataclass(frozen=True, slots=True)
class Changed:
    """What stands otherwise in the form than in what was saved last: who saved it, and the two values of each."""

    last: State | None
    rows: list[Clash]


def seen(form: DossierForm, product: Product) -> tuple[Dossier, str]:
    """The dossier and its page's text as they were when the form was opened, or else as they are."""
    now = drafts.dossier_of(product)
    if not form.was.data or form.was.data in (now.hash, states.mark_of(now, product.summary)):
        return now, product.summary
    was = states.with_mark(db.session(), product, form.was.data)
    return (was.dossier, was.summary) if was and was.dossier else (now, product.summary)


def bring_up_to_date(form: DossierForm, product: Product) -> None:
    """The form over the dossier as it is now, with everything in it that only somebody else has changed."""
    before, summary = seen(form, product)
    theirs, mine = drafts.dossier_of(product), form.dossier(before, {})
    told = in_words(mine, form.summary.data or "")
    rows = clashes(in_words(before, summary), in_words(theirs, product.summary), told)
    form.before.data = form.was.data
    form.was.data = states.mark_of(theirs, product.summary)
    for row in [entry.form for entry in form.evidence if entry.form.kept.data]:
        _move(row, before, theirs)
    for clash in rows:
        if not clash.is_mine:
            take_theirs(form, product, clash.name)


def found_changed(form: DossierForm, product: Product) -> Changed:
    """What is still to be decided on: they changed it, and the form says otherwise."""
    theirs = drafts.dossier_of(product)
    found = states.states_of(db.session(), product)
    marks = [states.mark_of(state.dossier, state.summary) if state.dossier else "" for state in found]
    was = next((state for state, mark in zip(found, marks, strict=True) if mark == form.before.data), None)
    before = in_words(was.dossier, was.summary) if was and was.dossier else {}
    mine = in_words(form.dossier(theirs, {}), form.summary.data or "")
    return Changed(found[-1] if found else None, clashes(before, in_words(theirs, product.summary), mine))


def take_theirs(form: DossierForm, product: Product, name: str) -> None:
    """Puts what was saved last in the place of what was typed: one fact, one document, or a line of the head."""
    theirs = drafts.dossier_of(product)
    if name.startswith("document "):
        _take_paper(form, theirs, name)
    elif name in HEAD:
        form[name].data = getattr(theirs, name) or ""
    elif name == "price" and theirs.price:
        form.price.data = f"{Decimal(theirs.price.minor) / 100:.2f}"
    elif name == "text on the product page":
        form.summary.data = product.summary
    elif name in {question.fact for question in form.questions}:
        form[f"fact_{name}"].data = shown(theirs.facts.get(name))


def _take_paper(form: DossierForm, theirs: Dossier, name: str) -> None:
    """The document as they left it; when they took it away, its row says that it is none."""
    number, row = next(((n, row) for known, n, row in _rows(form) if known == name), (0, None))
    paper = papers_of(theirs).get(name)
    if paper is not None and row is None:
        row = form.free_row()
        number = next((n for n, entry in enumerate(form.evidence, 1) if entry.form is row), 0)
    if row is None:
        return
    if paper is None:
        row.proof.data = ""
    else:
        _fill(row, paper, theirs)
    for question in form.questions:
        by = form[f"by_{question.fact}"]
        proving = [n for n in numbers(by.data) if n != number]
        proving += [number] if paper is not None and question.fact in paper.covers else []
        by.data = ", ".join(map(str, sorted(proving)))


def _rows(form: DossierForm) -> Iterator[tuple[str, int, EvidenceForm]]:
    """The documents of the form by the names that a dossier gives them, with their numbers."""
    rows = [(n, entry.form) for n, entry in enumerate(form.evidence, 1) if not entry.form.is_blank]
    names = paper_names([(row.reference.data or "", row.proof.data) for _, row in rows])
    yield from ((name, n, row) for name, (n, row) in zip(names, rows, strict=True))


def _fill(row: EvidenceForm, paper: Evidence, theirs: Dossier) -> None:
    for column in COLUMNS:
        row[column].data = getattr(paper, column)
    row.kept.data, row.sha256.data = str(theirs.evidence.index(paper)), ""
    row.file.data = paper.file


def _move(row: EvidenceForm, before: Dossier, theirs: Dossier) -> None:
    """A row that kept a document of the dossier as it was keeps the same one of the dossier as it is; when they took it
    away, the row names its file."""
    place = row.kept.data or ""
    if not (place.isascii() and place.isdigit() and int(place) < len(before.evidence)):
        return
    old = before.evidence[int(place)]
    name = next(name for name, paper in papers_of(before).items() if paper is old)
    now = papers_of(theirs).get(name)
    row.kept.data = str(theirs.evidence.index(now)) if now is not None else ""
    if (now is None or now.sha256 != old.sha256) and not row.sha256.data:
        row.sha256.data, row.file.data = old.sha256 or "", old.file
