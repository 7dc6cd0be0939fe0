"""What the desk does for a client who calls: an order changed, a return opened; each typed, refused, done, and read by them."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront.accounts.models import Account
from storefront.messages.models import Message
from tests.storefront.till import Till

Become = Callable[[Account], FlaskClient]


def paid(session: Session, till: Till, signed_in: Become) -> tuple[FlaskClient, str, int]:
    """The order is paid for; its client, signed in, its page at the desk, and its line."""
    till.knock(till.pay())
    till.work()
    (line,) = till.line_ids()
    return signed_in(session.get_one(Account, till.client.account_id)), f"/admin/orders/{till.number}", line


def test_an_order_is_changed_at_the_desk_and_its_client_reads_why(
    session: Session, till: Till, admin: FlaskClient, signed_in: Become
) -> None:
    mine, page, line = paid(session, till, signed_in)
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


def test_a_return_is_opened_for_a_client_who_called_and_they_are_told(
    session: Session, till: Till, admin: FlaskClient, signed_in: Become
) -> None:
    mine, page, line = paid(session, till, signed_in)
    told = {f"return-units_{line}": "1", "return-reason": "changed-mind", "return-seal": "broken"}
    assert admin.post(f"{page}/returns", data=told).status_code == 409, "nothing has left yet"
    for noun, form in (("packing", {f"line_{line}": "RL-020-001"}), ("dispatch", {}), ("delivery", {})):
        admin.post(f"{page}/{noun}", data=form)
    assert "Open a return for the client" in admin.get(page).text
    assert admin.post(f"{page}/returns", data={**told, f"return-units_{line}": "2"}).status_code == 422
    refused = admin.post(f"{page}/returns", data=told)
    assert (refused.status_code, 'data-reason="return-opened"' in refused.text) == (409, True)
    opened = admin.post(f"{page}/returns", data={**told, "return-reason": "reaction"}).location or ""
    name = opened.rsplit("/", 1)[1]
    assert "Returns: 1 open" in admin.get("/admin").text
    assert f"{name}</a>" in mine.get(f"/orders/{till.number}").text
    assert "Open a return" not in admin.get(page).text, "nothing is left to come back"
    listed = admin.get("/admin/exports/returns", buffered=True).text
    assert ("Paid back at the client’s wish" in listed, "react" in listed) == (True, False)
    seen = dict.fromkeys(re.findall(r'name="(\w+ed_\d+)"', admin.get(opened).text), "0")
    ended = admin.post(f"{opened}/end", data={**seen, "seal": "broken", "refusal": "It was never ours."})
    assert ended.status_code == 303
    assert "nothing is paid back" in mine.get(f"/orders/{till.number}").text
    mails = session.scalars(select(Message).where(Message.kind.startswith("return_")).order_by(Message.id)).all()
    assert [mail.kind for mail in mails] == ["return_asked", "return_ended"]
    assert not any(word in mail.text.lower() for mail in mails for word in ("react", "roller", "never ours"))
