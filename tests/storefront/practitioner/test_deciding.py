"""The decision about one client: what it was signed on, by whom, what it needs, and what puts it off."""

from datetime import timedelta

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalogue.specification import load
from catalogue.vetting import judge
from storefront import clock, jobs
from storefront.accounts.models import Account
from storefront.accounts.passwords import hash_password
from storefront.eligibility.models import Approval
from storefront.eligibility.product_rules import is_under_review
from storefront.eligibility.queue_rules import queue
from storefront.eligibility.rules import client_verdict
from storefront.messages.models import Message
from tests.catalogue import samples
from tests.storefront.practitioner.acts import POLICY, approve, record, screen, send, shown_of, whole_course


def test_who_decides_on_a_record_that_changed_is_shown_the_change_first(
    session: Session, desk: FlaskClient, number: str
) -> None:
    whole_course(desk, number)
    screen(desk, number)
    before = shown_of(desk, number)
    approve(desk, number)
    page = approve(desk, number, 409, shown=before, quantity="3")
    assert "approval granted, by Dr Ines Holt" in page
    assert 'value="3"' in page, "what was typed is still there"
    assert session.scalar(select(func.count(Approval.id))) == 1
    approve(desk, number, 409, shown="")
    approve(desk, number, shown=shown_of(desk, number))
    signed = session.scalars(select(Approval).order_by(Approval.id)).all()
    assert [each.registration for each in signed] == ["NMC 1", "NMC 1"]
    assert [len(each.shown_hash) for each in signed] == [64, 64]
    assert signed[0].shown_hash == before
    assert "judged this client suitable" in signed[0].meaning


def test_after_five_idle_minutes_the_password_is_typed_again(
    session: Session, desk: FlaskClient, number: str, worker: Account
) -> None:
    whole_course(desk, number)
    screen(desk, number)
    worker.password_hash = hash_password("a quiet clinic")
    session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=4, seconds=58)) as traveller:
        assert 'name="password"' not in desk.get(f"/practitioner/clients/{number}").text
        traveller.shift(timedelta(minutes=4, seconds=58))
        assert 'name="password"' not in desk.get(f"/practitioner/clients/{number}").text
        shown = shown_of(desk, number)
        traveller.shift(timedelta(minutes=5, seconds=3))
        for answer in (
            approve(desk, number, 422, shown=shown, note="calm skin"),
            approve(desk, number, 422, shown=shown, note="calm skin", password="a loud clinic"),
        ):
            assert ("You were away" in answer) or ("not your password" in answer)
            assert 'type="hidden" name="note" value="calm skin"' in answer, "what was typed comes along"
            assert "Mara" not in answer
        assert session.scalar(select(func.count(Approval.id))) == 0
        approve(desk, number, shown=shown, password="a quiet clinic")
        approve(desk, number)


def test_no_page_about_a_client_is_read_over_an_empty_chair(
    session: Session, desk: FlaskClient, number: str, worker: Account
) -> None:
    whole_course(desk, number)
    worker.password_hash = hash_password("a quiet clinic")
    session.commit()
    pages = ["", "/clients", f"/clients/{number}", f"/clients/{number}/treatments", "/rule-changes"]
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=3)):
        for page in pages:
            answer = desk.get(f"/practitioner{page}")
            assert (answer.status_code, "Mara" in answer.text) == (303, False)
            locked = desk.get(answer.location)
            assert ("Mara" in locked.text, 'name="password"' in locked.text) == (False, True)
        assert send(desk, number, "deferral", 422, why="skin").count("Mara") == 0
        back = {"next": f"/practitioner/clients/{number}"}
        assert desk.post("/practitioner/presence", data=back | {"password": "wrong"}).status_code == 422
        answer = desk.post("/practitioner/presence", data=back | {"password": "a quiet clinic"})
        assert answer.location == back["next"]
        assert desk.get(f"/practitioner/presence?next={back['next']}").location == back["next"]
        assert desk.get("/practitioner/presence?next=https://elsewhere.example").location == "/practitioner"
        assert "Mara" in desk.get(answer.location).text


