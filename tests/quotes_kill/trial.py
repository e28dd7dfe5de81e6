"""One trial: writers at work on one file, killed at a random moment, and what is left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cp_pricing.quotes.approvals import ask
from cp_pricing.quotes.history import Quote
from cp_pricing.quotes.links import shown
from cp_pricing.quotes.log.entries import faults_in
from cp_pricing.quotes.record import LAST, Desk, contents, quote, save
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.quotes.store.store import Store
from tests.support.places import ROOT
from tests.support.quotes import ADMIN, NOW, ONE, TERMS, solved

LONGEST = 0.6  # seconds after all are at work


class Writer:
    """A process that writes, and what it was told."""

    def __init__(self, where: str, name: str, folder: Path) -> None:
        self._told = folder / f"{name}.txt"
        command = [sys.executable, "-m", "tests.quotes_kill.writer", where, name]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self._told.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, cwd=ROOT, env=environment)

    @property
    def told(self) -> list[tuple[str, str]]:
        """What was acknowledged, but for a line that the kill has cut."""
        whole = self._told.read_text("utf-8").rpartition("\n")[0]
        lines = (line.partition(" ") for line in whole.splitlines())
        return [(what, name) for what, _, name in lines]

    def wait(self) -> None:
        """Wait until it is at work."""
        while not self.told:
            assert self.process.poll() is None, "the writer ended by itself"
            time.sleep(0.01)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def trial(
    folder: Path, writers: int, draw: random.Random, where: str = ""
) -> tuple[int, list[str]]:
    """How many acts were acknowledged until the kill, and what of them is not as it must be."""
    where = where or str(folder / "quotes.sqlite")
    open_store(where, make=True).close()
    own = [Writer(where, f"writer-{place}", folder) for place in range(writers)]
    try:
        for writer in own:
            writer.wait()
        for writer in own:
            time.sleep(draw.uniform(0, LONGEST / writers))
            writer.kill()
    finally:
        for writer in own:
            writer.kill()
    told = [line for writer in own for line in writer.told]
    store = open_store(where)
    try:
        return len(told), list(_faults(store, told))
    finally:
        store.close()


def _faults(store: Store, told: list[tuple[str, str]]) -> Iterator[str]:
    with store.reading() as record:
        yield from faults_in(record.rows(), record.documents())
        numbers = [number for number, _ in record.quotes(LAST, LAST)]
    kept = {number: quote(store, number) for number in numbers}
    for what, name in told:
        if what != "ready" and not _is_kept(store, kept, what, name):
            yield f"{what} {name} was acknowledged and is not there"
    for number in numbers:
        for version in kept[number].versions:
            if contents(store, version).result.quote != version.saved.price:
                yield f"{version.name} says another price than its result"
    # And it goes on from there.
    desk = Desk(store, ADMIN, NOW)
    ask(desk, save(desk, solved(ONE), TERMS).number)
    with store.reading() as record:
        yield from faults_in(record.rows(), record.documents())


def _is_kept(store: Store, kept: dict[str, Quote], what: str, name: str) -> bool:
    """Whether what was acknowledged can be read."""
    number = name[: len("Q-2026-0001")]
    if number not in kept:
        return False
    actions = [entry.event.action for entry in kept[number].entries]
    if what == "saved":
        return actions.count("saved") >= int(name.rpartition(".")[2])
    if what == "linked":
        return shown(store, name.split()[1], NOW).view.price is not None
    return what in actions
