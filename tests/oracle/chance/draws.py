"""Random draws of a profile: what it could truly be, near what its file says mostly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

from tests.oracle.case import COST_KEYS, Draw, Profile
from tests.oracle.chance.books import BookMaker, often, pick
from tests.oracle.chance.customers import costs, price_response, retention, usage
from tests.oracle.chance.numbers import rounded
from tests.oracle.valuing.retention import base_hazard
from tests.oracle.valuing.usage import Units, Usage

DIGITS = 9  # as many as a number of a draw may have
COUNTS = (2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 20, 25, 40)
# What the lines of a file change, and how often a file does.
CHANGED: Mapping[str, float] = {
    "retention": 0.9,
    "usage": 0.8,
    "costs": 0.35,
    "in_term_multiplier": 0.3,
    "reduced_multiplier": 0.15,
    "price_response": 0.35,
}


def near(rng: Random, number: Fraction) -> Fraction:
    """A number of at most nine digits around another one, or that one."""
    factor = pick(rng, "1 1 0.3 0.6 0.8 0.9 1.05 1.25 1.6 3")
    if often(rng, 0.4):
        factor = Fraction(rng.randint(30_000, 200_000), 100_000)
    return rounded(number * factor, rng.choice((2, 3, 4, DIGITS)))


class DrawMaker:
    """Draws the lines of one profile's file."""

    def __init__(self, rng: Random, maker: BookMaker, who: Profile) -> None:
        self.rng = rng
        self.maker = maker
        self.who = who
        self.makers: Mapping[str, Callable[[], Any]] = {
            "retention": self.retention,
            "usage": self.usage,
            "costs": self.costs,
            "in_term_multiplier": lambda: pick(rng, "1 0.3 0.5 0.7 0 1.2 0.123456789"),
            "reduced_multiplier": lambda: pick(rng, "1 0.6 0.8 0 1.1"),
            "price_response": lambda: price_response(rng) or ((None, Fraction(1)),),
        }

    def draws(self) -> tuple[Draw, ...]:
        """Two to forty lines, some of them alike, rarely a single one."""
        rng = self.rng
        names = [name for name, chance in CHANGED.items() if often(rng, chance)] or ["retention"]
        found: list[Draw] = []
        for _ in range(1 if often(rng, 0.03) else rng.choice(COUNTS)):
            known = found and often(rng, 0.1)
            found.append(rng.choice(found) if known else self.draw(names))
        return tuple(found)

    def draw(self, names: Sequence[str]) -> Draw:
        kept = [name for name in names if often(self.rng, 0.9)] or names[:1]
        return {name: self.makers[name]() for name in kept}

    def retention(self) -> tuple[Any, ...]:
        """The same model with other numbers, at times another model."""
        rng, who = self.rng, self.who
        if often(rng, 0.1):
            return retention(rng)
        model, *numbers = who.retention
        if model == "curve":
            return model, *self._curve(len(numbers) + rng.choice((-1, 0, 0, 1)))
        if model == "constant":
            return model, min(Fraction(1), near(rng, numbers[0]))
        return model, *(near(rng, number) for number in numbers)

    def _curve(self, length: int) -> list[Fraction]:
        """A survival curve with hazards near the profile's."""
        alive = [Fraction(1)]
        for month in range(max(1, length - 1)):
            hazard = min(Fraction(1), near(self.rng, base_hazard(self.who.retention, month)))
            parts = 10 ** self.rng.choice((3, DIGITS))
            alive.append(Fraction(floor(alive[-1] * (1 - hazard) * parts), parts))  # never rising
        return alive

    def usage(self) -> Usage:
        """The scenarios with other units and weights, at times wholly others."""
        rng = self.rng
        if often(rng, 0.2):
            return usage(rng, self.maker)
        units = [self._near(used) for _, used in self.who.usage]
        return tuple(zip(self._weights(len(units)), units, strict=True))

    def _near(self, units: Units) -> Units:
        if isinstance(units, Fraction):
            return near(self.rng, units)
        return tuple((meter, near(self.rng, amount)) for meter, amount in units)

    def _weights(self, count: int) -> list[Fraction]:
        """The profile's weights as often as not, else some of up to nine digits."""
        if often(self.rng, 0.5):
            return [weight for weight, _ in self.who.usage]
        parts = 10 ** self.rng.choice((1, 2, 3, DIGITS))
        cuts = sorted(self.rng.sample(range(1, parts), count - 1))
        pairs = zip([0, *cuts], [*cuts, parts], strict=True)
        return [Fraction(upper - lower, parts) for lower, upper in pairs]

    def costs(self) -> dict[str, Fraction]:
        """Some of the costs, those by meter all together."""
        rng, other = self.rng, costs(self.rng, self.maker)
        chosen = set(rng.sample(COST_KEYS, rng.randint(1, 3)))
        every = (other if often(rng, 0.3) else self.who.costs).items()
        found = {n: near(rng, cost) for n, cost in every if n.partition(".")[0] in chosen}
        return found or {"onboarding_cost": Fraction(100)}


def with_draws(rng: Random, maker: BookMaker, who: Profile, chance: float) -> Profile:
    """The profile with a file of draws, with this chance."""
    return replace(who, draws=DrawMaker(rng, maker, who).draws()) if often(rng, chance) else who
