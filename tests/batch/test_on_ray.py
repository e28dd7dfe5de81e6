"""Actors of a cluster: lost ones are replaced, and the answers are in order.

`FakeRay` has the few calls that are used; `python -m tests.cluster` has Ray itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest

from cp_pricing.batch.on_ray import RayCrew, on_ray
from cp_pricing.batch.solving import BatchWork, Reply
from cp_pricing.files.extras import MissingExtraError
from cp_pricing.intake.rows import Row
from cp_pricing.workers import DIED, NoWorkersError
from tests.support.books import pilot


class LostError(Exception):
    """As if a node were lost."""


class FailedError(LostError):
    """As if a task had raised."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause


class FakeRay:
    """A cluster in this process; `room` is how many actors it can hold at once."""

    exceptions = SimpleNamespace(RayError=LostError, RayTaskError=FailedError)

    def __init__(self, room: int, fates: dict[int, list[str]]) -> None:
        self.room = room
        self.fates = fates
        self.version = version("cp-pricing")

    def put(self, value: object) -> object:
        return value

    def remote(self, **_options: object) -> Callable[[type], Any]:
        return lambda _kind: SimpleNamespace(remote=lambda _work: self._actor())

    def _actor(self) -> Any:  # noqa: ANN401 - as Ray's
        placed, self.room = self.room > 0, self.room - 1
        begun = (lambda: self.version) if placed else None
        return _Handle(
            version=SimpleNamespace(remote=lambda: _Task(begun)),
            solved=SimpleNamespace(remote=lambda rows: _Task(lambda: self._solved(rows))),
        )

    def _solved(self, rows: Sequence[Row]) -> Reply:
        for row in rows:
            fate = self.fates.get(row.number, [])
            match fate.pop(0) if fate else "":
                case "lost":
                    raise LostError("the node is gone")
                case "failed":
                    raise FailedError(ArithmeticError("no"))
                case _:
                    pass
        return Reply(b"".join(b"%d " % row.number for row in rows), b"", len(rows))

    def wait(self, tasks: Sequence[_Task], num_returns: int) -> tuple[list[_Task], list[_Task]]:
        possible = [task for task in tasks if task.work]
        assert possible, "it would wait for ever"
        # The last one first: they may end in any order.
        return possible[-num_returns:], []

    def get(self, task: _Task) -> object:
        assert task.work is not None
        return task.work()


class _Handle:
    def __init__(self, version: SimpleNamespace, solved: SimpleNamespace) -> None:
        self.version, self.solved = version, solved


class _Task:
    def __init__(self, work: Callable[[], object] | None) -> None:
        self.work = work


def crew(ray: FakeRay, count: int) -> RayCrew:
    return RayCrew(ray, BatchWork(pilot(), "decision", 1.0, "jsonl", "jsonl"), count)


def chunks(count: int) -> list[list[Row]]:
    rows = [Row(number, "a", number, number, 1, b"") for number in range(count)]
    return [rows[place : place + 2] for place in range(0, count, 2)]


def test_lost_actors_and_failed_tasks_cost_no_answer() -> None:
    # There is room for two actors at first and for three more: the last replacement never begins.
    fates = {3: ["lost"], 6: ["failed", "failed"], 9: ["lost"] * 2, 12: ["failed"] * 4}
    ray = FakeRay(5, fates)
    replies = list(crew(ray, 2).answers(chunks(20)))
    solved = b"".join(reply.results for reply in replies)
    assert solved == b"".join(b"%d " % number for number in range(20) if number != 12)
    (failed,) = [reply.failures for reply in replies if reply.failures]
    assert b"given up after 3 tries by itself: ArithmeticError: no" in failed
    assert sum(reply.rows for reply in replies) == 20


def test_a_row_that_loses_every_actor_fails_with_the_words_of_other_engines() -> None:
    ray = FakeRay(10, {1: ["lost"] * 10})
    replies = list(crew(ray, 2).answers(chunks(4)))
    assert DIED.encode() in b"".join(reply.failures for reply in replies)
    assert b"".join(reply.results for reply in replies) == b"0 2 3 "


def test_another_version_on_the_nodes_is_refused() -> None:
    ray = FakeRay(1, {})
    ray.version = "0.0"
    with pytest.raises(NoWorkersError, match=r"cp-pricing 0\.0"):
        list(crew(ray, 1).answers(chunks(2)))


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"cp-pricing\[ray\]"):
        on_ray(1, None)
