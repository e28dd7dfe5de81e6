"""Made-up conflicting rules over a price and an allowance, for any number of explainers.

A rule is a disjunction of linear inequalities `a * price + b * allowance >= c` over whole numbers
of ticks, which is what conditions (`when`) and alternatives come to. Most rules suit a deal in the
middle of the grid; the few that do not make the conflicts.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

PRICES, ALLOWANCES = 1800, 80  # both from 0 to this, included
FEWEST, MOST = 3, 20  # minimal conflicts that a set of rules should have
_TARGET = (900, 40)
# Seeds that `rules` would find, so that it need not search.
_SEEDS = {6: 50, 10: 8, 25: 0, 50: 1, 100: 13}

Sets: TypeAlias = frozenset[frozenset[int]]


@dataclass(frozen=True)
class Inequality:
    """`price * p + allowance * n >= least`."""

    price: int
    allowance: int
    least: int

    def negated(self) -> Inequality:
        """What holds where this does not, over whole numbers."""
        return Inequality(-self.price, -self.allowance, 1 - self.least)


@dataclass(frozen=True)
class Rule:
    """A rule that holds where one of its inequalities does."""

    alternatives: tuple[Inequality, ...]


def rules(count: int) -> tuple[Rule, ...]:
    """So many rules with a handful of minimal conflicts; always the same ones."""
    for seed in range(_SEEDS.get(count, 0), 1000):
        made = _made(random.Random(f"{count}-{seed}"), count)
        conflicts = minimal_conflicts(made, MOST)
        if conflicts is not None and len(conflicts) >= FEWEST:
            return made
    raise ValueError(f"no seed gives {count} rules with a handful of conflicts")


def _made(generator: random.Random, count: int) -> tuple[Rule, ...]:
    """Rules around the target, up to three of them out of its reach, in any order."""
    misplaced = generator.randint(2, 3)
    made = [_rule(generator, suits=True) for _ in range(count - misplaced)]
    made += [_rule(generator, suits=False) for _ in range(misplaced)]
    generator.shuffle(made)
    return tuple(made)


def _rule(generator: random.Random, *, suits: bool) -> Rule:
    main = _inequality(generator, suits=suits)
    if generator.random() < 0.6:
        return Rule((main,))
    # A condition that applies where the deal is, so that the rule is not idle there.
    condition = _inequality(generator, suits=True)
    return Rule((condition.negated(), main))


def _inequality(generator: random.Random, *, suits: bool) -> Inequality:
    """A bound on the price, on the allowance or on a mixture, met by the target or missed."""
    price, allowance = generator.choice(
        [(1, 0), (-1, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 10), (-1, 10), (1, -10), (-2, -15)]
    )
    value = price * _TARGET[0] + allowance * _TARGET[1]
    reach = abs(price) * PRICES // 2 + abs(allowance) * ALLOWANCES // 2
    share = generator.uniform(0.05, 0.95) if suits else generator.uniform(-0.5, -0.02)
    return Inequality(price, allowance, value - round(share * reach))


def holding(made: Sequence[Rule]) -> npt.NDArray[np.bool_]:
    """Whether each rule (columns) holds at each point of the grid (rows)."""
    price, allowance = np.meshgrid(np.arange(PRICES + 1), np.arange(ALLOWANCES + 1))
    columns = []
    for rule in made:
        holds = np.zeros(price.shape, dtype=bool)
        for i in rule.alternatives:
            holds |= i.price * price + i.allowance * allowance >= i.least
        columns.append(holds.ravel())
    return np.stack(columns, axis=1)


def minimal_conflicts(made: Sequence[Rule], most: int | None = None) -> Sets | None:
    """All minimal conflicts by trying every point; `None` if there are more than `most`.

    The rules broken at a point are a correction; conflicts are the minimal sets that meet all.
    """
    table = np.unique(np.packbits(~holding(made), axis=1), axis=0)
    points = np.unpackbits(table, axis=1, count=len(made))
    broken = {frozenset(np.flatnonzero(point).tolist()) for point in points}
    return _transversals(_minimal(broken), most)


def _minimal(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    kept: list[frozenset[int]] = []
    for candidate in sorted(sets, key=lambda names: (len(names), sorted(names))):
        if not any(smaller <= candidate for smaller in kept):
            kept.append(candidate)
    return kept


def _transversals(sets: Sequence[frozenset[int]], most: int | None) -> Sets | None:
    """The minimal sets that meet every given set (Berge's algorithm)."""
    found = [frozenset[int]()]
    for members in sets:
        met = [known for known in found if known & members]
        missed = [known for known in found if not known & members]
        grown = (known | {member} for known in missed for member in members)
        found = _minimal({*met, *grown})
        if most is not None and len(found) > 40 * most:
            return None
    return frozenset(found) if most is None or len(found) <= most else None
