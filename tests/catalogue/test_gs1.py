"""What a scanner types, read or refused with the identifier and the place."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from catalogue.gs1 import FNC1, SYMBOLOGIES, Scan, Unreadable, is_of, read

TODAY = date(2026, 11, 22)
GTIN = "04006381333931"
WHOLE = Scan(GTIN, "LOT1", date(2027, 3, 21), "SN")

READ = {
    "in brackets": (f"(01){GTIN}(10)LOT1(17)270321(21)SN", WHOLE),
    "in another order": (f"(17)270321(21)SN(01){GTIN}(10)LOT1", WHOLE),
    "with FNC1": (f"01{GTIN}17270321" + f"10LOT1{FNC1}21SN", WHOLE),
    "FNC1 first and last": (f"{FNC1}01{GTIN}10LOT1{FNC1}1727032121SN{FNC1}", WHOLE),
    "FNC1 after a known length": (f"01{GTIN}{FNC1}17270321{FNC1}10LOT1{FNC1}21SN", WHOLE),
    "Enter at the end": (f" (01){GTIN}(10)LOT1(17)270321(21)SN\r\n", WHOLE),
    "said twice alike": (f"(10)LOT1(10)LOT1(01){GTIN}(17)270321(21)SN", WHOLE),
    "a bracket inside the lot": ("(10)A(B)1", Scan(lot="A(B)1")),
    "a lot alone": ("10LOT1", Scan(lot="LOT1")),
    "made on, and a count": ("(11)260101(10)X(30)5", Scan(lot="X", others=(("11", "260101"), ("30", "5")))),
    "others with FNC1": (f"1126010130{'5'}{FNC1}240AB{FNC1}3103000500" + "10X",
                         Scan(lot="X", others=(("11", "260101"), ("30", "5"), ("240", "AB"), ("3103", "000500")))),
}  # fmt: skip


@pytest.mark.parametrize("what", READ)
@pytest.mark.parametrize("symbology", ["", *SYMBOLOGIES, "]c1", "]D2", "]q3", "]E0"])
def test_a_code_is_read(what: str, symbology: str) -> None:
    typed, scan = READ[what]
    typed = typed.strip(" ") if symbology else typed
    assert read(symbology + typed, TODAY) == scan


DAYS = {
    "270300": date(2027, 3, 31), "280200": date(2028, 2, 29), "270228": date(2027, 2, 28), "261122": TODAY,
    # from 49 years before to 50 years after
    "760101": date(2076, 1, 1), "770101": date(1977, 1, 1), "991231": date(1999, 12, 31), "000101": date(2000, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize("typed", DAYS)
def test_the_day_and_its_century(typed: str) -> None:
    assert read(f"(17){typed}", TODAY).expires_on == DAYS[typed]


def test_late_in_a_century_low_years_are_of_the_next() -> None:
    assert read("(17)100101", date(2095, 1, 1)).expires_on == date(2110, 1, 1)


WRONG = {
    "": "no code",
    "]d2": "no code",
    "hello": "Position 1: hell",
    "]d2hello": "Position 4: hell",
    "(1)x": "Position 1",
    "x(10)LOT": "Position 1",
    "(05)x": r"\(05\) at position 1: x is no identifier",
    "(010)x": r"\(010\) at position 1",
    "(01)04006381333932": r"\(01\) at position 1: 04006381333932 .*check digit",
    "(01)4006381333931": r"\(01\) at position 1: 4006381333931 has not fourteen",
    f"(01){GTIN}(17)271301": r"\(17\) at position 19: 271301 is no day",
    "(17)270230": "no day",
    "(17)2702": "not six digits",
    "(10)": r"\(10\) at position 1: nothing has from one",
    "(10)" + "L" * 21: "from one to twenty",
    "(10)LÖT": "from one to twenty",
    "(10)A(10)B": r"\(10\) at position 6: B is said twice",
    "10" + "L" * 21 + f"{FNC1}21SN": r"\(10\) at position 1: L+ has from one",
    f"10A{FNC1}10B": r"\(10\) at position 5: B is said twice",
    f"05{GTIN}": "Position 1: 0504 is no identifier",
    f"01{GTIN[:-1]}2": "check digit",
    "(21)" + "9" * 21: "from one to twenty",
    "]C2(10)LOT": "Position 1: an identifier|Position 1: ",
    "0104006381": r"\(01\) at position 1: 04006381 is cut short",
    f"0104006381{FNC1}10LOT": r"\(01\) at position 1: 04006381·10LOT is cut short",
    f"01{GTIN}24": "Position 17: 24 is no identifier",
    "x" * 201: "at most 200",
}


@pytest.mark.parametrize("typed", WRONG)
def test_what_cannot_be_read_is_said_with_its_place(typed: str) -> None:
    with pytest.raises(Unreadable, match=WRONG[typed]):
        read(typed, TODAY)


PIECES = some.sampled_from(
    ["01", "10", "17", "21", "11", "310", "(", ")", "(01)", "(17)", FNC1, GTIN, "270321", "]d2", "٣", "\0"]
)


@given(typed=some.lists(PIECES | some.text(max_size=6), max_size=12).map("".join), day=some.dates(date(1951, 1, 1)))
@example(typed="(17)000000", day=date(9999, 1, 1))
@example(typed="(17)020101", day=date(9999, 12, 31))
@example(typed="(١٧)270321", day=TODAY)
def test_whatever_is_typed_is_read_or_refused(typed: str, day: date) -> None:
    try:
        scan = read(typed, day)
    except Unreadable as error:
        told, scan = str(error), Scan()
    else:
        told = ""
    assert told.isprintable()
    assert scan.lot is None or 1 <= len(scan.lot) <= 20


@pytest.mark.parametrize(
    ("gtin", "is_so"), [(GTIN, True), ("4006381333931", True), (None, True), ("05012345678900", False)]
)
def test_a_code_is_of_the_product_with_its_gtin(gtin: str | None, is_so: bool) -> None:
    assert is_of(read(f"(01){GTIN}", TODAY), gtin) is is_so
    assert is_of(read("(10)LOT", TODAY), gtin)
