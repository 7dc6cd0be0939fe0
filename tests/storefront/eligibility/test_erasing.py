"""A request for a consultation is forgotten when the privacy page says so, with all that hangs on it."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalogue.journal import JournalEntry
from storefront import upkeep
from storefront.eligibility import consultation_times, erasing
from storefront.eligibility.consultations import (
    ConsultationLink,
    ConsultationOffer,
    ConsultationRequest,
    ConsultationTime,
)
from storefront.eligibility.policy import load_policy, months_after
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, TODAY
from tests.storefront.eligibility.test_consultation_times import asked, offer

POLICY = load_policy()
DAY = timedelta(days=1)
LAST = months_after(TODAY, POLICY.consultation_kept_months) - TODAY


def test_after_a_year_a_request_is_forgotten_unless_its_sender_came(session: Session) -> None:
    by = people.practitioner()
    ada, bea, cora = asked("Ada"), asked("Bea"), asked("Cora")
    offer(ada, by, 30)
    token = offer(bea, by, 50)
    people.client(by, "Cora Clinic")
    session.execute(update(ConsultationRequest).where(ConsultationRequest.reference == cora).values(
        email="cora.clinic@clinic.example"))  # fmt: skip
    code = session.scalars(select(ConsultationTime.code).order_by(ConsultationTime.starts_at.desc())).first()
    consultation_times.choose_time(token, str(code), NOW)
    session.flush()
    assert erasing.erase_old_requests(POLICY, NOW + LAST) == 0
    # Bea's time lies two days after she asked, so her request is kept two days longer.
    assert erasing.erase_old_requests(POLICY, NOW + LAST + DAY) == 1
    assert session.scalars(select(ConsultationRequest.reference).order_by(ConsultationRequest.id)).all() == [bea, cora]
    session.commit()
    assert upkeep.erase_requests(NOW + LAST + 3 * DAY)
    assert not upkeep.erase_requests(NOW + LAST + 3 * DAY)
    assert session.scalars(select(ConsultationRequest.reference)).all() == [cora]
    for table in (ConsultationLink, ConsultationOffer):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    told = select(JournalEntry.reference).where(JournalEntry.verb == "request erased").order_by(JournalEntry.id)
    assert session.scalars(told).all() == [ada, bea]
