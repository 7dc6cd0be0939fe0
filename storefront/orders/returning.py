"""What comes back from a client. It waits in quarantine or is destroyed; a needle that left the house is no longer sterile and is
never sold again, and a serum only in its unbroken seal (`returns.toml`). The money is a matter of its own (`return_ending.py`)."""

from datetime import datetime

from sqlalchemy import select, update

from catalogue import stock
from catalogue.batches import Batch
from catalogue.journal import Who, note
from catalogue.ledger import Occasion
from catalogue.verdicts import Refused, require
from storefront.db import db, rows_changed
from storefront.orders.models import Allocation, Order
from storefront.orders.records import locked
from storefront.orders.rules import has_left


def take_back(number: str, code: str, n: int, by: Who, now: datetime, why: str, fate: str = "quarantine") -> Order:
    """So many units of a batch came back from the client of this order: into quarantine, destroyed at once, or back on the shelf
    (`fate`: quarantine, destroyed or restocked; whoever restocks has asked the rule).

    Refuses when the order never left, has not so many units of that batch with its client, or no reason is given.
    """
    order = locked(number)
    require(has_left(order.status))
    batch_id = db.session.scalar(select(Batch.id).where(Batch.code == code))
    mine = update(Allocation).where(Allocation.order_id == order.id, Allocation.batch_id == batch_id)
    mine = mine.where(Allocation.state == "packed", Allocation.returned + n <= Allocation.quantity)
    if n <= 0 or batch_id is None or rows_changed(mine.values(returned=Allocation.returned + n)) != 1:
        text = f"{number} has not {n} units of {code} with its client."
        raise Refused.because("no-batch", text, "you", "Look at the batches of the order.")
    _lay(batch_id, n, Occasion(by, now, number, why), fate)
    note(db.session(), "units returned", "order", number, by, now, batch=code, units=n, fate=fate)
    return order


def _lay(batch_id: int, n: int, occasion: Occasion, fate: str) -> None:
    session = db.session()
    if fate == "restocked":
        stock.put_back(session, batch_id, n, occasion)
        return
    stock.take_back(session, batch_id, n, occasion)
    if fate == "destroyed":
        stock.destroy(session, batch_id, n, occasion, "returned")
