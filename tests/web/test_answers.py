"""Equal questions are worked out once; what nobody waits for is dropped; what lasts is kept."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from cp_pricing.web.solving import answers as module
from cp_pricing.web.solving.answers import Answers, GoneError, Speed, Waiting
from cp_pricing.web.solving.lanes import Job, Lane, TooLongError
from cp_pricing.web.solving.tasks import Reply
from tests.web.tasks import Echo

SOON = 5.0


class Lanes(Lane):
    """A lane whose jobs are done by the test."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> None:
        self.jobs.append(job)


def job() -> Job:
    return Job(Echo("digest", "a"), b"", 1.0, Future())


async def _stays() -> None:
    await asyncio.Event().wait()


def _answers(most_bytes: int = 100) -> tuple[Answers, Lanes]:
    lane = Lanes()
    return Answers(dict.fromkeys(Speed, lane), most_bytes), lane


async def _asked(answers: Answers, key: str, patience: float = SOON) -> Reply | Waiting:
    return await answers.reply(key, job(), Speed.AT_ONCE, patience, _stays)


def test_equal_questions_are_worked_out_once_and_kept() -> None:
    async def story() -> None:
        answers, lane = _answers()
        asked = [asyncio.create_task(_asked(answers, "a")) for _ in range(3)]
        await asyncio.sleep(0)
        lane.jobs[0].reply.set_result(Reply(b"once"))
        assert await asyncio.gather(*asked) == [Reply(b"once")] * 3
        assert await _asked(answers, "a") == Reply(b"once")
        assert len(lane.jobs) == 1

    asyncio.run(story())


def test_what_does_not_last_is_asked_again() -> None:
    async def story() -> None:
        answers, lane = _answers()
        for number in (1, 2):
            asked = asyncio.create_task(_asked(answers, "a"))
            await asyncio.sleep(0)
            lane.jobs[-1].reply.set_result(Reply(b"unknown", lasting=False))
            assert await asked == Reply(b"unknown", lasting=False)
            assert len(lane.jobs) == number

    asyncio.run(story())


def test_only_so_many_bytes_are_kept_those_used_last() -> None:
    async def story() -> None:
        answers, lane = _answers(most_bytes=25)
        for key in "abac":
            asked = asyncio.create_task(_asked(answers, key))
            await asyncio.sleep(0)
            if not asked.done() and lane.jobs and not lane.jobs[-1].reply.done():
                lane.jobs[-1].reply.set_result(Reply(10 * key.encode()))
            await asked
        assert len(lane.jobs) == 3
        assert await _asked(answers, "a") == Reply(b"a" * 10)
        assert isinstance(await _asked(answers, "b", 0.01), Waiting)

    asyncio.run(story())


def test_whoever_waits_is_told_what_for_and_gets_it_later() -> None:
    async def story() -> None:
        answers, lane = _answers()
        assert await _asked(answers, "a", 0.01) == Waiting("a free worker")
        lane.jobs[0].doing = "prices"
        assert await _asked(answers, "a", 0.01) == Waiting("prices")
        lane.jobs[0].reply.set_result(Reply(b"here"))
        assert await _asked(answers, "a") == Reply(b"here")
        assert len(lane.jobs) == 1

    asyncio.run(story())


def test_what_nobody_waits_for_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEFT", 0.01)

    async def story() -> None:
        answers, lane = _answers()

        async def leaves() -> None:
            await asyncio.sleep(0.01)

        both = asyncio.create_task(_asked(answers, "a"))
        with pytest.raises(GoneError):
            await answers.reply("a", job(), Speed.AT_ONCE, SOON, leaves)
        await asyncio.sleep(0.05)
        assert [each.unwanted for each in lane.jobs] == [False]  # the other one still waits
        both.cancel()
        await asyncio.sleep(0.05)
        assert [each.unwanted for each in lane.jobs] == [True]
        assert isinstance(await _asked(answers, "a", 0.01), Waiting)
        assert len(lane.jobs) == 2

    asyncio.run(story())


def test_a_failure_is_told_to_all_and_not_kept() -> None:
    async def story() -> None:
        answers, lane = _answers()
        asked = [asyncio.create_task(_asked(answers, "a")) for _ in range(2)]
        await asyncio.sleep(0)
        lane.jobs[0].reply.set_exception(TooLongError())
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(each, TooLongError) for each in found)
        assert isinstance(await _asked(answers, "a", 0.01), Waiting)

    asyncio.run(story())
