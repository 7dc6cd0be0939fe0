"""A million rollers judged again after the limit of their needles moved from 0.25 to 0.20 mm, each step as the worker takes it,
in a process of its own: how long that takes, the most memory it ever took, and what it wrote. One in twelve changes.
`python -m tests.bench.sweeping 10000` does it for fewer."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

import config
from catalogue.catching_up import catch_up, is_behind
from catalogue.dossiers import Dossier
from catalogue.known_verdicts import KnownVerdict
from catalogue.products import DossierRow, Product
from catalogue.specification import load, parse
from catalogue.vetting import judge
from storefront.app import create_app
from storefront.db import db, transaction
from tests.bench.databases import fill, filling
from tests.bench.figures import Figure
from tests.bench.importing import highest_memory
from tests.catalogue.revisions import revised
from tests.catalogue.samples import TODAY, complete
from tests.databases import settings_for

PRODUCTS = 1_000_000
LENGTHS = 60  # from 0.01 mm on, each as frequent as the others
STRICTER = parse(revised("2099.1", TODAY, R_LEN_01=Decimal("0.20")), "stricter")


def figures() -> Iterator[Figure]:
    command = [sys.executable, "-m", "tests.bench.sweeping", str(PRODUCTS)]
    told = subprocess.run(command, cwd=config.ROOT, capture_output=True, text=True, check=True).stdout
    seconds, megabytes, written, changed = map(float, told.split())
    yield Figure("million-products-judged-again", seconds, "s", 60)
    yield Figure("memory-of-million-products-judged-again", megabytes, "MB", 1000)
    yield Figure("verdicts-written-of-million", written, "verdicts", changed, True)
    yield Figure("verdicts-written-without-change", written - changed, "verdicts", 1)


@contextmanager
def shop(folder: Path) -> Iterator[None]:
    with create_app(settings_for(f"sqlite:///{folder / 'shop.sqlite3'}", folder)).app_context():
        yield


def make(folder: Path, count: int) -> None:
    """Rollers with every fact, and no rows for their papers, which a stricter limit leaves unread. Their verdicts under the
    packaged rules are judged once for each length of needle."""
    with shop(folder):
        db.create_all()
        length = f"n % {LENGTHS} + 1"
        rollers = {n: roller(n) for n in range(1, LENGTHS + 1)}
        verdicts = {n: judge(each, load(), TODAY).verdict for n, each in rollers.items()}
        facts = json.dumps(rollers[1].to_json()["facts"], ensure_ascii=False).replace("'", "''")
        first, last = facts.split('{"decimal": "0.01"}')
        stated = f"""'{first}{{"decimal": "0.' || printf('%02d', {length}) || '"}}{last}'"""
        verdict = " ".join(f"WHEN {n} THEN '{verdict}'" for n, verdict in verdicts.items())
        with filling() as tell:
            fill(tell, Product, count, {"sku": "'P-' || n", "slug": "'p-' || n", "kind": "'roller'"})
            fill(tell, DossierRow, count, {"product_id": "n", "facts": stated, "hash": "printf('%064d', n)"})
            known = {"product_id": "n", "verdict": f"CASE {length} {verdict} END", "dossier_hash": "printf('%064d', n)"}
            version, day = f"'{load().version}'", f"'{TODAY.isoformat()}'"
            fill(tell, KnownVerdict, count, known | {"specification_version": version, "judged_on": day})


def roller(number: int) -> Dossier:
    return complete("roller", "P", needle_length_nominal=Decimal(number) / 100)


def measure(folder: Path, count: int) -> tuple[float, float, int, int]:
    """Seconds on the wall, memory in MB, verdicts written, and verdicts that changed."""
    day = TODAY + timedelta(days=1)
    changes = {n for n in range(1, LENGTHS + 1) if _verdict(n) != judge(roller(n), STRICTER, day).verdict}
    changed = sum(n % LENGTHS + 1 in changes for n in range(1, count + 1))
    with shop(folder):
        begun = time.perf_counter()
        while is_behind(db.session(), STRICTER, day):
            with transaction():
                catch_up(db.session(), STRICTER, day)
        seconds = time.perf_counter() - begun
        under = select(func.count()).where(KnownVerdict.specification_version == STRICTER.version)
        return seconds, highest_memory(), db.session.scalars(under).one(), changed


def _verdict(number: int) -> str:
    return judge(roller(number), load(), TODAY).verdict


def main(count: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = [sys.executable, "-m", "tests.bench.sweeping", "make", count, folder]
        subprocess.run(made, cwd=config.ROOT, check=True)  # apart, so that its memory is not counted
        print(*measure(Path(folder), int(count)))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[3]), int(sys.argv[2]))
    else:
        main(sys.argv[1])
