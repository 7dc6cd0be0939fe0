"""The client's own page, the safety questions and the report of a reaction: what is told, and what it does at once."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalogue.batches import Batch
from catalogue.journal import JournalEntry
from catalogue.money import Money
from catalogue.products import Product
from storefront.db import transaction
from storefront.eligibility import actions as care
from storefront.eligibility.models import Answer, Client, Reaction, Screening
from storefront.eligibility.records import clinic_policy
from storefront.eligibility.treatments import TreatmentTold
from storefront.messages.models import Message
from storefront.orders.acceptance import Authorisation, accept_order
from storefront.orders.dispatch import dispatch_order, pack_order
from storefront.orders.models import Allocation, Order
from tests.storefront.orders import world

Browsers = Callable[..., FlaskClient]


def said(**others: str) -> dict[str, str]:
    """ "No" to every question; others by the field's name, dashes as underscores."""
    answers = {condition.code: "no" for condition in clinic_policy().conditions}
    return answers | {name.replace("_", "-"): value for name, value in others.items()}


def test_an_open_kit_says_what_may_be_bought(browser: Browsers, mara: Client) -> None:
    page = browser().get("/care").text
    assert "Your kit is open to you" in page
    assert 'data-sku="RL-020" data-stock="10"' in page
    assert "Put in the basket" in page
    assert "Everything your practitioner asked for is there." in page
    for told in ("0.20 mm", "70 days", "18 September 2027", "Dr Ines Holt", "16 May 2026", "6 weeks 3 days"):
        assert told in page
    assert (
        page.count("session of 0.50 mm, taken over from the clinic’s papers") == 6
    )  # in the list and in the line's words
    assert "data-reason" not in page


def test_what_is_not_approved_is_not_in_the_kit(browser: Browsers, mara: Client) -> None:
    with transaction():
        world.on_sale("SE-01", "serum")
    assert "SE-01" not in browser().get("/care").text


def test_a_kit_of_which_a_part_must_wait_does_not_say_that_all_is_there(
    browser: Browsers, mara: Client, session: Session
) -> None:
    with transaction():
        session.execute(update(Batch).values(status="held"))
    page = browser().get("/care").text
    assert 'data-reason="no-batch"' in page
    assert "Everything your practitioner asked for is there." not in page
    assert "What you may have today has its button below" in page


def test_an_unknown_client_reads_what_is_missing_and_what_to_do(browser: Browsers, tom: Client) -> None:
    page = browser("tom@example.org").get("/care").text
    for code in ("no-course", "no-approval", "screening-due"):
        assert f'data-reason="{code}"' in page
    assert "Answer the safety questions" in page
    assert "Put in the basket" not in page


def test_a_course_under_way_shows_what_comes_next(browser: Browsers, tom: Client) -> None:
    with transaction():
        care.open_course(tom.id, world.practitioner(), world.TODAY, world.NOW)
        treated = TreatmentTold(treated_on=world.TODAY - timedelta(days=7), areas=world.FACE)
        care.record_treatment(tom.id, treated, world.practitioner(), world.TODAY, world.NOW)
    page = browser("tom@example.org").get("/care").text
    assert "27 December 2026 to 10 January 2027" in page
    assert "about 7 February to 7 March 2027" in page
    assert page.count("course__step--due") == 1
    assert 'role="img" aria-label="The course on a line of days.' in page
    assert 'data-reason="course-incomplete"' in page


def test_the_questions_are_those_of_the_clinic(browser: Browsers, mara: Client) -> None:
    page = browser().get("/care/screening").text
    for condition in clinic_policy().conditions:
        assert f'data-condition="{condition.code}"' in page
    assert "Nothing is due" in page


def test_clean_answers_open_what_waited_for_them(browser: Browsers, tom: Client, session: Session) -> None:
    theirs = browser("tom@example.org")
    answer = theirs.post("/care/screening", data=said())
    assert (answer.status_code, answer.location) == (303, "/care/screening/result")
    page = theirs.get(answer.location).text
    assert "Nothing in your answers stands against" in page
    assert 'data-reason="screening-due"' not in page
    of_tom = select(Answer).join(Screening).where(Screening.client_id == tom.id)
    assert len(session.scalars(of_tom).all()) == len(clinic_policy().conditions)