def test_an_approval_is_put_off_until_a_day_or_until_something_is_new(
    session: Session, desk: FlaskClient, number: str
) -> None:
    whole_course(desk, number)
    screen(desk, number)
    assert "course complete: approve" in desk.get("/practitioner").text
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    for wrong in ({"why": "later"}, {"why": "skin", "until": tomorrow}, {"why": "later", "until": clock.today()}):
        assert 'data-reason="until"' in send(desk, number, "deferral", 409, **wrong)
    send(desk, number, "deferral", 422, until=tomorrow)
    send(desk, number, "deferral", why="later", until=tomorrow)
    assert "course complete: approve" not in desk.get("/practitioner").text
    told = client_verdict(record(session, number), POLICY, clock.today())
    assert told.codes == ("no-approval",)
    assert "a little later" in told.reasons[0].text
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert queue([record(session, number)], POLICY, clock.today())
    send(desk, number, "deferral", why="skin", note="still red")
    assert "course complete: approve" not in desk.get("/practitioner").text
    screen(desk, number)
    assert "course complete: approve" in desk.get("/practitioner").text
    approve(desk, number)
    assert 'data-reason="approved"' in send(desk, number, "deferral", 409, why="skin")
    assert session.scalar(select(func.count(Message.id)).where(Message.kind == "news")) == 2


def test_who_decided_takes_it_back_before_anybody_is_told(
    session: Session, desk: FlaskClient, number: str, worker: Account
) -> None:
    whole_course(desk, number)
    screen(desk, number)
    kinds = ("approved", "news")

    def told() -> list[str]:
        session.rollback()
        return list(session.scalars(select(Message.kind).where(Message.kind.in_(kinds))))

    with time_machine.travel(clock.now(), tick=False) as traveller:
        for decide, waits in (
            (lambda: approve(desk, number), "approved"),
            (lambda: send(desk, number, "deferral", why="skin"), "news"),
        ):
            decide()
            assert told() == [waits]
            jobs.run_due(clock.now())
            assert session.scalars(select(Message.sent_at).where(Message.kind == waits)).all() == [None]
            assert "course complete: approve" not in desk.get("/practitioner").text
            traveller.shift(timedelta(seconds=10))
            send(desk, number, "decision-taken-back")
            assert told() == []
            assert "course complete: approve" in desk.get("/practitioner").text
            assert client_verdict(record(session, number), POLICY, clock.today()).codes == ("no-approval",)
            assert 'data-reason="not-to-take-back"' in send(desk, number, "decision-taken-back", 409)
        approve(desk, number)
        traveller.shift(timedelta(seconds=11))
        send(desk, number, "decision-taken-back", 409)
        jobs.run_due(clock.now())
        assert session.scalars(select(Message.sent_at).where(Message.kind == "approved")).one() is not None
    assert [each.withdrawal is not None for each in record(session, number).approvals] == [True, False]


def test_a_serum_vetted_by_a_note_needs_a_note_for_this_client(
    session: Session, desk: FlaskClient, number: str
) -> None:
    today = clock.today()
    doubtful = samples.complete("serum", "SE-001", today, ingredients=f"{samples.HARMLESS}, Dimethicone")
    waiting = [each.rule for each in judge(doubtful, load(), today).findings if each.verdict == "review"]
    product = samples.entered(session, doubtful, now=clock.now() - timedelta(hours=24))
    samples.sign(session, product, today=today, notes=dict.fromkeys(waiting, "A silicone that stays on the surface."))
    assert waiting
    assert is_under_review(samples.loaded(session, "SE-001"))
    session.commit()
    whole_course(desk, number)
    screen(desk, number)
    assert 'data-reason="review-note"' in approve(desk, number, 409, serums="SE-001", review_note=" ")
    approve(desk, number, serums="SE-001", review_note="Patch tested, calm after 48 hours.")
    assert session.scalars(select(Approval.review_note)).all() == ["Patch tested, calm after 48 hours."]
