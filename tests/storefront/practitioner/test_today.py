"""The desk's first page and its charts: who is treated today, what will be due, who is found, and the practice in numbers."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import JournalEntry
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility import actions
from storefront.eligibility.course_counts import courses_by_stage, weeks_between
from storefront.eligibility.finding import day_typed, is_near
from storefront.eligibility.models import Approval, Client, Qualification, Screening
from storefront.orders.reaction_rates import Rate, reaction_rates
from tests.catalogue import samples
from tests.storefront.eligibility import people


@pytest.mark.parametrize(
    ("typed", "day"),
    [("1988-04-09", (1988, 4, 9)), ("9/4/1988", (1988, 4, 9)), ("09.04.1988", (1988, 4, 9)), ("9 April 1988", (1988, 4, 9)),
     ("9 apr 1988", (1988, 4, 9)), ("31/2/1988", None), ("9/13/1988", None), ("9/4/88", None), ("Mara Finch", None),
     ("C-1187", None)],
)  # fmt: skip
def test_a_date_is_understood_as_people_write_it(typed: str, day: tuple[int, int, int] | None) -> None:
    assert day_typed(typed) == (date(*day) if day else None)


@pytest.mark.parametrize(
    ("typed", "name", "near"),
    [("hadad", "Noor Haddad", True), ("hadadd nor", "Noor Haddad", False), ("jose", "José Ibáñez", True),
     ("ibanes", "José Ibáñez", True), ("Łucja", "Lucja Nowak", True), ("fin", "Mara Finch", True),
     ("fnch", "Mara Finch", True), ("fxxch", "Mara Finch", False), ("mra", "Mara Finch", False)],
)  # fmt: skip
def test_one_letter_off_is_near_enough_in_a_word_of_four(typed: str, name: str, near: bool) -> None:
    assert is_near(typed, name) is near


def test_the_first_page_and_the_charts_show_the_day_and_the_practice(
    session: Session, worker: Account, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    today, now = clock.today(), clock.now()
    monkeypatch.setattr(people, "TODAY", today)
    monkeypatch.setattr(people, "NOW", now)
    by = worker.who
    with transaction():
        comes = people.client(by, "Comes Today")
        people.treat(comes.id, by, today - people.SEVEN_WEEKS, next_on=today)
        done = people.client(by, "Done Today")
        people.treat(done.id, by, today - timedelta(days=70), today)
        calm = people.approved_client(by, "Ends Soon")
        numbers = {each.name: each.number for each in (comes, done, calm)}
        session.execute(update(Approval).values(valid_until=today + timedelta(days=50)))
        session.execute(update(Screening).values(answered_on=today - timedelta(days=160)))
        actions.withdraw_consent(done.id, "treatment", by, today, now)
        session.execute(update(Qualification).values(expires_on=today + timedelta(days=20)))
        product = samples.on_sale(session, "roller", "PR-1", today=today)
        batch = session.scalars(select(Batch.id).where(Batch.product_id == product.id)).one()
        actions.report_reaction(calm.id, "red", by, now, product.id, batch)
    page = " ".join(desk.get("/practitioner").text.split())
    for told in ("2 of 3</span>", "2 of 3, on record", ": answer by", "Approvals that end",
                 "Safety questions to ask again", "Consents to be signed", "Qualifications that lapse"):  # fmt: skip
        assert told in page, told
    assert page.index("Comes Today</strong>") < page.index("Done Today</strong>")
    looks = select(JournalEntry.reference).where(JournalEntry.verb == "seen in a list")
    assert sorted(session.scalars(looks)) == sorted(numbers.values())
    assert [(bar.label, bar.total) for bar in courses_by_stage(people.POLICY) if bar.total] == [
        ("1 of 3 done", 1), ("2 of 3 done", 1), ("Approved once", 1),
    ]  # fmt: skip
    assert [(bar.label, bar.counts) for bar in weeks_between(people.POLICY, today) if bar.total] == [
        ("7 weeks", (2, 0)), ("10 weeks", (0, 1)),
    ]  # fmt: skip
    assert reaction_rates() == [Rate(product.name, 1, 0)]
    charts = desk.get("/practitioner/charts").text
    assert "2 of 3 done" in charts
    assert "no units" in charts


def found(desk: FlaskClient, typed: str) -> list[str]:
    page = desk.get("/practitioner/clients", query_string={"q": typed}).text
    return [name for name in ("Noor Haddad", "Mara Finch", "Ada Standard") if f">{name}</a>" in page]


def test_a_client_is_found_by_what_somebody_remembers(session: Session, worker: Account, desk: FlaskClient) -> None:
    with transaction():
        noor = people.client(worker.who, "Noor Haddad", date(1988, 4, 9))
        people.client(worker.who, "Ada Standard")
    number = noor.number
    for typed in (number, number.replace("-", ""), "hadad", "haddad noor", "noor.haddad@clinic", "9/4/1988", "Hadda"):
        assert found(desk, typed) == ["Noor Haddad"], typed
    for typed in ("1.1.1970", "%", "Nobody"):
        assert found(desk, typed) == [], typed


def test_of_a_long_queue_a_part_is_shown_and_nobody_is_left_out(
    session: Session, worker: Account, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storefront.practitioner.desk.AT_HAND", 2)
    with transaction():
        numbers = [people.client(worker.who, f"Waits {nth}").number for nth in range(5)]
        for client_id in session.scalars(select(Client.id).where(Client.number.in_(numbers))):
            actions.report_reaction(client_id, "red", worker.who, clock.now())

    def shown(address: str) -> list[str]:
        page = desk.get(address).text
        assert 'Waiting for you <span class="soft">5</span>' in page
        assert ("All 5 who wait" in page) is not address.endswith("yes")
        return [number for number in numbers if f'queue__name">{number}' in page]

    assert shown("/practitioner") == numbers[:2]
    assert shown("/practitioner?all=yes") == numbers
    assert shown(f"/practitioner/clients/{numbers[4]}") == numbers[3:]
