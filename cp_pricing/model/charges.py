"""What usage costs a customer, as expressions: by one price, or by the rates of a card.

The charge of a scenario is the price level times what a discount lowers, plus what it does not.
Names that begin with `@` are internal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from constraints.language.evaluation import Evaluator
from constraints.language.expressions import (
    ONE,
    ZERO,
    Arithmetic,
    Comparison,
    Conditional,
    Expression,
    Extremum,
    Name,
    Number,
    RowsOnDemand,
    Table,
    Value,
)
from cp_pricing.fields import ALLOWANCE, DISCOUNT, PRICE, RATES, by_meter
from cp_pricing.profiles.profile import of_meter

if TYPE_CHECKING:
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.catalog.rates import Rate, Tier
    from cp_pricing.profiles.profile import Profile, UsageScenario

Charges: TypeAlias = dict[str, "Expression | Fraction | bool"]

# With this begin the names of what depends on a card's allowances and rates alone.
USAGE = "@usage:"
EXPECTED_CHARGE, LIST_CHARGE = "expected_usage_charge", "list_usage_charge"


def usage_charge(place: int) -> Name:
    """What the use of a scenario is charged, in currency/month."""
    return Name(f"@usage_charge_{place}")


def usage_quantities(plan: Configuration, profile: Profile) -> Charges:
    """The charge for the use of every scenario, and what rules can name of charges and rates."""
    scenarios = profile.monthly_usage
    quantities: Charges = {}
    for place, scenario in enumerate(scenarios):
        quantities |= (_of_card if plan.is_card else _of_one_price)(plan, scenario, place)
    weights = [scenario.weight for scenario in scenarios]
    quantities[EXPECTED_CHARGE] = weighted(weights, map(usage_charge, range(len(weights))))
    quantities[LIST_CHARGE] = weighted(weights, map(_list_charge, range(len(weights))))
    return quantities | (_names_of_card(plan) if plan.is_card else _names_of_one_price(plan))


def weighted(weights: Sequence[Fraction], parts: Iterator[Name]) -> Expression:
    """The parts by their weights, added up."""
    return summed(times(Number(weight), part) for weight, part in zip(weights, parts, strict=True))


def summed(terms: Iterable[Expression]) -> Expression:
    """The terms added up; zero if there are none."""
    listed = list(terms)
    if len(listed) < 2:  # noqa: PLR2004 - one term is its own sum
        return listed[0] if listed else ZERO
    # Evaluation and compilation recurse, and a chain would be as deep as it is long.
    half = (len(listed) + 1) // 2
    return Arithmetic("+", summed(listed[:half]), summed(listed[half:]))


def _list_charge(place: int) -> Name:
    return Name(f"{USAGE}listed_{place}")


# --- one price --------------------------------------------------------------------------------


def _of_one_price(plan: Configuration, scenario: UsageScenario, place: int) -> Charges:
    overage = _beyond(of_meter(scenario.units, plan.meters[0]), Name(ALLOWANCE))
    return {
        usage_charge(place).name: times(Name(PRICE), overage),
        _list_charge(place).name: times(Name(f"baseline.{PRICE}"), overage),
    }


def _names_of_one_price(plan: Configuration) -> Charges:
    (meter,) = plan.meters
    discount = Arithmetic("-", ONE, Arithmetic("/", Name(PRICE), Name(f"baseline.{PRICE}")))
    return {
        "usage_price_discount": discount,
        by_meter("rate", meter): Name(PRICE),
        by_meter(ALLOWANCE, meter): Name(ALLOWANCE),
    }


# --- a rate card ------------------------------------------------------------------------------


def _of_card(plan: Configuration, scenario: UsageScenario, place: int) -> Charges:
    """What a discount lowers and what it does not are quantities of their own.

    Where no allowance is open both are constants, whatever the tiers, and the charge is linear in
    the price level.
    """
    used = [meter for meter in plan.meters if of_meter(scenario.units, meter)]
    at_list = {meter: Name(f"@list_charge_{place}.{meter}") for meter in used}
    lowered: list[Expression] = []
    fixed: list[Expression] = []
    quantities: Charges = {_list_charge(place).name: summed(at_list.values())}
    for meter, listed in at_list.items():
        rate, units = (plan.rates or {}).get(meter), of_meter(scenario.units, meter)
        allowance, override = Name(by_meter(ALLOWANCE, meter)), Name(by_meter(RATES, meter))
        quantities[listed.name] = charge_of(rate, units, allowance) if rate else ZERO
        if rate is not None:
            (lowered if rate.discountable else fixed).append(
                Conditional(as_listed(override), listed, ZERO)
            )
        instead = times(override, _beyond(units, allowance))
        fixed.append(Conditional(as_listed(override), ZERO, instead))
    names = Name(f"{USAGE}discountable_{place}"), Name(f"{USAGE}not_discountable_{place}")
    quantities |= {names[0].name: summed(lowered), names[1].name: summed(fixed)}
    charge = Arithmetic("+", times(Name(PRICE), names[0]), names[1])
    return quantities | {usage_charge(place).name: charge}


def _names_of_card(plan: Configuration) -> Charges:
    discount = Arithmetic("-", ONE, Name(PRICE))
    listed = Name(LIST_CHARGE)
    share = Arithmetic("-", ONE, Arithmetic("/", Name(EXPECTED_CHARGE), listed))
    quantities: Charges = {
        DISCOUNT: discount,
        "usage_price_discount": Conditional(Comparison("==", listed, ZERO), Name(DISCOUNT), share),
    }
    for meter in plan.meters:
        override = Name(by_meter(RATES, meter))
        least = _least_rate((plan.rates or {}).get(meter))
        quantities[by_meter("rate", meter)] = Conditional(as_listed(override), least, override)
    if len(plan.meters) == 1:
        quantities[ALLOWANCE] = Name(by_meter(ALLOWANCE, plan.meters[0]))
    return quantities


def as_listed(override: Name) -> Expression:
    """Whether a meter is charged by its rate, and not by a price in its place."""
    return Comparison("<", override, ZERO)


def _least_rate(rate: Rate | None) -> Expression:
    if rate is None:
        return ZERO
    least = Number(rate.least_unit_price)
    return times(Name(PRICE), least) if rate.discountable else least


# --- the rates: SPEC section 9 ----------------------------------------------------------------


def charge_of(rate: Rate, units: Fraction, allowance: Name) -> Expression:
    """What so many units a month cost at list beyond an allowance, in currency/month."""
    if rate.package is not None:
        size = rate.package.units
        packages = Table((allowance,), Packages(units, size), f"packages:{units}/{size}")
        return times(Number(rate.package.price), packages)
    if rate.mode == "volume":
        return _volume(rate.steps, units, allowance)
    return _graduated(rate.steps, units, allowance)


def charge_at(rate: Rate, units: Fraction, included: Fraction) -> Fraction:
    """The same for a certain allowance."""
    charge = Evaluator({ALLOWANCE: included}).number(charge_of(rate, units, Name(ALLOWANCE)))
    return charge or Fraction(0)


def _graduated(tiers: Sequence[Tier], units: Fraction, allowance: Name) -> Expression:
    """Each tier's price on what lies beyond its beginning, less the price of the tier before."""
    parts: list[Expression] = []
    begins, before = Fraction(0), Fraction(0)
    for tier in tiers:
        # A tier that begins above all use, or costs what the one before does, changes nothing.
        if units > begins and tier.price != before:
            step = Number(tier.price - before)
            parts.append(times(step, _beyond(units - begins, allowance)))
        begins, before = tier.up_to or begins, tier.price
    return summed(parts)


