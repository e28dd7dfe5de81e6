"""The ways in which a profile could truly be: what plans at list are worth in each of them.

All of them at once are estimated; exact numbers are worked out one draw at a time, when asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.model.draws.valuation import Customers, Valuation

if TYPE_CHECKING:
    from cp_pricing.model.draws.compared import Comparison
    from cp_pricing.model.draws.floats import Estimate
    from cp_pricing.model.draws.requirements import EstimatedDraws
    from cp_pricing.profiles.profile import Profile


class Drawn(NamedTuple):
    """One draw: a plan as deals from it are worth there, and what is required of them.

    `all_ltv` is what each reference plan (an id) is worth at list, `reference` the best of them.
    """

    valuation: Valuation
    all_ltv: Mapping[str, Fraction]
    reference: str
    required: Fraction

    @property
    def reference_ltv(self) -> Fraction:
        """What the best reference plan is worth."""
        return self.all_ltv[self.reference]


class Amounts(NamedTuple):
    """An amount in each draw, in currency; `exact` tells one, `estimate` where all of them are."""

    draws: int
    exact: Callable[[int], Fraction]
    estimate: Estimate | None

    def smallest(self, ranks: Sequence[int]) -> Iterator[Fraction]:
        """The amount of each rank, from 1 for the least."""
        whole = (0, [*range(self.draws)])
        around = self.estimate.around(ranks) if self.estimate else [whole] * len(ranks)
        for rank, (below, near) in zip(ranks, around, strict=True):
            yield sorted(map(self.exact, near))[rank - below - 1]


class Draws:
    """A profile in each of its draws, all of them as large as the customer."""

    def __init__(self, compared: Comparison, profiles: Sequence[Profile]) -> None:
        self.plan = compared.plan
        # A draw changes nothing of how many members there are.
        self.members = profiles[0].members_per_customer
        self._compared, self._profiles = compared, profiles
        self.valuation, self.exact = cache(self._valuation), cache(self._exact)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._profiles)

    def __iter__(self) -> Iterator[Drawn]:
        """All of them, in exact numbers."""
        return map(self.exact, range(len(self)))

    def _valuation(self, place: int) -> Valuation:
        """The plan in one of them, in exact numbers."""
        plan, _, observed, ltv, _ = self._compared
        profile = self._profiles[place]
        return Valuation(plan, Customers(profile, ltv, observed.plan, observed.terms))

    def _exact(self, place: int) -> Drawn:
        """One of them, in exact numbers."""
        valuation, threshold = self.valuation(place), self._compared.threshold
        all_ltv = {
            one.plan.id: Fraction(*Valuation(one.plan, valuation.customers).value(one.terms))
            for one in self._compared.references
        }
        # `max` takes the first of equals, and references are in the order of the catalog.
        best = max(all_ltv, key=lambda plan_id: all_ltv[plan_id])
        return Drawn(valuation, all_ltv, best, threshold.over(all_ltv[best]))

    @property
    def estimated(self) -> EstimatedDraws | None:
        """All of them at once; of one draw a deal is as soon worked out as it is estimated."""
        return self.all_at_once if len(self) > 1 else None

    @cached_property
    def all_at_once(self) -> EstimatedDraws:
        """All of them at once, were it only one: many deals are sooner estimated, too."""
        from cp_pricing.model.draws import requirements  # noqa: PLC0415 - only draws need numpy

        return requirements.estimated_draws(self._compared, self._profiles)

    def listed(self, plan: str) -> Amounts:
        """What a reference plan (an id) is worth at list."""
        estimate = self.estimated.all_ltv[plan] if self.estimated else None
        return Amounts(len(self), lambda place: self.exact(place).all_ltv[plan], estimate)

    def best(self) -> Counter[str]:
        """In how many draws each reference plan is the best."""
        surely = self.estimated.surely_best() if self.estimated else [None] * len(self)
        return Counter(plan or self.exact(place).reference for place, plan in enumerate(surely))
