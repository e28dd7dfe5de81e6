"""Numbers of few digits that keep their sum: what a file says has an exact meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm
from operator import itemgetter, mul

from cp_pricing.profiles.draws import DIGITS

# Of more values, pairs would take longer to try than they are worth.
_MOST_PAIRED = 32


def rounded(value: float | Decimal, digits: int) -> Decimal:
    """A number to so many significant digits."""
    return Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(value)


def shares(parts: Sequence[float], places: int) -> tuple[Decimal, ...]:
    """Parts as shares of their whole, to so many decimals; they sum to exactly 1.

    What rounding leaves over goes to the largest, which it changes least.
    """
    whole = sum(parts)
    unit = Decimal(1).scaleb(-places)
    found = [Decimal(part / whole).quantize(unit) for part in parts]
    largest = max(range(len(found)), key=lambda place: found[place])
    found[largest] += 1 - sum(found, Decimal(0))
    return tuple(found)


def with_mean(
    values: Sequence[float | Decimal],
    weights: Sequence[Decimal],
    mean: Fraction,
    digits: int = DIGITS,
) -> tuple[Decimal, ...]:
    """Values rounded to so many digits, whose weighted mean is as near to `mean` as these allow.

    Each value moves in steps of its last digit. What rounding left over is made up for in steps of
    one value after the other, the coarsest first; and then in steps of two values together, one up
    and one down, whose effects differ by much less than either of them.
    """
    found = [rounded(value, digits) for value in values]
    grid = _Grid([Fraction(weight) for weight in weights], found, digits)
    missing = mean - sum(map(mul, grid.weights, map(Fraction, found)), Fraction())
    for place in grid.coarsest_first():
        missing -= grid.move({place: round(missing / grid.effects[place])})
    pairs = ((abs(missing - e), size, moves) for e, size, moves in grid.pairs(missing))
    for left, _, moves in sorted(pairs, key=itemgetter(0, 1)):
        if left >= abs(missing) or grid.move(moves):
            break
    return tuple(grid.values)


class _Grid:
    """Values on the grid of their digits, and what a step of each adds to the mean."""

    def __init__(self, weights: list[Fraction], values: list[Decimal], digits: int) -> None:
        self.weights, self.values = weights, values
        self.steps = [Decimal(1).scaleb(value.adjusted() - digits + 1) for value in values]
        self.effects = list(map(mul, weights, map(Fraction, self.steps)))
        self._movable = [place for place, value in enumerate(values) if value and weights[place]]

    def coarsest_first(self) -> list[int]:
        """The places of values that can be moved, by what a step adds."""
        return sorted(self._movable, key=lambda place: -self.effects[place])

    def move(self, moves: Mapping[int, int]) -> Fraction:
        """Move values by steps, unless one would need a digit more; what that adds to the mean."""
        moved = {place: self.values[place] + n * self.steps[place] for place, n in moves.items()}
        if any(
            new <= 0 or new.adjusted() != self.values[at].adjusted() for at, new in moved.items()
        ):
            return Fraction(0)
        for place, value in moved.items():
            self.values[place] = value
        return sum((n * self.effects[place] for place, n in moves.items()), Fraction())

    def pairs(self, missing: Fraction) -> Iterator[tuple[Fraction, int, dict[int, int]]]:
        """What two values can add that comes nearest to what is missing, with the least moves.

        Whole numbers of steps of both reach the multiples of the greatest common divisor of their
        effects (Bezout).
        """
        finest = self.coarsest_first()[-_MOST_PAIRED:]
        for one, other in combinations(finest, 2):
            divisor = _common(self.effects[one], self.effects[other])
            a, b = int(self.effects[one] / divisor), int(self.effects[other] / divisor)
            wanted = round(missing / divisor)
            first = wanted * pow(a, -1, b) % b
            first -= b * (2 * first > b)
            moves = {one: first, other: (wanted - a * first) // b}
            yield wanted * divisor, sum(map(abs, moves.values())), moves


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The greatest number of which both are whole multiples."""
    whole = lcm(one.denominator, other.denominator)
    return Fraction(gcd(int(one * whole), int(other * whole)), whole)
