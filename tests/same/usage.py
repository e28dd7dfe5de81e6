"""Commands that need no price book but the pilot's: help, completion, new books, and misuse."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cli.main import main
from tests.fuzz.books import FILES, REQUESTS, Book
from tests.same.commands import LONG
from tests.same.trials import NARROW, Command, command
from tests.support.commands import parts_of

PILOT = (
    f"solve {LONG}",
    "models --profile small-team --profile solo",
    "models --plan pay-as-you-go --format json",
    f"explain --request small-team-lower-price {LONG}",
    f"report --request small-team-lower-price --out pilot.html {LONG}",
    f"policy check --deny-warnings {LONG}",
    f"policy test -k prepaid --coverage {LONG}",
    "policy explain price-floor --profile small-team",
)
NEW = (
    "policy init new",
    "policy init new",
    f"solve new --detail full {LONG}",
    f"policy check new {LONG}",
    f"batch new --out new.csv --workers 1 {LONG}",
    "policy fmt new --check",
    "policy schema --out schemas",
    *(f"policy schema {name}" for name in FILES),
)
MISUSE = (
    "",
    "--version",
    "slove",
    "nonsense",
    "solve no-such-folder",
    "solve book/policy.yaml",
    "solve book --requests no-such.json",
    "solve book --request smal-team-lower-price",
    "solve book --format yaml",
    "solve book --time-limit 0",
    "solve book --fail-on nothing",
    "solve --unknown-option",
    "explain book",
    "explain book --request small-team-lower-price --lever prepaid_amuont",
    "explain book --request small-team-lower-price --for nobody",
    "models book --profile soloo",
    "models book --plan flat",
    "models book --profile solo --plan committed-annual",
    "report book --out no-such-folder/report.html",
    "batch book",
    "batch book --out results.csv --workers 0",
    "policy",
    "policy chekc",
    "policy check no-such-folder",
    "policy fmt",
    "policy fmt no-such.yaml",
    "policy init book",
    "policy schema",
    "policy schema polcy.yaml",
    "policy test book --test nothing",
    "policy test book -k nothing-of-the-kind",
    "policy test book --min-coverage 101",
    "policy test book --tests no-such.yaml",
    "policy test book --junit no-such-folder/junit.xml",
    "policy analyze book --plan annual",
    "policy analyze book --budget -1",
    "policy compare book",
    "policy compare book no-such-folder",
    "policy explain price-flor book",
    "policy explain nothing book",
    "policy explain price-floor book --profile soloo",
    "completion",
    "completion tcsh",
    *(f"completion {shell}" for shell in ("bash", "zsh", "fish")),
)
HALF_TYPED = (
    "",
    "s",
    "policy ",
    "solve --",
    "solve --format ",
    "solve book --request small-",
    "explain book --request ",
    "batch --engine ",
)


def helps() -> Iterator[Command]:
    """The help of every command, wide and narrow."""
    for path in _paths(main, ()):
        yield Command((*path, "--help"))
        yield Command((*path, "-h"), environment=NARROW)


def _paths(group: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(group, click.Group):
        for name, member in parts_of(group):
            yield from _paths(member, (*path, name))


def completions() -> Iterator[Command]:
    """What a shell is offered while a command is typed."""
    for typed in HALF_TYPED:
        words = f"cp-pricing {typed}"
        last, place = typed.rpartition(" ")[2], str(words.count(" "))
        for shell in ("bash", "zsh", "fish"):
            settings = {
                "_CP_PRICING_COMPLETE": f"{shell}_complete",
                "COMP_WORDS": words,
                # What fish calls by this name is the word itself.
                "COMP_CWORD": last if shell == "fish" else place,
            }
            yield command("", environment=settings)


def usage() -> Iterator[Command]:
    """Help, completion, and what is said to those who need it."""
    yield from helps()
    yield from completions()
    yield from map(command, MISUSE)


def without_book() -> Iterator[Command]:
    """The pilot that comes with the program, and a new book."""
    yield from map(command, (*PILOT, *NEW))


def from_standard_input(book: Book) -> Iterator[Command]:
    """Requests, whole and broken, that are piped in."""
    content = book[REQUESTS]
    text = content.decode() if isinstance(content, bytes) else ""
    for given in (text, text[: len(text) // 2], "[]", ""):
        yield command(f"solve book --requests - --format jsonl {LONG}", stdin=given)
        yield command("report book --requests - --request no-such-request", stdin=given)
    yield command(f"batch book --requests - --out piped.jsonl --workers 1 {LONG}", stdin=text)
