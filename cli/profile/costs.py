"""Costs as they are given on a command line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from constraints.text.numerals import parse_decimal
from constraints.text.source import did_you_mean
from cp_pricing.files.number_hints import number_hint
from cp_pricing.fitting.draws import Entry
from cp_pricing.fitting.writing import COSTS


def costs_of(given: Mapping[str, str]) -> dict[str, Entry]:
    """The costs by their keys; those of a meter are `KEY.METER`. Raises `ValueError`."""
    found: dict[str, Entry] = {}
    by_meter: dict[str, Entry] = {}
    for name, text in given.items():
        key, _, meter = name.partition(".")
        if key not in COSTS or (meter and key != COSTS[0]):
            hint = did_you_mean(name, COSTS) or f"the costs are {', '.join(COSTS)}"
            raise ValueError(f"there is no cost `{name}`; {hint}")
        if key in found and (not meter or not by_meter):
            raise ValueError(f"`{key}` is given for all use, and for one meter")
        number = _cost(name, text)
        if meter:
            by_meter[meter] = number
            found[key] = by_meter
        else:
            found[key] = number
    return found


def _cost(name: str, text: str) -> Fraction:
    """The number of a cost, which of a rate may be a percentage; raises `ValueError`."""
    is_rate = name.endswith("_rate")
    number = parse_decimal(text) if is_rate or "%" not in text else None
    if number is None or number < 0 or (is_rate and number > 1):
        wanted = "a share from 0 to 1, like `2.9%`" if is_rate else "a number from 0 on"
        hint = f"write `{text}%`" if number and 1 < number <= 100 else ""  # noqa: PLR2004 - percent
        hint = hint or ("" if number else number_hint(text, text, percent=is_rate))
        told = f"; {hint}" if hint else ""
        raise ValueError(f"`{name}` must be {wanted}, not `{text}`{told}")
    return number
