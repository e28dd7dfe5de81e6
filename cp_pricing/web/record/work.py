"""What workers do for the record: answers to keep, what a customer may see of them, checks."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from cp_pricing.quotes.documents import verification_document
from cp_pricing.quotes.links import customer_offer
from cp_pricing.quotes.log.acting import ConflictError
from cp_pricing.quotes.record import version
from cp_pricing.quotes.solved import Solved
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.quotes.verification import verify
from cp_pricing.tuning import solve
from cp_pricing.web.api.work import requests_of
from cp_pricing.web.desk.addresses import Pairs, question_of
from cp_pricing.web.desk.forms import understood_of
from cp_pricing.web.solving.tasks import Reply, Tell

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.results import TuningResult


def _packed(*values: object) -> Reply:
    return Reply(pickle.dumps(values), lasting=False)


@dataclass(frozen=True, slots=True)
class KeepTask:
    """The answer to a question in pairs, or to the one request of a body, as it is kept."""

    digest: str
    pairs: Pairs
    text: str
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Request and result, packed; raises `InputError` for a question with faults."""
        if self.text:
            (request,) = requests_of(book, self.text, 1)
            return _kept(book, request, self.seconds, tell)
        understood = understood_of(book, question_of(self.pairs))
        # Of a policy that was only tried the record says itself that it keeps none.
        return _kept(understood.asked.book, understood.request, self.seconds, tell)


@dataclass(frozen=True, slots=True)
class RequestTask:
    """The answer to a request that is there already."""

    digest: str
    request: TuningRequest
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """Request and result, packed."""
        return _kept(book, self.request, self.seconds, tell)


def _kept(book: PriceBook, request: TuningRequest, seconds: float, tell: Tell) -> Reply:
    tell("the answer to be kept")
    return _packed(request, solve(book, request, time_limit=seconds))


@dataclass(frozen=True, slots=True)
class OfferTask:
    """What the customer may see of an answer."""

    digest: str
    request: TuningRequest
    result: TuningResult
    valid_until: date
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """The view and no reasons, or none and why it could not be made, packed."""
        tell("what the customer may see")
        solved = Solved(book, self.request, self.result)
        try:
            view = customer_offer(solved, self.valid_until, time_limit=self.seconds)
        except ConflictError as error:
            return _packed(None, error.reasons, error.hint)
        return _packed(view, (), "")


@dataclass(frozen=True, slots=True)
class VerifyTask:
    """Whether a version of a quote still stands, beside the price book in force."""

    digest: str
    where: str
    number: str
    now: datetime
    seconds: float

    def done(self, book: PriceBook, tell: Tell) -> Reply:
        """The document of what was found, as JSON."""
        tell("whether the quote stands")
        store = open_store(self.where)
        try:
            _, which = version(store, self.number)
            found = verify(store, which, self.now, book=book, time_limit=self.seconds)
        finally:
            store.close()
        return Reply(verification_document(found).model_dump_json().encode(), lasting=False)
