"""One question put to the command line: what has to hold however it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any, cast
from unittest.mock import patch

from click.testing import Result

from cp_pricing import PriceBook, TuningRequest, load_price_book, load_requests
from cp_pricing.fields import ALLOWANCE, DISCOUNT, PRICE, base_name, meter_of
from cp_pricing.files.texts import REQUESTS
from tests.quote_fuzz.questions import Line, line_of
from tests.support.books import example_in
from tests.support.command import run
from tests.support.places import COULOMB_API, EXAMPLE, PILOT, PRICE_LISTS
from tests.support.search import Tally

READ_ANEW = 10  # of so many lines one has its price book read again, as a person's would be
_KINDS = {0: "answered", 2: "refused", 3: "undecided"}
FACTS = """facts:
  deal_type: {values: [new, renewal], default: new}
  payment_terms: {unit: days, min: 0, max: 120, step: 15, default: 30}
  strategic: {default: false}
  region: {values: [eu, us]}
approvers: ["""
_FAULT = re.compile(r"^command line:1:\d+: \S", re.MULTILINE)
_COUNT = re.compile(r"^error: (\d+) faults?; nothing was computed$", re.MULTILINE)
_USAGE = re.compile(r"^Error: \S", re.MULTILINE)


@cache
def _books() -> tuple[PriceBook, ...]:
    """The pilot, the example, and the example with facts in a folder that stays."""
    keeper = TemporaryDirectory()
    folder = example_in(Path(keeper.name, "book"), ("policy.yaml", "approvers: [", FACTS))
    (folder / REQUESTS).unlink()  # they lack a fact
    _KEPT.append(keeper)
    return tuple(load_price_book(each) for each in (PILOT, EXAMPLE, folder))


_KEPT: list[TemporaryDirectory[str]] = []


@cache
def _card_books() -> tuple[PriceBook, ...]:
    """Price books of rate cards."""
    lists = (PRICE_LISTS / name for name in ("cdn", "hosts", "messages"))
    return tuple(load_price_book(each) for each in (COULOMB_API, *lists))


def try_line(seed: int, *, rates: bool = False) -> Tally:
    """What became of the line of a seed, about rate cards from a stream of its own."""
    rng = Random(f"rates {seed}" if rates else seed)  # noqa: S311 - a seed gives its case again
    book = rng.choice(_card_books() if rates else _books())
    line, form = line_of(rng, book), rng.choice(("table", "json"))
    is_kept = rng.random() < 0.1
    with TemporaryDirectory() as name:
        folder = book.folder or PILOT
        options = ["--format", form, "--time-limit", "0.5"]
        if is_kept:
            folder = copytree(folder, Path(name, "book"))
            options += ["--save", "kept"]
        with nullcontext() if is_kept or seed % READ_ANEW == 0 else _already_read(book):
            found = run("quote", "--book", folder, *options, *line.arguments)
        faults = [*_faults(found, line, form)]
        if is_kept:
            faults += _file_faults(book, folder, found, line)
    told = f"seed {seed}: {line.arguments}\n{found.stdout[:1500]}\n{found.stderr[:1500]}"
    tally = Tally(1, differences=[f"{fault}: {told}" for fault in faults])
    tally.kinds[_KINDS.get(found.exit_code, "otherwise")] += 1
    return tally


def _already_read(book: PriceBook) -> AbstractContextManager[object]:
    """Let the command have a book that was read before: reading it takes longer than the line."""
    return patch("cp_pricing.book.loading.load_price_book", lambda *_, **_options: book)


def _faults(found: Result, line: Line, form: str) -> Iterator[str]:
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        yield f"{type(found.exception).__name__}: {found.exception}"
    elif found.exit_code not in _KINDS or "Traceback" in found.stderr:
        yield f"status {found.exit_code}"
    elif found.exit_code == 2:
        yield from _refusal_faults(found, line)
    elif "--help" not in line.arguments and "-h" not in line.arguments:
        yield from _answer_faults(found, line, form)


def _refusal_faults(found: Result, line: Line) -> Iterator[str]:
    if found.stdout:
        yield "something on standard output, though it is refused"
    if line.asked is not None and "a request cannot keep a parameter" not in found.stderr:
        yield "a sound question is refused"
    if count := _COUNT.search(found.stderr):
        if len(_FAULT.findall(found.stderr)) != int(count[1]):
            yield "a fault without a place in the line"
    elif not _USAGE.search(found.stderr):
        yield "no reason on standard error"
    if any(not (char.isprintable() or char == "\n") for char in found.stderr):
        yield "a control character on standard error"


def _answer_faults(found: Result, line: Line, form: str) -> Iterator[str]:
    if form == "table":
        if not found.stdout.strip():
            yield "no answer"
        return
    results = json.loads(found.stdout)["results"]
    if line.asked is None:
        return
    if len(results) != line.offers:
        yield f"{len(results)} results of {line.offers} offers"
    if terms := results[0]["configuration"]:
        for field, value in line.asked.items():
            shown = _shown(terms, field)
            if field == "platform_fee" or shown == "unlimited":
                continue  # as charged, and too long to count
            if (shown if isinstance(shown, bool) else Fraction(shown)) != value:
                yield f"{field} is {shown}, and {value} was asked"


def _shown(terms: dict[str, Any], field: str) -> str | bool:
    """A field as the JSON of its terms has it, a discount as its price level."""
    if "rates" not in terms:
        return cast("str | bool", terms[field])
    if field == PRICE:
        return str(1 - Fraction(terms[DISCOUNT]))
    if meter := meter_of(field):
        key = "included" if base_name(field) == ALLOWANCE else "price"
        return cast("str", terms["rates"][meter][key])
    return cast("str | bool", terms[field])


def _file_faults(book: PriceBook, folder: Path, found: Result, line: Line) -> Iterator[str]:
    """What is wrong with the file of requests behind a question that was to be kept."""
    before = _requests_in(book)
    after = _requests_in(load_price_book(folder))
    added = after[len(before) :]
    if after[: len(before)] != before or not all(each.id.startswith("kept") for each in added):
        yield "other requests than were there"
    if bool(added) != (f"kept in {folder / REQUESTS}: " in found.stderr):
        yield "requests were added and not told, or told and not added"
    if line.asked is not None and len(added) != line.offers * ("--param" not in line.arguments):
        yield f"{len(added)} requests were added for {line.offers} offers"


def _requests_in(book: PriceBook) -> tuple[TuningRequest, ...]:
    has_file = book.folder is not None and (book.folder / REQUESTS).exists()
    return load_requests(book) if has_file else ()
