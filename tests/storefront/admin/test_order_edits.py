"""Changing an order at the desk: what is typed, refused, done, and read by its client."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from storefront.accounts.models import Account
from tests.storefront.till import Till

Become = Callable[[Account], FlaskClient]


def test_an_order_is_changed_at_the_desk_and_its_client_reads_why(
    session: Session, till: Till, admin: FlaskClient, signed_in: Become
) -> None:
    till.knock(till.pay())
    till.work()
    mine, page = signed_in(session.get_one(Account, till.client.account_id)), f"/admin/orders/{till.number}"
    (line,) = till.line_ids()
    told = {f"edit-units_{line}": "2", "edit-delivery": "collection", "edit-recipient": "Mara Finch"}
    unsaid = admin.post(f"{page}/changes", data=told)
    assert (unsaid.status_code, 'value="2"' in unsaid.text) == (422, True)
    more = admin.post(f"{page}/changes", data=told | {"edit-why": "two"})
    assert (more.status_code, 'data-reason="edit-adds"' in more.text, "ask" in more.text.lower()) == (409, True, True)
    less = told | {f"edit-units_{line}": "1", "edit-why": "Collects it on Friday."}
    assert admin.post(f"{page}/changes", data=less).location == page
    shown = admin.get(page).text
    assert "Collection at the clinic, in place of: Delivery by post." in shown
    assert (till.order.delivery, till.order.owed_back_minor) == ("collection", 395)
    read = mine.get(f"/orders/{till.number}").text
    assert ("Collects it on Friday." in read, "Back for what was taken out" in read) == (True, True)
    assert admin.post(f"{page}/changes", data=less | {f"edit-units_{line}": "0"}).location == page
    till.work()
    assert (till.order.status, till.order.refunded_minor) == ("refunded", till.order.total_minor)
    assert admin.post(f"{page}/changes", data=less).status_code == 409
