"""The states of a dossier: each kept whole, as it was entered or signed, so that any can be read again and any two compared."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.canonical import fingerprint
from catalogue.dossiers import Dossier, Evidence, facts_from_json, places_of
from catalogue.limits import in_words
from catalogue.money import Money
from catalogue.products import DossierChange, Product, Vetting

HEAD = ("kind", "sku", "name", "brand", "manufacturer", "gtin")


@dataclass(frozen=True, slots=True)
class State:
    """A dossier from one moment on: who brought it there, and how. `dossier` is None where it was not kept yet."""

    number: int
    at: datetime
    by_name: str
    how: str
    changed: tuple[str, ...]
    hash: str
    dossier: Dossier | None
    summary: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of a dossier on both sides, in words; None where a side does not state it."""

    name: str
    left: str | None
    right: str | None

    @property
    def mark(self) -> str:
        if self.left == self.right:
            return "same"
        return "added" if self.left is None else "taken away" if self.right is None else "changed"


def written(dossier: Dossier, summary: str = "") -> str:
    """A dossier with its head as text, lossless."""
    head = {name: getattr(dossier, name) for name in HEAD}
    price = dossier.price and [dossier.price.minor, dossier.price.currency]
    whole = {"product": {**head, "price": price, "summary": summary}, **dossier.to_json()}
    return json.dumps(whole, ensure_ascii=False)


def read(text: str) -> Dossier:
    """The dossier that `written` wrote."""
    kept = json.loads(text)
    head = kept["product"]
    return Dossier(
        **{name: head[name] for name in HEAD},
        price=Money(*head["price"]) if head["price"] else None,
        facts=facts_from_json(kept["facts"]),
        evidence=tuple(Evidence.from_json(stored) for stored in kept["evidence"]),
    )


def states_of(session: Session, product: Product) -> list[State]:
    """Every state, the oldest first: those that people entered, and those that a signed note made."""
    made = select(DossierChange).where(DossierChange.dossier_id == product.dossier.id)
    signed = select(Vetting).where(Vetting.product_id == product.id).order_by(Vetting.id)
    changes = session.scalars(made.order_by(DossierChange.id)).all()
    rows: list[DossierChange | Vetting] = [*changes]
    known = {change.hash for change in changes}
    for vetting in session.scalars(signed):
        if vetting.dossier_hash not in known:
            known.add(vetting.dossier_hash)
            rows.append(vetting)
    rows.sort(key=_moment)
    return [_state(row, number) for number, row in enumerate(rows, 1)]


def differences(left: State, right: State) -> list[Difference]:
    """All that either state says, side by side: the head, the facts by name, the documents by reference."""
    sides = [dict(_told(state)) for state in (left, right)]
    names = dict.fromkeys([*sides[0], *sides[1]])
    return [Difference(name, sides[0].get(name), sides[1].get(name)) for name in names]


def mark_of(dossier: Dossier, summary: str) -> str:
    """The hash of all that a person changes in a dossier, its head and the text on its page included."""
    return fingerprint(json.loads(written(dossier, summary)))


def with_mark(session: Session, product: Product, mark: str) -> State | None:
    """The last state of that mark; None when there was none."""
    kept = [state for state in states_of(session, product) if state.dossier]
    return next(
        (state for state in reversed(kept) if state.dossier and mark_of(state.dossier, state.summary) == mark), None
    )


def _moment(row: DossierChange | Vetting) -> datetime:
    return row.signed_at if isinstance(row, Vetting) else row.at


def _state(row: DossierChange | Vetting, number: int) -> State:
    if isinstance(row, Vetting):
        kept = _kept(row.dossier)
        return State(number, row.signed_at, row.signed_by_name, "signed with a note", (), row.dossier_hash, *kept)
    how = "changed" if number > 1 else "entered"
    changed = tuple(json.loads(row.changed))
    return State(number, row.at, row.by_name, how, changed, row.hash, *_kept(row.state))


def _kept(text: str) -> tuple[Dossier | None, str]:
    return (read(text), json.loads(text)["product"].get("summary", "")) if text else (None, "")


def _told(state: State) -> Iterator[tuple[str, str]]:
    if state.dossier is None:
        return
    yield from told_of_head(state.dossier, state.summary)
    yield from told_of_facts(state.dossier.facts)
    papers: dict[str, list[str]] = {}
    for evidence in state.dossier.evidence:
        for part, text in told_of_document(evidence):
            papers.setdefault(f"document {evidence.reference} ({evidence.proof}): {part}", []).append(text)
    yield from ((name, " · ".join(sorted(texts))) for name, texts in papers.items())


def told_of_head(dossier: Dossier, summary: str) -> Iterator[tuple[str, str]]:
    for name in HEAD[1:]:
        if value := getattr(dossier, name):
            yield name, value
    if dossier.price:
        yield (
            "price",
            f"{Decimal(dossier.price.minor).scaleb(-places_of(dossier.price.currency))} {dossier.price.currency}",
        )
    if summary:
        yield "text on the product page", summary


def told_of_facts(facts: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if name != "price":
            yield name, in_words(value)


def told_of_document(evidence: Evidence) -> Iterator[tuple[str, str]]:
    yield "title", evidence.title
    yield "issuer", evidence.issuer
    yield "issued on", evidence.issued_on.isoformat()
    if evidence.expires_on:
        yield "expires on", evidence.expires_on.isoformat()
    if evidence.page:
        yield "page", evidence.page
    yield "proves", ", ".join(evidence.covers).replace("_", " ") or "nothing"
    yield "file", evidence.sha256[:12] if evidence.sha256 else "not stored"
