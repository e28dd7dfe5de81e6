"""What `policy analyze` and `policy compare` take, beside CP-SAT alone.

    python benchmarks/proofs.py [--quick]

The policies of two price books over every deal of each plan and profile, in one process. *Bare* is
what CP-SAT takes of it, models made and answers read by others. A comparison is with the same
policy, one of whose limits is another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest.mock import patch

from measuring import NOTHING, Timing, machine, milliseconds, now, options, ratio, table, timed

from constraints.cpsat.solving import Solver
from cp_pricing import PriceBook, load_price_book, pilot_folder
from cp_pricing.book.loading import parse_price_book
from cp_pricing.files.texts import POLICY
from cp_pricing.proofs.analysis import analyse_space, pairs_of
from cp_pricing.proofs.comparison import compare_pair

# A limit of each policy, and what it is in the other one.
BOOKS = {
    "coulomb": ("    value: 25%", "    value: 20%"),
    "posthog-style": ("    value: 10%", "    value: 15%"),
}


@dataclass
class Bare:
    """CP-SAT's own time for what is solved meanwhile, and how often it is asked."""

    took: Timing = NOTHING
    calls: int = 0
    _run: Callable[..., Any] = field(default=Solver._run)  # noqa: SLF001 - nothing else is CP-SAT alone

    def of(self, work: Callable[[], object]) -> Timing:
        """Do some work; what all of it takes."""

        def run(solver: Solver, *given: Any, **how: Any) -> Any:  # noqa: ANN401 - passed on
            start = now()
            outcome = self._run(solver, *given, **how)
            self.took += now() - start
            self.calls += 1
            return outcome

        with patch.object(Solver, "_run", run):
            return timed(work)[1]


def changed(book: PriceBook, limit: tuple[str, str]) -> PriceBook:
    """The price book with one limit changed."""
    policy = book.texts[POLICY]
    if limit[0] not in policy:
        raise SystemExit(f"{book.policy.name} has no limit {limit[0]!r}")
    return parse_price_book({**book.texts, POLICY: policy.replace(*limit, 1)})


def rows(name: str) -> Iterator[Sequence[str]]:
    """What each plan and profile of a price book takes."""
    folder = pilot_folder().parent / name
    old = load_price_book(folder)
    new = changed(old, BOOKS[name])
    for pair in pairs_of(old):
        for what, work in (
            ("analyze", partial(analyse_space, old, *pair)),
            ("compare", partial(compare_pair, old, new, *pair)),
        ):
            bare = Bare()
            ours = bare.of(work)
            figures = milliseconds(ours.cpu), milliseconds(bare.took.cpu), str(bare.calls)
            yield f"{what}, {' for '.join(pair)}", ratio(ours.cpu, bare.took.cpu), *figures


def main() -> None:
    """Measure, and print ratios and then milliseconds of processor time."""
    chosen = options(__doc__.splitlines()[0]).parse_args()
    print(machine(), "\n")
    heads = ("", "ours / bare", "ms, ours", "ms, bare", "calls of CP-SAT")
    for name in ["posthog-style"] if chosen.tiny else BOOKS:
        print(table(heads, rows(name)), "\n")


if __name__ == "__main__":
    main()
