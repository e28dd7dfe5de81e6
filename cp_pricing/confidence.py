"""How sure it is that a deal is worth what it must be, as results hold it."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from cp_pricing.exact import Exact
from cp_pricing.terms import Priced, ResultModel


class Quantiles(ResultModel):
    """What a tenth, a half and nine tenths of the draws do not exceed, in currency.

    By nearest rank: of 200 draws the 20th, the 100th and the 180th from the lowest.
    """

    p10: Exact
    p50: Exact
    p90: Exact


class ConfidenceReport(ResultModel):
    """In how many draws of the profile the deal is worth what is required there, and what it is.

    `improvement` is over the best reference plan of the same draw; both in currency.
    """

    draws: int
    holds: int
    share: Exact
    ltv: Quantiles
    improvement: Quantiles


class ConfidenceStep(Priced):
    """A stretch of prices at which as many draws hold, from its lowest one (greatest discount).

    `through` is the last of them, a usage price or a discount like the first.
    """

    usage_unit_price: Exact | None = None
    usage_discount: Exact | None = None
    through: Exact
    share: Exact

    @property
    def price(self) -> Fraction:
        """The first price of the stretch, or its price level."""
        return self.any_price or Fraction(0)

    @property
    def last_price(self) -> Fraction:
        """The last price of the stretch, or its price level."""
        return 1 - self.through if self.is_card else self.through


class SurePrice(Priced):
    """The lowest price (or greatest discount) at which so many draws hold; `None` if none does."""

    usage_unit_price: Exact | None = None
    usage_discount: Exact | None = None
    at_least: Exact = Field(description="A share of the draws.")


class ConfidenceCurve(ResultModel):
    """The share of draws that hold by the price, over all prices that may be chosen.

    `lowest` has what at least 50, 80, 90, 95 and 99 % of the draws ask for: above that price the
    share may fall again, where a higher bill makes more customers leave.
    """

    steps: tuple[ConfidenceStep, ...]
    lowest: tuple[SurePrice, ...]

    def share_at(self, price: Fraction) -> Fraction:
        """The share at a price (or price level); of one below all, none."""
        below = (step.share for step in reversed(self.steps) if step.price <= price)
        return next(below, Fraction(0))

    def price_for(self, share: Fraction) -> Fraction | None:
        """The lowest price (or price level) at which a share of the draws holds, if any."""
        return next((step.price for step in self.steps if step.share >= share), None)
