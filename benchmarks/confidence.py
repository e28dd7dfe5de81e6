"""Time of answers that have to hold in nine of ten draws, beside those of a profile as it is.

    python benchmarks/confidence.py [--quick]

The pilot's requests, its profiles once taken as certain and once with their 200 draws, of which its
policy asks for 90%; with the price alone open, and with one more term. Every round asks for another
prepayment, so that nothing is asked twice. What a book makes ready for a plan and a profile is
kept, and timed by itself as the first answer.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from functools import partial
from statistics import median

from books import certain_pilot
from measuring import Samples, machine, milliseconds, options, ratio, table

from cp_pricing import PriceBook, TuningRequest, load, pilot_folder, solve
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.fields import PRICE

PLAIN, DRAWN = "certain", "with draws"
OPENED, VARIED = "contract_duration_months", "prepaid_amount"


def with_term_open(requests: Sequence[TuningRequest]) -> list[TuningRequest]:
    """The requests with their term left to the solver."""
    return [
        request.model_copy(
            update={
                "inputs": {n: v for n, v in request.inputs.items() if n != OPENED},
                "open": (OPENED,),
            }
        )
        for request in requests
    ]


def varied(book: PriceBook, request: TuningRequest, place: int) -> TuningRequest:
    """The request with another prepayment in each round."""
    bounds = book.configuration(request.configuration).tunable[VARIED]
    inputs = {**request.inputs, VARIED: bounds.at(1 + place)}
    return request.model_copy(update={"inputs": inputs})


def measured(
    books: dict[str, PriceBook], requests: Sequence[TuningRequest], detail: Detail, rounds: int
) -> list[str]:
    """The figures of one row: first answers, and those after them."""
    samples = Samples()
    for place in range(rounds + 1):
        gc.collect()
        for request in requests:
            for way, book in books.items():
                name = f"{way} {request.id} {'later' if place else 'first'}"
                asked = varied(book, request, place)
                samples.time(name, partial(solve, book, asked, detail=detail))

    def each(way: str, when: str) -> list[float]:
        return [samples.median(f"{way} {request.id} {when}").cpu for request in requests]

    later = {way: each(way, "later") for way in books}
    quotients = [one / other for one, other in zip(later[DRAWN], later[PLAIN], strict=True)]
    return [
        ratio(sum(later[DRAWN]), sum(later[PLAIN])),
        ratio(median(quotients), 1),
        *(milliseconds(median(later[way])) for way in books),
        milliseconds(max(each(DRAWN, "first"))),
    ]


def main() -> int:
    """Measure and print the table."""
    chosen = options((__doc__ or "").splitlines()[0]).parse_args()
    print(machine())
    drawn, asked = load(pilot_folder())
    plain, _ = certain_pilot()
    books = {PLAIN: plain, DRAWN: drawn}
    alone = [
        one
        for one in asked
        if not one.open
        and PRICE not in one.inputs
        and VARIED in plain.configuration(one.configuration).tunable
    ]
    alone = alone[:3] if chosen.tiny else alone
    rounds = 1 if chosen.tiny else 3 if chosen.quick else 15
    rows = [
        [f"{what}, {detail}", *measured(books, requests, detail, rounds)]
        for what, requests in (("price", alone), ("price and term", with_term_open(alone)))
        for detail in ("decision", "rules")
    ]
    figures = ("drawn / plain", "median", "plain, ms", "drawn, ms", "slowest first answer, ms")
    print(table(["open", *figures], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
