"""What a value must look like: small checks that are put together to the shape of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from tests.fuzz.trees import Leaf, Tree


class Fault(NamedTuple):
    """What is wrong with a value, and the key that a message has to name, if one."""

    what: str
    kind: str = "value"
    word: str = ""


Check: TypeAlias = Callable[[Tree], Iterator[Fault]]

_DIGITS = r"\d+(?:_\d+)*"
_NUMBER = re.compile(
    rf"[-+]?(?!0[\d_])(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})([eE][-+]?\d+)?(%?)", re.ASCII
)
# YAML 1.2, 10.3.2: what a plain scalar may be besides a text.
_NO_TEXT = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_FLAGS = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
LARGEST_EXPONENT = 400
LONGEST_SHOWN = 60


def number_in(tree: Tree | None) -> Fraction | None:
    """The number that a value says; `None` if it says none, or one of absurd length."""
    if not isinstance(tree, Leaf) or not tree.plain:
        return None
    found = _NUMBER.fullmatch(tree.text)
    if found is None or len(tree.text) > LARGEST_EXPONENT:
        return None
    if found[1] and abs(int(found[1][1:])) > LARGEST_EXPONENT:
        return None
    value = Fraction(Decimal(tree.text.rstrip("%").replace("_", "")))
    return value / 100 if found[2] else value


def number(
    *,
    low: Fraction | int | None = 0,
    high: Fraction | int | None = None,
    above: Fraction | int | None = None,
    whole: bool = False,
    percent: bool = False,
) -> Check:
    """A number between bounds."""

    def check(tree: Tree) -> Iterator[Fault]:
        if not isinstance(tree, Leaf) or not tree.plain or not _NUMBER.fullmatch(tree.text):
            yield Fault(f"no number: {_shown(tree)}")
            return
        if tree.text.endswith("%") and not percent:
            yield Fault(f"a percentage: {_shown(tree)}")
        value = number_in(tree)
        if value is None:
            return
        too_low = (low is not None and value < low) or (above is not None and value <= above)
        if too_low or (high is not None and value > high):
            yield Fault(f"out of bounds: {_shown(tree)}")
        if whole and value.denominator != 1:
            yield Fault(f"no whole number: {_shown(tree)}")

    return check


def flag(tree: Tree) -> Iterator[Fault]:
    """`true` or `false`."""
    if not isinstance(tree, Leaf) or not tree.plain or tree.text not in _FLAGS:
        yield Fault(f"neither true nor false: {_shown(tree)}")


def text(tree: Tree) -> Iterator[Fault]:
    """A text."""
    if not isinstance(tree, Leaf) or not tree.text.strip():
        yield Fault(f"no text: {_shown(tree)}")
    elif tree.plain and _NO_TEXT.fullmatch(tree.text):
        yield Fault(f"a text only if it is in quotes: {_shown(tree)}")


def one_of(*words: str) -> Check:
    def check(tree: Tree) -> Iterator[Fault]:
        if not isinstance(tree, Leaf) or tree.text not in words:
            yield Fault(f"none of {words}: {_shown(tree)}")

    return check


def either(word: str, other: Check) -> Check:
    """A word, or something else."""

    def check(tree: Tree) -> Iterator[Fault]:
        if not (isinstance(tree, Leaf) and tree.text == word):
            yield from other(tree)

    return check


def steps(step: str) -> Check:
    """Bounds whose span is a whole number of steps, of 1 where none is said."""

    def check(tree: Tree) -> Iterator[Fault]:
        low, high = (number_in(entries(tree, key)) for key in ("min", "max"))
        by = number_in(entries(tree, step) or Leaf("1", plain=True))
        if low is not None and high is not None and by and (high < low or (high - low) % by):
            yield Fault(f"from {low} to {high} by {by}")

    return check


def list_of(item: Check, *, filled: bool = False, distinct: bool = False) -> Check:
    """A list; `distinct` if no item may be there twice."""

    def check(tree: Tree) -> Iterator[Fault]:
        if not isinstance(tree, list):
            yield Fault(f"no list: {_shown(tree)}")
            return
        if filled and not tree:
            yield Fault("an empty list")
        for place, part in enumerate(tree):
            yield from item(part)
            if distinct and isinstance(part, Leaf) and part in tree[:place]:
                yield Fault(f"twice: {_shown(part)}")

    return check


def record(
    keys: Mapping[str, Check], required: frozenset[str] = frozenset(), *, rest: Check | None = None
) -> Check:
    """Keys and values; without `rest`, other keys are unknown."""

    def check(tree: Tree) -> Iterator[Fault]:
        if not isinstance(tree, dict):
            yield Fault(f"no keys and values: {_shown(tree)}")
            return
        for missing in required - tree.keys():
            yield Fault(f"{missing!r} is missing", "missing key", missing)
        for key, value in tree.items():
            known = keys.get(key, rest)
            if known is None:
                yield Fault(f"{key!r} is unknown", "unknown key", key)
            else:
                yield from known(value)

    return check


def both(*checks: Check) -> Check:
    def check(tree: Tree) -> Iterator[Fault]:
        for each in checks:
            yield from each(tree)

    return check


def entries(tree: Tree | None, key: str) -> Tree | None:
    """The value of a key, if there is one."""
    return tree.get(key) if isinstance(tree, dict) else None


def parts(tree: Tree | None) -> list[Tree]:
    """The items of a list; none if it is not one."""
    return tree if isinstance(tree, list) else []


def items(tree: Tree | None, key: str) -> list[Tree]:
    """The list at a key, empty if there is none."""
    return parts(entries(tree, key))


def word(tree: Tree | None, key: str) -> str:
    """The text at a key, empty if there is none."""
    found = entries(tree, key)
    return found.text if isinstance(found, Leaf) else ""


def _shown(tree: Tree) -> str:
    if not isinstance(tree, Leaf):
        return "a list" if isinstance(tree, list) else "keys and values"
    return repr(tree.text if len(tree.text) < LONGEST_SHOWN else f"{tree.text[:LONGEST_SHOWN]}...")
