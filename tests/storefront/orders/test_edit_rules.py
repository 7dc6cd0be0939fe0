"""What the clinic may change of an order, as a table: it gets less, or another address, and nothing that costs more."""

from collections.abc import Mapping
from dataclasses import replace

from storefront.orders.edit_rules import Content, less, may_edit
from storefront.orders.rules import MOVES, Delivery

HOME, CLINIC = Delivery("post", "Mara Finch", "1 Example Road\nLondon"), Delivery("collection", "Mara Finch")
HAD: Mapping[int, int] = {1: 1, 2: 2}


def test_an_order_becomes_less_or_goes_elsewhere_and_nothing_else() -> None:
    before = Content(HAD, HOME)
    for units, delivery, codes in (
        ({1: 1, 2: 1}, HOME, ()),
        ({1: 0, 2: 2}, HOME, ()),
        ({1: 0, 2: 0}, HOME, ()),
        (HAD, replace(HOME, address="2 Example Road\nLondon"), ()),
        (HAD, replace(HOME, recipient="Mara Finch-Hart"), ()),
        ({1: 0, 2: 1}, CLINIC, ()),
        (HAD, HOME, ("edit-nothing",)),
        ({1: 2, 2: 1}, HOME, ("edit-adds",)),
        ({1: 1, 2: 1, 3: 1}, HOME, ("edit-adds",)),
    ):
        assert may_edit("accepted", before, Content(units, delivery)).codes == codes, (units, delivery)
    sent = may_edit("accepted", Content(HAD, CLINIC), Content({1: 1, 2: 3}, HOME))
    assert sent.codes == ("edit-adds", "edit-adds")
    assert {reason.lifted_by for reason in sent.reasons} == {"the client"}
    jersey = replace(HOME, address="1 Example Road\nSt Helier\nJE2 3AB", country="JE")
    collected = may_edit("accepted", Content(HAD, jersey), Content(HAD, replace(CLINIC, country="JE")))
    assert collected.codes == ("edit-country",), "what was sold without tax is not handed out at the clinic"


def test_only_what_is_accepted_and_not_packed_is_changed() -> None:
    for status in MOVES:
        codes = may_edit(status, Content(HAD, HOME), Content({1: 1}, HOME)).codes
        assert codes == (() if status == "accepted" else ("wrong-state",)), status


def test_a_line_loses_what_it_has_more_than_is_wished() -> None:
    assert less(Content(HAD, HOME), Content({1: 0, 2: 1}, CLINIC)) == {1: 1, 2: 1}
    assert less(Content(HAD, HOME), Content(HAD, CLINIC)) == {}
