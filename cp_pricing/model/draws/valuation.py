"""What customers are worth: from terms and a bill to the lifetime value as lines of the bill.

The certificate of an answer rests on the expressions of `lifetime_value`; this is the same written
a second time, for speed, and the tests hold the two to equality.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from cp_pricing.model.draws.billing import Billing, Consumption, WholeTerms
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
        self, profile: Profile, ltv: LtvPolicy, observed: Configuration, listed: WholeTerms
    ) -> None:
        self.profile = profile
        self._consumption = Consumption(profile, observed.meters)
        # The price response is taken against the bill of the same draw, not of the profile.
        bill = Fraction(*self.billing(observed).at(listed))
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
        self._ltv = ltv
        self._whole = lru_cache(maxsize=_KEPT)(self._retention)

    @cached_property
    def _factors(self) -> Factors:
        return Factors(self.profile, self._ltv)

    def billing(self, plan: Configuration) -> Billing:
        """The bills of a plan for them."""
        return Billing(plan, self.profile, self._consumption)

    def _cost_of_use(self, meters: Collection[str]) -> Fraction:
        """What the expected use costs the seller, in currency/month."""
        costs = self.profile.variable_cost_per_unit
        use = (of_meter(costs, meter) * self._consumption.mean(meter) for meter in meters)
        return sum(use, _ZERO)

    def line(self, terms: WholeTerms, band: int) -> Line:
        """The lifetime value by the bill (SPEC section 2) in a band of price response."""
        under, (cost, collected, funded, unfunded) = self._amounts
        # All of it over one divisor: `under` of the profile's amounts, `times` of what is paid.
        times, (guaranteed, prepaid) = terms.paid
        retained, due_after, kept = self._whole(terms.term, terms.is_reduced, band)
        spent = retained * cost + (funded if terms.is_funded else unfunded) * _PLACES
        fixed = (due_after * guaranteed + kept * prepaid) * under - spent * times
        return Line(fixed, retained * collected * times, _PLACES * under * times)

    def _retention(self, term: int, reduced: bool, band: int) -> tuple[int, int, int]:  # noqa: FBT001 - a value
        """A, G and 1 - D in a band of price response, times `_PLACES`."""
        factors = self._factors.at(term, reduced, band)
        return (
            _whole(factors.retained_value),
            _whole(factors.guarantee_value),
            _PLACES - _whole(factors.prepaid_drawdown),
        )


class Valuation:
    """A plan for customers."""

    def __init__(self, plan: Configuration, customers: Customers) -> None:
        self.customers = customers
        self._billing = customers.billing(plan)

    def worth(self, terms: WholeTerms) -> Worth:
        """The lifetime value by the price."""
        limits = enumerate(self.customers.limits)
        bands = [Band(limit, self.customers.line(terms, at)) for at, limit in limits]
        return Worth(self._billing.bill(terms), bands)

    def is_within(self, terms: WholeTerms, band: int) -> bool:
        """Whether the bill at the price of some terms is within the limit of a band."""
        limit, (bill, under) = self.customers.limits[band], self._billing.at(terms)
        return limit is None or bill * limit[1] <= limit[0] * under

    def value(self, terms: WholeTerms) -> tuple[int, int]:
        """The lifetime value at the price of some terms, in currency, as a ratio."""
        # One price needs the retention of one band, and that takes most of the time.
        bill, under = self._billing.at(terms)
        band = 0
        for limit in self.customers.limits:
            if limit is None or bill * limit[1] <= limit[0] * under:
                break
            band += 1
        return self.customers.line(terms, band).at(bill, under)


def _whole(factor: Fraction) -> int:
    return factor.numerator * (_PLACES // factor.denominator)
