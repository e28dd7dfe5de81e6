"""In how many draws of a profile a deal is worth enough: section 10 of the specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

PERCENTILES = (10, 50, 90)
Ranked: TypeAlias = dict[str, Fraction]


@dataclass(frozen=True)
class Worth:
    """A deal and its references in one draw (currency)."""

    ltv: Fraction
    reference: Fraction
    required: Fraction


@dataclass(frozen=True)
class Confidence:
    """A deal in every draw."""

    worths: tuple[Worth, ...]

    @property
    def draws(self) -> int:
        return len(self.worths)

    @property
    def holds(self) -> int:
        """In how many draws the lifetime value is what is required, or more."""
        return sum(worth.ltv >= worth.required for worth in self.worths)

    @property
    def share(self) -> Fraction:
        return Fraction(self.holds, self.draws)

    @property
    def ltv(self) -> Ranked:
        return ranked([worth.ltv for worth in self.worths])

    @property
    def improvement(self) -> Ranked:
        """What the deal is worth above the best reference of the same draw."""
        return ranked([worth.ltv - worth.reference for worth in self.worths])


def ranked(values: Sequence[Fraction]) -> Ranked:
    """The percentiles by nearest rank: of N values the ceil(N/10)-th smallest, and so on."""
    ascending = sorted(values)
    ranks = {f"p{percent}": -(-len(values) * percent // 100) for percent in PERCENTILES}
    return {name: ascending[rank - 1] for name, rank in ranks.items()}
