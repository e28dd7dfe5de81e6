"""Workers: one that dies is replaced, one that does not end is ended, none stops another."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from constraints.text.source import InputError
from cp_pricing.book.price_book import PriceBook
from cp_pricing.web.solving import lanes
from cp_pricing.web.solving.lanes import DiedError, Job, Lane, TooLongError, TooManyError
from cp_pricing.web.solving.tasks import BOOKS, Recent, Task
from cp_pricing.web.solving.worker import WorkError
from tests.web.tasks import Dies, Echo, Faulty, Sleeps, prepare

LONG = 60.0


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    lane = Lane(1, prepare)
    yield lane
    lane.close()


@pytest.fixture
def job(pilot: PriceBook) -> Callable[..., Job]:
    packed = pickle.dumps(pilot)
    return lambda task, seconds=LONG: Job(task, packed, seconds)


def _until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG
    while not there():
        assert time.monotonic() < until
        time.sleep(0.01)


def _done(lane: Lane, job: Job) -> bytes:
    lane.submit(job)
    return job.reply.result(LONG).body


def test_a_job_is_done_with_its_book(lane: Lane, job: Callable[..., Job], pilot: PriceBook) -> None:
    first, second = (_done(lane, job(Echo(pilot.digest, word))) for word in "ab")
    assert (first[:1], second[:1]) == (b"a", b"b")
    assert first[2:] == second[2:]


def test_faults_come_back_and_nothing_else_is_told(
    lane: Lane, job: Callable[..., Job], pilot: PriceBook
) -> None:
    with pytest.raises(InputError) as faults:
        _done(lane, job(Faulty(pilot.digest)))
    assert [issue.message for issue in faults.value.issues] == ["no such thing"]
    with pytest.raises(WorkError, match="ZeroDivisionError"):
        _done(lane, job(Faulty(pilot.digest, broken=True)))


def test_a_worker_that_dies_is_replaced_and_its_job_done(
    lane: Lane, job: Callable[..., Job], pilot: PriceBook, tmp_path: Path
) -> None:
    replaced = lane.replaced
    assert _done(lane, job(Dies(pilot.digest, tmp_path / "tally", 1))) == b"alive"
    assert lane.replaced == replaced + 1


def test_a_job_that_kills_every_worker_is_given_up(
    lane: Lane, job: Callable[..., Job], pilot: PriceBook, tmp_path: Path
) -> None:
    with pytest.raises(DiedError):
        _done(lane, job(Dies(pilot.digest, tmp_path / "tally", 9)))
    assert (tmp_path / "tally").read_text() == "xx"
    assert _done(lane, job(Echo(pilot.digest, "on"))).startswith(b"on")


def test_a_worker_that_is_killed_between_jobs_is_replaced(
    lane: Lane, job: Callable[..., Job], pilot: PriceBook
) -> None:
    _, before = _done(lane, job(Echo(pilot.digest, "on"))).split()
    os.kill(int(before), signal.SIGKILL)
    _, after = _done(lane, job(Echo(pilot.digest, "on"))).split()
    assert before != after


@pytest.mark.parametrize("deaf", [False, True], ids=["listens", "deaf"])
def test_what_nobody_wants_is_stopped(
    lane: Lane,
    job: Callable[..., Job],
    pilot: PriceBook,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    deaf: bool,
) -> None:
    replaced, started = lane.replaced, tmp_path / "started"
    left = job(Sleeps(pilot.digest, LONG, started, deaf))
    waits = job(Echo(pilot.digest, "on"))
    lane.submit(left)
    lane.submit(waits)
    _until(started.exists)
    begun = time.monotonic()
    monkeypatch.setattr(lanes, "FAREWELL", 1.0)
    left.drop()
    assert waits.reply.result(LONG).body.startswith(b"on")
    assert time.monotonic() - begun < LONG / 2
    # One that listens lives on; one that is deaf has to be replaced.
    assert lane.replaced == replaced + deaf


def test_what_has_not_begun_never_begins(
    lane: Lane, job: Callable[..., Job], pilot: PriceBook, tmp_path: Path
) -> None:
    first = job(Sleeps(pilot.digest, 0.3, tmp_path / "first"))
    left = job(Sleeps(pilot.digest, LONG, tmp_path / "left"))
    lane.submit(first)
    lane.submit(left)
    left.drop()
    assert _done(lane, job(Echo(pilot.digest, "on"))).startswith(b"on")
    assert not (tmp_path / "left").exists()


def test_a_job_has_its_time_and_no_more(
    lane: Lane,
    job: Callable[..., Job],
    pilot: PriceBook,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "OVERTIME", 0.2)
    with pytest.raises(TooLongError):
        _done(lane, job(Sleeps(pilot.digest, LONG, tmp_path / "started", deaf=True), 0.2))
    assert _done(lane, job(Echo(pilot.digest, "on"))).startswith(b"on")


def test_a_queue_has_an_end(job: Callable[..., Job], pilot: PriceBook, tmp_path: Path) -> None:
    lane = Lane(1, prepare, most=1)
    started = tmp_path / "started"
    try:
        lane.submit(job(Sleeps(pilot.digest, LONG, started)))
        _until(started.exists)
        lane.submit(job(Echo(pilot.digest, "on")))
        with pytest.raises(TooManyError):
            lane.submit(job(Echo(pilot.digest, "on")))
    finally:
        lane.close()


def test_both_ends_of_a_pipe_forget_the_same_books() -> None:
    recent: Recent[int] = Recent()
    for number in range(BOOKS + 1):
        recent.put(str(number), number)
        recent.get("1")
    assert [recent.get(str(number)) for number in range(BOOKS + 1)] == [None, 1, 2, 3, 4]


def _types(task: Task) -> None:
    """Each of the tasks is one."""
    del task


_types(Echo("", ""))