def _volume(tiers: Sequence[Tier], units: Fraction, allowance: Name) -> Expression:
    """All units at the price of the first tier whose limit is not below them."""
    beyond = _beyond(units, allowance)
    # An allowance only takes units away, so that no tier beyond all of them is ever reached.
    reached = next(at for at, tier in enumerate(tiers) if tier.up_to is None or tier.up_to >= units)
    charge: Expression = times(Number(tiers[reached].price), beyond)
    for tier in reversed(tiers[:reached]):
        within = Comparison("<=", beyond, Number(tier.up_to or Fraction(0)))
        charge = Conditional(within, times(Number(tier.price), beyond), charge)
    return charge


class Packages(RowsOnDemand):
    """The packages that so many units take, by the allowance; worked out when asked for."""

    def __init__(self, units: Fraction, size: Fraction) -> None:
        self._units = units
        self._size = size

    def __getitem__(self, key: tuple[Value, ...]) -> Fraction:
        (allowance,) = key
        return Fraction(ceil(max(Fraction(0), self._units - allowance) / self._size))


def _beyond(units: Fraction, allowance: Name) -> Expression:
    return Extremum("max", (ZERO, Arithmetic("-", Number(units), allowance)))


def times(left: Expression, right: Expression) -> Expression:
    """The product."""
    return Arithmetic("*", left, right)
