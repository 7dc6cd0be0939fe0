"""The code on the slip in a parcel: short, drawn by lot, and of no meaning but in this shop. Whoever holds it may report a
reaction to what was in the box, and learns nothing of what that was."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from catalogue.batches import Batch
from storefront.db import db
from storefront.eligibility.models import Client
from storefront.orders.models import Allocation, Order, OrderLine, Parcel
from storefront.orders.records import records_of

# No letter that is taken for a figure, and the other way round.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 8


class Packed(NamedTuple):
    """A product that was packed for a client, from which batch and in which order."""

    product_id: int
    batch_id: int
    name: str
    sku: str
    kind: str
    number: str
    batch: str

    @property
    def choice(self) -> str:
        return f"{self.number}/{self.sku}/{self.batch}"


def packed_for(client_id: int) -> list[Packed]:
    """What was packed for a client, the newest first."""
    return _packed(Order.client_id.in_(records_of(client_id)))


def packed_in(number: str) -> list[Packed]:
    """What is in the parcel of an order."""
    return _packed(Order.number == number)


def _packed(which: ColumnElement[bool]) -> list[Packed]:
    told = (OrderLine.product_id, Batch.id, OrderLine.name, OrderLine.sku, OrderLine.kind, Order.number, Batch.code)
    found = select(*told).join(Order, OrderLine.order_id == Order.id)
    found = found.join(Allocation, Allocation.line_id == OrderLine.id).join(Batch, Allocation.batch_id == Batch.id)
    found = found.where(which, Allocation.state == "packed").order_by(Order.id.desc(), OrderLine.id)
    return [Packed(*row) for row in db.session.execute(found)]


def new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def plain(typed: str) -> str:
    """A code as it is kept, however it was typed: "abcd-efgh" is ABCDEFGH."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def printed(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def parcel_of(code: str) -> tuple[int, str] | None:
    """The client to whom a slip belongs, and the number of its order; None when no slip has this code. Of a record that was
    merged it is the kept one."""
    found = select(Client.id, Client.kept_as_id, Order.number).join(Order, Order.client_id == Client.id)
    row = db.session.execute(found.join(Parcel).where(Parcel.slip_code == plain(code))).one_or_none()
    return (row.kept_as_id or row.id, row.number) if row else None


def only_one_of(kind: str, packed: Sequence[Packed]) -> Packed | None:
    """What was meant by "the roller" or "the serum" of a parcel, where it holds one batch of one such product."""
    meant = [each for each in packed if each.kind == kind]
    return meant[0] if len(meant) == 1 else None
