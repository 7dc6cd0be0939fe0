"""A supplier's file of a hundred thousand rows, from its bytes to drafts, in a process of its own: the most memory that it ever
took, and how many rows it compared and imported in a second of its processor. A workbook is compared only: what comes after is
the same. `python -m tests.bench.importing 5000 csv` does it for fewer."""

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import config
from tests.bench.figures import Figure

ROWS = 100_000
HEAD = [
    "SKU",
    "Name",
    "Maker",
    "Price",
    "Needle length (µm)",
    "Needles",
    "Material",
    "Sterile",
    "SAL",
    "Uses",
    "Use within",
]


def figures() -> Iterator[Figure]:
    for kind in ("csv", "xlsx"):
        command = [sys.executable, "-m", "tests.bench.importing", str(ROWS), kind]
        told = subprocess.run(command, cwd=config.ROOT, capture_output=True, text=True, check=True).stdout
        megabytes, compared, imported = map(float, told.split())
        yield Figure(f"memory-of-100000-rows-{kind}", megabytes, "MB", 300)
        yield Figure(f"rows-compared-{kind}", compared, "per-second", 3000, True)
        if imported:
            yield Figure("rows-imported", imported, "per-second", 600, True)


def row(number: int) -> list[object]:
    return [f"RL-{number}", f"Roller {number}", "Works", "34,00", 250, 540, "ISO 5832-1", "yes", "10^-6", 8, "90 days"]


def sheet(rows: int, kind: str) -> bytes:
    if kind == "csv":
        lines = [HEAD, *(row(number) for number in range(rows))]
        return "".join(";".join(map(str, line)) + "\n" for line in lines).encode()
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(HEAD)
    for number in range(rows):
        page.append(row(number))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def measure(path: Path) -> tuple[float, float, float]:
    """Memory at its highest in MB, rows compared and rows imported per second; nought when they were not."""
    from catalogue import columns, supplier_files
    from catalogue.columns import Plan
    from catalogue.sheets import glance
    from storefront import clock, jobs
    from storefront.app import create_app
    from storefront.db import db, transaction
    from tests.catalogue.samples import ADMIN
    from tests.databases import settings_for

    app = create_app(settings_for(f"sqlite:///{path.parent / 'shop.sqlite3'}", path.parent))
    with app.app_context():
        db.create_all()
        with transaction():
            content, now = path.read_bytes(), clock.now()
            supplier = supplier_files.supplier_named(db.session(), "Works", now)
            file = supplier_files.receive_file(db.session(), supplier, path.name, content, glance(content), ADMIN, now)
            plan = Plan(columns.from_json(file.plan).columns, "roller")
            supplier_files.plan_columns(db.session(), file, plan, ADMIN, now)
        del content
        begun = time.process_time()
        jobs.run_due(clock.now())
        compared = sum(supplier_files.counts_of(db.session(), file).values()) / (time.process_time() - begun)
        if path.suffix != ".csv":
            return highest_memory(), compared, 0
        with transaction():
            supplier_files.start_import(db.session(), file, ADMIN, clock.now())
        begun = time.process_time()
        jobs.run_due(clock.now())
        rows = supplier_files.counts_of(db.session(), file)["imported"]
        return highest_memory(), compared, rows / (time.process_time() - begun)


def highest_memory() -> float:
    """What /proc says this process ever had in memory, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main(rows: str, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{kind}"
        made = [sys.executable, "-m", "tests.bench.importing", "make", rows, kind, str(path)]
        subprocess.run(made, cwd=config.ROOT, check=True)  # apart, so that its memory is not counted
        print(*measure(path))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        Path(sys.argv[4]).write_bytes(sheet(int(sys.argv[2]), sys.argv[3]))
    else:
        main(*sys.argv[1:])
