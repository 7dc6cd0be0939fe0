"""The tables of the trade as files, returns, disputes and kits, and the accounts of a month for the accountant: the same numbers as
on the pages, in pounds."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from catalogue.products import Product
from storefront import clock
from storefront.admin.export_kinds import Arguments, Export, WorkedOut
from storefront.eligibility.models import Client
from storefront.orders import accounts, trade_figures
from storefront.orders.discount_models import Discount, DiscountUse
from storefront.orders.dispute_models import Dispute
from storefront.orders.kit_models import Kit, KitPart
from storefront.orders.models import Order, OrderLine
from storefront.orders.return_models import GoodsReturn, ReturnLine
from storefront.orders.return_rules import return_reasons
from storefront.roles import ADMIN

SALES = ("Taken", "Given back")
DISPATCHED = ("1 day", "2 days", "4 days", "Longer")
REORDERED = ("Ordered again", "Did not")
ACCOUNTS = (
    "What", "Tax point", "Paper", "Order", "Accepted", "At the payment provider", "VAT rate (%)", "Net (£)", "VAT (£)",
    "Gross (£)",
)  # fmt: skip


# As the desk reads it: no list says whose skin reacted.
WHY_BACK = case({code: each.desk for code, each in return_reasons().items()}, value=GoodsReturn.reason)
RETURNS = {
    "Return": GoodsReturn.number, "Order": Order.number, "Client number": Client.number, "SKU": OrderLine.sku,
    "Units": ReturnLine.quantity, "Reason": WHY_BACK, "Asked": GoodsReturn.asked_at,
    "Ended": GoodsReturn.ended_at, "By": GoodsReturn.ended_by, "Units paid back": ReturnLine.paid_back,
    "Words": GoodsReturn.words,
}  # fmt: skip
DISPUTES = {
    "Order": Order.number, "At the payment provider": Dispute.stripe_id, "Status": Dispute.status,
    "Reason": Dispute.reason, "Amount (£)": Dispute.amount_minor, "Drawn back (£)": Dispute.withdrawn_minor,
    "Fee (£)": Dispute.fee_minor, "Opened": Dispute.opened_at, "Answer by": Dispute.answer_by, "Ended": Dispute.ended_at,
}  # fmt: skip
KITS = {
    "Kit": Kit.code, "Name": Kit.name, "SKU": Product.sku, "Product": Product.name, "Made": Kit.made_at, "By": Kit.made_by,
    "Ended": Kit.ended_at,
}  # fmt: skip


DISCOUNTS = {
    "Code": Discount.code, "Per cent": Discount.per_cent, "Amount (£)": Discount.amount_minor, "From": Discount.starts_on,
    "Until": Discount.ends_on, "Uses": Discount.used, "Most uses": Discount.most_uses, "Once a client": Discount.is_once,
    "Least goods (£)": Discount.least_goods_minor, "Only for": Discount.limited_to, "Why": Discount.why,
    "Made": Discount.made_at, "By": Discount.made_by, "Ended": Discount.ended_at, "Ended by": Discount.ended_by,
}  # fmt: skip
USES = {
    "Code": Discount.code, "Order": Order.number, "Client number": Client.number, "Off (£)": DiscountUse.off_minor,
    "Used": DiscountUse.claimed_at, "State": DiscountUse.state, "Order’s total (£)": Order.total_minor,
}  # fmt: skip


def discounts(_arguments: Arguments) -> Select[Any]:
    return select(Discount).order_by(Discount.id)


def uses(_arguments: Arguments) -> Select[Any]:
    """A row for each order that had a code, given back or not."""
    found = select(DiscountUse).join(Discount, Discount.id == DiscountUse.discount_id)
    found = found.join(Order, Order.id == DiscountUse.order_id).join(Client, Client.id == DiscountUse.client_id)
    return found.order_by(DiscountUse.id)


def returns(_arguments: Arguments) -> Select[Any]:
    """A row for each line of a return."""
    found = select(GoodsReturn).join(ReturnLine, ReturnLine.return_id == GoodsReturn.id)
    found = found.join(OrderLine, OrderLine.id == ReturnLine.line_id).join(Order, Order.id == GoodsReturn.order_id)
    return found.join(Client, Client.id == Order.client_id).order_by(GoodsReturn.id, ReturnLine.id)


def disputes(_arguments: Arguments) -> Select[Any]:
    return select(Dispute).join(Order, Order.id == Dispute.order_id).order_by(Dispute.id)


def kits(_arguments: Arguments) -> Select[Any]:
    """A row for each part; what was made for one client alone is their record's, and not in it."""
    found = select(Kit).join(KitPart, KitPart.kit_id == Kit.id).join(Product, Product.id == KitPart.product_id)
    return found.where(Kit.client_id.is_(None)).order_by(Kit.id, KitPart.id)


def pounds(pence: int | None) -> Decimal | None:
    return None if pence is None else Decimal(pence) / 100


def sales(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
    for row in trade_figures.sales_by_week(session, clock.today()):
        yield (row.label, *map(pounds, row.counts))


def dispatched(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
    for row in trade_figures.dispatch_times(session, clock.today())[0]:
        yield (row.label, *row.counts)


def reordered(session: Session, _arguments: Arguments) -> Iterator[Sequence[object]]:
    for row in trade_figures.reorders_by_month(session, clock.today()):
        yield (row.label, *row.counts, trade_figures.share([row]))


def booked(session: Session, arguments: Arguments) -> Iterator[Sequence[object]]:
    """The accounts of the month that the address says, as YYYY-MM; of this month where it says none."""
    first = accounts.month_asked(arguments.get("month", ""), clock.today())
    for row in accounts.accounts_of(session, first):
        *named, net, tax, gross = astuple(row)
        yield (*named, pounds(net), pounds(tax), pounds(gross))


TRADE: dict[str, Export | WorkedOut] = {
    "sales-by-week": WorkedOut(
        "Sales and refunds by week", ("Week from", *(f"{n} (£)" for n in SALES)), sales, (ADMIN,)
    ),
    "dispatch-times": WorkedOut(
        "From paid to dispatched, by week", ("Week from", *(f"Parcels: {n}" for n in DISPATCHED)), dispatched, (ADMIN,)
    ),
    "reorders-by-month": WorkedOut(
        "Clients who ordered again, by month", ("Month", *REORDERED, "Share (%)"), reordered, (ADMIN,)
    ),
    "returns": Export("Returns", RETURNS, returns, (ADMIN,), holds_people=True),
    "disputes": Export("Disputes", DISPUTES, disputes, (ADMIN,)),
    "discounts": Export("Discount codes", DISCOUNTS, discounts, (ADMIN,)),
    "discount-uses": Export("Uses of discount codes", USES, uses, (ADMIN,), holds_people=True),
    "kits": Export("Kits for everybody", KITS, kits, (ADMIN,)),
    "accounts": WorkedOut("Accounts of a month", ACCOUNTS, booked, (ADMIN,)),
}
