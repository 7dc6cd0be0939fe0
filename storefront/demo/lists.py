"""A supplier's price list as it lies on the admin's desk: compared with what there is, and not imported yet."""

from catalogue import columns, supplier_files
from catalogue.columns import Plan
from catalogue.journal import Who
from catalogue.sheets import glance
from storefront.db import db, transaction
from storefront.demo.calendar import Calendar
from storefront.orders import importing

SUPPLIER = "Alderbrook Instruments"
LIST = """Article no;Product;Maker;RRP;Needle length (µm);Needles;Steel grade;Sterile;Use within;Storage temp (°F)
RL-015;Feather roller 0.15;Alderbrook Instruments;31,00;0,15 mm;;;yes;;77
RL-020;Fine roller 0.20;Alderbrook Instruments;34,00;200;;;yes;;
AB-022;Fine roller 0.22;Alderbrook Instruments;44,00;220;540;ISO 5832-2;yes;12 weeks;77
AB-050;Deep roller 0.50;Alderbrook Instruments;52,00;500;540;AISI 316L;yes;3 months;77
AB-030;Travel roller;Alderbrook Instruments;49.00 USD;1,234;about 200;ISO 5832-2;perhaps;;
AB-022;Fine roller 0.22, once more;Alderbrook Instruments;44,00;220;540;;;;
"""
ARRIVED = 1  # days ago


def send_list(calendar: Calendar, admin: Who) -> None:
    """The list, sent and compared."""
    content, now = LIST.encode("cp1252"), calendar.moment(ARRIVED)
    with transaction():
        session, seen = db.session(), glance(content)
        supplier = supplier_files.supplier_named(session, SUPPLIER, now)
        file = supplier_files.receive_file(session, supplier, "alderbrook-prices.csv", content, seen, admin, now)
        proposed = columns.from_json(file.plan)
        plan = Plan(proposed.columns, "roller", encoding=proposed.encoding)
        supplier_files.plan_columns(session, file, plan, admin, now)
    importing.carry_on(file.id, now)
