"""`python -m tests.recovery --cases 300`: fits of simulated histories against their truth."""

from __future__ import annotations

import multiprocessing
import sys
import time
from functools import partial

from tests.recovery.trial import Found, trial
from tests.recovery.verdict import summary
from tests.support.search import parser, say


def main() -> int:
    """Run the cases in parallel; exit status 1 if a bias or a coverage is out of bounds."""
    asked = parser("python -m tests.recovery", __doc__, cases=300)
    asked.add_argument("--automatic", action="store_true", help="let the fit choose the model")
    options = asked.parse_args()
    seeds = range(options.first, options.first + options.cases)
    found: list[Found] = []
    started = time.monotonic()
    with multiprocessing.Pool(options.workers) as pool:
        run = partial(trial, automatic=options.automatic)
        for done, some in enumerate(pool.imap_unordered(run, seeds), start=1):
            found += some
            if done % 100 == 0:
                say(f"{done} cases in {time.monotonic() - started:.0f} s")
    lines, wrong = summary(found)
    say("\n".join(lines))
    say(f"{len(wrong)} out of bounds" + "".join(f"\n  {each}" for each in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
