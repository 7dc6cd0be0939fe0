"""Every state of a dossier stays readable, whoever made it, and any two can be laid side by side."""

from dataclasses import replace
from decimal import Decimal

from sqlalchemy.orm import Session

from catalogue import drafts, states
from catalogue.money import Money
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN, COLLEAGUE, NOW, PRACTITIONER


def differing(left: states.State, right: states.State) -> dict[str, tuple[str, str | None, str | None]]:
    rows = states.differences(left, right)
    return {row.name: (row.mark, row.left, row.right) for row in rows if row.mark != "same"}


def test_a_state_comes_back_as_it_was_entered(session: Session) -> None:
    dossier = samples.complete("serum", "SE-1", invented=("a", "b"), oddly=Decimal("0.10"))
    product = samples.entered(session, dossier)
    (state,) = states.states_of(session, product)
    assert (state.dossier, state.how, state.by_name) == (drafts.dossier_of(product), "entered", ADMIN.name)
    assert state.hash == state.dossier.hash == product.dossier.hash  # type: ignore[union-attr]


def test_every_change_is_kept_with_what_it_was_before(session: Session) -> None:
    product = samples.on_sale(session)
    before = drafts.dossier_of(product)
    facts = {**before.facts, "needle_length_nominal": Decimal("0.25"), "coating": "none"}
    del facts["coated"]
    gone, kept = before.evidence[0], before.evidence[1:]
    after = replace(before, facts=facts, price=Money(3600), evidence=kept)
    drafts.enter_dossier(session, after, {}, COLLEAGUE, NOW, summary="A roller")
    first, second = states.states_of(session, product)
    assert second.by_name == COLLEAGUE.name
    assert set(second.changed) >= {"price", "needle_length_nominal", "summary"}
    told = differing(first, second)
    papers = {name: told.pop(name) for name in list(told) if name.startswith("document ")}
    assert {name.split(":")[0] for name in papers} == {f"document {gone.reference} ({gone.proof})"}
    assert {mark for mark, *_ in papers.values()} == {"taken away"}
    assert told == {
        "price": ("changed", "34.00 GBP", "36.00 GBP"),
        "text on the product page": ("added", None, "A roller"),
        "needle_length_nominal": ("changed", "0.2", "0.25"),
        "coated": ("taken away", "no", None),
        "coating": ("added", None, "none"),
    }


def test_a_signed_note_makes_a_state_of_its_own(session: Session) -> None:
    product = samples.entered(session, samples.complete(needle_length_nominal=Decimal("0.22")))
    samples.sign(session, product, notes={"R-LEN-02": "Seen and found fit"})
    first, noted = states.states_of(session, samples.loaded(session, "RL-020"))
    assert (noted.how, noted.by_name) == ("signed with a note", PRACTITIONER.name)
    assert {mark for mark, *_ in differing(first, noted).values()} == {"added"}


def test_signing_what_was_entered_makes_no_state(session: Session) -> None:
    product = samples.on_sale(session)
    samples.sign(session, product)
    assert [state.number for state in states.states_of(session, product)] == [1]


def test_of_a_document_only_what_changed_differs(session: Session) -> None:
    product = samples.entered(session, samples.complete())
    before = drafts.dossier_of(product)
    newer = replace(before.evidence[0], page="4", issued_on=samples.TODAY)
    drafts.enter_dossier(session, replace(before, evidence=(newer, *before.evidence[1:])), {}, COLLEAGUE, NOW)
    told = differing(*states.states_of(session, samples.loaded(session, "RL-020")))
    name = f"document {newer.reference} ({newer.proof})"
    assert told == {
        f"{name}: page": ("added", None, "4"),
        f"{name}: issued on": ("changed", before.evidence[0].issued_on.isoformat(), "2026-11-22"),
    }
