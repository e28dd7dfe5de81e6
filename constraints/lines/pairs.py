"""Fractions as pairs of whole numbers, a numerator and a positive denominator, seldom reduced."""

from __future__ import annotations

from math import gcd

_LONG = 256  # bits of a denominator


def shortened(over: int, under: int) -> tuple[int, int]:
    """A fraction, its common factor out if it has grown long."""
    if under.bit_length() <= _LONG:
        return over, under
    common = gcd(over, under)
    return over // common, under // common


def inverse(over: int, under: int) -> tuple[int, int]:
    """One over a fraction, with a positive denominator; raises `ZeroDivisionError`."""
    if not over:
        raise ZeroDivisionError
    # A comparison multiplies through by denominators, which keeps its direction if they are
    # positive: so the sign goes above.
    return (under, over) if over > 0 else (-under, -over)
