"""`make test`: runs every part to its end, says how long each took, and counts; a skipped test counts as a failure.

Parts are given in groups: `lint+test-browser,test-sqlite test-pure`. Groups follow each other. Within one the
lanes (between commas) run side by side, because browsers and databases make each other wait; a lane's parts (joined by +)
follow each other. What a part printed is shown when it has ended. What is dear to make and the same for all lies in one folder.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from tests.demo import OF_ALL_PARTS

REPORTS = Path("build")
COUNTED = ("tests", "failures", "errors", "skipped")
_printing = Lock()

Done = tuple[bool, str, dict[str, int]]


def counts(part: str) -> dict[str, int]:
    """What pytest reported of one part; nothing for a part without tests."""
    report = REPORTS / f"{part}.xml"
    if not report.exists():
        return {}
    suite = ET.parse(report).getroot().find("testsuite")
    return {name: int(suite.get(name, 0)) for name in COUNTED} if suite is not None else {}


def run(part: str) -> Done:
    (REPORTS / f"{part}.xml").unlink(missing_ok=True)
    began = time.monotonic()
    ended = subprocess.run(
        ["make", part], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with _printing:
        print(f"== {part}\n{ended.stdout}", flush=True)
    is_well, found = ended.returncode == 0, counts(part)
    if part.startswith("test-") and (not found.get("tests") or found.get("skipped")):
        is_well = False
    told = f"{part:<14} {time.monotonic() - began:6.1f} s  {'ok' if is_well else 'FAILED'}"
    return is_well, f"{told}  {found['tests']} tests" if found else told, found


def run_lane(parts: str) -> list[Done]:
    return [run(part) for part in parts.split("+")]


def run_groups(groups: list[str]) -> list[Done]:
    done: list[Done] = []
    for group in groups:
        lanes = group.split(",")
        with ThreadPoolExecutor(len(lanes)) as beside:
            done += [ended for lane in beside.map(run_lane, lanes) for ended in lane]
    return done


def main(groups: list[str]) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shop-tests-") as folder:
        os.environ[OF_ALL_PARTS] = folder
        done = run_groups(groups)
    print("\n== " + "\n== ".join(line for _, line, _ in done))
    total = {name: sum(found.get(name, 0) for *_, found in done) for name in COUNTED}
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    print(f"{passed} passed, {failed} failed, {total['skipped']} skipped in {time.monotonic() - began:.0f}s")
    return 0 if all(is_well for is_well, *_ in done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
