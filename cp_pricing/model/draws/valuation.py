"""What customers are worth: from terms and a bill to the lifetime value as lines of the bill.

The certificate of an answer rests on the expressions of `lifetime_value`; this is the same written
a second time, for speed, and the tests hold the two to equality.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from cp_pricing.fields import PRICE
from cp_pricing.model.draws.billing import Billing, Consumption, Fields
from cp_pricing.model.draws.worth import Band, Line, Worth, over_one
from cp_pricing.model.lifetime_value import Factors
from cp_pricing.profiles.profile import of_meter

if TYPE_CHECKING:
    from cp_pricing.book.policy import LtvPolicy
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.profiles.profile import Profile

_ZERO = Fraction(0)
_KEPT = 256
# Retention factors are whole multiples of its inverse.
_PLACES = 10**12


class Customers:
    """The customers of a profile, as the policy values them.

    `observed` is the plan whose bill at list, `listed`, the price response is taken against.
    """

    def __init__(
        self, profile: Profile, ltv: LtvPolicy, observed: Configuration, listed: Fields
    ) -> None:
        self.profile = profile
        self._consumption = Consumption(profile, observed.meters)
        price = Fraction(listed[PRICE])
        # The price response is taken against the bill of the same draw, not of the profile.
        bill = Fraction(*self.billing(observed).bill(listed).at(*price.as_integer_ratio()))
        ratios = [band.bill_ratio_up_to for band in profile.price_response] or [None]
        self.limits = [
            None if ratio is None else (ratio * bill).as_integer_ratio() for ratio in ratios
        ]
        self._amounts = over_one(
            profile.service_cost_per_month + self._cost_of_use(observed.meters),
            1 - profile.payment_cost_rate,
            profile.acquisition_cost,
            profile.acquisition_cost + profile.onboarding_cost,
        )
        self._factors = Factors(profile, ltv)
        self._whole = lru_cache(maxsize=_KEPT)(self._retention)

    def billing(self, plan: Configuration) -> Billing:
        """The bills of a plan for them."""
        return Billing(plan, self.profile, self._consumption)

    def _cost_of_use(self, meters: Collection[str]) -> Fraction:
        """What the expected use costs the seller, in currency/month."""
        costs = self.profile.variable_cost_per_unit
        use = (of_meter(costs, meter) * self._consumption.mean(meter) for meter in meters)
        return sum(use, _ZERO)

    def worth_of(self, fields: Fields) -> Callable[[int], Line]:
        """The lifetime value by the bill (SPEC section 2), for each band of price response."""
        under, (cost, collected, funded, unfunded) = self._amounts
        once = funded if fields["customer_funded_onboarding"] else unfunded
        guaranteed, by_fee = Fraction(fields["guaranteed_platform_fee"]).as_integer_ratio()
        prepaid, by_prepaid = Fraction(fields["prepaid_amount"]).as_integer_ratio()
        # All of it over one divisor: `under` of the profile's amounts, `times` of these two.
        times = by_fee * by_prepaid
        fee, paid = guaranteed * by_prepaid * under, prepaid * by_fee * under
        term = int(fields["contract_duration_months"])
        reduced = bool(fields["reduced_cancellation_flexibility"])

        def line(band: int) -> Line:
            retained, due_after, kept = self._whole(term, reduced, band)
            spent = retained * cost + once * _PLACES
            fixed = due_after * fee + kept * paid - spent * times
            return Line(fixed, retained * collected * times, _PLACES * under * times)

        return line

    def _retention(self, term: int, reduced: bool, band: int) -> tuple[int, int, int]:  # noqa: FBT001 - a value
        """A, G and 1 - D in a band of price response, times `_PLACES`."""
        factors = self._factors.at(term, reduced, band)
        return (
            _whole(factors.retained_value),
            _whole(factors.guarantee_value),
            _PLACES - _whole(factors.prepaid_drawdown),
        )


class Valuation:
    """A plan for customers; by fields, the price aside."""

    def __init__(self, plan: Configuration, customers: Customers) -> None:
        self._customers = customers
        self._billing = customers.billing(plan)

    def worth(self, fields: Fields) -> Worth:
        """The lifetime value by the price."""
        line = self._customers.worth_of(fields)
        limits = enumerate(self._customers.limits)
        return Worth(self._billing.bill(fields), [Band(limit, line(at)) for at, limit in limits])

    def value(self, fields: Fields) -> Fraction:
        """The lifetime value at the price that is among the fields, in currency."""
        return Fraction(*self._value(fields))

    def reaches(self, required: Fraction, fields: Fields) -> bool:
        """Whether it is at least so much at the price that is among the fields."""
        value, under = self._value(fields)
        return value * required.denominator >= required.numerator * under

    def _value(self, fields: Fields) -> tuple[int, int]:
        # One price needs the retention of one band, and that takes most of the time.
        bill, under = self._billing.due(fields)
        at = next(
            at
            for at, limit in enumerate(self._customers.limits)
            if limit is None or bill * limit[1] <= limit[0] * under
        )
        return self._customers.worth_of(fields)(at).at(bill, under)


def _whole(factor: Fraction) -> int:
    return factor.numerator * (_PLACES // factor.denominator)
