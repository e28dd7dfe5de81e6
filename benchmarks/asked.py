"""Time of an answer to an asked price, beside the answer to the same request with it solved.

    python benchmarks/asked.py [--quick]

Each request of the pilot that has an answer is asked again at the price of that answer and a tick
above it, in turn with it and at every detail. An asked answer holds all of the solved one's ladder,
as its `price_ladder`, which is compared.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

from books import certain_pilot
from measuring import Samples, machine, milliseconds, options, ratio, table

from cp_pricing import PriceBook, TuningRequest, solve
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.fields import PRICE

SOLVED, ASKED = "solved", "asked"
_TICKS = {"at the solved price": 0, "a tick above": 1}
# How often each request is answered, unless it is told otherwise.
_ROUNDS: dict[Detail, int] = {"decision": 200, "rules": 40, "full": 3}


def asked_again(
    price_book: PriceBook, requests: Sequence[TuningRequest], ticks: int
) -> Iterator[tuple[TuningRequest, TuningRequest]]:
    """Requests with an answer, each with the same one asked so many ticks above its price."""
    for request in requests:
        terms = solve(price_book, request, detail="decision").configuration
        if terms is not None and PRICE not in request.inputs:
            bounds = price_book.configuration(request.configuration).tunable[PRICE]
            price = bounds.at(bounds.index(terms.price) + ticks)
            inputs = {**request.inputs, PRICE: price}
            yield request, request.model_copy(update={"inputs": inputs})


def measured(
    price_book: PriceBook,
    pairs: Sequence[tuple[TuningRequest, TuningRequest]],
    detail: Detail,
    rounds: int,
) -> tuple[list[str], list[str]]:
    """The figures of one row of the table, and which answers differ."""
    samples, differences = Samples(), []
    for _ in range(rounds):
        gc.collect()
        for pair in pairs:
            solved, asked = (
                samples.time(
                    f"{way} {request.id}", partial(solve, price_book, request, detail=detail)
                )
                for way, request in zip((SOLVED, ASKED), pair, strict=True)
            )
            if solved.ladder != asked.price_ladder:
                differences.append(f"{detail}: {solved.request_id}")
    ways = {
        way: [samples.median(f"{way} {request.id}").cpu for request, _ in pairs]
        for way in (SOLVED, ASKED)
    }
    each = map(lambda one, other: other / one, ways[SOLVED], ways[ASKED])
    totals = {way: sum(seconds) for way, seconds in ways.items()}
    shown = [milliseconds(seconds / len(pairs)) for seconds in totals.values()]
    figures = [ratio(totals[ASKED], totals[SOLVED]), ratio(median(each), 1), *shown]
    return figures, differences


def main() -> int:
    """Measure, print the table, and end with status 1 if answers differ."""
    chosen = options((__doc__ or "").splitlines()[0]).parse_args()
    print(machine())
    price_book, requests = certain_pilot()
    rows, differences, compared = [], [], 0
    for where, ticks in _TICKS.items():
        pairs = list(asked_again(price_book, requests, ticks))
        for detail, many in _ROUNDS.items():
            rounds = 1 if chosen.tiny else max(2, many // 5) if chosen.quick else many
            row, differ = measured(price_book, pairs, detail, rounds)
            rows.append([f"{detail}, {where}", *row])
            differences += differ
            compared += rounds * len(pairs)
    figures = ("asked / solved", "median of requests", "solved, ms each", "asked, ms each")
    print(table(["", *figures], rows))
    print(f"\n{compared} comparisons, {len(differences)} differences")
    for line in dict.fromkeys(differences):
        print(f"- {line}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
