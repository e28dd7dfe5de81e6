"""What the API does, operation by operation."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from cp_pricing.telling.customer_view import CustomerView
from cp_pricing.web.api.documents import (
    BooksDocument,
    ComparisonDocument,
    ExplanationDocument,
    JobDocument,
    JobsDocument,
    ResultsDocument,
)
from cp_pricing.web.api.handlers import READERS, Handlers
from cp_pricing.web.api.operations import Operation, Outcome, Parameter
from cp_pricing.web.desk.work import DETAILS

_LIMIT: Final = Parameter(
    "time_limit",
    "Seconds for all of it; at most, and by default, those of the server.",
    {"type": "number", "exclusiveMinimum": 0},
)
_ID: Final = Parameter("id", "By which the job is known.", {"type": "string"}, "path")
_READER: Final = Parameter(
    "for",
    "Who reads it; the customer's view has nothing of the seller's side.",
    {"enum": list(READERS), "default": "seller"},
)


def _detail(default: str) -> Parameter:
    words = "How much is read of each result."
    return Parameter("detail", words, {"enum": list(DETAILS), "default": default})


_OK: Final = HTTPStatus.OK
_TAGGED: Final = ("ETag",)
_BOOKS: Final = Operation(
    "GET",
    "/v1/books",
    "books",
    "What can be asked: plans, terms, profiles, facts.",
    Handlers.books,
    (Outcome(_OK, "The price books that are served.", BooksDocument),),
)
_SOLVE: Final = Operation(
    "POST",
    "/v1/solve",
    "solve",
    "Solve requests.",
    Handlers.solve,
    (Outcome(_OK, "A result for each, in their order.", ResultsDocument, _TAGGED),),
    (_detail("rules"), _LIMIT),
    body="requests",
)
_EXPLAIN: Final = Operation(
    "POST",
    "/v1/explain",
    "explain",
    "Explain one request, to the seller or the customer.",
    Handlers.explain,
    (
        Outcome(_OK, "The result with its words.", ExplanationDocument, _TAGGED),
        Outcome(_OK, "For the customer: what a customer may see.", CustomerView, _TAGGED),
    ),
    (_READER, _LIMIT),
    body="requests",
)
_COMPARE: Final = Operation(
    "POST",
    "/v1/compare",
    "compare",
    "Put up to four requests side by side.",
    Handlers.compare,
    (Outcome(_OK, "Rows of what differs, and the results.", ComparisonDocument, _TAGGED),),
    (_LIMIT,),
    body="requests",
)


def _jobs() -> tuple[Operation[Handlers], ...]:
    begun, gone = HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT
    return (
        Operation(
            "GET",
            "/v1/jobs",
            "jobs",
            "The jobs that are kept.",
            Handlers.jobs,
            (Outcome(_OK, "The last begun first, without their results.", JobsDocument),),
        ),
        Operation(
            "POST",
            "/v1/jobs",
            "beginJob",
            "Solve many requests behind everybody who waits.",
            Handlers.begin,
            (Outcome(begun, "It is begun.", JobDocument, ("Location",), ("job", "stopJob")),),
            (_detail("decision"), _LIMIT),
            body="requests",
        ),
        Operation(
            "GET",
            "/v1/jobs/{id}",
            "job",
            "How far a job is; its results once it is done.",
            Handlers.job,
            (Outcome(_OK, "The job.", JobDocument),),
            (_ID,),
        ),
        Operation(
            "DELETE",
            "/v1/jobs/{id}",
            "stopJob",
            "Stop a job, and forget it.",
            Handlers.stop,
            (Outcome(gone, "It is ended."),),
            (_ID,),
        ),
    )


# All operations, in the order in which they are described.
OPERATIONS: Final[tuple[Operation[Handlers], ...]] = (_BOOKS, _SOLVE, _EXPLAIN, _COMPARE, *_jobs())
