"""Many requests of a program: results in order, lazily, with workers beside the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cp_pricing.batch.solving import Answers
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.diagnosis.diagnosis import Detail, known_detail
from cp_pricing.results import TuningResult
from cp_pricing.tuning import undecided
from cp_pricing.workers import Pool, here

# Small, since whoever asks for results one by one waits for a whole chunk.
CHUNK: dict[Detail, int] = {"decision": 32, "rules": 8, "full": 1}


def solve_many(
    price_book: PriceBook,
    requests: Iterable[TuningRequest],
    *,
    detail: Detail = "rules",
    time_limit: float = 30.0,
    workers: int = 1,
) -> Iterator[TuningResult]:
    """The result of each request in order, without its time, solved as they are asked for.

    At the level `decision` some dozens of requests are taken and decided together. With more than
    one worker, processes of their own solve ahead, a bounded number of requests; the program's
    main module must then be guarded by `if __name__ == "__main__"`. Equal requests are solved
    once. A request whose worker dies three times is `unknown`. Raises `KeyError` for an id that
    the price book does not have, and `ValueError` for a detail that there is none of, or fewer than
    one worker.
    """
    if workers < 1:
        raise ValueError("at least one worker is needed")
    work = _Requests(price_book, known_detail(detail), time_limit)
    return _results(work, iter(requests), CHUNK[detail], workers)


def _results(
    work: _Requests, requests: Iterator[TuningRequest], size: int, workers: int
) -> Iterator[TuningResult]:
    if workers == 1:
        ahead = size if work.detail == "decision" else 1  # where one solve decides all of them
        for results in here(work, _chunks(work, requests, ahead)):
            yield from results
        return
    with Pool(work, workers) as pool:
        for results in pool.answers(_chunks(work, requests, size)):
            yield from results


def _chunks(
    work: _Requests, requests: Iterator[TuningRequest], size: int
) -> Iterator[list[TuningRequest]]:
    """The requests in chunks, checked here: in a worker a wrong id would be tried three times."""
    while chunk := list(islice(requests, size)):
        for request in chunk:
            work.price_book.configuration(request.configuration)
            work.price_book.profile(request.profile)
        yield chunk


@dataclass(frozen=True)
class _Requests:
    """What a worker has to know."""

    price_book: PriceBook
    detail: Detail
    time_limit: float

    def prepared(self) -> Callable[[Sequence[TuningRequest]], list[TuningResult]]:
        answers = Answers(self.price_book, self.detail, self.time_limit)
        return answers.to

    def given_up(self, item: TuningRequest, reason: str) -> list[TuningResult]:
        return [undecided(self.price_book, item, reason)]

    def joined(self, replies: Iterable[list[TuningResult]]) -> list[TuningResult]:
        return [result for reply in replies for result in reply]
