"""Screenings, approvals, reactions and allergies on rows: what they open and stop, who may, and whom they tell."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from catalogue.verdicts import Refused
from storefront.eligibility import actions
from storefront.eligibility.actions import Given
from storefront.eligibility.models import Approval, Screening
from storefront.eligibility.rules import approval_in_force
from storefront.messages.models import Message
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, POLICY, TODAY, codes, standing


def test_an_approved_client_may_and_was_told_without_a_health_word(session: Session) -> None:
    client = people.approved_client(people.practitioner())
    assert standing(client.id) == ()
    told = session.scalars(select(Message)).one()
    assert (told.kind, told.to, told.about) == ("approved", client.email, client.number)
    for word in ("approv", "roller", "skin", "treatment", "serum"):
        assert word not in told.subject.lower()


def test_a_withdrawal_within_the_seconds_leaves_nobody_told_of_the_approval(session: Session) -> None:
    by = people.practitioner()
    client, kinds = people.approved_client(by), select(Message.kind).order_by(Message.id)
    seconds = timedelta(seconds=POLICY.undo_seconds)
    with session.begin_nested() as too_late:
        actions.withdraw_approval(client.id, "seen", by, NOW + seconds + timedelta(seconds=1))
        assert session.scalars(kinds).all() == ["approved", "news"]
        too_late.rollback()
    actions.withdraw_approval(people.reloaded(client.id).id, "seen", by, NOW + seconds)
    assert session.scalars(kinds).all() == ["news"]


def test_a_screening_leaves_no_question_open(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    given = {condition.code: Given("no") for condition in POLICY.conditions}
    del given["C-CON-08"]
    for wrong in (given, {**given, "C-CON-08": Given("no"), "C-CON-99": Given("no")}, {**given, "C-CON-08": Given("")}):
        with pytest.raises(Refused) as refusal:
            actions.answer_screening(client.id, wrong, by, TODAY, NOW)
        assert codes(refusal) == ("unanswered",)
    assert session.scalar(select(func.count(Screening.id))) == 0


def test_answers_given_after_midnight_in_summer_count_from_the_clinics_day(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    given = {condition.code: Given("no") for condition in POLICY.conditions}
    half_past_midnight = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    actions.answer_screening(client.id, given, by, date(2026, 7, 2), half_past_midnight)
    last_day = date(2026, 7, 2) + timedelta(days=POLICY.screening_days)
    assert "screening-due" not in standing(client.id, last_day)
    assert "screening-due" in standing(client.id, last_day + timedelta(days=1))


def test_a_waiting_period_is_worked_out_when_answered(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    answers = people.screen(client.id, by, C_CON_04=Given("yes", last_on=date(2026, 8, 31)), C_CON_18="yes")
    assert answers["C-CON-04"].until == date(2027, 2, 28)
    assert answers["C-CON-18"].until == TODAY + timedelta(days=7)
    assert answers["C-CON-01"].until is None


def test_a_yes_blocks_until_a_practitioner_clears_it_with_a_note(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    answer = people.screen(client.id, by, C_CON_06="yes")["C-CON-06"]
    assert standing(client.id) == ("contraindication",)
    people.screen(client.id, by)
    assert standing(client.id) == ("contraindication",)
    with pytest.raises(Refused) as refusal:
        actions.clear_answer(client.id, answer.id, " ", TODAY, by, TODAY, NOW)
    assert codes(refusal) == ("note",)
    actions.clear_answer(client.id, answer.id, "clear since May", TODAY + timedelta(days=1), by, TODAY, NOW)
    assert standing(client.id) == ("contraindication",)
    assert standing(client.id, TODAY + timedelta(days=1)) == ()


@pytest.mark.parametrize(
    ("code", "given", "letter", "refused"),
    [
        ("C-CON-08", Given("yes"), True, ("never",)),
        ("C-CON-08", Given("not_sure"), False, ()),
        ("C-CON-11", Given("yes"), False, ("letter",)),
        ("C-CON-11", Given("yes"), True, ()),
        ("C-CON-11", Given("not_sure"), False, ()),
        ("C-CON-04", Given("yes", last_on=TODAY - timedelta(days=30)), False, ("waiting",)),
        ("C-CON-04", Given("yes", last_on=date(2026, 5, 22)), False, ()),
        ("C-CON-04", Given("yes", last_on=date(2026, 5, 23)), False, ("waiting",)),
        ("C-CON-07", Given("yes"), True, ()),
    ],
)
def test_who_may_lift_an_answer_and_from_when(
    session: Session, code: str, given: Given, letter: bool, refused: tuple[str, ...]
) -> None:
    by = people.practitioner()
    client = people.client(by)
    answer = people.screen(client.id, by, **{code.replace("-", "_"): given})[code]
    if not refused:
        actions.clear_answer(client.id, answer.id, "looked at it", TODAY, by, TODAY, NOW, letter_seen=letter)
        return
    with pytest.raises(Refused) as refusal:
        actions.clear_answer(client.id, answer.id, "looked at it", TODAY, by, TODAY, NOW, letter_seen=letter)
    assert codes(refusal) == refused


def test_a_lapsed_certificate_clears_and_approves_nothing_but_may_always_stop(session: Session) -> None:
    by, lapsed = people.practitioner(), people.practitioner("Lara Lapsed", TODAY - timedelta(days=1))
    client = people.approved_client(by)
    answer = people.screen(client.id, lapsed, C_CON_06="yes")["C-CON-06"]
    reaction = actions.report_reaction(client.id, "red for four days", lapsed, NOW)
    for act in (
        lambda: actions.clear_answer(client.id, answer.id, "fine", TODAY, lapsed, TODAY, NOW),
        lambda: actions.close_reaction(client.id, reaction.id, "continue", "fine", lapsed, TODAY, NOW),
        lambda: people.approve(client.id, lapsed),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert codes(refusal) == ("not-qualified",)
    actions.withdraw_approval(client.id, "reaction", lapsed, NOW)
    assert standing(client.id) == ("approval-withdrawn", "contraindication", "reaction-open")


def test_an_approval_supersedes_the_former(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    people.approve(client.id, by, greatest_needle_um=150)
    found = approval_in_force(people.reloaded(client.id), TODAY)
    assert found is not None
    assert found.greatest_needle_um == 150
    assert session.scalar(select(func.count(Approval.id))) == 2


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"greatest_needle_um": 251, "deep_note": "scars"}, "greatest-depth"),
        ({"greatest_needle_um": 201}, "deep-note"),
        ({"quantity": 5}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"uses_per_roller": 11}, "uses"),
        ({"reorder_days": 6}, "reorder-days"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid-until"),
        ({"valid_until": date(2027, 11, 23)}, "valid-until"),
        ({"serum_ids": frozenset({999})}, "no-serum"),
        ({"serum_classes": frozenset({"magic"})}, "no-class"),
    ],
)
def test_no_approval_goes_beyond_the_policy(session: Session, limits: dict[str, object], code: str) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    with pytest.raises(Refused) as refusal:
        people.approve(client.id, by, **limits)
    assert codes(refusal) == (code,)
    assert session.scalar(select(func.count(Approval.id))) == 1


def test_an_approval_with_its_note_goes_to_the_deepest_home_needle_for_a_year(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    granted = people.approve(client.id, by, greatest_needle_um=250, deep_note="scars", valid_until=date(2027, 11, 22))
    assert granted.deep_note == "scars"


def test_nothing_is_approved_against_the_record(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by, born_on=date(2010, 1, 1))
    people.screen(client.id, by, C_CON_01="yes")
    actions.report_reaction(client.id, "red", by, NOW)
    with pytest.raises(Refused) as refusal:
        people.approve(client.id, by)
    assert codes(refusal) == ("no-course", "contraindication", "reaction-open", "under-age")


def test_a_withdrawal_needs_a_reason_and_happens_once(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    with pytest.raises(Refused) as refusal:
        actions.withdraw_approval(client.id, "", by, NOW)
    assert codes(refusal) == ("no-reason",)
    actions.withdraw_approval(client.id, "moved away", by, NOW)
    with pytest.raises(Refused) as refusal:
        actions.withdraw_approval(client.id, "moved away", by, NOW)
    assert codes(refusal) == ("no-approval",)


def test_a_reaction_stops_sales_until_it_is_closed(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    reaction = actions.report_reaction(client.id, "red for four days", by, NOW, began_on=TODAY)
    assert standing(client.id) == ("reaction-open",)
    actions.close_reaction(client.id, reaction.id, "continue", "sunburn", by, TODAY, NOW)
    assert standing(client.id) == ()
    with pytest.raises(Refused) as refusal:
        actions.close_reaction(client.id, reaction.id, "continue", "sunburn", by, TODAY, NOW)
    assert codes(refusal) == ("closed",)


@pytest.mark.parametrize("outcome", ["stop", "see_me", "other_product"])
def test_any_other_outcome_ends_the_approval_first(session: Session, outcome: str) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    reaction = actions.report_reaction(client.id, "blisters", by, NOW)
    with pytest.raises(Refused) as refusal:
        actions.close_reaction(client.id, reaction.id, outcome, "seen", by, TODAY, NOW)
    assert codes(refusal) == ("approval-in-force",)
    actions.withdraw_approval(client.id, "reaction", by, NOW)
    actions.close_reaction(client.id, reaction.id, outcome, "seen", by, TODAY, NOW)
    assert standing(client.id) == ("approval-withdrawn",)


def test_an_allergy_is_kept_once_in_lower_case(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    actions.add_allergy(client.id, "  Limonene ", by, NOW)
    actions.add_allergy(client.id, "limonene", by, NOW)
    assert [allergy.name for allergy in people.reloaded(client.id).allergies] == ["limonene"]


def test_nobody_reads_of_another_record_by_its_id(session: Session) -> None:
    by = people.practitioner()
    mine, other = people.client(by), people.client(by, "Bea Other")
    reaction = actions.report_reaction(other.id, "red", by, NOW)
    answer = people.screen(other.id, by, C_CON_06="yes")["C-CON-06"]
    for act in (
        lambda: actions.close_reaction(mine.id, reaction.id, "continue", "fine", by, TODAY, NOW),
        lambda: actions.clear_answer(mine.id, answer.id, "fine", TODAY, by, TODAY, NOW),
        lambda: actions.open_course(10**6, by, TODAY, NOW),
    ):
        with pytest.raises(Refused):
            act()


def test_the_journal_holds_no_health_word(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    people.screen(client.id, by, C_CON_01="yes")
    actions.add_allergy(client.id, "nickel", by, NOW)
    actions.report_reaction(client.id, "blisters", by, NOW)
    actions.withdraw_approval(client.id, "pregnant", by, NOW)
    entries = session.scalars(select(JournalEntry)).all()
    told = " ".join(f"{entry.verb} {entry.particulars}" for entry in entries).lower()
    for word in ("nickel", "blister", "pregnan", "allerg", "reaction", "c-con"):
        assert word not in told
