"""A month of a plan from list to net: what usage costs, and what each term takes off or adds.

It is for people, who see where a bill comes from; what decides is the bill of the pricing model,
with which this one agrees: the charges of the meters are made of the same expressions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.catalog.rates import NOTHING
from cp_pricing.fields import AS_LISTED, RATES, by_meter
from cp_pricing.model.charges import charge_at
from cp_pricing.profiles.profile import of_meter
from cp_pricing.terms import CardTerms, Terms

if TYPE_CHECKING:
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.catalog.rates import Rate
    from cp_pricing.model.offer import Offer
    from cp_pricing.profiles.profile import Measure, Profile
    from cp_pricing.terms import AnyTerms

_ZERO = Fraction(0)


class Charge(NamedTuple):
    """What a meter costs at list with nothing included, and what changes that (currency/month)."""

    at_list: Fraction = _ZERO
    allowance: Fraction = _ZERO
    discount: Fraction = _ZERO
    agreed: Fraction = _ZERO

    @property
    def net(self) -> Fraction:
        """What is charged."""
        return self.at_list + self.allowance + self.discount + self.agreed


class Month(NamedTuple):
    """A month's bill: a charge for each meter, the fees, and what is missing to the minimum."""

    meters: Mapping[str, Charge]
    fees: Fraction
    topped_up: Fraction

    @property
    def usage(self) -> Charge:
        """The charges of all meters together."""
        return _together((Fraction(1), charge) for charge in self.meters.values())

    @property
    def bill(self) -> Fraction:
        """What the customer pays."""
        return self.usage.net + self.fees + self.topped_up


def month_of(plan: Configuration, terms: AnyTerms, members: Fraction, use: Measure) -> Month:
    """The month of a customer with so many members who uses so much, on some terms of a plan."""
    meters = {
        meter: _charge(plan, terms, meter, of_meter(use, meter))
        if isinstance(terms, CardTerms)
        else _priced(plan, terms, of_meter(use, meter))
        for meter in plan.meters
    }
    fees = terms.platform_fee + terms.seat_fee * members
    owed = sum((charge.net for charge in meters.values()), fees)
    return Month(meters, fees, max(_ZERO, terms.minimum_monthly_turnover - owed))


def expected_month(plan: Configuration, terms: AnyTerms, profile: Profile) -> Month:
    """The mean over the months of a profile, each part by itself."""
    scenarios = profile.monthly_usage
    members = profile.members_per_customer
    months = [(one.weight, month_of(plan, terms, members, one.units)) for one in scenarios]
    return Month(
        {
            meter: _together((w, month.meters[meter]) for w, month in months)
            for meter in plan.meters
        },
        sum((weight * month.fees for weight, month in months), _ZERO),
        sum((weight * month.topped_up for weight, month in months), _ZERO),
    )


def main_meters(offer: Offer, terms: AnyTerms | None) -> tuple[str, ...]:
    """The meters of a rate card whose price a deal changes, what is paid for most at list first.

    A discount changes discountable rates, and an agreed price of the terms that of its own meter.
    """
    plan, profile = offer.configuration, offer.profile
    if not plan.is_card:
        return ()
    rates = plan.rates or {}
    told = {name for name, rate in rates.items() if rate.discountable}
    told |= set(terms.instead if isinstance(terms, CardTerms) else ())
    worth = {
        meter: sum(
            one.weight * _listed(rates.get(meter), of_meter(one.units, meter), _ZERO)
            for one in profile.monthly_usage
        )
        for meter in plan.meters
    }
    used = [meter for meter in plan.meters if meter in told and worth[meter]]
    return tuple(sorted(used, key=lambda meter: -worth[meter]))


def _charge(plan: Configuration, terms: CardTerms, meter: str, units: Fraction) -> Charge:
    rate = (plan.rates or {}).get(meter)
    included = terms.rates[meter].included
    at_list, beyond = _listed(rate, units, _ZERO), _listed(rate, units, included)
    override = Fraction(terms.value(by_meter(RATES, meter)))
    if override != AS_LISTED:
        agreed = override * max(_ZERO, units - included) - beyond
        return Charge(at_list, beyond - at_list, _ZERO, agreed)
    lowered = rate is not None and rate.discountable
    return Charge(at_list, beyond - at_list, -terms.usage_discount * beyond if lowered else _ZERO)


def _priced(plan: Configuration, terms: Terms, units: Fraction) -> Charge:
    """What the use of a plan with one price costs; another price than at list is a discount."""
    listed, beyond = plan.usage_unit_price, max(_ZERO, units - terms.included_units)
    discount = (terms.usage_unit_price - listed) * beyond
    return Charge(listed * units, listed * (beyond - units), discount)


def _listed(rate: Rate | None, units: Fraction, included: Fraction) -> Fraction:
    """What so many units cost at list beyond an allowance; of a meter without a rate nothing."""
    return charge_at(rate or NOTHING, units, included)


def _together(parts: Iterable[tuple[Fraction, Charge]]) -> Charge:
    """The sum of some charges, each times its weight."""
    at_list = allowance = discount = agreed = _ZERO
    for weight, part in parts:
        at_list += weight * part.at_list
        allowance += weight * part.allowance
        discount += weight * part.discount
        agreed += weight * part.agreed
    return Charge(at_list, allowance, discount, agreed)
