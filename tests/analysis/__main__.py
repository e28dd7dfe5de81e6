"""`python -m tests.analysis --cases 2000`: proofs and comparisons against trying every deal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial

from tests.analysis.comparisons import compared
from tests.analysis.proofs import analysed
from tests.support.search import Tally, parser, search

PARTS: Mapping[str, Callable[..., Tally]] = {"analyze": analysed, "compare": compared}


def main() -> int:
    """Run the cases; exit status 1 if there is any difference."""
    asked = parser("python -m tests.analysis", __doc__, cases=2000)
    asked.add_argument("--what", choices=(*PARTS, "all"), default="all")
    asked.add_argument("--books", choices=("plain", "draws"), default="plain")
    options = asked.parse_args()
    seeds = range(options.first, options.first + options.cases)
    parts = list(PARTS) if options.what == "all" else [options.what]
    drawn = options.books == "draws"
    trials = [(f"{part}: ", partial(PARTS[part], drawn=drawn)) for part in parts]
    return bool(sum(search(trial, seeds, options.workers, name) for name, trial in trials))


if __name__ == "__main__":
    sys.exit(main())
