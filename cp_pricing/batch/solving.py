"""Solving chunks of a batch: what a worker does, wherever it runs."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from constraints.text.spoken import DecimalMark
from cp_pricing.batch.output import OutputFormat, failure_writer, result_columns, result_writer
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.intake.row_requests import Failure, RequestReader, failure
from cp_pricing.intake.rows import Row
from cp_pricing.results import TuningResult
from cp_pricing.tuning import decisions, solve

# Some kilobytes each; what is asked again is mostly asked again soon.
REMEMBERED = 4096


def key_of(request: TuningRequest) -> Hashable:
    """What an answer depends on: all of a request but its id."""
    return tuple(value for name, value in request if name != "id")


class Answers:
    """Results of requests; of equal ones only the first is solved, as far back as it remembers."""

    def __init__(self, price_book: PriceBook, detail: Detail, time_limit: float) -> None:
        self._price_book = price_book
        self._detail: Detail = detail
        self._time_limit = time_limit
        self._known: OrderedDict[Hashable, TuningResult] = OrderedDict()

    def to(self, requests: Sequence[TuningRequest]) -> list[TuningResult]:
        """The results of requests, in their order and without times."""
        keys = [key_of(request) for request in requests]
        # Of equal requests one is kept, which is solved for all.
        new = dict(zip(keys, requests, strict=True))
        answers = {key: known for key in new if (known := self._recalled(key)) is not None}
        missing = [key for key in new if key not in answers]
        results = self._solved([new[key] for key in missing])
        for key, result in zip(missing, results, strict=True):
            answers[key] = result
            self._remember(key, result)
        return [_for(request, answers[key]) for key, request in zip(keys, requests, strict=True)]

    def _solved(self, requests: Sequence[TuningRequest]) -> list[TuningResult]:
        if self._detail == "decision":
            return decisions(self._price_book, requests, self._time_limit)
        return [
            without_seconds(
                solve(self._price_book, request, detail=self._detail, time_limit=self._time_limit)
            )
            for request in requests
        ]

    def _recalled(self, key: Hashable) -> TuningResult | None:
        remembered = self._known.get(key)
        if remembered is not None:
            self._known.move_to_end(key)
        return remembered

    def _remember(self, key: Hashable, result: TuningResult) -> None:
        if result.decision == "unknown":
            return  # another time, the time might suffice
        self._known[key] = result
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _for(request: TuningRequest, result: TuningResult) -> TuningResult:
    """A result under the id of the request that asks for it."""
    if result.request_id == request.id:
        return result
    return result.model_copy(update={"request_id": request.id})


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a chunk: lines to be written, and how many rows were decided how."""

    results: bytes = b""
    failures: bytes = b""
    rows: int = 0
    decisions: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """The rows that have no answer."""
        return self.rows - self.decisions.total()


@dataclass(frozen=True)
class BatchWork:
    """All that a worker has to know; it is sent to each of them once."""

    price_book: PriceBook
    detail: Detail
    time_limit: float
    results: OutputFormat
    failures: OutputFormat
    plain_csv: bool = False
    decimal: DecimalMark | None = None

    def prepared(self) -> Callable[[Sequence[Row]], Reply]:
        """The solver of chunks, with all that can be worked out once."""
        reader = RequestReader(self.price_book.on_sale, self.decimal)
        answers = Answers(self.price_book, self.detail, self.time_limit)

        columns = result_columns(self.price_book.catalog)
        write = result_writer(self.results, columns, plain=self.plain_csv)

        def solved(rows: Sequence[Row]) -> Reply:
            read = [(row, reader.read(row)) for row in rows]
            asked = [(row, request) for row, request in read if isinstance(request, TuningRequest)]
            results = answers.to([request for _, request in asked])
            lines = [write(row.number, r) for (row, _), r in zip(asked, results, strict=True)]
            failed = self.joined(
                self._failed(fault) for _, fault in read if isinstance(fault, Failure)
            )
            decided = Counter[str](result.decision for result in results)
            return Reply(b"".join(lines), failed.failures, len(rows), decided)

        return solved

    def _failed(self, failed: Failure) -> Reply:
        write = failure_writer(self.failures, plain=self.plain_csv)
        return Reply(b"", write(failed), 1)

    def given_up(self, row: Row, reason: str) -> Reply:
        """The reply for a row that no worker survives."""
        return self._failed(failure(row, reason))

    def joined(self, replies: Iterable[Reply]) -> Reply:
        """One reply for several."""
        parts = list(replies)
        decisions: Counter[str] = Counter()
        for reply in parts:
            decisions.update(reply.decisions)
        return Reply(
            b"".join(reply.results for reply in parts),
            b"".join(reply.failures for reply in parts),
            sum(reply.rows for reply in parts),
            decisions,
        )


def without_seconds(result: TuningResult) -> TuningResult:
    """The result with no time in it, the one thing that differs from one run to the next."""
    provenance = result.provenance.model_copy(update={"seconds": 0.0})
    return result.model_copy(update={"provenance": provenance})
