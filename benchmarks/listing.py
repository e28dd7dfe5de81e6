"""A page of a record's quotes, looked for in several ways.

`python -m benchmarks.listing [--quotes 10000] [--server]`: in an SQLite file, or on a PostgreSQL
server of our own. Of four quotes two are signed; the record is warm, the best of five. What is
found has to be what is found by reading quote by quote.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from cp_pricing.quotes.history import Quote
from cp_pricing.quotes.log.entries import following
from cp_pricing.quotes.log.events import Asked, Event, Granted
from cp_pricing.quotes.log.number import numbered
from cp_pricing.quotes.record import LAST, Search, Terms, found, quotes, saved_event
from cp_pricing.quotes.solved import documents_of
from cp_pricing.quotes.store.opening import open_store
from cp_pricing.quotes.store.store import Store
from tests.support.postgres import server
from tests.support.quotes import FREE, MARA, NO, NOW, ONE, TWO, UNTIL, solved

PAGE = 50
SEARCHES = {
    "the first page": Search(),
    "one owner's": Search(owner="o3"),
    "those that are ready": Search(statuses=("ready",)),
    "a text that none has": Search("nobody"),
    "a status that none has": Search(statuses=("agreed",)),
}


def fill(store: Store, count: int) -> None:
    """Write so many quotes in one transaction, without asking what their answers are each time."""
    answers = [solved(name) for name in (FREE, ONE, TWO, NO)]
    kept = [documents_of(answer) for answer in answers]
    saved = [
        saved_event(answer, documents, Terms(UNTIL, owner=f"o{place}"), MARA)
        for place, (answer, documents) in enumerate(zip(answers, kept, strict=True))
    ]
    asked = Asked(version=1, approvers=("deal-desk",), until=UNTIL)
    signed = Granted(version=1, approver="deal-desk", comment="", until=None)
    with store.writing() as record:
        last = record.last()
        for place in range(count):
            kind = place % len(saved)
            events: list[Event] = [saved[kind], *((asked, signed) if kind in {1, 2} else ())]
            for event in events:
                number = numbered(2026, place + 1)
                last = following(last, NOW, MARA, event, quote=number).row
                record.add(last, kept[kind].contents if place < len(saved) else {})


def one_by_one(store: Store, search: Search) -> tuple[Quote, ...]:
    """As `quotes`, with a query for each quote."""
    with store.reading() as record:
        numbers = [number for number, _ in record.quotes(LAST, LAST)]
        all_ = (found(record, number) for number in numbers)
        return tuple(islice((each for each in all_ if search.finds(each, NOW)), PAGE))


def milliseconds(store: Store, search: Search) -> Iterator[float]:
    """How long it takes to find a page, several times."""
    for _ in range(5):
        started = time.perf_counter()
        quotes(store, search, NOW, PAGE)
        yield 1000 * (time.perf_counter() - started)


@contextmanager
def place(*, on_server: bool) -> Iterator[str]:
    """Where the record is."""
    if on_server:
        with server() as address:
            yield address
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder, "quotes.sqlite"))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quotes", type=int, default=10_000)
    parser.add_argument("--server", action="store_true")
    options = parser.parse_args()
    differences = 0
    with place(on_server=options.server) as where, closing(open_store(where, make=True)) as store:
        fill(store, options.quotes)
        for name, search in SEARCHES.items():
            differences += quotes(store, search, NOW, PAGE) != one_by_one(store, search)
            print(f"{name:24} {min(milliseconds(store, search)):8.1f} ms")
    print(f"{len(SEARCHES)} comparisons, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
