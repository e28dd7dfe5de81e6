"""`python -m tests.analysis --cases 2000`: proofs and comparisons against trying every deal."""

from __future__ import annotations

import multiprocessing
import sys
import time
import traceback
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import partial

from tests.analysis.comparisons import compared
from tests.analysis.proofs import analysed
from tests.differential.compare import Tally

SHOWN, REPORTED = 12, 100
PARTS: Mapping[str, Callable[[int], Tally]] = {"analyze": analysed, "compare": compared}


def _guarded(seed: int, part: str) -> Tally:
    try:
        return PARTS[part](seed)
    except Exception:  # noqa: BLE001 - a crash is a finding, and the other cases go on
        return Tally(1, differences=[f"seed {seed}: {traceback.format_exc()}"])


def _run(part: str, seeds: range, workers: int) -> int:
    """The number of differences; what was met is counted on standard output."""
    total, started = Tally(), time.monotonic()
    with multiprocessing.Pool(workers, maxtasksperchild=100) as pool:
        for tally in pool.imap_unordered(partial(_guarded, part=part), seeds, chunksize=5):
            total.add(tally)
            if tally.differences and len(total.differences) <= SHOWN:
                sys.stdout.write("\n".join(tally.differences) + "\n")
            if total.cases % REPORTED == 0:
                sys.stdout.write(f"{part}: {total.cases} cases so far\n")
            sys.stdout.flush()
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(total.kinds.items()))
    seconds = time.monotonic() - started
    sys.stdout.write(f"{part}: {total.cases} cases in {seconds:.0f} s: {kinds}\n")
    sys.stdout.write(f"{part}: {len(total.differences)} differences\n")
    return len(total.differences)


def main() -> int:
    """Run the cases; exit status 1 if there is any difference."""
    parser = ArgumentParser(prog="python -m tests.analysis", description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--what", choices=(*PARTS, "all"), default="all")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.cases)
    parts = list(PARTS) if options.what == "all" else [options.what]
    return 1 if sum(_run(part, seeds, options.workers) for part in parts) else 0


if __name__ == "__main__":
    sys.exit(main())
