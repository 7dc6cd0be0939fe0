"""Finding products: every part of a SKU, every word with one letter wrong, ingredients, references; and nothing that is gone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, known_verdicts, search, search_words, specification
from catalogue.catching_up import catch_up
from catalogue.known_verdicts import KnownVerdict
from catalogue.misspellings import is_one_letter_off
from catalogue.products import Product
from tests.catalogue import samples

SKU = "RL-02.0_Tb-9"
LETTERS = st.text("abcdefghij-0123456789 ,é", max_size=30)


def skus(session: Session, query: str, *conditions: object) -> set[str]:
    ids = search.found(session, query, *conditions).ids  # type: ignore[arg-type]
    assert set(session.scalars(search.hits(session, query, *conditions))) == set(ids)  # type: ignore[arg-type]
    return set(session.scalars(select(Product.sku).where(Product.id.in_(ids))))


@pytest.fixture
def shelf(session: Session) -> Session:
    samples.entered(session, replace(samples.complete("roller", SKU), name="Crème Whisper 0.20", gtin="04006381333931"))
    samples.entered(session, replace(samples.complete("serum", "SE-1"), name="Calming drops"))
    return session


def test_any_part_of_a_sku_from_three_letters_finds_it(shelf: Session) -> None:
    parts = {SKU[at:end] for at in range(len(SKU)) for end in range(at + 3, len(SKU) + 1)}
    assert {part for part in parts if SKU not in skus(shelf, part)} == set()
    assert {part for part in parts if SKU not in skus(shelf, part.swapcase())} == set()


@pytest.mark.parametrize(("word", "sku"), [("whisper", SKU), ("hyaluronate", "SE-1")])
def test_a_word_with_one_letter_wrong_is_found(shelf: Session, word: str, sku: str) -> None:
    places = range(len(word))
    wrong = {word[:at] + word[at + 1 :] for at in places} | {word[:at] + "x" + word[at + 1 :] for at in places}
    wrong |= {word[:at] + "x" + word[at:] for at in range(len(word) + 1)}
    wrong |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    assert {one for one in wrong if sku not in skus(shelf, one)} == set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("panthenol", {"SE-1"}), ("Sodium Hyaluronate", {"SE-1"}), ("sodium panthenol whisper", set()),
        ("creme", {SKU}), ("CRÈME whis", {SKU}), ("0.20", {SKU}), ("4006381333931", {SKU}),
        ("r-instructions", {SKU}), ("certificate", {SKU, "SE-1"}), ("sample", {SKU, "SE-1"}), ("se", {"SE-1"}),
        ("%", set()), ("___", set()), (" ,; ", set()), ("zzz", set()), ("'; table", set()),
    ],
)  # fmt: skip
def test_what_finds_what(shelf: Session, query: str, found: set[str]) -> None:
    assert skus(shelf, query) == found


def test_a_name_that_is_gone_finds_nothing(shelf: Session) -> None:
    product = drafts.locked_product(shelf, SKU)
    assert product is not None
    dossier = replace(drafts.dossier_of(product), name="Feather")
    drafts.enter_dossier(shelf, dossier, {}, samples.ADMIN, samples.NOW)
    assert skus(shelf, "whisper") == skus(shelf, "whispr") == set()
    assert skus(shelf, "feather") == {SKU}


def test_conditions_narrow_what_is_found(shelf: Session) -> None:
    assert skus(shelf, "sample", Product.kind == "serum") == {"SE-1"}


def test_a_query_costs_three_statements_whatever_is_found(shelf: Session, count_queries: object) -> None:
    shelf.flush()
    with count_queries() as sent:  # type: ignore[operator]
        search.found(shelf, "sample roller whisper wihsper")
    assert len(sent) == 3


def test_a_very_common_word_is_cut_off(shelf: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 1)
    ids, is_cut = search.found(shelf, "sample")
    assert (len(ids), is_cut) == (1, True)
    monkeypatch.setattr(search, "MOST_ROWS", 1)
    assert search.found(shelf, "sample").is_cut
    monkeypatch.undo()
    assert not search.found(shelf, "sample").is_cut


def test_a_part_that_many_words_have_finds_the_same(shelf: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = (
        "sample drops",
        "sample",
        "s c",
        "smaple",
        "whispr crem",
        "r-i whis",
        "hyaluronate pan",
        "s zzz",
        "se",
        "0.2",
    )
    told = [skus(shelf, query) for query in queries]
    assert told[:2] == [{"SE-1"}, {SKU, "SE-1"}]
    monkeypatch.setattr(search, "FEW", 0)
    assert [skus(shelf, query) for query in queries] == told
    monkeypatch.setattr(search, "RARE", 1)
    assert [skus(shelf, query) for query in queries] == told
    monkeypatch.undo()
    monkeypatch.setattr(search, "RARE", 1)  # so that every word is a frequent one
    for first in (0, 1):
        monkeypatch.setattr(search, "AT_FIRST", first)
        assert [skus(shelf, query) for query in queries[:6:2]] == told[:6:2]


def test_the_sku_itself_comes_first(shelf: Session) -> None:
    samples.entered(shelf, replace(samples.complete("roller", "AA-1"), name="Something like SE-1"))
    ids = search.found(shelf, "se-1").ids
    ranked = select(Product.sku).where(Product.id.in_(ids)).order_by(search.rank("se-1"), Product.name)
    assert shelf.scalars(ranked).all() == ["SE-1", "AA-1"]


@given(LETTERS)
def test_words_hold_no_space_and_no_capital(written: str) -> None:
    words = search_words.words_in(written.upper())
    assert all(word == word.lower() and not set(word) & set(" ,é") for word in words)


@given(st.text("abcd", min_size=4, max_size=9), st.text("abcd", min_size=4, max_size=9))
def test_words_one_letter_off_share_a_part(one: str, other: str) -> None:
    if is_one_letter_off(one, other):
        assert search.gaps_of(one) & search.gaps_of(other)


def known(session: Session, sku: str) -> KnownVerdict:
    return session.scalars(select(KnownVerdict).join(Product).where(Product.sku == sku)).one()


def test_the_verdict_is_known_with_the_dossier(session: Session) -> None:
    samples.entered(session, samples.complete("roller", "RL-1"))
    samples.entered(session, samples.complete("roller", "RL-2", needle_length_nominal=Decimal(1)))
    assert known(session, "RL-1").verdict == "accepted"
    assert known(session, "RL-2").verdict == "rejected"
    product = drafts.locked_product(session, "RL-1")
    assert product is not None
    worse = replace(drafts.dossier_of(product), evidence=())
    drafts.enter_dossier(session, worse, {}, samples.ADMIN, samples.NOW)
    assert known(session, "RL-1").verdict == "incomplete"


def test_a_signed_note_makes_the_known_verdict_that_of_the_vetting(session: Session) -> None:
    product = samples.entered(session, samples.complete("roller", "RL-1", needle_length_nominal=Decimal("0.23")))
    assert known(session, "RL-1").verdict == "incomplete"
    waiting = [f.rule for f in samples.judge(drafts.dossier_of(product), specification.load(), samples.TODAY).findings
               if f.verdict == "review"]  # fmt: skip
    samples.sign(session, product, notes=dict.fromkeys(waiting, "Looked at it."))
    assert known(session, "RL-1").verdict == "accepted"
    assert skus(session, f"note-{waiting[0]}") == {"RL-1"}


def test_an_accepted_product_counts_until_its_last_day_and_is_then_judged_again(session: Session) -> None:
    samples.entered(session, samples.complete("roller", "RL-1"))
    rules, last = specification.load(), known(session, "RL-1").lapses_on
    assert last is not None
    verdicts = {day: session.scalar(select(known_verdicts.verdict_on(day))) for day in (last, last + timedelta(days=1))}
    assert list(verdicts.values()) == ["accepted", "incomplete"]
    assert catch_up(session, rules, last) == 0
    assert catch_up(session, rules, last + timedelta(days=1)) == 1
    assert known(session, "RL-1").verdict == "incomplete"
    assert catch_up(session, rules, last + timedelta(days=1)) == 0


def test_products_from_before_are_judged_and_found_once_the_worker_has_seen_them(session: Session) -> None:
    samples.entered(session, samples.complete("roller", "RL-1"))
    session.delete(known(session, "RL-1"))
    session.execute(search_words.SearchEntry.__table__.delete())  # type: ignore[attr-defined]
    assert skus(session, "rl-1") == set()
    assert catch_up(session, specification.load(), samples.TODAY) == 1
    assert skus(session, "rl-1") == {"RL-1"}
    assert known(session, "RL-1").judged_on == samples.TODAY
