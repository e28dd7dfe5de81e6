"""How far a deal is from given terms: how many fields are moved, and how far each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.language.expressions import (
    ONE,
    ZERO,
    Absolute,
    Arithmetic,
    Comparison,
    Conditional,
    Expression,
    Name,
    Not,
    Number,
    Value,
)
from cp_pricing.fields import UNLIMITED
from cp_pricing.model.charges import summed

if TYPE_CHECKING:
    from constraints.language.domains import Domain


def moved(name: str, start: Value) -> Expression:
    """Whether a field has another value than the one it starts from."""
    if isinstance(start, bool):
        return Not(Name(name)) if start else Name(name)
    return Comparison("!=", Name(name), Number(start))


def number_moved(names: Iterable[str], starts: Mapping[str, Value]) -> Expression:
    """How many of some fields are moved."""
    return summed(Conditional(moved(name, starts[name]), ONE, ZERO) for name in names)


def lengths(
    names: Iterable[str],
    starts: Mapping[str, Value],
    domains: Mapping[str, Domain],
    within_one: Fraction = Fraction(1),
) -> Expression:
    """The sum of the moves of some fields; those without a domain are a matter of yes or no.

    `within_one` is the length of a move to the only value that there is.
    """
    return summed(_length(name, starts[name], domains.get(name), within_one) for name in names)


def _length(name: str, start: Value, domain: Domain | None, within_one: Fraction) -> Expression:
    """The distance over the range of the values; 1 for yes or no, and to or from unlimited."""
    if domain is None:
        return Conditional(moved(name, start), ONE, ZERO)
    reach = _range(domain)
    if not reach:
        return Conditional(moved(name, start), Number(within_one), ZERO)
    gap = Absolute(Arithmetic("-", Name(name), Number(Fraction(start))))
    share: Expression = Arithmetic("*", Number(1 / reach), gap)
    if domain.high < UNLIMITED and start < UNLIMITED:
        return share
    unlimited = Comparison("==", Name(name), Number(UNLIMITED))
    if start >= UNLIMITED:
        return Conditional(unlimited, ZERO, ONE)
    return Conditional(unlimited, ONE, share)


def _range(domain: Domain) -> Fraction:
    """Greatest less least tunable value, an unlimited one left out."""
    if domain.high < UNLIMITED:
        return domain.high - domain.low
    # Unlimited is so large a number that every other move would be none beside it.
    limited = domain.indices[:-1]
    return domain.value(limited[-1]) - domain.low if limited else Fraction(0)
