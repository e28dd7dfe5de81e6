"""Numbers of few digits that keep their sum: what a file says has an exact meaning."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

MOST_DIGITS = 9
"""Of a number in a file of draws."""


def rounded(value: float, digits: int) -> Decimal:
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
    values: Sequence[float], weights: Sequence[Decimal], mean: Fraction, digits: int = MOST_DIGITS
) -> tuple[Decimal, ...]:
    """Values rounded to so many digits, whose weighted mean is as near to `mean` as these allow.

    Each value is a multiple of a step of its own. What rounding left over is made up for in steps,
    the coarsest first, so that in the end less is left than half of what the finest step weighs.
    """
    found = [rounded(value, digits) for value in values]
    weighed = [Fraction(weight) for weight in weights]
    missing = mean - sum((w * Fraction(v) for w, v in zip(weighed, found, strict=True)), Fraction())
    steps = [Decimal(1).scaleb(value.adjusted() - digits + 1) for value in found]
    movable = [place for place, value in enumerate(found) if value and weighed[place]]
    for place in sorted(movable, key=lambda each: -weighed[each] * Fraction(steps[each])):
        effect = weighed[place] * Fraction(steps[place])
        moved = found[place] + round(missing / effect) * steps[place]
        # A step over a power of ten would take a digit more.
        if moved.adjusted() == found[place].adjusted() and moved > 0:
            missing -= weighed[place] * Fraction(moved - found[place])
            found[place] = moved
    return tuple(found)
