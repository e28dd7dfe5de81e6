"""What a deal is compared with, by how much it has to be better, and how both are valued."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.fields import PRICE
from cp_pricing.model.draws.billing import WholeTerms

if TYPE_CHECKING:
    from cp_pricing.book.policy import LtvPolicy
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.model.draws.billing import Fields


class Threshold(NamedTuple):
    """By how much a deal has to be better than the best reference plan."""

    rate: Fraction
    amount: Fraction

    def over(self, ltv: Fraction) -> Fraction:
        """What is required where the best reference plan is worth so much; both in currency."""
        # A share of a loss is asked for as a lesser loss: the sign must not turn it round.
        return ltv + abs(ltv) * self.rate + self.amount


class Listed(NamedTuple):
    """A plan with its own terms, which are also told in whole numbers."""

    plan: Configuration
    fields: Fields
    terms: WholeTerms

    @staticmethod
    def of(plan: Configuration, fields: Fields, members: Fraction) -> Listed:
        """A plan with its terms for so many members."""
        return Listed(plan, fields, WholeTerms.of(plan, fields, members))

    @property
    def price(self) -> Fraction:
        """Its usage price, or price level."""
        return Fraction(self.fields[PRICE])


class Comparison(NamedTuple):
    """What a deal from a plan is compared with, and how the policy values it."""

    plan: Configuration
    references: tuple[Listed, ...]
    observed: Listed
    ltv: LtvPolicy
    threshold: Threshold
