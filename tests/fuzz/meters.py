"""What several meters ask of a book: rates, and amounts that are written by meter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TypeAlias

from tests.fuzz.shapes import (
    Check,
    Fault,
    both,
    either,
    entries,
    flag,
    items,
    list_of,
    number,
    number_in,
    one_of,
    parts,
    record,
    steps,
    text,
    word,
)
from tests.fuzz.trees import Leaf, Tree

# The usage unit of each meter by its id; none where nobody can tell.
Meters: TypeAlias = Mapping[str, str]

AMOUNT, POSITIVE = number(), number(low=None, above=0)
UNITS = number(high=10**15 - Fraction(1, 10**60))
BOUNDS = frozenset(("min", "max", "values", "step", "tick"))
KINDS = frozenset(("price", "package", "tiers"))
DISCOUNT = number(low=None, high=1, percent=True)
_PERCENTAGE = re.compile(r"[-+]?[\d_.]+(?:[eE][-+]?\d+)?%", re.ASCII)


def meters_of(catalog: Tree | None) -> Meters:
    """The meters of a catalog; `unit` is short for one."""
    unit = word(catalog, "unit")
    if entries(catalog, "meters") is None:
        return {unit: unit} if unit else {}
    return {word(meter, "id"): word(meter, "unit") for meter in items(catalog, "meters")}


def is_card(plan: Tree, meters: Meters) -> bool:
    """Whether a configuration is a rate card."""
    return entries(plan, "rates") is not None or len(meters) > 1


def meters_fault(catalog: Tree) -> Iterator[Fault]:
    """That meters stand in the place of a unit, each with an id of its own."""
    keys = catalog.keys() if isinstance(catalog, dict) else frozenset()
    if "meters" not in keys and "unit" not in keys:
        yield Fault("neither a unit nor meters", "missing key", "unit")
    if "meters" in keys and keys & {"unit", "quote_per"}:
        yield Fault("a unit beside meters")


def _meter_id(tree: Tree) -> Iterator[Fault]:
    yield from text(tree)
    if isinstance(tree, Leaf) and (
        tree.text in BOUNDS or not re.fullmatch(r"\w+", tree.text, re.ASCII)
    ):
        yield Fault(f"{tree.text!r} cannot be a meter")


METERS = list_of(
    record({"id": _meter_id, "unit": text, "quote_per": POSITIVE}, frozenset(("id", "unit"))),
    filled=True,
)


def by_meter(check: Check, meters: Meters) -> Check:
    """A value for each of some meters; for the only one it may stand alone."""
    named = record(dict.fromkeys(meters, check)) if meters else record({}, rest=check)

    def checked(tree: Tree) -> Iterator[Fault]:
        if isinstance(tree, dict):
            yield from named(tree)
        elif len(meters) > 1:
            yield Fault("an amount of no meter")
        else:
            yield from check(tree)

    return checked


def bounds_by_meter(check: Check, meters: Meters) -> Check:
    """Bounds for each of some meters; those of the only one may stand alone."""
    named = by_meter(check, meters)

    def checked(tree: Tree) -> Iterator[Fault]:
        if not isinstance(tree, dict) or not tree.keys() & BOUNDS:
            yield from named(tree)
        elif len(meters) > 1:
            yield Fault("bounds of no meter")
        else:
            yield from check(tree)

    return checked


def grid(field: Check, step: str, size: Check = POSITIVE) -> Check:
    """Bounds of a number, with a step."""
    keys = {"min": field, "max": field, step: size}
    return both(record(keys, frozenset(keys)), steps(step))


DISCOUNTS = grid(DISCOUNT, "step", number(low=None, above=0, percent=True))


def asked_discount(tree: Tree) -> Iterator[Fault]:
    """A ratio, in JSON, or a percentage in quotes."""
    quoted = isinstance(tree, Leaf) and not tree.plain
    if quoted and isinstance(tree, Leaf) and _PERCENTAGE.fullmatch(tree.text):
        tree = Leaf(tree.text, plain=True)
    yield from DISCOUNT(tree)


_ALLOWANCE = record({"per_customer": UNITS, "per_member": UNITS})


def allowance(tree: Tree) -> Iterator[Fault]:
    """An allowance as a catalog writes it."""
    if isinstance(tree, dict):
        yield from _ALLOWANCE(tree)
        if len(tree) != 1:
            yield Fault("neither `per_customer` nor `per_member` alone")
    else:
        yield from either("unlimited", UNITS)(tree)


def _limits(tree: Tree) -> Iterator[Fault]:
    limits = [entries(item, "up_to") for item in parts(tree)]
    numbers = [number_in(limit) for limit in limits if limit is not None]
    known = [limit for limit in numbers if limit is not None]
    if limits and (limits[-1] is not None or None in limits[:-1]):
        yield Fault("not the last tier alone is without limit")
    elif known != sorted(set(known)):
        yield Fault("tiers that do not ascend")


_RATE = record(
    {
        "price": AMOUNT,
        "package": record({"units": POSITIVE, "price": AMOUNT}, frozenset(("units", "price"))),
        "tiers": both(
            list_of(
                record({"up_to": POSITIVE, "price": AMOUNT}, frozenset(("price",))), filled=True
            ),
            _limits,
        ),
        "mode": one_of("graduated", "volume"),
        "included": allowance,
        "discountable": flag,
    }
)


def rate(tree: Tree) -> Iterator[Fault]:
    """What a meter costs, in exactly one way."""
    yield from _RATE(tree)
    keys = tree.keys() if isinstance(tree, dict) else frozenset()
    if len(keys & KINDS) != 1:
        yield Fault("a rate of no kind, or of several")
    if ("mode" in keys) != ("tiers" in keys):
        yield Fault("tiers without a mode, or a mode without tiers")
