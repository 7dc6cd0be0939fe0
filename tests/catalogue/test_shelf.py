"""When a product may be sold: both sides of every boundary day, and every reason at once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import shelf, specification
from catalogue.batches import Batch
from catalogue.judgements import Judgement
from catalogue.products import Listing, Product, Vetting
from catalogue.verdicts import Reason
from tests.catalogue import samples
from tests.catalogue.samples import TODAY

RULES = specification.load()


def product(lapses_on: date | None = None, kind: str = "roller", rules: str = RULES.hash, **batch: object) -> Product:
    """A listed product in memory with one batch of ten."""
    vetting = Vetting(specification_version=RULES.version, specification_hash=rules, lapses_on=lapses_on)
    units = {
        "received": 10,
        "reserved": 0,
        "sold": 0,
        "returned": 0,
        "destroyed": 0,
        "corrected": 0,
        "status": "released",
        "expires_on": date.max,
    }
    found = Product(kind=kind, sku="X-1", batches=[Batch(**{**units, **batch})])
    found.listing = Listing(vetting=vetting)
    return found


def codes(found: Product, quantity: int = 1, today: date = TODAY) -> tuple[str, ...]:
    return shelf.verdict(found, quantity, today, RULES).codes


@pytest.mark.parametrize(
    ("today", "told"), [(TODAY - timedelta(days=1), ()), (TODAY, ()), (TODAY + timedelta(days=1), ("not-vetted",))]
)
def test_the_last_day_of_a_vetting_is_a_day_of_sale(today: date, told: tuple[str, ...]) -> None:
    assert codes(product(lapses_on=TODAY), today=today) == told


def test_a_vetting_that_never_lapses_counts_on_any_day() -> None:
    assert codes(product(), today=TODAY + timedelta(days=9000)) == ()


def test_a_vetting_under_other_rules_does_not_count_whatever_they_are_called() -> None:
    assert codes(product(rules="0" * 64)) == ("not-vetted",)


def test_an_unlisted_product_is_not_for_sale() -> None:
    unlisted = product()
    unlisted.listing = None
    assert codes(unlisted) == ("not-vetted",)


@pytest.mark.parametrize(
    ("kind", "expires_on", "told"),
    [
        ("roller", date(2027, 5, 22), ()),
        ("roller", date(2027, 5, 21), ("no-batch",)),
        ("serum", date(2027, 2, 22), ()),
        ("serum", date(2027, 2, 21), ("no-batch",)),
    ],
)
def test_a_batch_needs_the_shelf_life_that_the_specification_asks_for(
    kind: str, expires_on: date, told: tuple[str, ...]
) -> None:
    assert codes(product(kind=kind, expires_on=expires_on)) == told


def test_half_a_year_from_the_end_of_august_is_the_end_of_february() -> None:
    assert codes(product(expires_on=date(2027, 2, 28)), today=date(2026, 8, 31)) == ()
    assert codes(product(expires_on=date(2027, 2, 27)), today=date(2026, 8, 31)) == ("no-batch",)


@pytest.mark.parametrize("status", ["waiting", "held", "recalled"])
def test_only_released_units_are_for_sale(status: str) -> None:
    assert codes(product(status=status)) == ("no-batch",)


@pytest.mark.parametrize(("quantity", "told"), [(1, ()), (4, ()), (5, ("no-batch",)), (0, ())])
def test_units_that_are_promised_or_gone_do_not_count(quantity: int, told: tuple[str, ...]) -> None:
    assert codes(product(reserved=3, sold=2, destroyed=1), quantity) == told


def test_nothing_is_sold_out_of_an_empty_shelf() -> None:
    empty = product()
    empty.batches = []
    assert codes(empty, 0) == ("no-batch",)


def test_every_reason_is_told_at_once_and_names_the_product() -> None:
    gone = product(lapses_on=TODAY - timedelta(days=1), status="recalled")
    verdict = shelf.verdict(gone, 1, TODAY, RULES)
    assert verdict.codes == ("not-vetted", "no-batch")
    assert {reason.sku for reason in verdict.reasons} == {"X-1"}


def rejudged(verdict: str, lapses_on: date | None = None, rules: str = RULES.hash, against: str = "[]") -> Product:
    """Vetted under earlier rules, and judged beforehand under those in force."""
    found = product(rules="0" * 64)
    particulars = {"verdict": verdict, "lapses_on": lapses_on, "specification_hash": rules, "open_rules": against}
    found.listing.judgements = [Judgement(specification_hash="1" * 64, verdict="rejected"), Judgement(**particulars)]
    return found


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (rejudged("accepted"), ()),
        (rejudged("accepted", lapses_on=TODAY), ()),
        (rejudged("accepted", lapses_on=TODAY - timedelta(days=1)), ("not-vetted",)),
        (rejudged("accepted", rules="2" * 64), ("not-vetted",)),
        (rejudged("incomplete"), ("not-vetted",)),
        (rejudged("rejected"), ("not-vetted",)),
    ],
)
def test_under_new_rules_the_judgement_passed_beforehand_counts(found: Product, told: tuple[str, ...]) -> None:
    assert codes(found) == told


PLAINLY = "This product has no current vetting, so it is not for sale."
LENGTH, STERILE = RULES.rule("R-LEN-01"), RULES.rule("R-STE-01")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (rejudged("accepted", lapses_on=TODAY - timedelta(days=1)), PLAINLY),
        (rejudged("rejected", rules="2" * 64), PLAINLY),
        (
            rejudged("rejected", against='["R-LEN-01", "R-STE-01"]'),
            f"Our safety rules have changed, and this product does not meet them: {LENGTH.title} ({LENGTH.demanded}); "
            f"{STERILE.title} ({STERILE.demanded}). It is no longer for sale.",
        ),
    ],
)
def test_a_product_that_new_rules_refuse_says_by_which(found: Product, told: str) -> None:
    (reason,) = shelf.verdict(found, 1, TODAY, RULES).reasons
    next_step = "Choose another product, or ask the clinic when it will be back."
    assert reason == Reason("not-vetted", told, "the clinic", next_step, "X-1")


@pytest.mark.parametrize(("left", "told"), [(0, "None in stock."), (1, "Only 1 in stock.")])
def test_too_few_units_are_told_with_their_number(left: int, told: str) -> None:
    (reason,) = shelf.verdict(product(reserved=10 - left), 2, TODAY, RULES).reasons
    assert reason == Reason("no-batch", told, "the clinic", "Take fewer, or ask the clinic when more arrive.", "X-1")


def test_what_a_product_is_asked_for_is_loaded_with_it() -> None:
    """Nothing is read while a rule is asked: vetting and judgements come in one look, batches in a second."""
    one_look = str(select(Product).options(*shelf.LOADING))
    assert all(f"LEFT OUTER JOIN {table} AS" in one_look for table in ("listing", "vetting", "judgement"))
    assert "batch" not in one_look
    assert shelf.LOADING[0] is shelf.LISTED
    assert "Product.batches" in map(str, shelf.LOADING[1].path)


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (product(), "on-sale"),
        (product(status="held"), "no-batch"),
        (product(lapses_on=TODAY - timedelta(days=1)), "lapsed"),
        (product(lapses_on=TODAY - timedelta(days=1), status="held"), "lapsed"),
        (product(rules="0" * 64), "lapsed"),
    ],
)
def test_one_word_says_where_a_product_stands(found: Product, word: str) -> None:
    assert shelf.standing(found, 1, TODAY, RULES) == word
    found.listing = None
    assert shelf.standing(found, 1, TODAY, RULES) == "unlisted"


def test_a_vetted_product_with_a_released_batch_is_for_sale_until_its_proof_lapses(session: Session) -> None:
    sold = samples.on_sale(session, units=3)
    assert sold.listing is not None
    lapses_on = sold.listing.vetting.lapses_on
    assert lapses_on is not None
    assert codes(sold, 3) == ()
    assert codes(sold, 3, lapses_on) == ()
    assert codes(sold, 3, lapses_on + timedelta(days=1)) == ("not-vetted",)
