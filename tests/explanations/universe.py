"""All that a deal could be when its constraints are dropped, and what each point of it satisfies.

An input that is dropped may take any of the field's tunable values, or the one asked for where
that is outside them, an asked price like any other; a usage price that is solved, without its
bounds, any tick from zero to ten times its maximum, and of a discount what it leaves of a price.
Fields that are not tunable are fixed; open fields take their tunable values.  An override that is
dropped may also be none (None), so that the meter's own rate counts again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, product, takewhile
from typing import TypeAlias

from tests.oracle.case import PRICE, Case, Grid, Rule, Value
from tests.oracle.enumeration import admissible, fails, in_force_at, rules_of
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.valuing.rates import is_override

REACH = 10
Taken: TypeAlias = Value | None  # None for an override that is not there


@dataclass(frozen=True)
class Point:
    """One assignment, and the members that it satisfies as the bits of a number."""

    offer: Offer
    met: int


@dataclass(frozen=True)
class Universe:
    """The members in order, and all points."""

    members: tuple[str, ...]
    points: tuple[Point, ...]

    def bits(self, names: frozenset[str]) -> int:
        """The members of some names as a number."""
        return sum(1 << place for place, name in enumerate(self.members) if name in names)

    def named(self, bits: int) -> frozenset[str]:
        """The names of the members in a number."""
        return frozenset(name for place, name in enumerate(self.members) if bits >> place & 1)


def usable_level(case: Case) -> int:
    """The highest approval level that the request may use."""
    return len(case.policy.approvers) if case.request.approval_mode == "allow_approval" else 0


def rules_in_force(case: Case) -> tuple[Rule, ...]:
    """The rules in force at the highest usable level, in the order of the policy."""
    force = in_force_at(usable_level(case), case)
    return tuple(rule for rule in rules_of(case) if rule.id in force)


def ticks(grid: Grid) -> tuple[Value, ...]:
    """Every tick from zero to ten times the maximum."""
    below = takewhile(lambda p: p >= 0, (grid.minimum - k * grid.step for k in count(1)))
    most = grid.maximum * REACH
    above = takewhile(lambda p: p <= most, (grid.minimum + k * grid.step for k in count(1)))
    return (*below, grid.minimum, *above)


def discounts(grid: Grid) -> tuple[Value, ...]:
    """Every discount that leaves from nothing to ten times the most that the grid leaves."""
    left = Grid(1 - grid.maximum, 1 - grid.minimum, grid.step)
    return tuple(1 - Fraction(share) for share in ticks(left))


def values_of(case: Case) -> dict[str, tuple[Taken, ...]]:
    """The values that each field can take at all."""
    own = case.configuration
    baseline = own.canonical(case.profile.members)
    values: dict[str, tuple[Taken, ...]] = {name: (baseline[name],) for name in own.fields}
    for name in case.request.open:
        values[name] = admissible(name, case, baseline)
    for name, asked in case.request.inputs.items():
        admitted: tuple[Taken, ...] = admissible(name, case, baseline)
        if is_override(name):
            admitted = (None, *admitted)
        values[name] = admitted if asked in admitted else (*admitted, asked)
    price = own.tunable.get(own.price)
    if isinstance(price, Grid) and not case.request.asks_for_price:
        values[own.price] = ticks(price) if own.price == PRICE else discounts(price)
    return values


def taken(terms: Mapping[str, Taken]) -> dict[str, Value]:
    """The terms without the overrides that are none."""
    return {name: value for name, value in terms.items() if value is not None}


def _demands(case: Case) -> dict[str, tuple[str, frozenset[Taken]]]:
    """The field and the values that each bound or input asks for: bounds first, in field order."""
    own = case.configuration
    baseline = own.canonical(case.profile.members)
    bounds: dict[str, tuple[str, frozenset[Taken]]] = {}
    inputs: dict[str, tuple[str, frozenset[Taken]]] = {}
    price = own.tunable.get(own.price)
    if price is not None and not case.request.asks_for_price:
        bounds[f"tunable:{own.price}"] = own.price, frozenset(price.values())
    for name in sorted(case.request.inputs, key=own.asked_fields.index):
        asked = case.request.inputs[name]
        admitted: frozenset[Taken] = frozenset(admissible(name, case, baseline))
        if is_override(name):
            admitted |= {None}
        if asked not in admitted:
            bounds[f"tunable:{name}"] = name, admitted
        if admitted != {asked}:
            inputs[f"request:{name}"] = name, frozenset({asked})
    return {**bounds, **inputs}


def universe_of(case: Case, wanted: Callable[[Offer], bool] | None = None) -> Universe:
    """Every point of a case, or those that are wanted."""
    market, rules, demands = Market(case), rules_in_force(case), _demands(case)
    choices = values_of(case)
    members = (*(rule.id for rule in rules), *demands)
    points = []
    for values in product(*choices.values()):
        terms = dict(zip(choices, values, strict=True))
        offer = Offer(taken(terms), market)
        if wanted and not wanted(offer):
            continue
        scope = Scope(offer)
        held = [not fails(rule, scope) for rule in rules]
        held += [terms[name] in wanted for name, wanted in demands.values()]
        points.append(Point(offer, sum(1 << place for place, kept in enumerate(held) if kept)))
    return Universe(members, tuple(points))
