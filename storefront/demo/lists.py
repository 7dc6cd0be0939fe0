"""A supplier's price lists as they lie on the admin's desk: one of which a row failed, since somebody had changed the same roller
by hand meanwhile; and a newer one, compared with what there is and not imported yet."""

from dataclasses import replace

from catalogue import columns, supplier_files
from catalogue.columns import Plan
from catalogue.drafts import dossier_of
from catalogue.dry_run import products_of
from catalogue.journal import Who
from catalogue.sheets import glance
from catalogue.supplier_files import ImportFile
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.orders import importing, stopping

SUPPLIER = "Alderbrook Instruments"
HEAD = "Article no;Product;Maker;RRP;Needle length (µm);Needles;Steel grade;Sterile;Use within;Storage temp (°F)\n"
EARLIER = HEAD + (
    "RL-050;Intensive roller 0.50;Alderbrook Instruments;30,00;500;;;yes;;\n"
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
ARRIVED, ARRIVED_EARLIER = 1, 12  # days ago


def send_lists(calendar: Calendar, admin: Who) -> None:
    """The earlier list, imported as far as it went; and the new one, sent and compared."""
    earlier = send(EARLIER, "alderbrook-spring.csv", ARRIVED_EARLIER, calendar, admin)
    now = calendar.moment(ARRIVED_EARLIER)
    with transaction():
        changed = replace(dossier_of(products_of(db.session(), ["RL-050"])["RL-050"]), brand="Alderbrook")
        stopping.enter_dossier(changed, {}, admin, now)
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
