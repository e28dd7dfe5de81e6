"""Lanes of worker processes: jobs in turn, each with its time; whoever dies is replaced.

Each worker has a thread of this process beside it, which waits for its news.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import TYPE_CHECKING

from cp_pricing.web.solving.tasks import Assignment, Doing, Failed, News, Recent, Reply, Stop, Task
from cp_pricing.web.solving.worker import serve
from cp_pricing.workers import start_deaf

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

TRIES = 2
# Beyond its own time, a task has so many seconds to notice; one that nobody wants has fewer.
OVERTIME, FAREWELL = 5.0, 5.0
_LOOK = 0.05
_WAITING = "a free worker"


class DiedError(Exception):
    """The worker died each time that it had the task."""


class TooLongError(Exception):
    """The task did not end within its time."""


class TooManyError(Exception):
    """There are so many jobs already that a further one would only wait."""


class ClosedError(Exception):
    """The lane takes no more jobs."""


@dataclass(eq=False)
class Job:
    """A task, the price book that it is about, and the seconds that it has once it is begun.

    `doing` is what is looked for now.
    """

    task: Task
    book: bytes
    seconds: float
    reply: Future[Reply] = field(default_factory=Future)
    doing: str = _WAITING
    unwanted: bool = False

    def drop(self) -> None:
        """Nobody wants it any more: it is not begun or, where it has been, stopped."""
        self.unwanted = True
        self.reply.cancel()


class Lane:
    """Workers that take jobs in turn; `niceness` lets other processes go first.

    `prepare` is a function of a module that each calls before its first job.
    """

    def __init__(
        self, workers: int, prepare: Callable[[], None], niceness: int = 0, most: int = 500
    ) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._most = most
        self._workers = [Worker(self._jobs, prepare, niceness) for _ in range(workers)]
        self._closed = False

    def submit(self, job: Job) -> None:
        """Have a job done; raises `TooManyError`, and `ClosedError` once the lane is closed."""
        if self._closed:
            raise ClosedError
        if self._jobs.qsize() >= self._most:
            raise TooManyError
        self._jobs.put(job)

    @property
    def waiting(self) -> int:
        """How many jobs are not begun."""
        return self._jobs.qsize()

    @property
    def replaced(self) -> int:
        """How many workers had to be replaced."""
        return sum(worker.replaced for worker in self._workers)

    @property
    def process_ids(self) -> tuple[int | None, ...]:
        """The process of each worker; `None` for one that is being started."""
        return tuple(worker.process_id for worker in self._workers)

    @property
    def is_ready(self) -> bool:
        """Whether all workers can be given jobs."""
        return all(worker.is_ready for worker in self._workers)

    def close(self) -> None:
        """End all workers at once; what is not done is given up."""
        self._closed = True
        for worker in self._workers:
            worker.close()
        for _ in self._workers:
            self._jobs.put(None)


class Worker:
    """A process, and the thread that gives it its jobs."""

    def __init__(
        self, jobs: SimpleQueue[Job | None], prepare: Callable[[], None], niceness: int
    ) -> None:
        self.replaced = 0
        self.is_ready = False
        self._jobs, self._given = jobs, (prepare, niceness)
        # A forked process would hold its siblings' pipes open, and the solver's threads.
        self._context = multiprocessing.get_context("spawn")
        self._numbers = count(1)
        self._closed = False
        self._process: BaseProcess | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def process_id(self) -> int | None:
        """The process, if there is one now."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; its thread ends with it."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def _run(self) -> None:
        self._start()
        while (job := self._jobs.get()) is not None:
            if job.reply.set_running_or_notify_cancel():
                self._do(job)
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, *self._given), daemon=True)
        start_deaf(process)
        theirs.close()
        self._pipe: Connection = ours
        self._known: Recent[bool] = Recent()
        self._process = process
        if self._closed:
            process.kill()
        with contextlib.suppress(EOFError, OSError):  # it is dead: its first job finds that out
            ours.recv()
            self.is_ready = True

    def _restart(self) -> None:
        self.is_ready = False
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._pipe.close()
        if not self._closed:
            self.replaced += 1
            self._start()

    def _do(self, job: Job) -> None:
        """The reply to a job, or the reason why there is none."""
        error: Exception = DiedError()
        for _ in range(TRIES):
            try:
                job.reply.set_result(self._asked(job))
            except (EOFError, OSError):
                self._restart()
                if self._closed:
                    error = ClosedError()
                    break
            except Exception as failed:  # noqa: BLE001 - whoever waits is told, whatever it is
                error = failed
                break
            else:
                return
        job.reply.set_exception(error)

    def _asked(self, job: Job) -> Reply:
        """What the process answers; raises what it failed with, `OSError` if it is dead."""
        number, digest = next(self._numbers), job.task.digest
        known = self._known.get(digest)
        self._pipe.send(Assignment(number, job.task, None if known else job.book))
        if not known:
            self._known.put(digest, value=True)
        until = time.monotonic() + job.seconds + OVERTIME
        told = False
        while True:
            if self._pipe.poll(_LOOK):
                news: News = self._pipe.recv()
                match news:
                    case Doing(what):
                        job.doing = what
                    case Failed(error):
                        raise error
                    case Reply() as reply:
                        return reply
            if job.unwanted and not told:
                self._pipe.send(Stop(number))
                told, until = True, min(until, time.monotonic() + FAREWELL)
            if time.monotonic() > until:
                self._restart()
                raise TooLongError
