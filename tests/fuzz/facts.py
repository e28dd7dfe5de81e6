"""Why facts must be refused: how a policy declares them, and what a request says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.fuzz.language import Kind, Selection, times
from tests.fuzz.shapes import (
    Check,
    Fault,
    both,
    entries,
    flag,
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

ANY = number(low=None)
_UNIT = re.compile(r"[A-Za-z]\w*(/[A-Za-z]\w*)*", re.ASCII)


def _unit(tree: Tree) -> Iterator[Fault]:
    yield from text(tree)
    if isinstance(tree, Leaf) and not _UNIT.fullmatch(tree.text):
        yield Fault("no unit")


_NUMBER = {"min": ANY, "max": ANY, "step": number(low=None, above=0), "default": ANY}
NUMBER = both(
    record({**_NUMBER, "unit": _unit, "description": text}, frozenset(("min", "max"))),
    steps("step"),
)
CHOICE = record(
    {"values": list_of(text, filled=True, distinct=True), "default": text, "description": text}
)
FLAG = record({"default": flag, "description": text})


def facts_of(policy: Tree | None) -> Mapping[str, Tree]:
    """What a policy declares, by name."""
    declared = entries(policy, "facts")
    return declared if isinstance(declared, dict) else {}


def declaration(tree: Tree) -> Iterator[Fault]:
    """The shape of a fact of any kind, and whether its default is one of its values."""
    shape = CHOICE if _is_choice(tree) else NUMBER if _is_number(tree) else FLAG
    faults = list(shape(tree))
    yield from faults
    default = entries(tree, "default")
    if default is not None and not faults:
        yield from value_of(tree)(default)


def value_of(fact: Tree) -> Check:
    """What a value of a fact must look like, whose declaration is faultless."""
    if _is_choice(fact):
        return one_of(*texts_of(fact))
    return _on_grid(fact) if _is_number(fact) else flag


def _on_grid(fact: Tree) -> Check:
    low, high = (number_in(entries(fact, key)) for key in ("min", "max"))
    step = number_in(entries(fact, "step") or Leaf("1", plain=True))

    def check(tree: Tree) -> Iterator[Fault]:
        value = number_in(tree)
        if value is None or low is None or high is None or not step:
            return  # nobody can tell
        if not low <= value <= high or (value - low) % step:
            yield Fault(f"{value} is not from {low} to {high} by {step}")

    return both(ANY, check)


def texts_of(fact: Tree) -> frozenset[str]:
    """The values of a choice."""
    values = parts(entries(fact, "values"))
    return frozenset(leaf.text for leaf in values if isinstance(leaf, Leaf))


def told(policy: Tree | None) -> Check:
    """The facts of a request: each is declared, has one of its values, and none is missing."""
    if policy is None:
        return lambda _: iter(())
    declared = facts_of(policy)
    sound = {name: fact for name, fact in declared.items() if not list(declaration(fact))}
    values: dict[str, Check] = dict.fromkeys(declared, lambda _: iter(()))
    values |= {name: value_of(fact) for name, fact in sound.items()}
    needed = (name for name, fact in sound.items() if entries(fact, "default") is None)
    return record(values, frozenset(needed))


def kind_of_fact(fact: Tree, units: Mapping[str, frozenset[tuple[str, int]]]) -> Kind:
    """What a fact is in an expression."""
    if _is_choice(fact):
        return Selection(texts_of(fact))
    if not _is_number(fact):
        return "condition"
    dimension = frozenset[tuple[str, int]]()
    for place, part in enumerate(filter(None, word(fact, "unit").split("/"))):
        dimension = times(dimension, units[part], -1 if place else 1)
    return dimension


def new_units(policy: Tree, known: Mapping[str, object]) -> dict[str, frozenset[tuple[str, int]]]:
    """The units that facts bring along, each a dimension of its own, in singular and plural."""
    found: dict[str, frozenset[tuple[str, int]]] = {}
    for fact in facts_of(policy).values():
        for part in filter(None, word(fact, "unit").split("/")):
            base = part.removesuffix("s") or part
            if part not in known:
                found |= dict.fromkeys((part, base, f"{base}s"), frozenset([(base, 1)]))
    return found


def _is_choice(fact: Tree) -> bool:
    return entries(fact, "values") is not None


def _is_number(fact: Tree) -> bool:
    return isinstance(fact, dict) and bool(fact.keys() & {"min", "max", "step", "unit"})
