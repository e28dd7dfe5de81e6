"""`python -m tests.differential --cases 20000`: solver against oracle on many random cases."""

from __future__ import annotations

import multiprocessing
import sys
import time
import traceback
from argparse import ArgumentParser
from functools import partial

from tests.differential.compare import Tally, compare

SHOWN, REPORTED = 20, 1000


def _guarded(seed: int, attempts: int) -> Tally:
    try:
        return compare(seed, attempts)
    except Exception:  # noqa: BLE001 - a crash is a finding, and the other cases go on
        return Tally(1, differences=[f"seed {seed}: {traceback.format_exc()}"])


def main() -> int:
    """Run the cases in parallel; exit status 1 if there is any disagreement."""
    parser = ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--attempts", type=int, default=1, help="draws for an even mix")
    options = parser.parse_args()
    trial = partial(_guarded, attempts=options.attempts)
    seeds = range(options.first, options.first + options.cases)
    total, started = Tally(), time.monotonic()
    with multiprocessing.Pool(options.workers) as pool:
        for tally in pool.imap_unordered(trial, seeds, chunksize=20):
            total.add(tally)
            if total.cases % REPORTED == 0:
                pass
            if tally.differences and len(total.differences) <= SHOWN:
                pass
    time.monotonic() - started
    return 1 if total.differences else 0


if __name__ == "__main__":
    sys.exit(main())
