"""One life of a server: quotes are saved, asked to be signed and sent until it is killed."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from httpx2 import Client, HTTPError

from cp_pricing.quotes.log.entries import faults_in
from cp_pricing.quotes.record import Search, quotes
from cp_pricing.quotes.store.opening import open_store
from tests.web.asking import PLAN
from tests.web_browser.serving import served

UNTIL = "2999-12-30"
_WRITERS = 3
Told = set[tuple[str, str]]


def lived(store: Path, chance: random.Random) -> Told:
    """What a server acknowledged before it was killed: numbers, and what was done with each."""
    told: Told = set()
    with served("--store", store, "--workers", "2", "--rate", "100000") as server:
        ends = threading.Event()
        writers = [
            threading.Thread(target=_write, args=(server.address, told, ends, chance.random()))
            for _ in range(_WRITERS)
        ]
        for writer in writers:
            writer.start()
        time.sleep(0.5 + 2 * chance.random())
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        ends.set()
        for writer in writers:
            writer.join()
    return told


def _write(address: str, told: Told, ends: threading.Event, seed: float) -> None:
    """Save quotes and send them, one after the other."""
    chance = random.Random(seed)  # noqa: S311 - a trial
    with suppress(HTTPError), Client(base_url=address, timeout=60) as desk:
        while not ends.is_set():
            pairs = [*PLAN, ("term", "24"), ("prepaid", str(100 * chance.randrange(10, 30)))]
            fields = {"query": urlencode(pairs), "valid_until": UNTIL}
            saved = desk.post("/quotes", data=fields)
            number = saved.headers["location"].rpartition("/")[2]
            told.add((number, "saved"))
            if desk.post(f"/quotes/{number}/send").status_code == 303:
                told.add((number, "sent"))


def lost(store: Path, told: Told) -> list[str]:
    """What was acknowledged and is not there, and what is not whole."""
    record = open_store(str(store))
    try:
        with record.reading() as reading:
            faults = list(faults_in(reading.rows(), reading.documents()))
        found = {each.number: each for each in quotes(record, Search(), datetime.now(UTC))}
    finally:
        record.close()
    for number, what in sorted(told):
        quote = found.get(number)
        if quote is None or (what == "sent" and quote.sent is None):
            faults.append(f"{number} was {what}, and is not")
    return faults
