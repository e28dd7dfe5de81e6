"""Costs as they are given on a command line."""

from __future__ import annotations

from collections.abc import Mapping

from constraints.text.numerals import parse_decimal
from constraints.text.source import did_you_mean
from cp_pricing.fitting.draws import Entry
from cp_pricing.fitting.writing import COSTS


def costs_of(given: Mapping[str, str]) -> dict[str, Entry]:
    """The costs by their keys; those of a meter are `KEY.METER`. Raises `ValueError`."""
    found: dict[str, Entry] = {}
    by_meter: dict[str, Entry] = {}
    for name, text in given.items():
        key, _, meter = name.partition(".")
        number = parse_decimal(text)
        if key not in COSTS or (meter and key != COSTS[0]):
            hint = did_you_mean(name, COSTS) or f"the costs are {', '.join(COSTS)}"
            raise ValueError(f"there is no cost `{name}`; {hint}")
        if number is None or number < 0:
            raise ValueError(f"`{name}` must be a number from 0 on, not `{text}`")
        if meter:
            by_meter[meter] = number
            found[key] = by_meter
        else:
            found[key] = number
    return found
