"""`python -m tests.differential --cases 20000`: solver against oracle on many random cases."""

from __future__ import annotations

import sys
from functools import partial

from tests.differential.compare import DRAWN, compare
from tests.support.search import parser, search


def main() -> int:
    """Run the cases in parallel; exit status 1 if there is any difference."""
    asked = parser("python -m tests.differential", __doc__, cases=20_000)
    asked.add_argument("--attempts", type=int, default=1, help="draws for an even mix")
    asked.add_argument("--what", choices=(*DRAWN, "all"), default="plain", help="which books")
    options = asked.parse_args()
    seeds = range(options.first, options.first + options.cases)
    trial = partial(compare, attempts=options.attempts, what=options.what)
    return bool(search(trial, seeds, options.workers))


if __name__ == "__main__":
    sys.exit(main())
