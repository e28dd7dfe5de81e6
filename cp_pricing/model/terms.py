"""The terms of a deal, read from an evaluator's environment."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from constraints.language.expressions import Name
from cp_pricing.catalog.rates import NOTHING, Rate
from cp_pricing.fields import ALLOWANCE, AS_LISTED, FIELDS, PRICE, RATES, by_meter, quantity
from cp_pricing.terms import AnyTerms, CardTerms, MeterRate, RatePackage, RateTier, Terms

if TYPE_CHECKING:
    from constraints.language.evaluation import Evaluator
    from cp_pricing.catalog.plans import Configuration

_PLAIN_NAMES = tuple((name, Name(quantity(name))) for name in FIELDS)
_CARD_NAMES = tuple(pair for pair in _PLAIN_NAMES if pair[0] not in {ALLOWANCE, PRICE})
_LEVEL, _MEMBERS = Name(PRICE), Name("profile.members_per_customer")
_ONE = Fraction(1)

# What a rate card has of its own, by the field's name in `CardTerms`.
Rates: TypeAlias = dict[str, Any]


@lru_cache(maxsize=64)
def _names(meters: tuple[str, ...]) -> tuple[Name, ...]:
    """The allowance of each meter, and then the price in place of each one's rate."""
    return tuple(Name(by_meter(field, meter)) for field in (ALLOWANCE, RATES) for meter in meters)


def terms_of(
    evaluator: Evaluator,
    plan: Configuration,
    rates: Callable[[Fraction, tuple[Fraction, ...]], Rates] | None = None,
) -> AnyTerms:
    """The fields of a plan in an evaluator's environment; the platform fee as charged.

    `rates` is `card_rates` of the plan, for whoever has it at hand.
    """
    names = _CARD_NAMES if plan.is_card else _PLAIN_NAMES
    values: dict[str, Any] = {name: evaluator.value(named) for name, named in names}
    # The one field that JSON shows as a whole number.
    values["contract_duration_months"] = int(values["contract_duration_months"])
    if not plan.is_card:
        return Terms.model_construct(**values)  # certified values need no validation
    if rates is None:
        rates = card_rates(plan, _number(evaluator, _MEMBERS))
    by_meters = tuple(_number(evaluator, name) for name in _names(plan.meters))
    return CardTerms.model_construct(**values, **rates(_number(evaluator, _LEVEL), by_meters))


def _number(evaluator: Evaluator, name: Name) -> Fraction:
    return evaluator.number(name) or Fraction(0)


def card_rates(
    plan: Configuration, members: Fraction
) -> Callable[[Fraction, tuple[Fraction, ...]], Rates]:
    """What a rate card's meters cost at a price level, for a customer with so many members.

    The second argument has their allowances, and then the prices in place of their rates. The last
    answers are kept: the requests of a batch come to the same terms again and again.
    """
    meters = plan.meters if plan.is_card else ()
    own = {meter: (plan.rates or {}).get(meter, NOTHING) for meter in meters}
    allowances = plan.allowances
    listed = {
        meter: meter_rate(rate, allowances[by_meter(ALLOWANCE, meter)].total(members))
        for meter, rate in own.items()
    }

    @lru_cache(maxsize=1_000)
    def rates(level: Fraction, by_meters: tuple[Fraction, ...]) -> Rates:
        included, prices = by_meters[: len(own)], by_meters[len(own) :]
        tuned, instead = {}, {}
        for (meter, rate), units, price in zip(own.items(), included, prices, strict=True):
            tuned[meter] = meter_rate(rate, units, level)
            if price != AS_LISTED:
                instead[meter] = price
                tuned[meter] = MeterRate(included=units, discountable=False, price=price)
        return {
            "usage_discount": 1 - level,
            "rates": tuned,
            "list_rates": listed,
            "instead": instead,
        }

    return rates


def meter_rate(rate: Rate, included: Fraction, level: Fraction = _ONE) -> MeterRate:
    """A rate with an allowance (units/month), at a price level if it is discountable."""
    of_list = level if rate.discountable else _ONE
    own: dict[str, Any] = {"included": included, "discountable": rate.discountable}
    if rate.package is not None:
        package = rate.package
        price = package.price * of_list
        own["package"] = RatePackage(units=package.units, price=price)
    elif rate.tiers:
        tiers = ((tier.up_to, tier.price * of_list) for tier in rate.tiers)
        own["mode"] = rate.mode
        own["tiers"] = tuple(RateTier(up_to=u, price=p) for u, p in tiers)
    else:
        own["price"] = (rate.price or Fraction(0)) * of_list
    return MeterRate.model_construct(**own)  # what is certified needs no validation
