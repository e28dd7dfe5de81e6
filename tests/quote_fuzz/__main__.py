"""`python -m tests.quote_fuzz --cases 20000`: questions in one line, sound and damaged."""

from __future__ import annotations

import sys

from tests.quote_fuzz.trial import try_line
from tests.support.search import parser, search


def main() -> int:
    """Try the lines in parallel; exit status 1 if there is any fault."""
    options = parser("python -m tests.quote_fuzz", __doc__, cases=20_000).parse_args()
    seeds = range(options.first, options.first + options.cases)
    return 1 if search(try_line, seeds, options.workers) else 0


if __name__ == "__main__":
    sys.exit(main())
