"""What a customer of a plan pays by the price: from terms to the expected bill as a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from functools import lru_cache
from operator import mul
from typing import TYPE_CHECKING, TypeAlias

from constraints.language.expressions import Value
from cp_pricing.catalog.rates import NOTHING
from cp_pricing.fields import ALLOWANCE, AS_LISTED, PRICE, RATES, base_name, by_meter
from cp_pricing.model.charges import charge_at
from cp_pricing.model.draws.worth import Bill, Use, bent, due, over_one, straight
from cp_pricing.profiles.profile import of_meter

if TYPE_CHECKING:
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.profiles.profile import Profile, UsageScenario

_ZERO = Fraction(0)
_KEPT = 256

Fields: TypeAlias = Mapping[str, Value]
# Of a month the least charge of a scenario without a price, the mean by the price, and all of it.
_Used: TypeAlias = tuple[Fraction, tuple[Fraction, Fraction], Use]


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
        self._plan = plan
        self._profile = profile
        self._consumption = consumption
        self._by_use = [n for n in plan.fields if n != PRICE and base_name(n) in {ALLOWANCE, RATES}]
        self._use_of = self._card_use if plan.is_card else self._plain_use
        self._use = lru_cache(maxsize=_KEPT)(self._read)

    def bill(self, fields: Fields) -> Bill:
        """The expected bill by the price, in currency/month (SPEC section 2)."""
        minimum, fee, (least, (fixed, slope), use) = self._charged(fields)
        # Most deals: no scenario is below the minimum at any price, and the bill is one line.
        if minimum <= fee + least:
            return straight(fee, fixed, slope)
        return bent(minimum, fee, use)

    def due(self, fields: Fields) -> tuple[int, int]:
        """The expected bill at the price that is among the fields, as a ratio."""
        minimum, fee, (_, _, use) = self._charged(fields)
        return due(minimum, fee, use, Fraction(fields[PRICE]))

    def _charged(self, fields: Fields) -> tuple[Fraction, Fraction, _Used]:
        """The minimum, the fees and the charge for use, each in currency/month."""
        fee = max(Fraction(fields["platform_fee"]), Fraction(fields["guaranteed_platform_fee"]))
        if seat_fee := fields["seat_fee"]:
            fee += seat_fee * self._profile.members_per_customer
        use = self._use(tuple(Fraction(fields[name]) for name in self._by_use))
        return Fraction(fields["minimum_monthly_turnover"]), fee, use

    def _read(self, values: tuple[Fraction, ...]) -> _Used:
        use = self._use_of(values)
        return use.least(), use.mean(), use

    def _plain_use(self, values: tuple[Fraction, ...]) -> Use:
        ((included, by),) = (value.as_integer_ratio() for value in values)
        over, units = self._consumption.units[next(iter(self._plan.meters))]
        beyond = tuple(max(0, of * by - included * over) for of in units)
        return Use.of(self._consumption.weights, (1, (0,) * len(units)), (over * by, beyond))

    def _card_use(self, values: tuple[Fraction, ...]) -> Use:
        own = dict(zip(self._by_use, values, strict=True))
        charges = [self._of_card(one, own) for one in self._profile.monthly_usage]
        fixed, slopes = zip(*charges, strict=True)
        return Use.of(self._consumption.weights, over_one(*fixed), over_one(*slopes))

    def _of_card(
        self, scenario: UsageScenario, own: Mapping[str, Fraction]
    ) -> tuple[Fraction, Fraction]:
        fixed = slope = _ZERO
        for meter in self._plan.meters:
            units, included = of_meter(scenario.units, meter), own[by_meter(ALLOWANCE, meter)]
            override = own[by_meter(RATES, meter)]
            rate = (self._plan.rates or {}).get(meter) or NOTHING
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
