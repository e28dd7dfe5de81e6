"""What the API of the record does, operation by operation."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from cp_pricing.quotes.documents import QuoteDocument, VerificationDocument
from cp_pricing.quotes.history import STATUSES
from cp_pricing.results import TuningResult
from cp_pricing.web.api.operations import Operation, Outcome, Parameter
from cp_pricing.web.record.api import (
    DECISIONS,
    MadeDocument,
    QuoteHandlers,
    QuotesDocument,
)

_OK: Final = HTTPStatus.OK
_TEXT: Final = {"type": "string"}
_NUMBER: Final = Parameter("number", "The quote: `Q-2026-0042`.", _TEXT, "path")
_ID: Final = Parameter("id", "The link.", _TEXT, "path")
_DAY: Final = {"type": "string", "format": "date"}
_DAYS: Final = {"type": "integer", "minimum": 0, "maximum": 99999}
_QUOTE: Final = (Outcome(_OK, "The quote as it stands now.", QuoteDocument),)


def _words(words: tuple[str, ...]) -> dict[str, object]:
    return {"type": "array", "items": {"enum": [*words]}}


_SEARCH: Final = (
    Parameter("search", "In number, customer, plan, profile or note.", _TEXT),
    Parameter("owner", "Whose they are.", _TEXT),
    Parameter("status", "How they stand; may be repeated.", _words(STATUSES)),
    Parameter("decision", "How they were decided; may be repeated.", _words(DECISIONS)),
    Parameter("newer_than", "Days since the latest version, at most.", _DAYS),
)
_SAVE: Final = (
    Parameter("valid_until", "The last day on which it stands.", _DAY, required=True),
    Parameter("owner", "Whose it is; by default whoever saves it.", _TEXT),
    Parameter("note", "What is to be said.", _TEXT),
    Parameter("number", "The quote of which it is a new version.", _TEXT),
)
_QUOTES: Final = Operation(
    "GET",
    "/v1/quotes",
    "quotes",
    "Find quotes, those first that something happened to last.",
    QuoteHandlers.quotes,
    (Outcome(_OK, "At most 100.", QuotesDocument),),
    _SEARCH,
)
_NEW: Final = Operation(
    "POST",
    "/v1/quotes",
    "saveQuote",
    "Put the answer to one request on record.",
    QuoteHandlers.save,
    (Outcome(HTTPStatus.CREATED, "The quote.", QuoteDocument, ("Location",)),),
    _SAVE,
    body="requests",
)
_ONE: Final = Operation(
    "GET",
    "/v1/quotes/{number}",
    "quote",
    "A quote with its versions and signatures.",
    QuoteHandlers.quote,
    _QUOTE,
    (_NUMBER,),
)
_RESULT: Final = Operation(
    "GET",
    "/v1/quotes/{number}/result",
    "quoteResult",
    "What its latest version answered, as it is kept.",
    QuoteHandlers.result,
    (Outcome(_OK, "The result.", TuningResult),),
    (_NUMBER,),
)
_VERIFY: Final = Operation(
    "POST",
    "/v1/quotes/{number}/verify",
    "verifyQuote",
    "Solve it again, from its own price book and from the one in force.",
    QuoteHandlers.verify,
    (Outcome(_OK, "Whether it stands.", VerificationDocument),),
    (_NUMBER,),
)
_LINK: Final = Operation(
    "POST",
    "/v1/quotes/{number}/links",
    "linkQuote",
    "Make a link for the customer, `until` a day.",
    QuoteHandlers.link,
    (Outcome(HTTPStatus.CREATED, "The link, whose address is told this once.", MadeDocument),),
    (_NUMBER,),
    body="act",
)
_UNLINK: Final = Operation(
    "DELETE",
    "/v1/quotes/{number}/links/{id}",
    "unlinkQuote",
    "Withdraw a link.",
    QuoteHandlers.unlink,
    (Outcome(HTTPStatus.NO_CONTENT, "It leads nowhere from now on."),),
    (_NUMBER, _ID),
)
_ACTS: Final = {
    "ask": ("Ask for the signatures of its latest version.", QuoteHandlers.ask),
    "sign": ("Sign a version, as the approver whose token this is.", QuoteHandlers.sign),
    "refuse": ("Refuse a version, with a comment.", QuoteHandlers.refuse),
    "send": ("Let the customer's links show its latest version.", QuoteHandlers.send),
    "withdraw": ("End it.", QuoteHandlers.withdraw),
}


def _acts() -> tuple[Operation[QuoteHandlers], ...]:
    return tuple(
        Operation(
            "POST",
            f"/v1/quotes/{{number}}/{act}",
            f"{act}Quote",
            summary,
            handler,
            _QUOTE,
            (_NUMBER,),
            body="act",
        )
        for act, (summary, handler) in _ACTS.items()
    )


RECORD_OPERATIONS: Final[tuple[Operation[QuoteHandlers], ...]] = (
    _QUOTES,
    _NEW,
    _ONE,
    _RESULT,
    *_acts(),
    _VERIFY,
    _LINK,
    _UNLINK,
)
