"""`python -m tests.explanations --cases 5000`: explanations against trying everything."""

from __future__ import annotations

import multiprocessing
import sys
import time
import traceback
from argparse import ArgumentParser
from collections.abc import Sequence
from functools import partial

from tests.explanations.compare import PARTS, Tally, compare

SHOWN = 12


def _guarded(seed: int, parts: Sequence[str]) -> Tally:
    try:
        return compare(seed, parts)
    except Exception:  # noqa: BLE001 - a crash is a finding, and the other cases go on
        return Tally(1, differences=[f"seed {seed}: {traceback.format_exc()}"])


def main() -> int:
    """Run the cases in parallel; exit status 1 if there is any difference."""
    parser = ArgumentParser(prog="python -m tests.explanations", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--what", choices=(*PARTS, "all"), nargs="+", default=["all"])
    options = parser.parse_args()
    parts = PARTS if "all" in options.what else tuple(options.what)
    total, started = Tally(), time.monotonic()
    seeds = range(options.first, options.first + options.cases)
    with multiprocessing.Pool(options.workers, maxtasksperchild=200) as pool:
        for tally in pool.imap_unordered(partial(_guarded, parts=parts), seeds, chunksize=5):
            total.add(tally)
            if tally.differences and len(total.differences) <= SHOWN:
                sys.stdout.write("\n".join(tally.differences) + "\n")
                sys.stdout.flush()
    seconds = time.monotonic() - started
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(total.kinds.items()))
    sys.stdout.write(f"{total.cases} cases in {seconds:.0f} s: {kinds}\n")
    sys.stdout.write(f"{len(total.differences)} differences\n")
    return 1 if total.differences else 0


if __name__ == "__main__":
    sys.exit(main())
