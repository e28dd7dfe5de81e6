"""Batches for tests: requests of the pilot that differ, and work that kills its worker."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cp_pricing.batch.job import Ended, Job, local, run
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.workers import start_deaf
from tests.support.books import pilot

DEALS = (("membership-plus-overage", "small-team"), ("committed-annual", "scale-up"))


def requests(count: int, seed: int = 5) -> Iterator[dict[str, Any]]:
    """Requests of the pilot with inputs that differ; no two are known to be equal."""
    draw = random.Random(seed)  # noqa: S311 - no secrets
    for number in range(count):
        inputs = {
            "contract_duration_months": draw.choice([1, 6, 12, 24, 36]),
            "prepaid_amount": 100 * draw.randrange(61),
            "minimum_monthly_turnover": 10 * draw.randrange(101),
            "guaranteed_platform_fee": draw.randrange(501),
            "included_tokens": 500_000 * draw.randrange(81),
            "customer_funded_onboarding": draw.random() < 0.5,
            "reduced_cancellation_flexibility": draw.random() < 0.5,
        }
        kept = {name: value for name, value in inputs.items() if draw.random() < 0.6}
        plan, profile = draw.choice(DEALS)
        yield {
            "id": f"r{number}",
            "configuration": plan,
            "profile": profile,
            "inputs": kept,
            "preference": draw.choice(["lower_usage_price", "seller_ltv"]),
            "approval_mode": draw.choice(["self_serve_only", "allow_approval"]),
        }


def refused(count: int) -> Iterator[dict[str, Any]]:
    """Requests that are rejected without a solve: they are off their field's steps."""
    for number in range(count):
        yield {
            "id": f"r{number}",
            "configuration": "membership-plus-overage",
            "profile": "small-team",
            "inputs": {"prepaid_amount": 101 + 100 * number},
        }


def write_lines(path: Path, items: Iterable[object]) -> Path:
    """A file of JSON lines; a text is a line as it stands."""
    lines = (item if isinstance(item, str) else json.dumps(item) for item in items)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def flat(request: dict[str, Any]) -> dict[str, Any]:
    """A request as the row of a table."""
    return {**{k: v for k, v in request.items() if k != "inputs"}, **request["inputs"]}


def solved(
    given: str | Path,
    out: Path,
    *,
    errors: Path | None = None,
    detail: Detail = "decision",
    workers: int = 0,
    resume: bool = False,
) -> Ended:
    """A batch of the pilot, by default in this process."""
    job = Job(pilot(), str(given), out, errors, detail, resume=resume)
    return run(job, local(workers))


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True)
class Squares:
    """Squares of numbers; some numbers kill the worker, as often as their file has letters."""

    folder: Path

    def prepared(self) -> Callable[[Sequence[int]], list[int | str]]:
        return lambda items: [self._square(item) for item in items]

    def _square(self, item: int) -> int:
        fuse = self.folder / str(item)
        if fuse.exists() and (left := fuse.read_text()):
            fuse.write_text(left[1:])
            if left[0] == "r":
                raise ArithmeticError("no square")
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    def given_up(self, item: int, reason: str) -> list[int | str]:
        return [f"{item}: {reason}"]

    def joined(self, replies: Iterable[list[int | str]]) -> list[int | str]:
        return [part for reply in replies for part in reply]


@dataclass(frozen=True)
class Stillborn:
    """Work for which no worker can even begin."""

    def prepared(self) -> Callable[[Sequence[int]], list[int]]:
        os.kill(os.getpid(), signal.SIGKILL)
        raise NotImplementedError

    def given_up(self, item: int, reason: str) -> list[int]:
        raise NotImplementedError(item, reason)

    def joined(self, replies: Iterable[list[int]]) -> list[int]:
        raise NotImplementedError(replies)


def tell_blocked(pipe: Connection) -> None:
    """What a process does that tells whether Ctrl-C could have reached it while it began."""
    pipe.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))


def deaf_from_the_beginning() -> list[bool]:
    """Whether Ctrl-C reaches none of two processes that are started, but goes on reaching us."""
    context = multiprocessing.get_context("spawn")
    told = []
    for _ in range(2):  # Python starts another process with the first
        ours, theirs = context.Pipe()
        start_deaf(context.Process(target=tell_blocked, args=(theirs,)))
        told.append(ours.recv())
    return [*told, signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])]
