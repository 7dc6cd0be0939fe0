"""What waits for a practitioner: the most pressing first, and nothing that waits for somebody else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront.eligibility import actions, rechecks
from storefront.eligibility.actions import Given
from storefront.eligibility.escalating import is_look_due, tell_who_waits
from storefront.eligibility.queue_rules import queue, weeks
from storefront.eligibility.recheck_rules import Answered
from storefront.eligibility.records import clients_at_the_desk
from storefront.messages.actions import beat
from storefront.messages.models import Message
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, POLICY, TODAY


def waiting(today: Any = TODAY) -> list[tuple[str, str]]:
    found = clients_at_the_desk(None, POLICY, today)
    return [(each.client.name, matter.kind) for each in queue(found, POLICY, today) for matter in each.matters]


def test_the_queue_shows_the_most_pressing_first(session: Session) -> None:
    by = people.practitioner()
    people.approved_client(by, "Nothing Waits")
    unapproved = people.client(by, "Course Complete")
    people.treat(unapproved.id, by, *people.usual_days())
    actions.complete_course(unapproved.id, by, TODAY, NOW)
    unsure = people.approved_client(by, "Not Sure")
    people.screen(unsure.id, by, C_CON_01="not_sure")
    reacting = people.approved_client(by, "Reaction Reported")
    actions.report_reaction(reacting.id, "red", by, NOW)
    told = people.approved_client(by, "Something New")
    rechecks.keep_recheck(told, Answered("not_sure", "no"), by, NOW)
    over = people.client(by, "Over Treated")
    people.treat(over.id, by, TODAY, bleeding="more")
    gap = people.client(by, "Long Gap")
    people.treat(gap.id, by, TODAY - timedelta(days=85), TODAY)
    done = people.client(by, "Three Done")
    people.treat(done.id, by, *people.usual_days())
    assert waiting() == [
        ("Reaction Reported", "reaction"),
        ("Not Sure", "answer"),
        ("Something New", "news"),
        ("Over Treated", "skin"),
        ("Long Gap", "gap"),
        ("Course Complete", "approval"),
        ("Three Done", "completion"),
    ]
    people.screen(told.id, by)
    assert ("Something New", "news") not in waiting()


@pytest.mark.parametrize(("left", "kinds"), [(31, []), (30, ["renewal"]), (-30, ["renewal"]), (-31, [])])
def test_an_approval_waits_a_month_around_its_last_day(session: Session, left: int, kinds: list[str]) -> None:
    client = people.approved_client(people.practitioner())
    day = client.approvals[-1].valid_until - timedelta(days=left)
    assert [kind for _, kind in waiting(day)] == kinds


def test_what_nobody_may_lift_waits_only_while_an_approval_stands(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    people.screen(client.id, by, C_CON_08="yes")
    assert waiting() == [("Ada Standard", "answer")]
    actions.withdraw_approval(client.id, "scars", by, NOW)
    assert waiting() == []


def test_a_pause_and_a_harmless_yes_wait_for_nobody(session: Session) -> None:
    by = people.practitioner()
    client = people.approved_client(by)
    people.screen(client.id, by, C_CON_18=Given("yes", last_on=TODAY), C_CON_20="yes", C_CON_07="not_sure")
    assert waiting() == []


@pytest.mark.parametrize(("days", "kinds"), [(56, []), (57, ["gap"]), (84, ["gap"]), (41, ["gap"]), (42, [])])
def test_a_gap_out_of_the_window_asks_for_a_reason_once(session: Session, days: int, kinds: list[str]) -> None:
    by = people.practitioner()
    client = people.client(by)
    people.treat(client.id, by, TODAY - timedelta(days=days), TODAY)
    assert [kind for _, kind in waiting()] == kinds
    if kinds:
        last = people.reloaded(client.id).courses[0].treatments[-1]
        actions.explain_gap(client.id, last.id, "was ill", by, TODAY, NOW)
        assert waiting() == []


def test_who_waits_longer_than_two_days_is_marked_and_told_of_once_a_day(session: Session) -> None:
    by = people.practitioner()
    reacting = people.approved_client(by, "Reaction Reported")
    actions.report_reaction(reacting.id, "red", by, NOW)
    ending = people.approved_client(by, "Renewal Due")
    ending.approvals[-1].valid_until = TODAY + timedelta(days=9)
    session.flush()

    def late(days: int) -> list[tuple[str, int]]:
        today = TODAY + timedelta(days=days)
        found = queue(clients_at_the_desk(None, POLICY, today), POLICY, today)
        return [(each.client.name, each.days) for each in found if each.is_late]

    assert [late(2), late(3)] == [[], [("Reaction Reported", 3)]]
    assert not is_look_due(TODAY + timedelta(days=3)), "no worker runs"
    beat(NOW)
    session.flush()
    told = [tell_who_waits(NOW + timedelta(days=days)) for days in (2, 3, 3, 4)]
    assert told == [0, 1, 0, 1]
    assert not is_look_due(TODAY + timedelta(days=4))
    beat(NOW + timedelta(days=4))
    session.flush()
    assert not is_look_due(TODAY + timedelta(days=4)), "a later sign of life forgets no look"
    mails = session.scalars(select(Message).where(Message.kind == "waiting_long")).all()
    assert [mail.to for mail in mails] == ["petra.practitioner@clinic.example"] * 2
    assert "1 client has waited for a practitioner longer than 2 days, the longest for 3" in mails[0].text
    assert not any(word in mail.text + mail.subject for mail in mails for word in ("eaction", "Reported", "C-1"))


def test_the_queue_takes_the_same_queries_whatever_it_holds(session: Session, count_queries: Any) -> None:
    by = people.practitioner()
    counts = []
    for number in range(3):
        for name in ("A", "B", "C")[:number]:
            client = people.approved_client(by, f"{name} {number}")
            actions.report_reaction(client.id, "red", by, NOW)
        session.commit()
        session.expire_all()
        with count_queries() as sent:
            clients_at_the_desk("C-1", POLICY, TODAY)
        counts.append(len(sent))
    assert counts == [2, 6, 6]


def test_gaps_are_told_in_weeks_and_days() -> None:
    assert [weeks(days) for days in (0, 1, 6, 7, 15, 51)] == [
        "0 days", "1 day", "6 days", "1 week", "2 weeks 1 day", "7 weeks 2 days",
    ]  # fmt: skip
