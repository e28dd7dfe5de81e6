"""`python -m tests.analysis --cases 2000`: proofs and comparisons against trying every deal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from tests.analysis.cases import BOOKS, Books
from tests.analysis.comparisons import compared
from tests.analysis.proofs import analysed
from tests.support.search import Tally, parser, search


class Part(Protocol):
    """One random case both ways, of a kind of price books."""

    def __call__(self, seed: int, *, books: Books) -> Tally: ...


PARTS: Mapping[str, Part] = {"analyze": analysed, "compare": compared}


def main() -> int:
    """Run the cases; exit status 1 if there is any difference."""
    asked = parser("python -m tests.analysis", __doc__, cases=2000)
    asked.add_argument("--what", choices=(*PARTS, "all"), default="all")
    asked.add_argument("--books", choices=BOOKS, default="plain")
    options = asked.parse_args()
    seeds = range(options.first, options.first + options.cases)
    parts = list(PARTS) if options.what == "all" else [options.what]
    trials = {part: partial(PARTS[part], books=options.books) for part in parts}
    return bool(sum(search(trials[p], seeds, options.workers, f"{p}: ") for p in parts))


if __name__ == "__main__":
    sys.exit(main())
