"""Retention models and contracts for tests, with the factors in exact arithmetic beside ours."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TypeAlias

from hypothesis import strategies as st

from cp_pricing.model import retention
from cp_pricing.model.retention import RetentionFactors
from cp_pricing.profiles.profile import ConstantRetention, CurveRetention, SbgRetention

STEP = Fraction(1, 10**12)
"""The grid that the factors are rounded to."""


def constant(monthly_churn: Fraction) -> ConstantRetention:
    return ConstantRetention(monthly_churn=monthly_churn)


def sbg(alpha: Fraction, beta: Fraction) -> SbgRetention:
    return SbgRetention(alpha=alpha, beta=beta)


def curve(survival: tuple[Fraction, ...]) -> CurveRetention:
    return CurveRetention(survival=survival)


Model: TypeAlias = ConstantRetention | SbgRetention | CurveRetention


@dataclass(frozen=True)
class Contract:
    """What retention factors depend on besides the model, plain unless a test says otherwise."""

    term: int = 1
    horizon: int = 36
    rate: Fraction = Fraction(0)
    price_response: Fraction = Fraction(1)
    in_term: Fraction = Fraction(1)
    flexibility: Fraction = Fraction(1)
    reduced: bool = False


TENTH, HALF = Fraction(1, 10), Fraction(1, 2)


def factors(model: Model, contract: Contract) -> RetentionFactors:
    stay, in_term = stay_in(contract, model)
    return stay.factors(in_term, contract.price_response, contract.term)


def stay_in(contract: Contract, model: Model) -> tuple[retention.Stay, Fraction]:
    """How long customers stay, and the factor on their hazards in term."""
    in_term = contract.price_response * contract.in_term
    in_term *= contract.flexibility if contract.reduced else 1
    return retention.Stay(model, contract.horizon, contract.rate), in_term


def survival(model: Model, contract: Contract) -> tuple[Decimal, ...]:
    """S(0), ..., S(horizon), unrounded, from what the factors are summed from."""
    stay, in_term = stay_in(contract, model)
    first, then = stay._in_term(in_term), stay._in_term(contract.price_response)
    with decimal.localcontext(retention._PRECISE):
        alive = list(first.alive[: contract.term + 1])
        for before, later in pairwise(then.alive[contract.term :]):
            alive.append(alive[-1] * later / before if before else Decimal(0))
    return tuple(alive)


def quotient(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator


def base_hazard(model: Model, month: int) -> Fraction:
    """The hazard of a month before any multiplier."""
    return Fraction(*retention.base_hazards(model, month + 1)[month])


def exact_survival(model: Model, contract: Contract) -> list[Fraction]:
    """S(0), ..., S(horizon - 1), as fractions."""
    shares = [Fraction(1)]
    for t in range(contract.horizon - 1):
        k = contract.price_response
        if t < contract.term:
            k *= contract.in_term * (contract.flexibility if contract.reduced else 1)
        shares.append(shares[-1] * (1 - min(Fraction(1), base_hazard(model, t) * k)))
    return shares


def exact_discounts(contract: Contract) -> list[Fraction]:
    """The discount factors to 80 digits, each with a power of its own; exact at 0%."""
    if not contract.rate:
        return [Fraction(1)] * contract.horizon
    with decimal.localcontext(prec=80):
        growth = quotient(1 + contract.rate)
        return [Fraction(growth ** (Decimal(-t - 1) / 12)) for t in range(contract.horizon)]


def exact_factors(model: Model, contract: Contract) -> RetentionFactors:
    """The sums in rational arithmetic, rounded half-even by Python's `round` of a fraction."""
    shares, discounts = exact_survival(model, contract), exact_discounts(contract)
    kept = [s * v for s, v in zip(shares, discounts, strict=True)]
    lost = [(1 - s) * v for s, v in zip(shares, discounts, strict=True)]
    term = contract.term
    sums = sum(kept), sum(lost[:term]), Fraction(1, term) * sum(kept[:term])
    return RetentionFactors(*(round(total / STEP) * STEP for total in sums))


# Quotients of integers: `st.fractions` draws three times as slowly.
ratios = st.builds(lambda n, m: Fraction(n, n + m or 1), st.integers(0, 500), st.integers(0, 500))
multipliers = st.builds(Fraction, st.integers(0, 30), st.integers(10, 20))
shapes = st.builds(Fraction, st.integers(1, 1_000), st.integers(100, 1_000))
rates = st.builds(Fraction, st.integers(0, 100), st.integers(100, 1_000))
curves = st.lists(ratios, min_size=1, max_size=8).map(
    lambda kept: curve(tuple(accumulate(kept, Fraction.__mul__, initial=Fraction(1))))
)
models: st.SearchStrategy[Model] = st.one_of(
    ratios.map(constant), st.builds(sbg, shapes, shapes), curves
)
contracts = st.builds(
    Contract,
    term=st.integers(1, 48),
    horizon=st.integers(1, 40),
    rate=st.one_of(st.just(Fraction(0)), rates),
    price_response=multipliers,
    in_term=multipliers,
    flexibility=multipliers,
    reduced=st.booleans(),
)
