"""The price books of the checkout: loaded once, or as texts to be changed."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from benchmarks.books import certain_pilot
from constraints.language.expressions import Name, Value
from cp_pricing import PriceBook, TuningRequest, load_price_book, parse_price_book
from cp_pricing.book import loading
from cp_pricing.fields import DERIVED, FIELDS
from cp_pricing.files.texts import FILES, REQUESTS
from cp_pricing.model.pricing import canonical_fields, pricing_of
from tests.support.places import COULOMB_API, EXAMPLE, PILOT


@cache
def pilot() -> PriceBook:
    return load_price_book(PILOT)


@cache
def certain() -> tuple[PriceBook, tuple[TuningRequest, ...]]:
    """The pilot and its requests, with its profiles taken as certain."""
    return certain_pilot()


@cache
def coulomb_api() -> PriceBook:
    return load_price_book(COULOMB_API)


@cache
def example() -> PriceBook:
    return load_price_book(EXAMPLE)


@cache
def of_both_kinds() -> PriceBook:
    """The example with its plan of overage as a rate card, of the one meter that there is."""
    return parse_price_book(texts_of_both_kinds())


def texts_of_both_kinds() -> dict[str, str]:
    """The texts of the example with a rate card."""
    texts = texts_of(EXAMPLE)
    old = """    included_units: {per_member: 1_000_000}
    usage_unit_price: 0.00001
    contract_duration_months: 1
    tunable:
      usage_unit_price: {min: 0.000002, max: 0.00002, tick: 0.00000001}
"""
    new = """    rates: {token: {price: 0.00001, included: {per_member: 1_000_000}}}
    contract_duration_months: 1
    tunable:
      usage_discount: {min: -10%, max: 40%, step: 1%}
      rates: {min: 0.000002, max: 0.00002, tick: 0.00000001}
"""
    assert old in texts["catalog.yaml"]
    texts["catalog.yaml"] = texts["catalog.yaml"].replace(old, new)
    policy = texts["policy.yaml"].replace("usage_unit_price", "rate.token")
    return {**texts, "policy.yaml": policy}


def texts_of(folder: Path, *more: str) -> dict[str, str]:
    """The texts of a folder's price book, by file, unpacked; with some more of its files."""
    texts = {name: (folder / name).read_text("utf-8") for name in (*FILES, *more)}
    packed = {path.name: gzip.decompress(path.read_bytes()) for path in folder.glob("*.gz")}
    return texts | {name: text.decode() for name, text in packed.items()}


def parse(texts: Mapping[str, str]) -> tuple[PriceBook, tuple[TuningRequest, ...]]:
    """As `load`, from four texts by file name."""
    draft = loading._Draft(loading._given(texts, (*FILES, REQUESTS)))
    read = draft.requests(REQUESTS)
    return draft.finished(), read


def evaluated(
    book: PriceBook, configuration: str, profile: str, baseline: str
) -> dict[str, Value | None]:
    """Every quantity of a configuration at its own terms, in deals that start from a baseline."""
    offer = pricing_of(book).offer(baseline, profile)
    fields = canonical_fields(book.configuration(configuration), offer.profile)
    evaluator = offer.evaluator(fields)
    return {name: evaluator.value(Name(name)) for name in (*FIELDS, *DERIVED)}


def example_with(old: str, new: str, file: str = "catalog.yaml") -> PriceBook:
    """The example with something else in a place that there is once."""
    texts = texts_of(EXAMPLE)
    assert texts[file].count(old) == 1, old
    texts[file] = texts[file].replace(old, new)
    return parse_price_book(texts)


def example_in(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The example's files in a new folder, with changes: a file, what was there, what is."""
    shutil.copytree(EXAMPLE, folder)
    for file, old, new in changes:
        text = (folder / file).read_text("utf-8")
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder
