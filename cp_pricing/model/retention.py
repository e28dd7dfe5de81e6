"""Retention: how long comparable customers stay, and what their months are worth today.

A customer who is alive at the start of month `t` (with probability `S(t)`) pays that month at its
end, and may leave then with the hazard `h(t)` of the retention model times the churn multipliers
that apply. Everything a contract earns is linear in three sums over `S(t)`, the retention factors.
"""

from __future__ import annotations

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction
from functools import cache, lru_cache
from itertools import accumulate, pairwise, repeat
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cp_pricing.profiles.profile import Retention

# Every setting is spelled out, so that nobody's changes to the process-wide defaults reach us.
_PRECISE = Context(
    prec=72,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
_PLACES = Decimal("1e-12")
# Coarser than the error of 72-digit sums by some thirty digits: see `_rounded`.
_TIE_PLACES = Decimal("1e-40")
_ZERO, _ONE = Decimal(0), Decimal(1)
_MONTHS_PER_YEAR = 12


class RetentionFactors(NamedTuple):
    """What one unit of money a month is worth over the horizon, in months' worth at signing.

    Exact multiples of 10^-12; H is the horizon, T the term, `v(t)` the discount factor of the end
    of month `t`.
    """

    retained_value: Fraction
    """`A`, the sum of `S(t) v(t)` over `t < H`: a unit paid in every month until leaving."""
    guarantee_value: Fraction
    """`G`, the sum of `(1 - S(t)) v(t)` over `t < min(T, H)`: a unit due in term after leaving."""
    prepaid_drawdown: Fraction
    """`D`, the sum of `S(t) v(t)` over `t < min(T, H)`, over T: a prepaid unit's drawdown."""


class _InTerm(NamedTuple):
    """Customers whose base hazards are multiplied by one factor, from the start on.

    `alive[t]` is the share alive at the start of month `t`, `paid[t]` what they pay before it: a
    unit a month, discounted.
    """

    alive: tuple[Decimal, ...]
    paid: tuple[Decimal, ...]


def base_hazards(retention: Retention, months: int) -> list[tuple[int, int]]:
    """Return the probability of leaving at the end of each month, before any multiplier.

    Each is a ratio of whole numbers, which is not reduced.
    """
    if retention.model == "constant":
        return [retention.monthly_churn.as_integer_ratio()] * months
    if retention.model == "sbg":
        (alpha, one), (beta, other) = (
            shape.as_integer_ratio() for shape in (retention.alpha, retention.beta)
        )
        leaving, all_of_them = alpha * other, alpha * other + beta * one
        return [(leaving, all_of_them + month * one * other) for month in range(months)]
    lost = [_lost(*both) for both in pairwise(retention.survival)]
    # The last one persists.
    return [lost[min(month, len(lost) - 1)] for month in range(months)]


def _lost(before: Fraction, after: Fraction) -> tuple[int, int]:
    """The share of those alive before who are not alive after; all, of a curve that is at 0."""
    alive = before.numerator * after.denominator
    return (alive - after.numerator * before.denominator, alive) if alive else (1, 1)


class Stay:
    """How long customers of a retention model stay within a horizon, discounted.

    What months in term and months after it come to is kept by the factor on their hazards, so that
    one more term takes no sum of its own. Raises ValueError for a horizon under one month, or a
    discount rate of -100% or less.
    """

    def __init__(self, retention: Retention, horizon_months: int, annual_rate: Fraction) -> None:
        if horizon_months < 1:
            raise ValueError(f"the horizon must be a month or more, not {horizon_months}")
        self._horizon = horizon_months
        self._in_term = cache(self._of_months_in_term)
        self._rests = cache(self._of_months_after_it)
        with localcontext(_PRECISE):
            hazards = base_hazards(retention, horizon_months)
            self._hazards = [Decimal(over) / Decimal(under) for over, under in hazards]
            self._discounts = discount_factors(annual_rate, horizon_months)
            self._due = (_ZERO, *accumulate(self._discounts))

    def factors(
        self, in_term: Fraction, after_term: Fraction, term_months: int
    ) -> RetentionFactors:
        """The retention factors, each rounded half-even to 12 decimals.

        `in_term` and `after_term` multiply the hazards of the months of the term and after it.
        Raises ValueError for a term under one month.
        """
        if term_months < 1:
            raise ValueError(f"the term must be a month or more, not {term_months}")
        covered = min(term_months, self._horizon)
        alive, paid = (column[covered] for column in self._in_term(in_term))
        rest = self._rests(after_term)[covered]
        return RetentionFactors(
            retained_value=_rounded(_PRECISE.fma(alive, rest, paid)),
            guarantee_value=_rounded(_PRECISE.subtract(self._due[covered], paid)),
            prepaid_drawdown=_rounded(_PRECISE.divide(paid, term_months)),
        )

    def _of_months_in_term(self, multiplier: Fraction) -> _InTerm:
        with localcontext(_PRECISE):
            alive = tuple(accumulate(self._staying(multiplier), mul, initial=_ONE))
            paid = accumulate(map(mul, alive, self._discounts), initial=_ZERO)
            return _InTerm(alive, tuple(paid))

    def _of_months_after_it(self, multiplier: Fraction) -> tuple[Decimal, ...]:
        """What those who are alive at the start of month `t` pay from it on, for each `t`."""
        with localcontext(_PRECISE):
            # From the horizon back: what a month brings, and what those who stay bring after it.
            staying = reversed(self._staying(multiplier))
            months = zip(reversed(self._discounts), staying, strict=True)
            rests = accumulate(months, lambda rest, at: at[0] + at[1] * rest, initial=_ZERO)
            return tuple(rests)[::-1]

    def _staying(self, multiplier: Fraction) -> list[Decimal]:
        """The share of those alive that stays after each month, in the caller's context."""
        factor = _decimal(multiplier)
        # A hazard multiplied beyond one means that all leave, and not more than all.
        return [max(_ZERO, _ONE - hazard * factor) for hazard in self._hazards]


stay_of = lru_cache(maxsize=4_096)(Stay)


@lru_cache(maxsize=1_024)
def discount_factors(annual_rate: Fraction, months: int) -> tuple[Decimal, ...]:
    """Return `v(t) = (1 + annual_rate)^(-(t+1)/12)` for `t` from 0 to `months` - 1.

    Raises ValueError for a rate of -100% or less.
    """
    if annual_rate <= -1:
        raise ValueError(f"the annual discount rate must be above -100%, not {annual_rate}")
    with localcontext(_PRECISE):
        monthly = (_decimal(1 + annual_rate).ln() / -_MONTHS_PER_YEAR).exp()
        return tuple(accumulate(repeat(monthly, months), mul))


def _decimal(value: Fraction) -> Decimal:
    """Return the value in the caller's decimal context."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def _rounded(value: Decimal) -> Fraction:
    """Return the value rounded half-even to 12 decimals.

    A true tie may have been nudged in the 72nd digit on its way here, and would then be rounded
    the wrong way: the first rounding puts it back.
    """
    nearly = value.quantize(_TIE_PLACES, context=_PRECISE)
    return Fraction(nearly.quantize(_PLACES, context=_PRECISE))
