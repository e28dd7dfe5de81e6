"""Users who move sliders on the desk's page, and a hard question among them.

`python -m benchmarks.page [--users 50] [--seconds 60] [--pause 1] [--hard]` starts a server of the
pilot on this machine and asks it over loopback. Each user moves a slider, waits for the answer and
then for the full reading, which is dropped when the next move comes before it. `--hard` has one
question more, which takes all of its 30 seconds, from the middle on; the answers before and beside
it are told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from tests.web_browser.serving import served

PLAN = [("plan", "membership-plus-overage"), ("profile", "small-team")]
# As the page's own script has it.
_REST = 0.2
OPENED = "included,term,minimum,prepaid,guarantee,onboarding,flexibility"
HARD = f"/ask.json?{urlencode([*PLAN, ('open', OPENED), ('prefer', 'ltv')])}"
# Most of what these come to can be had: why something cannot takes ten times as long to read.
TERMS = {
    "prepaid": [str(100 * n) for n in range(31)],
    "included": [str(500_000 * n) for n in range(13)],
    "minimum": [str(10 * n) for n in range(16)],
    "term": ["12", "24", "36"],
}


@dataclass
class Seen:
    """What became of moves: seconds to each answer, by whether the hard question was under way."""

    before: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    full: list[float] = field(default_factory=list)
    dropped: int = 0
    lost: list[str] = field(default_factory=list)
    is_hard: bool = False


class User:
    """Somebody at a page: one connection, which is closed with what is not wanted any more."""

    def __init__(self, port: int, seed: int, pause: float, seen: Seen) -> None:
        self._port, self._pause, self._seen = port, pause, seen
        self._random = random.Random(seed)
        self._said = {name: self._random.choice(values) for name, values in TERMS.items()}
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def work(self, until: float) -> None:
        """Move until the time is over."""
        await asyncio.sleep(self._random.random() * self._pause)
        while time.monotonic() < until:
            following = time.monotonic() + self._pause * (0.5 + self._random.random())
            name = self._random.choice(list(TERMS))
            self._said[name] = self._random.choice(TERMS[name])
            await self._answered("rules", until + 30)
            await asyncio.sleep(_REST)
            if not await self._answered("full", following):
                self._seen.dropped += 1
            await asyncio.sleep(max(0.0, following - time.monotonic()))

    async def _answered(self, detail: str, until: float) -> bool:
        path = f"/answer?{urlencode([*PLAN, *self._said.items(), ('detail', detail)])}"
        started, hard = time.perf_counter(), self._seen.is_hard
        status = "202"
        while status == "202":
            try:
                async with asyncio.timeout(max(0.0, until - time.monotonic())):
                    status = await self.get(path)
            except TimeoutError:
                self._leave()
                return False
        if status != "200":
            self._seen.lost.append(status)
        took = time.perf_counter() - started
        kept = self._seen.full if detail == "full" else [self._seen.before, self._seen.beside][hard]
        kept.append(took)
        return True

    def _leave(self) -> None:
        if self._stream is not None:
            self._stream[1].close()
        self._stream = None

    async def get(self, path: str) -> str:
        """The status of a reply, once all of it is there."""
        if self._stream is None:
            self._stream = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._stream
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = head.partition("content-length: ")[2].partition("\r")[0]
        await reader.readexactly(int(length or 0))
        return head.split()[1]


def memory(pid: int) -> float:
    """The memory of a process and its children, in MB."""
    pids = [pid]
    for each in pids:
        with suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                pids += map(int, (task / "children").read_text().split())
    kilobytes = 0
    for each in pids:
        with suppress(OSError, IndexError):
            text = Path(f"/proc/{each}/smaps_rollup").read_text()
            kilobytes += int(text.partition("Pss:")[2].split()[0])
    return kilobytes / 1000


def figures(port: int) -> str:
    """What the server says of itself."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/metrics")
    return connection.getresponse().read().decode()


def told(name: str, seconds: Sequence[float]) -> str:
    """Median, 99th percentile and worst of some times, in milliseconds."""
    if not seconds:
        return f"{name}: none"
    ranked = sorted(seconds)
    p99 = ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)]
    figures = (statistics.median(ranked), p99, ranked[-1])
    median, late, worst = (f"{1000 * figure:,.0f} ms" for figure in figures)
    return f"{name}: {len(ranked):,} answers, median {median}, p99 {late}, worst {worst}"


async def loaded(
    port: int, count: int, seconds: float, pause: float, *, hard: bool = False
) -> Seen:
    """All users at once, and the hard question from the middle on."""
    seen = Seen()
    until = time.monotonic() + seconds
    users = [User(port, seed, pause, seen) for seed in range(count)]

    async def hard_question() -> None:
        await asyncio.sleep(seconds / 2)
        seen.is_hard = True
        asker = User(port, -1, 0, seen)
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                seen.lost += [status for status in [await asker.get(HARD)] if status != "200"]
        seen.is_hard = False

    asked = [hard_question()] if hard else []
    await asyncio.gather(*(user.work(until) for user in users), *asked)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two moves")
    parser.add_argument("--hard", action="store_true")
    options = parser.parse_args()
    with served("--rate", "100000") as server:
        port = int(server.address.rpartition(":")[2])
        asyncio.run(loaded(port, options.users, 5, options.pause))
        before = memory(server.process.pid)
        seen = asyncio.run(
            loaded(port, options.users, options.seconds, options.pause, hard=options.hard)
        )
        after = memory(server.process.pid)
        replaced = [line for line in figures(port).splitlines() if "replaced{" in line]
    print(told("answers", seen.before))
    if options.hard:
        print(told("beside the hard question", seen.beside))
    print(told("full readings", seen.full), f"and {seen.dropped:,} dropped by the next move")
    print("; ".join(replaced))
    print(f"lost: {len(seen.lost)}; memory {before:.0f} MB at first, {after:.0f} MB at last")


if __name__ == "__main__":
    main()
