"""What is done with quotes: in a thread of its own, and in a worker where it is solved."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar, cast

from constraints.text.numerals import decimal_string
from cp_pricing.quotes import links, record
from cp_pricing.quotes.links import Shown
from cp_pricing.quotes.log.acting import Actor, ConflictError, NotAllowedError
from cp_pricing.quotes.log.number import understood
from cp_pricing.quotes.record import Desk, Terms
from cp_pricing.quotes.solved import Solved
from cp_pricing.web.record.work import KeepTask, OfferTask, RequestTask, VerifyTask
from cp_pricing.web.solving.answers import Speed
from cp_pricing.web.solving.lanes import Job
from cp_pricing.web.solving.shelf import Shelved

if TYPE_CHECKING:
    from starlette.requests import Request

    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.quotes.history import Quote
    from cp_pricing.quotes.store.store import Store
    from cp_pricing.quotes.tokens import Made
    from cp_pricing.results import TuningResult
    from cp_pricing.telling.customer_view import CustomerView
    from cp_pricing.web.desk.addresses import Pairs
    from cp_pricing.web.service import Service
    from cp_pricing.web.solving.tasks import Task

T = TypeVar("T")
MOST_LISTED: Final = 100  # quotes that are found
# A customer's wish has so many seconds to be solved, and its reply comes after as many: how long
# the seller's side takes is nothing that a customer learns.
_WISH_SECONDS: Final = 2.0


class Clerk:
    """The record of a service, asked from its event loop."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def store(self) -> Store:
        """The record; raises `ConflictError` where none is kept."""
        if self._service.store is None:
            raise ConflictError("no quotes are kept here", "serve with `--store quotes.sqlite`")
        return self._service.store

    async def did(self, request: Request, act: Callable[[Desk], T]) -> T:
        """What somebody does on record now."""
        desk = Desk(self.store, acting(request), self._service.now())
        return await asyncio.to_thread(act, desk)

    async def read(self, get: Callable[[Store], T]) -> T:
        """What the record says."""
        return await asyncio.to_thread(get, self.store)

    # --- the desk ---------------------------------------------------------------------------

    async def save(
        self, request: Request, pairs: Pairs, text: str, terms: Terms, number: str
    ) -> Quote:
        """A new quote, or with its number its next version; raises `RefusedError` for faults."""
        acting(request).need("save")
        shelved, seconds = self._service.shelf.current, self._service.settings.seconds
        task = KeepTask(shelved.book.digest, tuple(pairs), text, seconds)
        asked, result = await self._solved(task, shelved)
        solved = Solved(shelved.book, asked, result)
        return await self.did(request, lambda desk: record.save(desk, solved, terms, number=number))

    async def send(self, request: Request, number: str) -> Quote:
        """Let the customer's links show the latest version, which must be ready."""
        acting(request).need("send")
        quote = await self.read(lambda store: record.quote(store, number))
        latest = quote.latest
        solved = await self.read(lambda store: record.contents(store, latest))
        task = OfferTask(
            solved.book.digest,
            solved.request,
            solved.result,
            latest.saved.valid_until,
            self._service.settings.seconds,
        )
        shelved = await asyncio.to_thread(Shelved.of, solved.book)
        offer, reasons, hint = await self._work(task, shelved)
        if offer is None:
            raise ConflictError(cast("tuple[str, ...]", reasons), str(hint))
        view = cast("CustomerView", offer)
        return await self.did(request, lambda desk: links.send(desk, latest.name, view))

    async def link(self, request: Request, number: str, until: date) -> Made:
        """A link for the customer, whose secret is shown this once."""
        return await self.did(request, lambda desk: links.make_link(desk, number, until))

    async def verified(self, number: str) -> bytes:
        """Whether a quote still stands, as a document."""
        service, shelved = self._service, self._service.shelf.current
        # What is not there is told here: of a worker it would be a fault of ours.
        _, which = await self.read(lambda store: record.version(store, number))
        task = VerifyTask(
            shelved.book.digest,
            service.settings.store,
            which.name,
            service.now(),
            service.settings.seconds / 2,
        )
        job = Job(task, shelved.packed, service.settings.seconds)
        return (await service.done(job, Speed.IN_TURN)).body

    # --- the customer -----------------------------------------------------------------------

    async def shown(self, token: str) -> Shown:
        """What a link shows."""
        now = self._service.now()
        return await self.read(lambda store: links.shown(store, token, now))

    async def agree(self, token: str, seen: str, name: str) -> None:
        """Accept what a link shows."""
        now = self._service.now()
        await self.read(lambda store: links.agree(store, token, seen, now, name=name))

    async def wish(self, token: str, wishes: Mapping[str, Fraction], message: str) -> None:
        """Ask for other terms; raises `InputError` for what cannot be had."""
        now = self._service.now()
        said = (f"{json.dumps(name)}: {decimal_string(value)}" for name, value in wishes.items())
        text = f"{{{', '.join(said)}}}"  # as JSON has numbers, exactly
        book, asked = await self.read(lambda store: links.wished(store, token, text, now))
        rested = asyncio.create_task(asyncio.sleep(_WISH_SECONDS))
        solved = await self._wished(book, asked)
        await rested
        await self.read(lambda store: links.save_wish(store, token, solved, now, message=message))

    async def _wished(self, book: PriceBook, asked: TuningRequest) -> Solved:
        shelved = await asyncio.to_thread(Shelved.of, book)
        task = RequestTask(book.digest, asked, _WISH_SECONDS)
        request, result = await self._solved(task, shelved)
        return Solved(book, request, result)

    # --- workers ----------------------------------------------------------------------------

    async def _solved(self, task: Task, shelved: Shelved) -> tuple[TuningRequest, TuningResult]:
        request, result = await self._work(task, shelved)
        return cast("TuningRequest", request), cast("TuningResult", result)

    async def _work(self, task: Task, shelved: Shelved) -> tuple[object, ...]:
        job = Job(task, shelved.packed, self._service.settings.seconds)
        reply = await self._service.done(job, Speed.AT_ONCE)
        values: tuple[object, ...] = pickle.loads(reply.body)  # noqa: S301 - of a worker of ours
        return values


def of_quote(number: str, name: str) -> str:
    """The name of a version, which must be one of the quote with a number."""
    if understood(name)[0] != understood(number)[0]:
        raise ConflictError(f"`{name}` is no version of {number}")
    return name


def acting(request: Request) -> Actor:
    """Who makes a request; raises `NotAllowedError` if nobody is known to."""
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None:
        raise NotAllowedError("sign in with your token")
    return actor
