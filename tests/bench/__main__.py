"""`make bench`: each figure beside its limit, a line each; exit 1 when one falls short. Names of parts run only those."""

import sys

from tests.bench import (
    finding,
    importing,
    judging,
    listing,
    ordering,
    publishing,
    recalling,
    searching,
    sweeping,
    tracing,
)

PARTS = {
    "judging": judging.figures,
    "searching": searching.figures,
    "finding": finding.figures,
    "importing": importing.figures,
    "tracing": tracing.figures,
    "recalling": recalling.figures,
    "publishing": publishing.figures,
    "sweeping": sweeping.figures,
    "listing": listing.figures,
    "ordering": ordering.figures,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    is_short = False
    for name in names or PARTS:
        for figure in PARTS[name]():
            print(figure.line, flush=True)
            is_short |= not figure.is_met
    return int(is_short)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
