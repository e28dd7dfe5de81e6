"""Work shared out in chunks: in order, a few chunks ahead, and whatever becomes of a worker.

Each worker process has a pipe of its own, so that one that is killed in the middle of a message
spoils nobody else's; that is why this is no executor of the standard library, whose workers share
their queues and are all lost with the first.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, Protocol, Self, TypeVar

TRIES = 3
# Chunks that are taken before the first of them is done, for each worker.
AHEAD = 8
# Seconds of a processor that the rest takes, to judge by the first: of less, two others would save
# half a second and spend a whole one on beginning.
WORTH_SHARING = 3.0
# The same words for every kind of worker, so that the same requests fail with the same reasons.
DIED = "its worker died each time (it may need more memory than there is)"

Item = TypeVar("Item")
Given_contra = TypeVar("Given_contra", contravariant=True)
Answer = TypeVar("Answer")
WorkerT = TypeVar("WorkerT")


class Work(Protocol[Given_contra, Answer]):
    """What is done to chunks of items; it can be sent to another process."""

    def prepared(self) -> Callable[[Sequence[Given_contra]], Answer]:
        """Return what does it, once for each worker."""

    def given_up(self, item: Given_contra, reason: str) -> Answer:
        """Return the answer for an item that no worker survives."""

    def joined(self, replies: Iterable[Answer]) -> Answer:
        """Return one answer for several."""


class NoWorkersError(Exception):
    """Workers end before they have begun; the message says how."""


@dataclass
class Ticket(Generic[Item, Answer]):
    """A chunk and its place; once a worker has died of it, its items are tried one by one."""

    place: int
    items: Sequence[Item]
    alone: bool = False
    tries: int = 0
    done: list[Answer] = field(default_factory=list)

    def next_items(self) -> Sequence[Item]:
        """What is to be done now."""
        if not self.alone:
            return self.items
        return self.items[len(self.done) : len(self.done) + 1]

    def finished_by(self, answer: Answer, work: Work[Item, Answer]) -> Answer | None:
        """The answer of the whole chunk, if this was the last of it."""
        if not self.alone:
            return answer
        self.done.append(answer)
        self.tries = 0
        return work.joined(self.done) if len(self.done) == len(self.items) else None

    def failed(self, work: Work[Item, Answer], how: str) -> Answer | None:
        """Try again, each item by itself; the chunk's answer if nothing is left to be tried."""
        if not self.alone:
            self.alone = True
            return None
        self.tries += 1
        if self.tries < TRIES:
            return None
        reason = f"given up after {TRIES} tries by itself: {how}"
        return self.finished_by(work.given_up(self.next_items()[0], reason), work)


class Crew(ABC, Generic[WorkerT, Item, Answer]):
    """Workers of some kind that share out the chunks; those that die are replaced."""

    def __init__(self, work: Work[Item, Answer], count: int) -> None:
        self.work = work
        self.count = count
        self._tickets: dict[WorkerT, Ticket[Item, Answer]] = {}
        self._again: deque[Ticket[Item, Answer]] = deque()
        self._done: dict[int, Answer] = {}
        self._stillborn = 0

    @abstractmethod
    def ready(self) -> Iterable[WorkerT]:
        """Return the workers that have begun and live, at work or not."""

    @abstractmethod
    def send(self, worker: WorkerT, items: Sequence[Item]) -> None:
        """Have a worker do something; it may be dead, which `receive` finds out."""

    @abstractmethod
    def receive(self) -> None:
        """Wait for news, and tell it with `answered`, `began` and `died`."""

    def answers(self, chunks: Iterable[Sequence[Item]]) -> Iterator[Answer]:
        """The answer to each chunk, in their order; only so many are taken ahead."""
        coming = (Ticket[Item, Answer](place, items) for place, items in enumerate(chunks))
        taken = given = 0
        over = False
        while not over or given < taken:
            for worker in [w for w in self.ready() if w not in self._tickets]:
                # So few ahead, since answers behind a slow chunk have to wait in memory.
                if not self._again and not over and taken - given < AHEAD * self.count:
                    following = next(coming, None)
                    over = following is None
                    if following is not None:
                        self._again.append(following)
                        taken += 1
                if self._again:
                    self._tickets[worker] = ticket = self._again.popleft()
                    self.send(worker, ticket.next_items())
            if given in self._done:
                given += 1
                yield self._done.pop(given - 1)
            elif not over or given < taken:
                self.receive()

    def began(self) -> None:
        """A worker can be given work."""
        self._stillborn = 0

    def answered(self, worker: WorkerT, answer: Answer | None, fault: str = "") -> None:
        """A worker has done what it was sent, or (without an answer) failed and goes on living."""
        ticket = self._tickets.pop(worker)
        if answer is None:
            whole = ticket.failed(self.work, fault)
        else:
            whole = ticket.finished_by(answer, self.work)
        if whole is None:
            self._again.append(ticket)
        else:
            self._done[ticket.place] = whole

    def died(self, worker: WorkerT, *, begun: bool, how: str = "") -> None:
        """A worker is gone; raises `NoWorkersError` if none can even begin."""
        if worker in self._tickets:
            self.answered(worker, None, DIED)
        if not begun:
            # Only those that never began count: one that dies of its chunk tells nothing else.
            self._stillborn += 1
            if self._stillborn >= TRIES * self.count:
                raise NoWorkersError(f"no worker could be started: {how}")


@dataclass(eq=False)
class Process:
    """A worker process and the pipe to it."""

    process: BaseProcess
    pipe: Connection
    begun: bool = False

    def give(self, what: object) -> None:
        """Send something to a process, which reads it at once, or is dead."""
        try:
            self.pipe.send(what)
        except OSError:
            self.process.kill()  # then its pipe ends, which is news


