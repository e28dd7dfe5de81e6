"""Retention: how long comparable customers stay, and what their months are worth today.

A customer who is alive at the start of month `t` (with probability `S(t)`) pays that month at its
end, and may leave then with the hazard `h(t)` of the retention model times the churn multipliers
that apply. Everything a contract earns is linear in three sums over `S(t)`, the retention factors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from functools import lru_cache
from itertools import accumulate, chain, repeat
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


@dataclass(frozen=True, slots=True)
class RetentionFactors:
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


class _ChurnSchedule(NamedTuple):
    """The factor on the base hazard during the first `term_months` months, and after them."""

    in_term: Fraction
    after_term: Fraction
    term_months: int


def base_hazard(retention: Retention, t: int) -> Fraction:
    """Return the probability of leaving at the end of month `t` (from 0) before any multiplier."""
    if retention.model == "constant":
        return retention.monthly_churn
    if retention.model == "sbg":
        return retention.alpha / (retention.alpha + retention.beta + t)
    return _curve_hazard(retention.survival, t)


def retention_factors(  # noqa: PLR0913 - the levers that move retention, all by keyword
    retention: Retention,
    *,
    price_response_multiplier: Fraction,
    in_term_churn_multiplier: Fraction,
    reduced_flexibility_churn_multiplier: Fraction,
    reduced_flexibility: bool,
    term_months: int,
    horizon_months: int,
    annual_discount_rate: Fraction,
) -> RetentionFactors:
    """Return the retention factors, each rounded half-even to 12 decimals.

    Raises ValueError for a term or horizon under one month, or a discount rate of -100% or less.
    """
    # The price response is always in force, the two other factors in term only.
    flexibility = reduced_flexibility_churn_multiplier if reduced_flexibility else Fraction(1)
    in_term = price_response_multiplier * in_term_churn_multiplier * flexibility
    schedule = _ChurnSchedule(in_term, price_response_multiplier, term_months)
    return _factors(retention, schedule, horizon_months, annual_discount_rate)


@lru_cache(maxsize=16_384)
def _factors(
    retention: Retention, schedule: _ChurnSchedule, horizon: int, annual_rate: Fraction
) -> RetentionFactors:
    """Return the rounded factors; the cache is what makes tables over many terms cheap."""
    term = schedule.term_months
    if term < 1 or horizon < 1:
        raise ValueError(f"term and horizon must be a month or more, not {term} and {horizon}")
    with localcontext(_PRECISE):
        # The last month's churn falls on the horizon and touches nothing that is counted.
        survival = chain((_ONE,), _survivors(_base_hazards(retention, horizon - 1), schedule))
        discounts = _discount_factors(annual_rate, horizon)
        values = tuple(map(mul, survival, discounts))
        covered = min(schedule.term_months, horizon)
        in_term = sum(values[:covered], _ZERO)
        return RetentionFactors(
            retained_value=_rounded(sum(values[covered:], in_term)),
            guarantee_value=_rounded(sum(discounts[:covered], _ZERO) - in_term),
            prepaid_drawdown=_rounded(in_term / schedule.term_months),
        )


def _survivors(hazards: tuple[Decimal, ...], schedule: _ChurnSchedule) -> Iterator[Decimal]:
    """Yield `S(1), S(2), ...` in the caller's decimal context: `S(t+1) = S(t)(1 - min(1, h k))`."""
    multipliers = chain(
        repeat(_decimal(schedule.in_term), schedule.term_months),
        repeat(_decimal(schedule.after_term)),
    )
    alive = _ONE
    for hazard, multiplier in zip(hazards, multipliers, strict=False):
        # A hazard multiplied beyond one means that all leave, and not more than all.
        leaving = hazard * multiplier
        alive = alive * (_ONE - leaving) if leaving < _ONE else _ZERO
        yield alive


@lru_cache(maxsize=1_024)
def _base_hazards(retention: Retention, months: int) -> tuple[Decimal, ...]:
    """Return the base hazards of months 0 to `months` - 1, to 72 digits."""
    with localcontext(_PRECISE):
        return tuple(_decimal(base_hazard(retention, t)) for t in range(months))


@lru_cache(maxsize=1_024)
def _discount_factors(annual_rate: Fraction, months: int) -> tuple[Decimal, ...]:
    """Return `v(t) = (1 + annual_rate)^(-(t+1)/12)` for `t` from 0 to `months` - 1."""
    if annual_rate <= -1:
        raise ValueError(f"the annual discount rate must be above -100%, not {annual_rate}")
    with localcontext(_PRECISE):
        monthly = (_decimal(1 + annual_rate).ln() / -_MONTHS_PER_YEAR).exp()
        return tuple(accumulate(repeat(monthly, months), mul))


def _curve_hazard(survival: tuple[Fraction, ...], t: int) -> Fraction:
    """Return `1 - s(t+1)/s(t)`; the last one persists, and a curve that is at 0 has hazard 1."""
    last = len(survival) - 2
    before, after = survival[min(t, last)], survival[min(t, last) + 1]
    return 1 - after / before if before else Fraction(1)


def _decimal(value: Fraction) -> Decimal:
    """Return the value in the caller's decimal context."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def _rounded(value: Decimal) -> Fraction:
    """Return the value rounded half-even to 12 decimals.

    A true tie may have been nudged in the 72nd digit on its way here, and would then be rounded
    the wrong way: the first rounding puts it back.
    """
    return Fraction(value.quantize(_TIE_PLACES).quantize(_PLACES))