def test_who_comes_for_the_first_time_is_led_through_what_is_due(browser: Browsers, tom: Client) -> None:
    with transaction():
        care.withdraw_consent(tom.id, "treatment", world.practitioner(), world.TODAY, world.NOW)
    theirs = browser("tom@example.org")
    assert theirs.get("/care/first-step").location == "/care/screening"
    unsure = theirs.post("/care/screening", data=said(C_CON_09="not_sure")).location
    assert unsure == "/care/screening/result"
    assert "Next: read and sign the consent" in theirs.get(unsure).text
    assert theirs.post("/care/screening", data=said()).location == "/care/screening/result"  # it is still looked at
    assert theirs.get("/care/first-step").location == "/care/consents"
    page = theirs.get("/care/consents").text
    shown = re.search(r'name="shown" value="(\w+)"', page)
    assert shown
    signed = theirs.post("/care/consents/treatment", data={"typed": "Tom Achebe", "shown": shown[1]})
    assert (signed.status_code, signed.location) == (303, "/care")
    assert theirs.get("/care/first-step").location == "/care"


def test_a_yes_stops_sales_and_says_who_lifts_it(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"})
    answer = mine.post("/care/screening", data=said(C_CON_02="yes", name="nickel"))
    assert answer.status_code == 303
    page = mine.get(answer.location).text
    assert 'data-reason="contraindication"' in page
    assert "your practitioner" in page
    assert session.scalars(select(Answer.detail).where(Answer.answer == "yes")).all() == ["nickel"]
    assert 'data-reason="contraindication"' in mine.get("/basket").text
    assert mine.get("/checkout").status_code == 409


def test_not_sure_waits_for_the_practitioner_too(browser: Browsers, mara: Client) -> None:
    mine = browser()
    mine.post("/care/screening", data=said(C_CON_09="not_sure"))
    assert 'data-reason="contraindication"' in mine.get("/care/screening/result").text


def test_an_answer_that_stops_nothing_gives_advice(browser: Browsers, mara: Client) -> None:
    mine = browser()
    mine.post("/care/screening", data=said(C_CON_21="yes", **{"C-CON-21-detail": "left brow"}))
    page = mine.get("/care/screening/result").text
    assert "left brow" in page
    assert "data-reason" not in page
    for place in ("/care", "/care/home"):
        assert "Leave out the place of your tattoo or permanent make-up: left brow." in mine.get(place).text


def test_an_open_question_is_asked_again_with_what_was_typed(browser: Browsers, tom: Client, session: Session) -> None:
    answers = said(C_CON_02="yes", name="nickel")
    del answers["C-CON-01"]
    answers["C-CON-03"] = "perhaps"
    answers["C-CON-04-since"] = (world.TODAY + timedelta(days=1)).isoformat()
    page = browser("tom@example.org").post("/care/screening", data=answers)
    assert page.status_code == 422
    assert 'href="#C-CON-01"' in page.text
    assert 'href="#C-CON-03"' in page.text
    assert 'href="#C-CON-04-since"' in page.text
    assert 'value="nickel"' in page.text
    assert session.scalars(select(Screening).where(Screening.client_id == tom.id)).all() == []


def test_without_answers_there_is_no_result(browser: Browsers, tom: Client) -> None:
    assert browser("tom@example.org").get("/care/screening/result").location == "/care/screening"


def test_help_comes_first(browser: Browsers, mara: Client) -> None:
    page = browser().get("/care/reaction").text
    assert page.index("999") < page.index("<form class")
    assert page.index("020 7946 0000") < page.index("<form class")


def dispatched(client: Client, product: Product, session: Session) -> Order:
    with transaction():
        number = world.placed(client, product).number
    with transaction():
        accept_order(number, Authorisation("pi_1", Money(3795)), world.NOW, world.TODAY)
    order = session.scalars(select(Order).where(Order.number == number)).one()
    order.captured_minor = order.total_minor
    allocation = session.scalars(select(Allocation)).one()
    code = session.get_one(world.Batch, allocation.batch_id).code
    session.commit()
    with transaction():
        pack_order(number, {allocation.line_id: [code]}, world.ADMIN, world.NOW, world.TODAY)
    with transaction():
        dispatch_order(number, "", world.ADMIN, world.NOW, world.TODAY)
    return order


def test_a_report_names_product_and_batch_and_stops_sales(
    browser: Browsers, mara: Client, roller: Product, session: Session
) -> None:
    order = dispatched(mara, roller, session)
    batch = session.scalars(select(world.Batch)).one()
    mine = browser()
    choice = f"{order.number}/RL-020/{batch.code}"
    tag = re.search(rf"<input[^>]*{re.escape(choice)}[^>]*>", mine.get("/care/reaction").text)
    assert tag is not None
    assert " checked" in tag[0]
    told = {
        "product": choice,
        "began_on": "2026-11-20",
        "signs": ["pus", "dark"],
        "told": "On the left cheek.\r\nIt itches.",
    }
    answer = mine.post("/care/reaction", data=told)
    assert (answer.status_code, answer.location) == (303, "/care/reaction/received")
    assert "We have it" in mine.get(answer.location).text
    reaction = session.scalars(select(Reaction)).one()
    assert (reaction.product_id, reaction.batch_id) == (roller.id, batch.id)
    assert reaction.told == "Pus, or a fever; Dark patches\nOn the left cheek.\nIt itches."
    assert 'data-reason="reaction-open"' in mine.get("/care").text
    assert mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"}).status_code == 409


def test_a_report_may_be_about_something_else(browser: Browsers, tom: Client, session: Session) -> None:
    answer = browser("tom@example.org").post("/care/reaction", data={"product": "else", "signs": "swelling"})
    assert answer.status_code == 303
    reaction = session.scalars(select(Reaction)).one()
    assert (reaction.product_id, reaction.told) == (None, "Swelling")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"product": "else"},
        {"product": "R-1/RL-020/B-1", "told": "x"},
        {"product": "else", "told": "x", "began_on": "2026-11-23"},
        {"product": "else", "told": "x", "signs": "invented"},
        {"product": "else", "told": "x" * 4001},
    ],
)
def test_an_unfinished_report_is_shown_again(browser: Browsers, mara: Client, session: Session, told: Any) -> None:
    answer = browser().post("/care/reaction", data=told)
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text
    assert session.scalars(select(Reaction)).all() == []


