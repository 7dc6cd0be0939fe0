"""By hand: `python -m catalogue vet DOSSIER.toml …` prints what the specification says of each dossier.

Exit 0: every dossier accepted; 1: at least one rejected or incomplete; 2: a file could not be read (the others still are).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from catalogue.dossier_files import DossierError, read_dossier
from catalogue.ingredient_classes import eu_lists_as_of
from catalogue.specification import Specification, SpecificationError, load
from catalogue.verdicts import Finding
from catalogue.vetting import Report, judge

ACCEPTED, REFUSED, UNREADABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the dossiers named on the command line; the exit code tells how it went."""
    asked = _parser().parse_args(arguments)
    try:
        specification = load(asked.specification)
    except SpecificationError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    return max(_vet(path, specification, asked.today, asked.json) for path in asked.dossier)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalogue", description="The safety specification, by hand.")
    commands = parser.add_subparsers(required=True, metavar="vet")
    vet = commands.add_parser("vet", help="judge dossiers by the safety specification")
    vet.add_argument("dossier", nargs="+", type=Path, metavar="DOSSIER", help="a dossier as a TOML file")
    vet.add_argument("--json", action="store_true", help="one JSON object for each dossier, one on each line")
    vet.add_argument("--today", type=_day, default=datetime.now().astimezone().date(), help="judge as on this day")
    vet.add_argument("--specification", type=Path, metavar="FILE", help="another specification than the shop's own")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-22") from None


def _vet(path: Path, specification: Specification, today: date, as_json: bool) -> int:
    try:
        report = judge(read_dossier(path), specification, today)
    except DossierError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    print(json.dumps(report.to_json()) if as_json else in_print(report))
    return ACCEPTED if report.verdict == "accepted" else REFUSED


def in_print(report: Report) -> str:
    """The report for a person: the verdict, then every finding in the order of the specification."""
    dossier, specification = report.dossier, report.specification
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items())
    lines = [
        f"{dossier.sku}  {dossier.name}: {report.verdict.upper()}",
        f"specification {specification.version}, {report.today.isoformat()}, EU lists of {eu_lists_as_of()}: {counts}",
    ]
    if report.lapses_on:
        lines.append(f"accepted up to and including {report.lapses_on.isoformat()}")
    lines += [_in_line(finding, specification.rule(finding.rule).title) for finding in report.findings]
    lines += [f"  {'not asked for':<15}{name}" for name in report.not_asked_for]
    return "\n".join(lines) + "\n"


def _in_line(finding: Finding, title: str) -> str:
    found = f"found {finding.found}; " if finding.found else ""
    proof = f" [{finding.proof}]" if finding.proof else ""
    return f"  {finding.verdict:<15}{finding.rule:<10}{title} ({found}demanded: {finding.demanded}){proof}"


def by_hand() -> int:
    """The command. Whoever reads the report may stop early (`… | head`): then there is nobody left to tell."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREADABLE
    return code


if __name__ == "__main__":
    sys.exit(by_hand())
