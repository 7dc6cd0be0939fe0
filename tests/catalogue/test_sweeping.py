"""A whole catalogue under changed rules: what a glance at the facts settles is what judging afresh says, and only verdicts that
change are written."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.canonical import plain
from catalogue.catching_up import catch_up, is_behind
from catalogue.dossiers import Dossier
from catalogue.known_verdicts import KnownVerdict
from catalogue.products import Product
from catalogue.specification import Specification, parse
from catalogue.sweeping import glance_of, sweep
from catalogue.vetting import judge
from tests.catalogue import samples
from tests.catalogue.revisions import own_rules, revised, specified
from tests.catalogue.samples import TODAY
from tests.catalogue.test_rejudging import NUMERIC, OWN, dossiers, revisions
from tests.examples import examples

LENGTHS = {"RL-0": "0.1", "RL-1": "0.19", "RL-2": "0.2", "RL-3": "0.5"}


def limited(limit: str, version: str) -> Specification:
    return parse(revised(version, TODAY, R_LEN_01=Decimal(limit)), version)


@st.composite
def moved_limits(draw: st.DrawFn) -> Specification:
    """The shop's rules with some limits moved, and nothing else."""
    raw = own_rules()
    for id in draw(st.lists(st.sampled_from(NUMERIC), min_size=1, max_size=3)):
        next(rule for rule in raw["rule"] if rule["id"] == id)["limit"] = draw(st.decimals(0, 50, places=2))
    return specified(raw, "a revision")


@examples(40)
@given(dossiers(), moved_limits() | revisions(), st.integers(0, 400).map(lambda days: TODAY + timedelta(days=days)))
def test_what_a_glance_settles_is_what_judging_afresh_says(dossier: Dossier, rules: Specification, day: date) -> None:
    facts: dict[str, object] = plain(dossier.facts)  # type: ignore[assignment]
    for before, after in ((OWN, rules), (rules, OWN)):
        known, afresh = judge(dossier, before, day), judge(dossier, after, day)
        answer = glance_of(before, after, dossier.kind)(facts)
        if answer == "stays":
            assert (known.verdict, known.lapses_on) == (afresh.verdict, afresh.lapses_on)
        elif answer == "rejected":
            assert afresh.verdict == "rejected"


@pytest.mark.parametrize(
    ("length", "before", "after", "answer"),
    [
        ("0.20", "0.25", "0.20", "stays"),
        ("0.21", "0.25", "0.20", "rejected"),
        ("0.21", "0.20", "0.25", "ask"),
        ("0.30", "0.20", "0.25", "stays"),
        (None, "0.25", "0.20", "stays"),
    ],
)
def test_a_moved_limit_leaves_what_it_does_not_pass(length: str | None, before: str, after: str, answer: str) -> None:
    glance = glance_of(limited(before, "one"), limited(after, "other"), "roller")
    assert glance({"needle_length_nominal": length and {"decimal": length}}) == answer


def test_a_ceiling_of_the_price_is_asked_of_the_whole_dossier() -> None:
    raw = own_rules()
    rule = next(rule for rule in raw["rule"] if rule.get("fact") == "price")
    rule["limit"] = Decimal(1)
    assert glance_of(OWN, specified(raw, "cheaper"), rule["product"])({}) == "ask"


def entered_rollers(session: Session) -> dict[str, Dossier]:
    rollers = {
        sku: samples.complete("roller", sku, needle_length_nominal=Decimal(length)) for sku, length in LENGTHS.items()
    }
    for roller in rollers.values():
        samples.entered(session, roller)
    return rollers


def catch_up_wholly(session: Session, rules: Specification, day: date) -> None:
    while catch_up(session, rules, day):
        session.flush()


def known_verdicts(session: Session) -> dict[str, KnownVerdict]:
    session.flush()
    session.expire_all()
    found = select(Product.sku, KnownVerdict).join(KnownVerdict, KnownVerdict.product_id == Product.id)
    return {row.sku: row.KnownVerdict for row in session.execute(found)}


@pytest.mark.database
@pytest.mark.parametrize(("limit", "changed"), [("0.18", {"RL-1", "RL-2"}), ("0.6", {"RL-3"})])
def test_catching_up_ends_where_judging_afresh_would_and_writes_only_what_changed(
    session: Session, limit: str, changed: set[str]
) -> None:
    rollers, rules = entered_rollers(session), limited(limit, "2099.1")
    day = TODAY + timedelta(days=1)
    assert is_behind(session, rules, day)
    catch_up_wholly(session, rules, day)
    assert not is_behind(session, rules, day)
    found = known_verdicts(session)
    for sku, roller in rollers.items():
        afresh = judge(roller, rules, day)
        assert (found[sku].verdict, found[sku].lapses_on) == (afresh.verdict, afresh.lapses_on)
    assert {sku for sku, known in found.items() if known.specification_version == rules.version} == changed
    assert {sku for sku, known in found.items() if known.judged_on == day} == changed


@pytest.mark.database
def test_after_another_change_what_was_written_and_what_was_not_are_both_right(session: Session) -> None:
    rollers, day = entered_rollers(session), TODAY + timedelta(days=1)
    for rules in (limited("0.18", "2099.1"), limited("0.6", "2099.2")):
        catch_up_wholly(session, rules, day)
        found = known_verdicts(session)
        assert {sku: known.verdict for sku, known in found.items()} == {
            sku: judge(roller, rules, day).verdict for sku, roller in rollers.items()
        }


@pytest.mark.database
def test_a_sweep_has_a_fixed_number_of_queries(session: Session, count_queries: Any) -> None:
    rollers = entered_rollers(session)
    session.flush()
    looser = limited("0.6", "2099.1")
    with count_queries() as sent:
        assert sweep(session, looser, TODAY) == 4
    assert len(sent) == 10
    assert sweep(session, looser, TODAY) == 0
    assert known_verdicts(session)["RL-3"].verdict == judge(rollers["RL-3"], looser, TODAY).verdict


@pytest.mark.database
def test_a_dossier_that_changed_since_it_was_judged_is_left_to_be_judged(session: Session) -> None:
    entered_rollers(session)
    known_verdicts(session)["RL-2"].dossier_hash = "of another dossier"
    session.flush()
    stricter = limited("0.18", "2099.1")
    assert sweep(session, stricter, TODAY) == 3
    assert known_verdicts(session)["RL-2"].verdict == "accepted"
    assert catch_up(session, stricter, TODAY) == 1
    assert known_verdicts(session)["RL-2"].verdict == "rejected"
