"""What a customer of a plan pays by the price: from terms to the expected bill as a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from operator import mul
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from constraints.language.expressions import Value
from cp_pricing.catalog.rates import NOTHING
from cp_pricing.fields import ALLOWANCE, AS_LISTED, PRICE, RATES, base_name, by_meter
from cp_pricing.model.charges import charge_at
from cp_pricing.model.draws.worth import Bill, Use, Whole, bent, over_one, straight
from cp_pricing.profiles.profile import of_meter

if TYPE_CHECKING:
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.profiles.profile import Profile, UsageScenario

_ZERO = Fraction(0)
_KEPT = 256

Fields: TypeAlias = Mapping[str, Value]
Ratios: TypeAlias = tuple[tuple[int, int], ...]


class WholeTerms(NamedTuple):
    """The terms of a deal in whole numbers: worked out once, for all draws.

    `fees` are the minimum and the fee, `paid` the guaranteed fee and the prepayment, over one
    divisor each; `by_use` what changes the charge for use, in the order of the fields.
    """

    by_use: Ratios
    minimum: Fraction
    fee: Fraction
    fees: Whole
    price: tuple[int, int]
    term: int
    is_reduced: bool
    is_funded: bool
    paid: Whole

    @staticmethod
    def of(plan: Configuration, fields: Fields, members: Fraction) -> WholeTerms:
        """The terms of a deal from a plan, at no price where its fields have none."""
        guaranteed = Fraction(fields["guaranteed_platform_fee"])
        fee = max(Fraction(fields["platform_fee"]), guaranteed) + fields["seat_fee"] * members
        minimum = Fraction(fields["minimum_monthly_turnover"])
        return WholeTerms(
            tuple(fields[name].as_integer_ratio() for name in fields_by_use(plan.fields)),
            minimum,
            fee,
            over_one(minimum, fee),
            fields.get(PRICE, _ZERO).as_integer_ratio(),
            int(fields["contract_duration_months"]),
            bool(fields["reduced_cancellation_flexibility"]),
            bool(fields["customer_funded_onboarding"]),
            over_one(guaranteed, Fraction(fields["prepaid_amount"])),
        )


class Consumption:
    """What the customers of a profile use in a month of each meter, in whole numbers."""

    def __init__(self, profile: Profile, meters: Collection[str]) -> None:
        scenarios = profile.monthly_usage
        self.weights = over_one(*(scenario.weight for scenario in scenarios))
        self.units = {
            meter: over_one(*(of_meter(scenario.units, meter) for scenario in scenarios))
            for meter in meters
        }

    def mean(self, meter: str) -> Fraction:
        """The expected use of a meter, in units/month."""
        (parts, weights), (under, units) = self.weights, self.units[meter]
        return Fraction(sum(map(mul, weights, units)), parts * under)


class Billing:
    """The bills of a plan for customers of a profile; by fields, the price aside."""

    def __init__(self, plan: Configuration, profile: Profile, consumption: Consumption) -> None:
        self._plan, self._profile = plan, profile
        self._consumption = consumption
        self._by_use = fields_by_use(plan.fields)
        self._use = lru_cache(maxsize=_KEPT)(self._card_use if plan.is_card else self._plain_use)

    def bill(self, terms: WholeTerms) -> Bill:
        """The expected bill by the price, in currency/month (SPEC section 2)."""
        use = self._use(terms.by_use)
        # Most deals: no scenario is below the minimum at any price, and the bill is one line.
        if terms.minimum <= terms.fee + use.least():
            return straight(terms.fee, *use.mean())
        return bent(terms.minimum, terms.fee, use)

    def at(self, terms: WholeTerms) -> tuple[int, int]:
        """The expected bill at the price of some terms, as a ratio."""
        use, (under, (least, charged)), (price, per) = (
            self._use(terms.by_use),
            terms.fees,
            terms.price,
        )
        parts, owns, rises = use.unders
        shared = owns * rises * per
        least, charged = least * shared, charged * shared
        own_by, price_by = under * rises * per, price * under * owns
        paid = 0
        for weight, own, rise in use.rows:
            paid += weight * max(least, charged + own * own_by + rise * price_by)
        return paid, parts * under * shared

    def _plain_use(self, values: Ratios) -> Use:
        ((included, by),) = values
        over, units = self._consumption.units[next(iter(self._plan.meters))]
        beyond = tuple(max(0, of * by - included * over) for of in units)
        return Use.of(self._consumption.weights, (1, (0,) * len(units)), (over * by, beyond))

    def _card_use(self, values: Ratios) -> Use:
        own = {name: Fraction(*value) for name, value in zip(self._by_use, values, strict=True)}
        charges = [charges_of(self._plan, one, own) for one in self._profile.monthly_usage]
        fixed, slopes = zip(*charges, strict=True)
        return Use.of(self._consumption.weights, over_one(*fixed), over_one(*slopes))


@cache
def fields_by_use(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a plan's fields that change what use costs, but the price."""
    return tuple(n for n in fields if n != PRICE and base_name(n) in {ALLOWANCE, RATES})


def charges_of(
    plan: Configuration, scenario: UsageScenario, own: Mapping[str, Fraction]
) -> tuple[Fraction, Fraction]:
    """What a card charges a scenario without a price level, and what that adds, in currency/month.

    `own` are a deal's allowances and rates.
    """
    fixed = slope = _ZERO
    for meter in plan.meters:
        units, included = of_meter(scenario.units, meter), own[by_meter(ALLOWANCE, meter)]
        override = own[by_meter(RATES, meter)]
        rate = (plan.rates or {}).get(meter) or NOTHING
        if override != AS_LISTED:
            fixed += override * max(_ZERO, units - included)
        # What a discount does not lower is the same at every price level.
        elif rate.discountable:
            slope += _charge(rate, units, included)
        else:
            fixed += _charge(rate, units, included)
    return fixed, slope


# Draws repeat the units of the profile's bins more often than not.
_charge = lru_cache(maxsize=1 << 16)(charge_at)
