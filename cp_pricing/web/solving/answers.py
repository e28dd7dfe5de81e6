"""Replies to those who wait for them: equal questions are worked out once, and some are kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from cp_pricing.web.solving.lanes import Job, Lane
from cp_pricing.web.solving.tasks import Reply

MOST_BYTES = 32_000_000
# So many seconds a job that nobody waits for any more may still be asked for again: at once it is
# one that has been left; after `Waiting` whoever asked is about to come back.
_LEFT, _COMING_BACK = 0.1, 4.0


class Speed(StrEnum):
    """How a reply is needed: at once, or as soon as nobody else needs one at once."""

    AT_ONCE = "at once"
    IN_TURN = "in turn"


@dataclass(frozen=True, slots=True)
class Waiting:
    """There is no reply yet; `doing` is what is looked for now."""

    doing: str


class GoneError(Exception):
    """Whoever asked has gone."""


Lanes: TypeAlias = dict[Speed, Lane]
Gone: TypeAlias = Callable[[], Coroutine[object, object, None]]


@dataclass(eq=False)
class _Flight:
    """A job under way, and how many wait for it."""

    job: Job
    reply: asyncio.Future[Reply]
    waiters: int = 0
    leaving: asyncio.TimerHandle | None = None


class Answers:
    """Replies by the key of their question, from the lanes or from what is kept."""

    def __init__(self, lanes: Lanes, most_bytes: int = MOST_BYTES) -> None:
        self._lanes, self._most = lanes, most_bytes
        self._kept: OrderedDict[str, Reply] = OrderedDict()
        self._bytes = 0
        self._flights: dict[str, _Flight] = {}

    async def reply(
        self,
        key: str,
        job: Job,
        speed: Speed,
        patience: float,
        gone: Gone,
    ) -> Reply | Waiting:
        """The reply to a job within `patience` seconds, or what it is still looking for.

        Raises `GoneError` if `gone`, which waits until whoever asked has gone, ends first, and
        what the job fails with.
        """
        if (kept := self._recalled(key)) is not None:
            return kept
        flight = self._flights.get(key) or self._begun(key, job, speed)
        flight.waiters += 1
        if flight.leaving is not None:
            flight.leaving.cancel()
        left = asyncio.ensure_future(gone())
        grace = _LEFT
        try:
            both: set[asyncio.Future[Reply] | asyncio.Future[None]] = {flight.reply, left}
            done, _ = await asyncio.wait(
                both, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if flight.reply in done:
                return flight.reply.result()
            if left in done:
                raise GoneError
            grace = _COMING_BACK
            return Waiting(flight.job.doing)
        finally:
            left.cancel()
            self._left(key, flight, grace)

    def _begun(self, key: str, job: Job, speed: Speed) -> _Flight:
        self._lanes[speed].submit(job)
        flight = self._flights[key] = _Flight(job, asyncio.wrap_future(job.reply))
        flight.reply.add_done_callback(lambda reply: self._landed(key, reply))
        return flight

    def _landed(self, key: str, reply: asyncio.Future[Reply]) -> None:
        self._flights.pop(key, None)
        # Asked for here, since nobody else may be waiting for the error.
        if not reply.cancelled() and reply.exception() is None and reply.result().lasting:
            self._keep(key, reply.result())

    def _left(self, key: str, flight: _Flight, grace: float) -> None:
        flight.waiters -= 1
        if flight.waiters or flight.reply.done():
            return
        loop = asyncio.get_running_loop()
        flight.leaving = loop.call_later(grace, self._dropped, key, flight)

    def _dropped(self, key: str, flight: _Flight) -> None:
        if not flight.waiters and self._flights.get(key) is flight:
            del self._flights[key]
            flight.job.drop()

    def _recalled(self, key: str) -> Reply | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _keep(self, key: str, reply: Reply) -> None:
        if key in self._kept:
            return
        self._kept[key] = reply
        self._bytes += len(reply.body)
        while self._bytes > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body)
