"""Damage to rate cards: meters that are mixed up, rates of two kinds, tiers out of order."""

from __future__ import annotations

import json
import re
from random import Random

from tests.fuzz.nodewise import Entry, entries_of, spots_of, with_entry

_BY_METER = frozenset(("rates", "units", "included_units", "variable_cost_per_unit"))
_KINDS = {
    "price": ("0.001", "0", "1e-9"),
    "package": ("{units: 10, price: 1}", "{units: 0, price: 1}", "{units: 0.5, price: 0}"),
    "tiers": ("[{price: 1}]", "[{up_to: 5, price: 2}, {price: 1}]", "[]"),
    "mode": ("graduated", "volume"),
    "included": ("5", "{per_member: 2}", "unlimited", "{}"),
    "discountable": ("false", "true"),
}
_ODD = ("min", "tick", "output", "Input", "input ", "a.b", "1", "ä", "rates", "included_units")


def other_meter(rng: Random, text: str) -> str:
    """What is said of one meter said of another, or of none."""
    entries = [entry for entry in entries_of(text) if entry.under in _BY_METER]
    if not entries:
        return text
    entry, names = rng.choice(entries), sorted({entry.name for entry in entries})
    start, end = entry.key_range
    name = rng.choice((*names, *names, rng.choice(_ODD)))
    return text[:start] + (json.dumps(name) if '"' in text[start:end] else name) + text[end:]


def without_meters(rng: Random, text: str) -> str:
    """An amount that stands alone where one by meter is asked for, or the other way round."""
    entries = [entry for entry in entries_of(text) if entry.name in _BY_METER]
    if not entries:
        return text
    entry = rng.choice(entries)
    return entry.with_value(rng.choice(("5", "{}", "unlimited", '{"input": 5}', "[]", "null")))


def another_kind(rng: Random, text: str) -> str:
    """One more key in a rate: another kind of price, a mode, an allowance."""
    spots = [s for s in spots_of(text) if _KINDS.keys() & {key.value for key, _ in s.pairs}]
    if not spots:
        return text
    key = rng.choice(list(_KINDS))
    return with_entry(text, rng.choice(spots), key, rng.choice(_KINDS[key]))


def tiers(rng: Random, text: str) -> str:
    """Tiers in another order, or with other limits."""
    entries = [entry for entry in entries_of(text) if entry.name == "up_to"]
    if len(entries) < 2:
        return text
    first, other = rng.sample(entries, 2)
    said = rng.choice((other.said, f"{other.said}e3", f"-{other.said}", f"{other.said}.5", "0"))
    return first.with_value(said)


def asked_by_meter(rng: Random, text: str) -> str:
    """A request that asks for rates, allowances or a discount as it may or may not."""
    entries: list[Entry] = [entry for entry in entries_of(text) if entry.name == "inputs"]
    if not entries:
        return text
    entry = rng.choice(entries)
    meters = [e.name for e in entries_of(text) if e.under in _BY_METER] or ["input", "output"]
    meter, value = rng.choice(meters), rng.choice(("5", '"unlimited"', "0.5", "-1", '"5%"', "null"))
    name = rng.choice(("rates", "included_units"))
    added = (
        f'"{name}": {{"{meter}": {value}}}',
        f'"usage_discount": {value}',
        f'"{name}": {value}',
    )
    comma = "" if re.fullmatch(r"\{\s*\}", entry.said) else ", "
    return entry.with_value("{" + rng.choice(added) + comma + entry.said[1:])