class Pool(Crew[Process, Item, Answer]):
    """Worker processes on this machine."""

    def __init__(self, work: Work[Item, Answer], count: int) -> None:
        super().__init__(work, count)
        # A forked process would hold its siblings' pipes open, and the solver's threads.
        self._context = multiprocessing.get_context("spawn")
        self._processes: list[Process] = []

    def __enter__(self) -> Self:
        """Start the workers."""
        for _ in range(self.count):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        """End them at once: what is done is here, what is not would be done again."""
        for worker in self._processes:
            worker.process.kill()
        for worker in self._processes:
            worker.process.join()
            worker.pipe.close()
        self._processes.clear()

    def ready(self) -> Iterable[Process]:
        """Return the workers that have begun."""
        return [worker for worker in self._processes if worker.begun]

    def send(self, worker: Process, items: Sequence[Item]) -> None:
        """Send items to a worker, which reads them at once, or is dead."""
        worker.give(items)

    def receive(self) -> None:
        """Wait for news of any worker, and take all there are."""
        ready = set(wait([worker.pipe for worker in self._processes]))
        for worker in [worker for worker in self._processes if worker.pipe in ready]:
            try:
                news = worker.pipe.recv()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            if worker.begun:
                self.answered(worker, *news)
            elif news is None:
                worker.give(self.work)
            elif news:
                raise NoWorkersError(f"no worker could be started: {news}")
            else:
                worker.begun = True
                self.began()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        # The work is sent once the process asks for it: what `start` hands over it writes without
        # end if nobody reads, as where a main module that is not guarded fails in the process.
        process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        try:
            start_deaf(process)
        except OSError as error:
            ours.close()
            raise NoWorkersError(f"no worker could be started: {fault_of(error)}") from error
        finally:
            theirs.close()
        self._processes.append(Process(process, ours))

    def _replace(self, worker: Process) -> None:
        self._processes.remove(worker)
        worker.process.join()
        worker.pipe.close()
        how = f"the last one ended with status {worker.process.exitcode}"
        self.died(worker, begun=worker.begun, how=how)
        self._start()


def start_deaf(process: BaseProcess) -> None:
    """Start a process that Ctrl-C does not reach, not even while it begins; its parent decides.

    A terminal sends Ctrl-C to the whole group, and what has not ignored it yet would end in a
    traceback. Raises `OSError` as `start` does.
    """
    if not hasattr(signal, "pthread_sigmask"):
        process.start()
        return
    # The first process starts the tracker, and with it would unblock what is blocked here.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def collect_rarely() -> None:
    """Let the garbage collector look less often, in a process that does nothing but solve.

    Results are many small objects without cycles: looking for these takes a sixth of the time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _serve(pipe: Connection) -> None:
    """Ask for the work, and answer chunks until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also where it could not be blocked
    try:
        pipe.send(None)
        solved = _prepared(pipe.recv(), pipe)
        collect_rarely()
        while True:
            pipe.send(_tried(solved, pipe.recv()))
    except (EOFError, OSError):
        return  # the parent is gone
    except MemoryError:
        sys.exit(1)  # not even what there is to do, or what came out, has room


def _prepared(work: Work[Item, Answer], pipe: Connection) -> Callable[[Sequence[Item]], Answer]:
    """What does the work; the parent is told that it is there, or why not."""
    try:
        solved = work.prepared()
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to say it
        pipe.send(fault_of(error))
        raise EOFError from None
    pipe.send("")
    return solved


def _tried(
    solved: Callable[[Sequence[Item]], Answer], items: Sequence[Item]
) -> tuple[Answer | None, str]:
    """The answer, or none and what went wrong."""
    try:
        return solved(items), ""
    except Exception as error:  # noqa: BLE001 - one request must not stop the others
        return None, fault_of(error)


def fault_of(error: BaseException) -> str:
    """What went wrong, in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def here(work: Work[Item, Answer], chunks: Iterable[Sequence[Item]]) -> Iterator[Answer]:
    """The answers of the same work, done in this process."""
    solved = work.prepared()
    for items in chunks:
        yield solved(items)


class Each(ABC, Generic[Item, Answer]):
    """Work on one item at a time."""

    @abstractmethod
    def answer(self, item: Item) -> Answer:
        """Return the answer for an item."""

    @abstractmethod
    def given_up(self, item: Item, reason: str) -> Answer:
        """Return the answer for an item that no worker survives."""

    def prepared(self) -> Callable[[Sequence[Item]], Answer]:
        """Return what does it, once for each worker."""
        return lambda items: self.answer(*items)

    def joined(self, replies: Iterable[Answer]) -> Answer:
        """Return the one answer."""
        (answer,) = replies
        return answer


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared_out(
    work: Work[Item, Answer],
    items: Sequence[Item],
    count: int,
    *,
    worth: float = WORTH_SHARING,
    among: Work[Item, Answer] | None = None,
) -> Iterator[Answer]:
    """The answer to each item, in their order, by up to `count` processes where that pays.

    The first item is done in this process, and the others are taken to need as long: from `worth`
    seconds of a processor for all of them on they are shared out. What is done at once is `among`,
    if that is not the same work.
    """
    solved = work.prepared()
    # By the clock it may have waited for others, who would leave no core to share.
    started, done = time.process_time(), 1
    first = [solved([item]) for item in items[:1]]
    slow = (time.process_time() - started) * (len(items) - 1) > worth
    yield from first
    workers = min(count, len(items) - 1)
    if slow and workers > 1:
        # Where there can be no other processes, this one goes on.
        with suppress(NoWorkersError), Pool(among or work, workers) as pool:
            for answer in pool.answers([item] for item in items[1:]):
                done += 1
                yield answer
    for item in items[done:]:
        yield solved([item])
