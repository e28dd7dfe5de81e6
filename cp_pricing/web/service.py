"""What all routes share: the price book in force, the lanes of workers, and who waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from constraints.text.source import InputError
from cp_pricing.book.loading import load_price_book
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.web.desk.work import warm_up
from cp_pricing.web.problems import failure
from cp_pricing.web.solving.answers import Answers, Lanes, Speed, Waiting
from cp_pricing.web.solving.lanes import (
    OVERTIME,
    ClosedError,
    DiedError,
    Job,
    Lane,
    TooLongError,
    TooManyError,
)
from cp_pricing.web.solving.shelf import Shelf
from cp_pricing.web.solving.worker import WorkError

if TYPE_CHECKING:
    from starlette.requests import Request

    from cp_pricing.web.settings import Settings
    from cp_pricing.web.solving.tasks import Reply, Task

log = logging.getLogger("cp_pricing.web")
_LOOK_SECONDS: Final = 1.0
# Whoever asks for a full reading lets those go first who move a slider.
_NICENESS: Final = {Speed.AT_ONCE: 0, Speed.IN_TURN: 10}


class Service:
    """A price book that is served; `watch` looks after its files until it is cancelled."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        reading = partial(load_price_book, policy_root=settings.policy_root)
        self.shelf = Shelf(settings.folder, reading)
        self.store = open_store(settings.store, make=True) if settings.store else None
        self.lanes: Lanes = {}
        self._answers = Answers(self.lanes)

    def start(self) -> None:
        """Start the workers."""
        count = self.settings.worker_count
        self.lanes.update({speed: Lane(count, warm_up, _NICENESS[speed]) for speed in Speed})

    def end_work(self) -> None:
        """End the workers at once: whoever waits for an answer is told that the server closes."""
        for lane in self.lanes.values():
            lane.close()

    def close(self) -> None:
        """End the workers at once, and let go of the record."""
        self.end_work()
        if self.store is not None:
            self.store.close()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    async def watch(self) -> None:
        """Read the price book again when its files change."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if await asyncio.to_thread(self.shelf.look):
                log.info("price book %s is in force", self.shelf.book.digest[:12])

    async def reply(
        self, request: Request, task: Task, speed: Speed, patience: float | None = None
    ) -> Reply | Waiting:
        """The reply to a task, within `patience` seconds where it is given.

        Raises `RefusedError` with what went wrong, and `GoneError` if the client has gone.
        """
        job = Job(task, self.shelf.of(task.digest).packed, self.settings.seconds)
        patience = self.settings.seconds + 2 * OVERTIME if patience is None else patience
        gone = partial(_disconnected, request)
        with _refusing(task):
            return await self._answers.reply(key_of(task), job, speed, patience, gone)

    async def done(self, job: Job, speed: Speed) -> Reply:
        """The reply to a job, which is not kept; raises `RefusedError`."""
        with _refusing(job.task):
            self.lanes[speed].submit(job)
            return await asyncio.wrap_future(job.reply)


@contextmanager
def _refusing(task: Task) -> Iterator[None]:
    """Turn what a job fails with into a refusal."""
    try:
        yield
    except WorkError as error:
        log.error("%s: %s", type(task).__name__, error)  # noqa: TRY400 - the traceback is elsewhere
        raise failure(error) from None
    except (InputError, TooManyError, TooLongError, DiedError, ClosedError) as error:
        raise failure(error) from None


def key_of(task: Task) -> str:
    """By which equal tasks are known; also the entity tag of what comes of them."""
    return sha256(repr(task).encode()).hexdigest()[:32]


async def _disconnected(request: Request) -> None:
    """Wait until the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
