"""`make test`: runs every part to its end, says how long each took, and counts; a skipped test counts as a failure."""

import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

REPORTS = Path("build")


def counts(part: str) -> dict[str, int]:
    """What pytest reported of one part; nothing for a part without tests."""
    report = REPORTS / f"{part}.xml"
    if not report.exists():
        return {}
    suite = ET.parse(report).getroot().find("testsuite")
    return (
        {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
        if suite is not None
        else {}
    )


def run(part: str) -> tuple[bool, str, dict[str, int]]:
    (REPORTS / f"{part}.xml").unlink(missing_ok=True)
    print(f"== {part}", flush=True)
    began = time.monotonic()
    is_well = subprocess.run(["make", part], stdin=subprocess.DEVNULL).returncode == 0
    found = counts(part)
    if part.startswith("test-") and (not found.get("tests") or found.get("skipped")):
        is_well = False
    told = f"{part:<14} {time.monotonic() - began:6.1f} s  {'ok' if is_well else 'FAILED'}"
    return is_well, f"{told}  {found['tests']} tests" if found else told, found


def main(parts: list[str]) -> int:
    began = time.monotonic()
    done = [run(part) for part in parts]
    print("\n== " + "\n== ".join(line for _, line, _ in done))
    total = {name: sum(found.get(name, 0) for *_, found in done) for name in ("tests", "failures", "errors", "skipped")}
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    print(f"{passed} passed, {failed} failed, {total['skipped']} skipped in {time.monotonic() - began:.0f}s")
    return 0 if all(is_well for is_well, *_ in done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
