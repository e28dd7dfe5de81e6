"""The three retention factors A, G and D of the specification's section 2."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any

DIGITS = 70  # working precision; the specification asks for 30 before rounding
PLACES = 12


def base_hazard(retention: tuple[Any, ...], month: int) -> Fraction:
    """The monthly hazard h(t) of a retention model."""
    model, *numbers = retention
    if model == "constant":
        return Fraction(numbers[0])
    if model == "sbg":
        alpha, beta = numbers
        return Fraction(alpha, alpha + beta + month)
    last = min(month, len(numbers) - 2)
    before, after = numbers[last], numbers[last + 1]
    return Fraction(1) if before == 0 else 1 - Fraction(after) / before  # decision 13


def survival(
    retention: tuple[Any, ...], multiplier: Fraction, in_term: Fraction, term: int, horizon: int
) -> Iterator[Fraction]:
    """S(0), ..., S(horizon - 1)."""
    alive = Fraction(1)
    for month in range(horizon):
        yield alive
        scale = multiplier * in_term if month < term else multiplier
        alive *= 1 - min(Fraction(1), base_hazard(retention, month) * scale)


@lru_cache(maxsize=64)
def discounts(rate: Fraction, horizon: int) -> tuple[Fraction, ...]:
    """v(0), ..., v(horizon - 1), exact for a rate of zero, else to DIGITS digits."""
    if rate == 0:
        return (Fraction(1),) * horizon
    with localcontext() as context:
        context.prec = DIGITS
        logarithm = (1 + Decimal(rate.numerator) / Decimal(rate.denominator)).ln() / 12
        return tuple(Fraction((-logarithm * (month + 1)).exp()) for month in range(horizon))


def _total(pairs: list[tuple[Fraction, Fraction]], divisor: int, *, exact: bool) -> Fraction:
    """The sum of products over a divisor, rounded half-even to PLACES decimals."""
    if exact:
        return round(sum((a * b for a, b in pairs), Fraction(0)) / divisor, PLACES)
    with localcontext() as context:
        context.prec = DIGITS
        total = Decimal(0)
        for a, b in pairs:
            total += _decimal(a) * _decimal(b)
        return round(Fraction(total / divisor), PLACES)


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


@lru_cache(maxsize=65536)  # every draw has factors of its own
def factors(
    retention: tuple[Any, ...],
    multiplier: Fraction,
    in_term: Fraction,
    term: int,
    horizon: int,
    rate: Fraction,
) -> tuple[Fraction, Fraction, Fraction]:
    """A, G and D (months, months, ratio), each rounded half-even to 12 decimals."""
    alive = list(survival(retention, multiplier, in_term, term, horizon))
    worth = discounts(rate, horizon)
    months = min(term, horizon)
    exact = rate == 0  # then a sum may lie exactly half-way, and must not be approximated
    kept = list(zip(alive, worth, strict=True))
    lost = [(1 - s, v) for s, v in kept[:months]]
    return (
        _total(kept, 1, exact=exact),
        _total(lost, 1, exact=exact),
        _total(kept[:months], term, exact=exact),
    )
