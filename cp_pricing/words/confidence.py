"""How sure it is that a deal is worth enough, in words."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from cp_pricing.confidence import ConfidenceReport
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words


class HowSure(NamedTuple):
    """In how many draws a deal holds, and the price at which a certain share of them does.

    `share` is that share, `price` (currency/unit, or a price level) `None` where no price has it;
    both are `None` where it is not known. `offered` is the price of the deal, and `customers` how
    many the profile was estimated from, if that is said.
    """

    report: ConfidenceReport
    profile: str
    offered: Fraction
    customers: int | None
    share: Fraction | None
    price: Fraction | None
    catalog: Denomination

    def sentence(self) -> str:
        """How sure it is, what it would take to be surer, and how far off it may be."""
        ltv, currency = self.report.ltv, self.catalog.currency
        low, high = (f.money(value, currency) for value in (ltv.p10, ltv.p90))
        spread = "" if low == high else f" Four times in five it is from {low} to {high}."
        return (
            f"That is at least what is required in {self._held()} of the {self.report.draws}"
            f" draws of `{self.profile}` ({f.percentage(self.report.share)})"
            f"{self._otherwise()}.{spread}"
        )

    def _held(self) -> str:
        return "none" if not self.report.holds else str(self.report.holds)

    def _otherwise(self) -> str:
        if self.share is None:
            return ""
        short, share = price_words(self.catalog).short, f.percentage(self.share)
        if self.price is None:
            return f"; no {short} has {share} of them"
        price = f.quote(self.price, self.catalog)
        if self.customers and self.price > self.offered and not self.catalog.is_card:
            # Of how many customers a profile is decides what it costs to be sure.
            more = f.quoted(self.price - self.offered, self.catalog)
            return f"; with {self.customers} customers, {share} costs {more} more: {price}"
        return f"; for {share} the {short} would have to be {price}"

    def in_short(self) -> str:
        """The same in a line."""
        held = f"holds in {self.report.holds} of {self.report.draws} draws"
        line = f"{held} ({f.percentage(self.report.share)})"
        if self.share is None:
            return line
        share = f.percentage(self.share)
        if self.price is None:
            return f"{line}, {share} at no {price_words(self.catalog).short}"
        return f"{line}, {share} at {f.quoted(self.price, self.catalog)}"
