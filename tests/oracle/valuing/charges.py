"""What usage is charged, whatever its price: sections 2 and 9 of the specification, taken apart.

A plan with its allowances says of every usage scenario what the price, or the discount, does not
change, and what it is multiplied with. Bills of all prices are made of that, in whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import attrgetter

from tests.oracle.case import PRICE, Configuration, Profile, Value
from tests.oracle.valuing.rates import ALLOWANCE, OVERRIDE
from tests.oracle.valuing.usage import by_meter


@dataclass(frozen=True)
class Scenario:
    """What is used in one customer-month, and what serving it costs (currency)."""

    weight: Fraction
    units: Mapping[str, Fraction]
    cost: Fraction


@dataclass(frozen=True)
class Charge:
    """What a scenario's usage is charged: `fixed`, and `priced` times the price of one unit.

    Of a rate card `priced` is times what the discount leaves. `listed` is the whole at list.
    """

    fixed: Fraction
    priced: Fraction
    listed: Fraction

    def at(self, price: Fraction) -> Fraction:
        """The charge at a price of one unit, or with what a discount leaves."""
        return self.fixed + self.priced * price


def scenarios_of(profile: Profile, meters: tuple[str, ...]) -> tuple[Scenario, ...]:
    """The usage scenarios of a profile."""
    found = []
    for weight, used in profile.usage:
        units = by_meter(used, meters)
        cost = sum((profile.unit_cost(meter) * amount for meter, amount in units.items()),
                   profile.costs["service_cost_per_month"])  # fmt: skip
        found.append(Scenario(weight, units, cost))
    return tuple(found)


def allowance(own: Configuration, fields: Mapping[str, Value], meter: str) -> Fraction:
    """Units a month that are not charged."""
    return Fraction(fields[ALLOWANCE if own.card is None else f"{ALLOWANCE}.{meter}"])


def override(fields: Mapping[str, Value], meter: str) -> Fraction | None:
    """The flat price that was asked for in the place of a rate."""
    price = fields.get(f"{OVERRIDE}.{meter}")
    return None if price is None else Fraction(price)


def charge(
    own: Configuration, fields: Mapping[str, Value], units: Mapping[str, Fraction]
) -> Charge:
    """What the usage of a month is charged under a plan with its allowances and overrides."""
    fixed = priced = listed = Fraction(0)
    for meter, amount in units.items():
        beyond = max(Fraction(0), amount - allowance(own, fields, meter))
        if own.card is None:
            priced += beyond
            listed += own.terms[PRICE] * beyond
            continue
        rate, flat = own.card.rates.get(meter), override(fields, meter)
        at_list = Fraction(0) if rate is None else rate.charge(beyond)
        listed += at_list
        if flat is not None:
            fixed += flat * beyond
        elif rate is not None and rate.discountable:
            priced += at_list
        else:
            fixed += at_list
    return Charge(fixed, priced, listed)


class Charges:
    """The charges of all scenarios, the one that is expected, and the bills that they come to."""

    def __init__(self, scenarios: Sequence[Scenario], charges: Sequence[Charge]) -> None:
        self.each = charges
        pairs = list(zip(scenarios, charges, strict=True))
        fixed, priced, listed = (
            sum((s.weight * figure(c) for s, c in pairs), Fraction(0))
            for figure in map(attrgetter, ("fixed", "priced", "listed"))
        )
        self.expected = Charge(fixed, priced, listed)
        self.all_weights = lcm(*(s.weight.denominator for s in scenarios))
        self.parts = lcm(*(n.denominator for c in charges for n in (c.fixed, c.priced)))
        self.whole = [
            (
                int(s.weight * self.all_weights),
                int(c.fixed * self.parts),
                int(c.priced * self.parts),
            )
            for s, c in pairs
        ]

    def expected_bill(self, minimum: Fraction, fees: Fraction, price: Fraction) -> Fraction:
        """The sum of each weight times max(minimum, fees + fixed + priced * price)."""
        divisor = self.parts * price.denominator
        common = lcm(divisor, minimum.denominator, fees.denominator)
        least = minimum.numerator * (common // minimum.denominator)
        flat = fees.numerator * (common // fees.denominator)
        by_fixed, by_price = common // self.parts, common // divisor * price.numerator
        total = sum(
            weight * max(least, flat + fixed * by_fixed + priced * by_price)
            for weight, fixed, priced in self.whole
        )
        return Fraction(total, common * self.all_weights)