def test_anothers_purchase_cannot_be_named(
    browser: Browsers, mara: Client, roller: Product, tom: Client, session: Session
) -> None:
    order = dispatched(mara, roller, session)
    batch = session.scalars(select(world.Batch)).one()
    told = {"product": f"{order.number}/RL-020/{batch.code}", "told": "x"}
    assert order.number not in browser("tom@example.org").get("/care/reaction").text
    assert browser("tom@example.org").post("/care/reaction", data=told).status_code == 422


def test_no_health_word_leaves_the_record(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    mine.post("/care/screening", data=said(C_CON_08="yes"))
    mine.post("/care/reaction", data={"product": "else", "told": "keloid swelling on the cheek"})
    rows = session.scalars(select(JournalEntry)).all()
    letters = session.scalars(select(Message)).all()
    written = " ".join(
        [f"{row.verb} {row.particulars}" for row in rows] + [f"{one.subject} {one.text}" for one in letters]
    )
    for word in ("keloid", "cheek", "swelling", "C-CON"):
        assert word not in written.lower()


def test_the_number_of_queries_is_fixed(browser: Browsers, mara: Client, session: Session, count_queries: Any) -> None:
    mine = browser()

    def queries() -> list[int]:
        counts = []
        for path in ("/care", "/care/screening", "/care/screening/result", "/care/reaction"):
            with count_queries() as sent:
                assert mine.get(path).status_code == 200
            counts.append(len(sent))
        return counts

    few = queries()
    with transaction():
        serums = [world.on_sale(f"SE-{number}", "serum").id for number in range(4)]
        world.approve(mara.id, tuple(serums))
        care.answer_screening(mara.id, world.answers(), world.client_who(mara), world.TODAY, world.NOW)
    assert queries() == few == [12, 6, 6, 3]
