"""Two records of one person become one: the strictest of both counts, nothing more is to be bought, and of two who merge at
once one is too late."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry, Who
from catalogue.verdicts import Refused
from storefront.accounts.models import Account
from storefront.db import db, transaction
from storefront.eligibility import actions, merges, rechecks, records
from storefront.eligibility.actions import Given
from storefront.eligibility.duplicate_rules import Person
from storefront.eligibility.merges import ClientMerge
from storefront.eligibility.models import Client
from storefront.eligibility.reaction_rules import closed_products
from storefront.eligibility.recheck_rules import Answered
from storefront.orders import gate, merging, outcomes
from storefront.orders.audit import broken_rows
from storefront.orders.basket_models import BasketLine
from storefront.orders.basket_news import news_of
from storefront.orders.records import orders_of, purchases_of
from tests.catalogue import samples
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, TODAY, codes
from tests.storefront.eligibility.test_races import at_once
from tests.storefront.orders import world
from tests.storefront.till import Till


def merge(kept: Client, merged: Client, by: Who, why: str = "one passport") -> ClientMerge:
    return merging.merge_clients(kept.number, merged.number, why, by, TODAY, NOW)


def whole(client_id: int) -> Client:
    """The record as it is now; what is at hand of others stays."""
    (found,) = records.clients_with_records([client_id])
    return found


def twice(by: Who) -> tuple[Client, Client]:
    """One person on record twice, both approved; the second has something of all that restricts."""
    kept, merged = people.approved_client(by, "Clara Whitlock"), people.approved_client(by, "Clara Whitlok")
    actions.add_allergy(kept.id, "nickel", by, NOW)
    for name in ("nickel", "limonene"):
        actions.add_allergy(merged.id, name, by, NOW)
    given = {"C_CON_01": "yes", "C_CON_04": Given("yes", "isotretinoin", TODAY), "C_CON_20": "yes"}
    people.screen(merged.id, by, **given)
    actions.report_reaction(merged.id, "it burns", by, NOW)
    return whole(kept.id), whole(merged.id)


def test_the_strictest_of_both_counts_and_nothing_more_is_to_be_bought(session: Session) -> None:
    by = people.practitioner()
    kept, merged = twice(by)
    serum = samples.on_sale(session, "serum", "SE-02", today=TODAY)
    session.add(BasketLine(client_id=merged.id, product_id=serum.id, quantity=2, added_at=NOW))
    session.flush()
    effects = merging.effects_of(kept, merged, TODAY)
    assert (effects.approvals, effects.in_basket) == ((kept, merged), 1)
    assert effects.carried.allergies == ("limonene",)
    merge(kept, merged, by)
    assert people.standing(kept.id) == (
        "approval-withdrawn",
        "screening-due",
        "contraindication",
        "contraindication",
        "reaction-open",
    )
    assert "approval-withdrawn" in people.standing(merged.id)
    (told,) = news_of(kept.id)
    assert ("The basket of the other one held 2 × " in told.text, news_of(merged.id)) == (True, [])
    assert session.scalars(select(BasketLine)).all() == []
    after = people.reloaded(kept.id)
    assert {each.name for each in after.allergies} == {"nickel", "limonene"}
    waits = {answer.condition: answer.until for answer in after.screenings[-1].answers}
    assert set(waits) == {"C-CON-01", "C-CON-04", "C-CON-20"}
    assert waits["C-CON-04"] is not None
    assert not session.get_one(Account, merged.account_id).is_active
    assert people.reloaded(merged.id).safety_address == kept.safety_address
    with pytest.raises(Refused) as refusal:
        people.approve(merged.id, by)
    assert "record-merged" in codes(refusal)
    words = [entry.verb + entry.particulars for entry in session.scalars(select(JournalEntry))]
    assert not any(word in text for text in words for word in ("burns", "limonene", "passport"))


def test_what_an_outcome_closed_stays_closed_on_the_record_that_is_kept(session: Session) -> None:
    by = people.practitioner()
    kept, merged = people.approved_client(by, "Clara Whitlock"), people.approved_client(by, "Clara Whitlok")
    closed = samples.on_sale(session, "serum", "SE-01", today=TODAY).id
    told = actions.report_reaction(merged.id, "it burns", by, NOW, product_id=closed)
    outcomes.close_reaction(merged.id, told.id, "stop", "seen", by, TODAY, NOW)
    merge(whole(kept.id), whole(merged.id), by)
    after = people.reloaded(kept.id)
    assert closed_products(after) == {closed: TODAY}
    assert "reaction-open" not in people.standing(kept.id)


HAPPENED: dict[str, Callable[[int, Who], object]] = {
    "nothing": lambda client_id, by: None,
    "withdrawn": lambda client_id, by: actions.withdraw_approval(client_id, "why", by, NOW),
    "blocked": lambda client_id, by: people.screen(client_id, by, C_CON_01="not_sure", C_CON_08="yes"),
    "something new": lambda client_id, by: rechecks.keep_recheck(whole(client_id), Answered("yes", "no"), by, NOW),
    "reacting": lambda client_id, by: actions.report_reaction(client_id, "it burns", by, NOW),
}


def test_whoever_is_kept_a_merge_never_makes_more_buyable(session: Session) -> None:
    by = people.practitioner()
    pair = people.approved_client(by, "Clara").id, people.approved_client(by, "Klara").id
    lasting = {"contraindication", "reaction-open", "screening-due"}
    for states in itertools.product(HAPPENED, HAPPENED):
        with session.begin_nested() as taken_back:
            for client_id, state in zip(pair, states, strict=True):
                HAPPENED[state](client_id, by)
            before = lasting & {*people.standing(pair[0]), *people.standing(pair[1])}
            merge(*map(whole, pair), by)
            assert before <= set(people.standing(pair[0])), states
            for client_id in pair:
                assert not gate.ask(people.reloaded(client_id), [], TODAY).is_yes, states
            taken_back.rollback()
        session.expire_all()


def test_orders_of_both_stop_stay_where_they_are_and_count_for_every_limit(till: Till) -> None:
    till.knock(till.pay())
    assert till.order.status == "accepted"
    with transaction():
        by, other = world.practitioner(), world.approved_client("Mara Fynch", "mara.fynch@example.org")
        waiting = world.placed(other, world.on_sale("RL-015"), now=till.now).number
    assert merging.effects_of(whole(other.id), whole(till.client.id), TODAY).stopping == 2
    with transaction():
        merging.merge_clients(other.number, till.client.number, "one passport", by, TODAY, till.now)
    assert till.order.status == "on_hold"
    assert {order.number: order.status for order in orders_of(other.id)} == {
        till.number: "on_hold",
        waiting: "cancelled",
    }
    assert till.order.client_id == till.client.id
    assert list(broken_rows(TODAY)) == []
    assert len(purchases_of(other.id)) == len(purchases_of(till.client.id))


def test_a_merge_without_reason_signature_or_treatments_leaves_no_trace(session: Session) -> None:
    by, lapsed = people.practitioner(), people.practitioner("Paul Practitioner", TODAY - timedelta(days=1))
    one, other = people.client(by), people.approved_client(by, "Ada Standart")
    for kept, merged, who, why, code in (
        (one, other, by, "same face", "treatments-missing"),
        (other, one, by, " ", "no-reason"),
        (other, other, by, "same face", "same-record"),
    ):
        with pytest.raises(Refused) as refusal:
            merge(kept, merged, who, why)
        assert code in codes(refusal)
    with pytest.raises(Refused):
        merge(other, one, lapsed)
    assert session.scalar(select(func.count(ClientMerge.id))) == 0
    merge(other, one, by)
    for kept, merged in ((one, other), (other, one)):
        with pytest.raises(Refused) as refusal:
            merge(kept, merged, by)
        assert "already-merged" in codes(refusal)


def test_what_was_merged_follows_into_a_third_record(session: Session) -> None:
    by = people.practitioner()
    one, two, three = (people.client(by, name) for name in ("Ada", "Ade", "Adi"))
    merge(two, one, by)
    merge(three, two, by)
    assert [people.reloaded(each.id).kept_as_id for each in (one, two, three)] == [three.id, three.id, None]
    assert [(each.number, other.number) for _, each, other in merges.merges_of(two)] == [
        (two.number, one.number),
        (three.number, two.number),
    ]


def test_possible_duplicates_are_found_but_not_those_merged_already(session: Session) -> None:
    by = people.practitioner()
    one, two = people.client(by, "Ada Standard"), people.client(by, "Ada Standart")
    one.phone = "020-7946 (0)001"
    session.flush()
    told = Person("Ada Standard", "ADA.standard@clinic.example", people.client(by, "Zoe").born_on, "+44 20 79460 001")
    assert [(each.client.number, each.alike) for each in merges.possible_duplicates(told)] == [
        (one.number, ("email", "phone", "name-and-birth")),
        (two.number, ("similar-name-and-birth",)),
    ]
    merge(one, two, by)
    assert [each.client for each in merges.possible_duplicates(told)] == [one]


def test_of_two_who_merge_at_once_one_is_too_late(fresh_database: Flask) -> None:
    with fresh_database.app_context():
        with transaction():
            by = people.practitioner()
            one, two = people.client(by, "Ada Standard"), people.client(by, "Ada Standart")
            numbers = one.number, two.number
        acts = [
            lambda kept=kept, merged=merged: merging.merge_clients(kept, merged, "one passport", by, TODAY, NOW)
            for kept, merged in (numbers, numbers[::-1])
        ]
        assert at_once(fresh_database, *acts) == ["already-merged", "done"]
        assert db.session.scalar(select(func.count(ClientMerge.id))) == 1
        merged = db.session.scalars(select(Client).where(Client.kept_as_id.is_not(None))).all()
        assert len(merged) == 1
