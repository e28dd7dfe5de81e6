"""`python -m tests.explanations --cases 5000`: explanations against trying everything."""

from __future__ import annotations

import sys
from functools import partial

from tests.explanations.cases import BOOKS
from tests.explanations.compare import PARTS, compare
from tests.support.search import parser, search


def main() -> int:
    """Run the cases in parallel; exit status 1 if there is any difference."""
    asked = parser("python -m tests.explanations", __doc__, cases=5000)
    asked.add_argument("--what", choices=(*PARTS, "all"), nargs="+", default=["all"])
    asked.add_argument("--books", choices=BOOKS, default="plain")
    options = asked.parse_args()
    parts = PARTS if "all" in options.what else tuple(options.what)
    seeds = range(options.first, options.first + options.cases)
    trial = partial(compare, parts=parts, books=options.books)
    return bool(search(trial, seeds, options.workers))


if __name__ == "__main__":
    sys.exit(main())
