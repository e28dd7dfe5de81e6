"""What runs in a worker process: one assignment after the other, until nobody asks any more."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from constraints.text.source import InputError
from cp_pricing.web.solving.tasks import Assignment, Doing, Failed, News, Recent, Stop, StoppedError
from cp_pricing.workers import collect_rarely, fault_of

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook


class WorkError(Exception):
    """A task ended with an error that nobody foresaw; the message names it."""


def serve(pipe: Connection, prepare: Callable[[], None], niceness: int) -> None:
    """Answer what comes through the pipe; `niceness` lets other processes go first.

    What `prepare` does is done before somebody waits for it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also where it could not be blocked
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    books: Recent[PriceBook] = Recent()
    try:
        prepare()
        collect_rarely()
        pipe.send(Doing("ready"))
        while True:
            assignment = pipe.recv()
            # A `Stop` that comes here is for a task that had ended by then.
            if isinstance(assignment, Assignment):
                pipe.send(_news_of(assignment, books, pipe))
    except (EOFError, OSError):
        return  # the parent is gone


def _news_of(assignment: Assignment, books: Recent[PriceBook], pipe: Connection) -> News:
    def tell(doing: str) -> None:
        pipe.send(Doing(doing))
        while pipe.poll():
            if pipe.recv() == Stop(assignment.number):
                raise StoppedError

    try:
        return assignment.task.done(_book_of(assignment, books), tell)
    except (InputError, StoppedError) as error:
        return Failed(error)
    except Exception as error:  # noqa: BLE001 - one task must not stop the others
        return Failed(WorkError(fault_of(error)))


def _book_of(assignment: Assignment, books: Recent[PriceBook]) -> PriceBook:
    book = books.get(assignment.task.digest)
    if book is None:
        if assignment.book is None:
            raise WorkError("the price book is not here")
        book = pickle.loads(assignment.book)  # noqa: S301 - of the parent process
        books.put(assignment.task.digest, book)
    return book
