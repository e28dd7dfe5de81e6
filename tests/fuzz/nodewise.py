"""Damage to keys and values, which are found by PyYAML in YAML and JSON alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TypeAlias

import yaml

from tests.fuzz import formulawise, samples

Pair: TypeAlias = tuple[yaml.Node, yaml.Node]
FORMULA_KEYS = frozenset({"require", "when", "define", "value", "parameters"})
FREE_KEYS = frozenset({"parameters", "facts", "define"})  # below them, the names are of one's own
_LONGEST = 60_000


@dataclass(frozen=True)
class Spot:
    """A mapping of a text, its entries, and the key under which it stands."""

    node: yaml.MappingNode
    pairs: list[Pair]
    under: str

    @property
    def is_flow(self) -> bool:
        return bool(self.node.flow_style)


@dataclass(frozen=True)
class Entry:
    """A key with its value, as stretches of the text."""

    text: str
    key: yaml.Node
    value: yaml.Node
    under: str

    @property
    def name(self) -> str:
        return _word(self.key)

    @property
    def key_range(self) -> tuple[int, int]:
        return _range(self.text, self.key)

    @property
    def value_range(self) -> tuple[int, int]:
        return _range(self.text, self.value)

    @property
    def said(self) -> str:
        """The value as it is written."""
        start, end = self.value_range
        return self.text[start:end]

    def with_value(self, value: str) -> str:
        """The text with another value."""
        start, end = self.value_range
        return self.text[:start] + value + self.text[end:]


def _word(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else ""


def _range(text: str, node: yaml.Node) -> tuple[int, int]:
    start, end = node.start_mark.index, node.end_mark.index
    return start, start + len(text[start:end].rstrip())


@lru_cache(maxsize=256)  # most texts are met many times, before any change
def spots_of(text: str) -> list[Spot]:
    """All mappings of a text; none where it cannot be read."""
    if len(text) > _LONGEST:
        return []
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return []
    return list(_below(root, "", set()))


def _below(node: yaml.Node | None, under: str, seen: set[int]) -> Iterator[Spot]:
    if node is None or id(node) in seen:
        return  # an alias may lead back to where it stands
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield Spot(node, node.value, under)
        for key, value in node.value:
            yield from _below(value, _word(key), seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _below(item, under, seen)


def entries_of(text: str) -> list[Entry]:
    """All keys of a text with their values."""
    return [Entry(text, *pair, spot.under) for spot in spots_of(text) for pair in spot.pairs]


def _of_entry(change: Callable[[Random, Entry], str]) -> Callable[[Random, str], str]:
    def changed(rng: Random, text: str) -> str:
        entries = entries_of(text)
        return change(rng, rng.choice(entries)) if entries else text

    changed.__name__ = change.__name__
    return changed


def with_entry(text: str, spot: Spot, key: str, value: str) -> str:
    """The text with one more entry at the begin of a mapping."""
    start = spot.node.start_mark.index
    if not spot.is_flow:
        pad = " " * spot.node.start_mark.column
        return f"{text[:start]}{key}: {value}\n{pad}{text[start:]}"
    comma = ", " if spot.pairs else ""
    return f"{text[: start + 1]}{json.dumps(key)}: {value}{comma}{text[start + 1 :]}"


def with_unknown_keys(text: str, key: str) -> Iterator[str]:
    """The text once for every mapping in which keys are fixed, with one key too many there."""
    for spot in spots_of(text):
        if spot.under not in FREE_KEYS:
            yield with_entry(text, spot, key, "1")


def unknown_key(rng: Random, text: str) -> str:
    """One key too many, in any mapping."""
    spots = spots_of(text)
    if not spots:
        return text
    key = rng.choice(("zzz_unknown", "comment", "notes", "Id", "extend", "x-1", "enabled", "class"))
    value = rng.choice(("1", "true", "null", '"text"', "[]", "{}"))
    return with_entry(text, rng.choice(spots), key, value)


def duplicate_key(rng: Random, text: str) -> str:
    """A key that is there twice, with the same value or with another."""
    spots = [spot for spot in spots_of(text) if spot.pairs]
    if not spots:
        return text
    spot = rng.choice(spots)
    entry = Entry(text, *rng.choice(spot.pairs), spot.under)
    same = entry.said if "\n" not in entry.said else "1"
    return with_entry(text, spot, entry.name, rng.choice((same, same, "1", "null", '"x"')))


def merge_key(rng: Random, text: str) -> str:
    spots = spots_of(text)
    value = rng.choice(("{}", "{id: x}", "*a", "[]", "1", "{weight: 50%}"))
    return with_entry(text, rng.choice(spots), "<<", value) if spots else text


@_of_entry
def rename_key(rng: Random, entry: Entry) -> str:
    start, end = entry.key_range
    said = entry.text[start:end]
    place = rng.randint(0, len(said))
    other = rng.choice(
        (
            *(said[:place] + said[place + 1 :], said + "s", said.upper(), said.replace("_", "-")),
            *(said.title(), said + " ", f"[{said}]", f"{{{said}: 1}}", f"? {said}\n", f"&k {said}"),
            *(f"!!str {said}", f"'{said}'", f'"{said}"', "null", "1", "*k"),
            rng.choice(samples.WORDS),
        )
    )  # fmt: skip
    return entry.text[:start] + other + entry.text[end:]


@_of_entry
def retype(rng: Random, entry: Entry) -> str:
    """Put a value of another type in the place."""
    other = rng.choice(samples.WORDS if rng.random() < 0.6 else samples.NUMBERS)
    return entry.with_value(other)


@_of_entry
def wrap(rng: Random, entry: Entry) -> str:
    """The value with something around it."""
    said = entry.said
    forms = (
        "[{}]",
        "{{value: {}}}",
        '"{}"',
        "'{}'",
        "&a {}",
        "!!str {}",
        "!x {}",
        "|\n    {}",
        "? {}",
    )
    more = ("[[{}]]", "{{per_member: {}}}", "{} # x", "- {}", ">-\n    {}\n", "{},", '{{"a": {}}}')
    return entry.with_value(rng.choice(forms + more).format(said))


@_of_entry
def remove_entry(rng: Random, entry: Entry) -> str:
    start, end = entry.key_range[0], entry.value_range[1]
    return entry.text[:start] + entry.text[end:].removeprefix(",").lstrip(" ")


@_of_entry
def nest_value(rng: Random, entry: Entry) -> str:
    """Brackets within brackets around the value."""
    opening, closing = rng.choice(("[]", "{}", "()", ("{a: ", "}"), ('{"a": ', "}"), ("[ ", "]")))
    times = samples.depth(rng)
    short = times - rng.choice((0, 0, 0, 1))
    return entry.with_value(opening * times + rng.choice(("", entry.said)) + closing * short)


@_of_entry
def lengthen_value(rng: Random, entry: Entry) -> str:
    """A very long value, in quotes or not."""
    filler = rng.choice(("x", "9", "1 ", "ab ", "é", "\U0001f600", "1 + ", "- ", "[", "not "))
    quote = rng.choice(("", '"', "'"))
    return entry.with_value(quote + filler * (samples.length(rng) // len(filler)) + quote)


def swap_values(rng: Random, text: str) -> str:
    """Two values exchanged, wherever they are."""
    return _exchanged(rng, text, lambda entry: entry.value_range)


def swap_keys(rng: Random, text: str) -> str:
    """Two keys exchanged, wherever they are."""
    return _exchanged(rng, text, lambda entry: entry.key_range)


def _exchanged(rng: Random, text: str, part: Callable[[Entry], tuple[int, int]]) -> str:
    entries = entries_of(text)
    if len(entries) < 2:
        return text
    (a, b), (c, d) = sorted(part(entry) for entry in rng.sample(entries, 2))
    if b > c:
        return text  # one within the other
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def copy_value(rng: Random, text: str) -> str:
    """One value in the place of another."""
    entries = entries_of(text)
    if not entries:
        return text
    return rng.choice(entries).with_value(rng.choice(entries).said)


def number_value(rng: Random, text: str) -> str:
    """An odd number where a number stands."""
    entries = [entry for entry in entries_of(text) if entry.said[:1].isdigit()]
    return rng.choice(entries).with_value(rng.choice(samples.NUMBERS)) if entries else text


def scale(rng: Random, text: str) -> str:
    """A tick so fine that there are up to 10^18 of them, or an amount of up to 10^12."""
    entries = [e for e in entries_of(text) if re.fullmatch(r"\d[\d_]*(\.\d+)?", e.said)]
    ticks = [entry for entry in entries if entry.name == "tick"]
    if ticks and rng.random() < 0.5:
        entry = rng.choice(ticks)
        return entry.with_value(f"{entry.said}e-{rng.randint(3, 15)}")
    if not entries:
        return text
    entry = rng.choice(entries)
    return entry.with_value(f"{entry.said}e{rng.randint(3, 10)}")


def formula(rng: Random, text: str) -> str:
    """An expression of a policy, damaged; in quotes, in a block or as it is."""
    entries = [
        entry
        for entry in entries_of(text)
        if {entry.name, entry.under} & FORMULA_KEYS and isinstance(entry.value, yaml.ScalarNode)
    ]
    if not entries:
        return text
    entry = rng.choice(entries)
    changed = formulawise.mutated(rng, str(entry.value.value))
    quoted = "'" + changed.replace("'", "''") + "'"
    block = ">-\n          " + changed.replace(" ", rng.choice((" ", "\n          ")))
    return entry.with_value(rng.choice((quoted, quoted, json.dumps(changed), changed, block)))
