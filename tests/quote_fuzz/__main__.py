"""`python -m tests.quote_fuzz --cases 20000`: questions in one line, sound and damaged."""

from __future__ import annotations

import sys
from functools import partial

from tests.quote_fuzz.trial import try_line
from tests.support.search import parser, search


def main() -> int:
    """Try the lines in parallel; exit status 1 if there is any fault."""
    asked = parser("python -m tests.quote_fuzz", __doc__, cases=20_000)
    asked.add_argument("--books", choices=("plain", "rates"), default="plain")
    options = asked.parse_args()
    seeds = range(options.first, options.first + options.cases)
    trial = partial(try_line, rates=options.books == "rates")
    return 1 if search(trial, seeds, options.workers) else 0


if __name__ == "__main__":
    sys.exit(main())
