"""Laws of rates: what each kind charges is evaluated, compiled and translated alike, and is right.

SPEC section 9. Usage and tiers are small whole numbers, so that every unit can be counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.cpsat.optimisation import Goal, Optimal, Problem
from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Comparison, Name, Number, Truth
from constraints.lines import piecewise
from constraints.lines.translation import point_of, sweep_of
from cp_pricing.catalog.rates import Package, Rate, Tier
from cp_pricing.model.charges import charge_of

N = Name("n")
GRID = Domain.grid(Fraction(0), Fraction(14), Fraction(1))
ALLOWANCES = [*GRID.values(), Fraction(10**15)]
_prices = st.integers(0, 9).map(lambda number: Fraction(number, 4))


@st.composite
def _tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    limits = sorted(draw(st.sets(st.integers(1, 12), max_size=3)))
    ends: list[Fraction | None] = [*map(Fraction, limits), None]
    return tuple(Tier(up_to=end, price=draw(_prices)) for end in ends)


_rates = st.one_of(
    _prices.map(lambda price: Rate(price=price)),
    st.builds(
        lambda units, price: Rate(package=Package(units=Fraction(units, 2), price=price)),
        st.integers(1, 11),
        _prices,
    ),
    st.builds(
        lambda tiers, mode: Rate(tiers=tiers, mode=mode),
        _tiers(),
        st.sampled_from(("graduated", "volume")),
    ),
)
_units = st.integers(0, 14).map(Fraction)


def counted(rate: Rate, beyond: int) -> Fraction:
    """What so many units cost, unit by unit."""
    if rate.price is not None:
        return beyond * rate.price
    if rate.package is not None:
        return ceil(beyond / rate.package.units) * rate.package.price
    tiers = rate.tiers or ()
    if rate.mode == "volume":
        return beyond * _price_of(tiers, beyond)
    return sum((_price_of(tiers, unit) for unit in range(1, beyond + 1)), Fraction(0))


def _price_of(tiers: Sequence[Tier], unit: int) -> Fraction:
    return next(tier.price for tier in tiers if tier.up_to is None or unit <= tier.up_to)


@given(_rates, _units)
def test_a_charge_is_that_of_its_units_counted_one_by_one(rate: Rate, units: Fraction) -> None:
    charge = charge_of(rate, units, N)
    for allowance in ALLOWANCES:
        beyond = max(0, int(units - allowance))
        assert Evaluator({"n": allowance}).number(charge) == counted(rate, beyond)


@given(_rates, _units)
def test_a_compiled_charge_is_what_is_evaluated(rate: Rate, units: Fraction) -> None:
    charge = charge_of(rate, units, N)
    pins = {str(value): Comparison("==", N, Number(value)) for value in GRID.values()}
    problem = Problem({"n": GRID, "charge": charge}, {"any": Truth(value=True), **pins})
    evaluated = {value: Evaluator({"n": value}).number(charge) for value in GRID.values()}
    for value, number in evaluated.items():
        for maximise in (True, False):
            pinned = problem.best([str(value)], [Goal(Name("charge"), maximise=maximise)])
            assert isinstance(pinned, Optimal)
            assert pinned.goals == (number,)
    # Neither lost nor gained over all allowances together.
    for maximise, best in ((True, max), (False, min)):
        result = problem.best(["any"], [Goal(Name("charge"), maximise=maximise)])
        assert isinstance(result, Optimal)
        assert result.goals == (
            best(number for number in evaluated.values() if number is not None),
        )


@given(_rates, _units)
def test_a_translated_charge_is_what_is_evaluated(rate: Rate, units: Fraction) -> None:
    charge = charge_of(rate, units, N)
    point = point_of({"n": Fraction(0)}, ("n",), [Truth(value=True)], charge)
    for allowance in ALLOWANCES:
        assert Fraction(*point([allowance]).number) == Evaluator({"n": allowance}).number(charge)


@given(_rates.filter(lambda rate: rate.package is None), _units)
def test_a_charge_swept_over_its_allowance_is_what_is_evaluated(
    rate: Rate, units: Fraction
) -> None:
    charge = charge_of(rate, units, N)
    sweep = sweep_of({}, (), [Truth(value=True)], charge, "n", GRID)((), lambda _: False)
    assert sweep is not None
    for index, allowance in enumerate(GRID.values()):
        over, under = piecewise.value(sweep.number, index)
        assert Fraction(over, under) == Evaluator({"n": allowance}).number(charge)


@pytest.mark.parametrize(("units", "charge"), [(0, 0), (10, 50), (11, 44), (21, 63), (50, 150)])
def test_volume_tiers_price_all_use_so_that_more_may_cost_less(units: int, charge: int) -> None:
    tiers = (Tier(up_to=10, price=5), Tier(up_to=20, price=4), Tier(price=3))
    rate = Rate(tiers=tiers, mode="volume")
    assert Evaluator({"n": Fraction(0)}).number(charge_of(rate, Fraction(units), N)) == charge
