"""A supplier's price lists as they lie on the admin's desk: one that was imported but for a row that failed, since somebody had
entered the same roller by hand meanwhile; and a newer one, compared with what there is and not imported yet."""

from decimal import Decimal

from catalogue import columns, supplier_files
from catalogue.columns import Plan
from catalogue.dossiers import Dossier
from catalogue.journal import Who
from catalogue.money import Money
from catalogue.sheets import glance
from catalogue.supplier_files import ImportFile
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.orders import importing, stopping

SUPPLIER = "Alderbrook Instruments"
HEAD = "Article no;Product;Maker;RRP;Needle length (µm);Needles;Steel grade;Sterile;Use within;Storage temp (°F)\n"
EARLIER = HEAD + (
    "AB-010;Eye roller 0.10;Alderbrook Instruments;29,00;100;240;ISO 5832-2;yes;12 weeks;77\n"
    "AB-018;Soft roller 0.18;Alderbrook Instruments;41,00;180;540;ISO 5832-2;yes;12 weeks;77\n"
    "AB-045;Scar roller 0.45;Alderbrook Instruments;price on request;450;540;AISI 316L;yes;3 months;77\n"
)
LIST = HEAD + (
    "RL-015;Feather roller 0.15;Alderbrook Instruments;31,00;0,15 mm;;;yes;;77\n"
    "RL-020;Fine roller 0.20;Alderbrook Instruments;34,00;200;;;yes;;\n"
    "AB-022;Fine roller 0.22;Alderbrook Instruments;44,00;220;540;ISO 5832-2;yes;12 weeks;77\n"
    "AB-050;Deep roller 0.50;Alderbrook Instruments;52,00;500;540;AISI 316L;yes;3 months;77\n"
    "AB-030;Travel roller;Alderbrook Instruments;49.00 USD;1,234;about 200;ISO 5832-2;perhaps;;\n"
    "AB-022;Fine roller 0.22, once more;Alderbrook Instruments;44,00;220;540;;;;\n"
)
BY_HAND = Dossier(
    "roller", "AB-010", "Eye roller", "", SUPPLIER, None, Money(2800), {"needle_length_nominal": Decimal("0.1")}
)
ARRIVED, ARRIVED_EARLIER = 1, 12  # days ago


def send_lists(calendar: Calendar, admin: Who) -> None:
    """The earlier list, imported as far as it went; and the new one, sent and compared."""
    earlier = send(EARLIER, "alderbrook-eyes.csv", ARRIVED_EARLIER, calendar, admin)
    now = calendar.moment(ARRIVED_EARLIER)
    with transaction():
        stopping.enter_dossier(BY_HAND, {}, admin, now)
        supplier_files.start_import(db.session(), earlier, admin, now)
    for _ in range(2):  # its rows, and that there are no more
        importing.carry_on(earlier.id, now)
    send(LIST, "alderbrook-prices.csv", ARRIVED, calendar, admin)


def send(text: str, name: str, ago: int, calendar: Calendar, admin: Who) -> ImportFile:
    """A list, sent so many days ago and compared."""
    content, now = text.encode("cp1252"), calendar.moment(ago)
    with transaction():
        session, seen = db.session(), glance(content)
        supplier = supplier_files.supplier_named(session, SUPPLIER, now)
        file = supplier_files.receive_file(session, supplier, name, content, seen, admin, now)
        proposed = columns.from_json(file.plan)
        plan = Plan(proposed.columns, "roller", encoding=proposed.encoding)
        supplier_files.plan_columns(session, file, plan, admin, now)
    importing.carry_on(file.id, now)
    return file
