"""What was sent under a record that was merged since is recalled to the person all the same, and reported by them."""

import pytest
from sqlalchemy.orm import Session

from storefront.db import transaction
from storefront.orders import merging
from storefront.orders.audit import broken_rows
from storefront.orders.recall_answers import notices_of_client
from storefront.orders.slips import packed_for
from tests.storefront.orders import world
from tests.storefront.orders.recalled import Recalled
from tests.storefront.orders.world import TODAY
from tests.storefront.payments.ledger import Ledger


def test_what_was_sent_under_a_merged_record_is_recalled_and_reported_by_the_kept_one(
    session: Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = Recalled(ledger, monkeypatch, clients=2)
    kept, merged = (client.number for client in clinic.clients)
    with transaction():
        merging.merge_clients(kept, merged, "one passport", world.practitioner(), TODAY, clinic.now)
    clinic.tell()
    clinic.work()
    assert clinic.mails("recall_") == ["p0@example.org", "p0@example.org"]
    assert len(notices_of_client(clinic.client_ids[0])) == 2
    assert {one.number for one in packed_for(clinic.client_ids[0])} == set(clinic.numbers)
    assert list(broken_rows(TODAY)) == []
