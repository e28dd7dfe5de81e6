"""What the words about a result rest on: its request, its price book, its baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from cp_pricing.catalog.tunables import Grid
from cp_pricing.fields import DISCOUNT, PRICE, Preference, shown_field
from cp_pricing.results import Basis, RuleReport, TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.prices import PriceWords, price_words
from cp_pricing.words.rates import main_rates, rates_of
from cp_pricing.words.reasons import Together
from cp_pricing.words.terms import term

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.catalog.plans import Configuration, PlanDenomination
    from cp_pricing.terms import AnyTerms


def basis_of(result: TuningResult) -> Basis:
    """What the words of a result of `solve` rest on; raises `ValueError` for one without words."""
    if result.basis is None:
        raise ValueError(f"the result of `{result.request_id}` has no words of its own")
    return result.basis


def is_out_of_bounds(members: Sequence[str]) -> bool:
    """Whether a conflict is about an input outside its tunable bounds."""
    prices = {f"tunable:{name}" for name in (PRICE, DISCOUNT)}
    # A price that is asked for is an input like the others; else its bounds stand with the rules.
    asked = any(f"request:{name}" in members for name in (PRICE, DISCOUNT))
    return any(name.startswith("tunable:") and (asked or name not in prices) for name in members)


def told_of(price_book: PriceBook, request: TuningRequest, result: TuningResult) -> Told:
    """A result of `solve` with what its words rest on; raises `ValueError` for one without."""
    return Told(price_book, request, basis_of(result), result)


@dataclass(frozen=True)
class Told:
    """A result that is being told, and what it rests on."""

    price_book: PriceBook
    request: TuningRequest
    basis: Basis
    result: TuningResult

    @cached_property
    def catalog(self) -> PlanDenomination:
        """What the numbers of the plan are in."""
        return self.price_book.catalog.denomination(self.configuration)

    @property
    def baseline(self) -> AnyTerms:
        """The terms of the configuration that the request starts from."""
        return self.basis.baseline

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration that the request starts from."""
        return self.price_book.configuration(self.request.configuration)

    def possible(self, field: str) -> str:
        """What an input may be, in words."""
        bounds = self.configuration.tunable.get(field)
        return f.bounds_in_words(field, bounds, self.baseline.value(field), self.catalog)

    @property
    def preference(self) -> Preference:
        """What the request would have better."""
        return self.request.preference

    @property
    def words(self) -> PriceWords:
        """How to speak of what is solved."""
        return price_words(self.catalog)

    @property
    def main_rates(self) -> str:
        """What the meters that matter most cost in the answer of a rate card, in one line."""
        rates = rates_of(self.result.configuration)
        return main_rates(rates, self.basis.meters, self.catalog)

    @property
    def has_one_price(self) -> bool:
        """Whether there is nothing to choose of what is solved."""
        bounds = self.configuration.tunable.get(PRICE)
        return bounds is None or bounds.low == bounds.high

    @property
    def may_ask(self) -> bool:
        """Whether the request accepts an approval."""
        return self.request.approval_mode == "allow_approval"

    @property
    def asks_price(self) -> bool:
        """Whether the request asks for a price of its own."""
        return PRICE in self.request.inputs

    def rules(self, names: Sequence[str]) -> tuple[RuleReport, ...]:
        """The reports of some rules, in the order of the policy."""
        return tuple(rule for rule in self.result.rules if rule.id in names)

    @property
    def in_the_way(self) -> tuple[RuleReport, ...]:
        """The rules in force that the near miss breaks."""
        near = self.result.near_miss
        return self.rules(near.violated) if near else ()

    def together(self, members: Sequence[str]) -> Together:
        """The members of a conflict or a blocking set, told apart."""
        inputs = self.request.inputs
        is_card = self.configuration.is_card
        shown = {field: shown_field(field, is_card=is_card) for field in (PRICE, *inputs)}
        asked = [field for field in inputs if f"request:{shown[field]}" in members]
        bounded = f"tunable:{shown[PRICE]}" in members
        return Together(
            terms=tuple(term(field, inputs[field], self.catalog) for field in asked),
            rules=self.rules(members),
            priced=PRICE in asked,
            bounds=self._prices() if bounded else "",
            fixed=bounded and self.has_one_price,
            indifferent="whatever the request asks for" if inputs and not asked else "",
            catalog=self.catalog,
        )

    def _prices(self) -> str:
        """The usage prices that may be offered: `USD 2.00 to USD 20.00 per 1M tokens`."""
        bounds = self.configuration.tunable.get(PRICE)
        if not isinstance(bounds, Grid) or self.has_one_price:
            return f.quote(Fraction(bounds.low) if bounds else self.baseline.price, self.catalog)
        return f.bounds_in_words(PRICE, bounds, bounds.min, self.catalog).partition(" in steps")[0]
