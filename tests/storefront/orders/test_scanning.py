"""What a scanner types where parcels are packed: our code, or that of the box; what is wrong with it is said in words."""

from datetime import date

from catalogue import gs1
from catalogue.batches import Batch
from catalogue.products import Product
from storefront.orders.scanning import UNKNOWN, batch_of, words

TODAY = date(2026, 11, 22)
GTIN = "05012345678900"
UNTIL = date(2028, 3, 31)


def batch(code: str, lot: str, serial: str = "", until: date = UNTIL) -> Batch:
    return Batch(code=code, supplier_lot=lot, serial=serial, expires_on=until)


def test_words_are_told_apart_and_the_separator_of_gs1_is_none() -> None:
    scan = f"]d201{GTIN}10A,1{gs1.FNC1}17280331"
    assert words(" RL-1,RL-2 \r\n") == ["RL-1", "RL-2"]
    assert words(f"RL-1\t{scan}\n(01){GTIN}(10)A,1") == ["RL-1", scan, f"(01){GTIN}(10)A,1"]
    assert words(" , ") == []


def test_a_word_names_one_batch_or_says_why_not() -> None:
    one, two = batch("RL-1", "L1"), batch("RL-2", "L2", "S2")
    twin, late = batch("RL-3", "L2", "S3"), batch("RL-4", "L1", until=date(2029, 1, 1))
    product = Product(name="Roller", gtin=GTIN, batches=[one, two, twin, late])
    other = batch("SE-1", "L1")
    found: dict[str, Batch | str] = {
        "RL-1": one,
        "SE-1": other,  # of another product: the rule for batches says so
        "RL-9": UNKNOWN,
        f"]C101{GTIN}1728033110L1": one,
        f"01{GTIN}1729010110L1": late,
        f"(01){GTIN}(10)L2(21)S2": two,
        f"(01){GTIN}(10)L2{gs1.FNC1}": "lot L2 came as RL-2, RL-3: type which it is.",
        "(10)L7": "no batch of Roller has the lot L7.",
        "(10)L2(17)270101": "the box expires on 2027-01-01, lot L2 on 2028-03-31: compare them.",
        "(01)00000000000017(10)L1": "this box is GTIN 00000000000017; Roller has 05012345678900.",
        f"(01){GTIN}": "the code of this box names no lot: type our code.",
        "(17)991399": "(17) at position 1: 991399 is no day of the calendar.",
    }
    told = {word: batch_of(word, product, {"RL-1": one, "SE-1": other}, TODAY) for word in found}
    assert told == found
