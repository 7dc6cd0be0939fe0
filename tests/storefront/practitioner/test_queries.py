"""The number of queries of each of the practitioner's pages is fixed, whatever the number of clients, products and events."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from storefront import clock
from storefront.accounts.models import Account
from storefront.db import transaction
from storefront.eligibility import actions, consultation_times, consultations
from storefront.eligibility.consultations import Wish
from tests.catalogue import samples
from tests.storefront.eligibility import people

# Who asks 1; a client's record 5; products on sale 3; lines of the journal 4; visitors who wait and who come today 2; parts of
# treatments 3; consents 1; rollers at home 2; the certificates of who looks 1. What a withdrawal would do 2; what was used in
# the last treatment 1; whether the client has come 1; kits that lack a part 2.
# The first page: who waits 5, who is treated 5, what will be due 4, lines
# of the journal twice.
PAGES = {
    "/practitioner": 26,
    "/practitioner/charts": 4,
    "/practitioner/clients": 11,
    "/practitioner/clients/{number}": 27,
    "/practitioner/clients/{number}/kits": 21,
    "/practitioner/clients/{number}/treatments": 15,
    "/practitioner/clients/{number}/treatments/{day}": 18,
    "/practitioner/clients/{number}/consents": 11,
    "/practitioner/clients/{number}/photos": 13,
    "/practitioner/clients/{number}/papers": 11,
    "/practitioner/clients/{number}/screening": 10,
    "/practitioner/clients/{number}/person": 15,
    "/practitioner/consultations": 7,
}


def fill(session: Session, by: Any, name: str) -> str:
    """One more client with everything on the record, and what makes them wait."""
    client = people.approved_client(by, name)
    people.approve(client.id, by)
    for _ in range(2):
        actions.report_reaction(client.id, "red", by, clock.now())
        people.screen(client.id, by, C_CON_01="yes", C_CON_06="not_sure")
    comes = people.client(by, f"{name} Today")
    people.treat(comes.id, by, people.TODAY - people.SEVEN_WEEKS, next_on=clock.today())
    actions.add_allergy(client.id, "nickel", by, clock.now())
    wish = Wish(name, f"{client.number}@example.org", "", "a scar", "", "")
    asked = consultations.ask_for_consultation(wish, name, "clinic@example.org", clock.now())
    later = [clock.now() + timedelta(minutes=45 * count) for count in (client.id * 2, client.id * 2 + 1)]
    consultation_times.offer_times(asked.reference, later, by, clock.now())
    return client.number


def counted(browser: FlaskClient, number: str, count_queries: Any) -> dict[str, int]:
    counts = {}
    for page in PAGES:
        with count_queries() as sent:
            assert browser.get(page.format(number=number, day=people.usual_days()[-1])).status_code == 200
        counts[page] = len([statement for statement in sent if not statement.startswith(("BEGIN", "COMMIT"))])
    return counts


def test_pages_take_as_many_queries_with_few_rows_as_with_many(
    session: Session, worker: Account, signed_in: Callable[[Account], FlaskClient], count_queries: Any
) -> None:
    with transaction():
        actions.record_qualification(worker, "Needling", "", clock.today() + timedelta(days=9), SYSTEM, clock.now())
        number = fill(session, worker.who, "Ada First")
        samples.on_sale(session, "roller", "RL-1", today=clock.today())
    browser = signed_in(worker)
    assert counted(browser, number, count_queries) == PAGES
    for name in ("Bea Second", "Cleo Third", "Dora Fourth"):
        fill(session, worker.who, name)
    for kind, sku in (("roller", "RL-2"), ("serum", "SE-1"), ("serum", "SE-2")):
        samples.on_sale(session, kind, sku, today=clock.today())
    session.commit()
    assert counted(browser, number, count_queries) == PAGES
