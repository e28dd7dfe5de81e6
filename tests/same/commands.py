"""The commands that a price book is given, each with a choice of its options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from tests.fuzz.books import POLICY, REQUESTS
from tests.same.books import DRAFT, JSON_LINES, TABLE
from tests.same.names import Names
from tests.same.trials import VIEWS, Command, command

# So long that no clock decides what is said, however busy the machine is.
LONG = "--time-limit 600"
BUDGET = "--budget 900"
READERS = ("seller", "customer")


def decisions(names: Names, view: Mapping[str, str]) -> Iterator[Command]:
    """What is decided, for people and for programs."""
    first = names.requests[0]
    yield command(f"solve book {LONG}", environment=view)
    yield command(f"solve book --detail full {LONG}", environment=view)
    yield command(f"solve book --format json --detail full {LONG}")
    yield command(f"solve book --format jsonl --fail-on rejected --request {first} {LONG}")
    yield command("models book", environment=view)
    yield command("models book --format json")


def answers(*, briefly: bool) -> Iterator[Command]:
    """What a program is told of the requests of a book: in full, and `briefly` in a batch, too."""
    for detail in ("rules", "full"):
        yield command(f"solve book --format json --detail {detail} {LONG}")
    if briefly:
        given = "--out out.jsonl --workers 1 --detail decision"
        yield command(f"batch book {given} {LONG}")


def explanations(names: Names, view: Mapping[str, str]) -> Iterator[Command]:
    """Why each request is decided so, and what each lever would do."""
    for request in names.requests:
        levers = "".join(f" --lever {name}" for name in names.levers[request])
        for reader in READERS:
            asked = f"explain book --request {request} --for {reader} {LONG}"
            yield command(asked, environment=view)
            yield command(asked + levers, environment=view)
        yield command(f"explain book --request {request} --for customer --format json {LONG}")
        yield command(f"explain book --request {request} --format json {LONG}{levers}")


def reports(*readers: str) -> Iterator[Command]:
    """The HTML files."""
    for reader in readers:
        yield command(f"report book --for {reader} --out {reader}.html {LONG}")


def policies(names: Names, view: Mapping[str, str]) -> Iterator[Command]:
    """A policy's faults and doubts, its rules in words, and its layout."""
    yield command(f"policy check book {LONG}", environment=view)
    yield command(f"policy check book --deny-warnings --format json {LONG}")
    for number, rule in enumerate(names.rules):
        form = ("table", "json")[number % 3 == 0]
        yield command(f"policy explain {rule} book --format {form}", environment=view)
    yield command(f"policy fmt book book/{DRAFT} --diff")
    yield command(f"policy fmt book book/{DRAFT}")
    yield command("policy fmt book --check")
    yield command("policy check book --static")


def tests(*choices: str) -> Iterator[Command]:
    """A policy's tests, with a choice of options each time."""
    for choice in choices:
        yield command(f"policy test book {choice} {LONG}")


def batches(seed: int) -> Iterator[Command]:
    """Requests from file to file; which form they have depends on the seed."""
    source = (JSON_LINES, TABLE)[seed % 2]
    out = ("out.jsonl", "out.csv", "out.parquet", "out.csv.gz")[seed // 2 % 4]
    detail = ("decision", "rules", "full")[seed % 3]
    given = f"batch book --requests book/{source} --workers 1 --detail {detail} {LONG}"
    errors = ("--errors errors.csv", "--errors errors.jsonl", "")[seed % 3]
    yield command(f"{given} --out {out} --summary summary.json {errors}")


def more_batches() -> Iterator[Command]:
    """The other ways of a batch."""
    yield command(f"batch book --out default.jsonl --workers 2 {LONG}")
    yield command(f"batch book --out default.jsonl --resume --summary - --quiet {LONG}")
    yield command(f"batch book --requests book/nothing-*.csv --out none.csv {LONG}")
    yield command("batch book --out results.txt")
    yield command("batch book --out no-folder/results.csv")
    yield command("batch book --out results.csv --address here:1")


def proofs(names: Names, view: Mapping[str, str]) -> Iterator[Command]:
    """What is provable of a policy for each configuration and profile; some pairs do not exist."""
    pairs = product(names.tunable, names.profiles)
    for number, (configuration, profile) in enumerate(pairs):
        form = ("table", "json")[number % 3 == 1]
        only = f"--plan {configuration} --profile {profile} --format {form}"
        yield command(f"policy analyze book {only} {BUDGET}", environment=view)


def too_late() -> Iterator[Command]:
    """What is said where the time is up at once."""
    yield command("solve book --detail full --time-limit 1e-9")
    yield command("policy check book --time-limit 1e-9")
    yield command("policy analyze book --budget 1e-9")
    yield command("policy analyze book --budget 1e-9 --format json")
    yield command(f"policy compare book/{POLICY} book/{DRAFT} --budget 1e-9")


def comparisons(old: str, new: str, view: Mapping[str, str]) -> Iterator[Command]:
    """What a change of policy does to deals and to requests."""
    asked = f"--requests book/{REQUESTS}"
    yield command(f"policy compare {old} {new} --fail-on stricter {BUDGET}", environment=view)
    yield command(f"policy compare {new} {old} {asked} --fail-on flips {BUDGET}", environment=view)
    yield command(f"policy compare {old} {new} {asked} --format json {BUDGET}")


def drafts(view: Mapping[str, str]) -> Iterator[Command]:
    """The policy against its draft."""
    yield from comparisons(f"book/{POLICY}", f"book/{DRAFT}", view)
    yield command(f"policy compare book no-such.yaml --in book {BUDGET}")


def faults() -> Iterator[Command]:
    """What is told of a book, without solving it if it should be valid after all."""
    yield command("policy check book --static")
    yield command("policy check book --static --deny-warnings --format json")
    yield command("solve book --request no-such-request")
    yield command("policy fmt book --diff")


def view_of(seed: int) -> Mapping[str, str]:
    """How wide and how coloured a random book is shown."""
    return VIEWS[seed % len(VIEWS)]
