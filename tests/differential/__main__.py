"""`python -m tests.differential --cases 20000`: solver against oracle on many random cases."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
import traceback
from argparse import ArgumentParser
from functools import partial

from tests.differential.compare import Tally, compare

SHOWN, REPORTED = 20, 1000
MEMORY = 6 << 30  # bytes


def _limit_memory() -> None:
    """Let a case that asks for too much be a finding instead of the end of the run."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


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
    with multiprocessing.Pool(options.workers, _limit_memory, maxtasksperchild=50) as pool:
        for tally in pool.imap_unordered(trial, seeds, chunksize=20):
            total.add(tally)
            if total.cases % REPORTED == 0:
                _say(f"{total.cases} cases, {len(total.differences)} disagreements")
            if tally.differences and len(total.differences) <= SHOWN:
                _say("\n".join(tally.differences))
    seconds = time.monotonic() - started
    _say(f"{total.cases} cases in {seconds:.0f} s: {dict(sorted(total.kinds.items()))}")
    _say(f"{len(total.differences)} disagreements")
    return 1 if total.differences else 0


if __name__ == "__main__":
    sys.exit(main())
