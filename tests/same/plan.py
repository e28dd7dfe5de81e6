"""All that is tried, the longest first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tests.fuzz.books import Book
from tests.same import commands
from tests.same.books import (
    faulty_books,
    own_books,
    random_book,
    random_pair,
    random_request,
)
from tests.same.names import Names, names_of
from tests.same.trials import PLAIN, VIEWS, Command, Trial, command
from tests.same.usage import from_standard_input, usage, without_book

PAIRS = 10  # of so many random books one is a small pair, of which everything is proven ...
BATCHES = 4  # ... and of so many one is solved in a batch, whose workers take a second to start
PATIENT = 30  # seconds of work; no other limit decides what is said of the project's own books
COVERED = "--min-coverage 60 --junit junit.xml"


def trials(seeds: range) -> Iterator[Trial]:
    """The project's own books with every option, then others with a choice of them."""
    own = dict(own_books())
    yield from chain.from_iterable(_own_trials(name, book) for name, book in own.items())
    pilot = {"book": own["coulomb"]}
    yield Trial("without-book", {}, tuple(without_book()), PATIENT)
    yield Trial("usage", pilot, tuple(usage()), PATIENT)
    yield Trial("standard-input", pilot, tuple(from_standard_input(pilot["book"])), PATIENT)
    for seed in seeds:
        yield _pair(seed) if seed % PAIRS == 0 else _random(seed)
    for name, book in faulty_books(seeds):
        yield Trial(name, {"book": book}, tuple(commands.faults()))


def answers(before: Path, seeds: range) -> Iterator[Trial]:
    """Nothing but what is answered: the requests of the older checkout's books, and random ones."""
    for name, book in own_books(before):
        yield Trial(name, {"book": book}, tuple(commands.answers(briefly=True)), PATIENT)
    for seed in seeds:
        given = commands.answers(briefly=seed // 2 % BATCHES == 0)  # of plain plans and of cards
        yield Trial(f"request-{seed}", {"book": random_request(seed)}, tuple(given), PATIENT)


def _own_trials(name: str, book: Book) -> Iterator[Trial]:
    """A trial for each kind of command, so that they can be shared out."""
    names = names_of(book)
    kinds: dict[str, Iterator[Command]] = {
        "proofs": commands.proofs(names, PLAIN),
        "reports": commands.reports(*commands.READERS),
        "explanations": commands.explanations(names, PLAIN),
        "drafts": commands.drafts(PLAIN),
        "tests": commands.tests("", "--coverage", "-k accepted --min-coverage 60", COVERED),
        "policy": commands.policies(names, PLAIN),
        "late": commands.too_late(),
        "batches": chain(*map(commands.batches, range(8)), commands.more_batches()),
    }
    for number, view in enumerate(VIEWS):
        kinds[f"decisions-{number}"] = commands.decisions(names, view)
    for kind, given in kinds.items():
        yield Trial(f"{name}-{kind}", {"book": book}, tuple(given), PATIENT)


def _random(seed: int) -> Trial:
    book = random_book(seed)
    names = names_of(book)
    given = _usual(names, seed)
    if seed % BATCHES == 0:
        given = chain(given, commands.batches(seed // BATCHES))
    return Trial(f"random-{seed}", {"book": book}, tuple(given))


def _usual(names: Names, seed: int) -> Iterator[Command]:
    view = commands.view_of(seed)
    yield from commands.decisions(names, view)
    yield from commands.explanations(names, view)
    yield from commands.reports(commands.READERS[seed % 2])
    yield from commands.policies(names, view)
    yield from commands.tests(COVERED)


def _pair(seed: int) -> Trial:
    old, new = random_pair(seed)
    names, view = names_of(old), commands.view_of(seed)
    given = chain(
        _usual(names, seed),
        (command(f"policy analyze book {commands.BUDGET}", environment=view),),
        commands.proofs(names, view),
        commands.comparisons("book", "other", view),
    )
    return Trial(f"pair-{seed}", {"book": old, "other": new}, tuple(given))
