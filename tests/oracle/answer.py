"""What the oracle says about a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from tests.oracle.case import DISCOUNT, PRICE, Effect, Value
from tests.oracle.valuing.confidence import Confidence

Decision: TypeAlias = Literal["accepted", "requires_approval", "rejected"]
Holding: TypeAlias = Literal["violated", "not_applicable", "holds"]


@dataclass(frozen=True)
class RuleReading:
    """One rule at one configuration.

    `left`, `right` and `slack` are in base units, and None where the rule is not a plain
    comparison of numbers or where a ratio has no value; `slack` is None for `!=` too.
    """

    id: str
    effect: Effect
    approvers: tuple[str, ...]
    status: Holding
    left: Fraction | None
    right: Fraction | None
    slack: Fraction | None


@dataclass(frozen=True)
class Rung:
    """The best answer of one approval level; `waives` are the waived rules that it violates.

    `configuration` is as in an answer: `platform_fee` as charged.
    """

    level: int
    approver: str | None
    ltv: Fraction | None
    configuration: Mapping[str, Value] | None
    waives: tuple[str, ...]

    @property
    def usage_unit_price(self) -> Fraction | None:
        return _number(self.configuration, PRICE)

    @property
    def usage_discount(self) -> Fraction | None:
        return _number(self.configuration, DISCOUNT)


@dataclass(frozen=True)
class NearMiss:
    """Decision 19: where a rejected request breaks the fewest rules in force.

    `violated` are the rules in force, at the highest level the request may use, that fail;
    `off_bounds` the inputs that are outside their tunable bounds (a rejection by itself).
    """

    level: int
    configuration: Mapping[str, Value]
    ltv: Fraction
    violated: frozenset[str]
    off_bounds: frozenset[str]


@dataclass(frozen=True)
class AgainstList:
    """An answer beside the baseline as the catalog has it: currency a month, and over the term.

    `idle_price` is whether no tunable usage price would change the expected bill, None where
    there is only one to choose from.
    """

    bill: Fraction
    list_bill: Fraction
    margin: Fraction
    list_margin: Fraction
    committed_value: Fraction
    expected_value: Fraction
    above_baseline_price: bool
    idle_price: bool | None


@dataclass(frozen=True)
class Answer:
    """The exact answer to a case.

    `configuration` has the fields in field order (`platform_fee` is f, an unlimited allowance is
    10**15), and the overrides that were asked for; it and `ltv` are None when rejected.  `level` is
    the lowest that reaches the answer.  `rules` are in the policy's order with `ltv-improvement`
    last, read at the answer or, when rejected, at the near miss.  `terms` are the answer's with
    `platform_fee` before the guaranteed fee lifts it; `moves` the number and the sum of a least
    commitment's; `price_ladder` is empty where no price is asked.
    `confidence` is of the answer or the near miss, None without draws unless the policy asks.
    """

    decision: Decision
    level: int | None
    configuration: Mapping[str, Value] | None
    ltv: Fraction | None
    ladder: tuple[Rung, ...]
    approvals: tuple[tuple[str, tuple[str, ...]], ...]
    reference_configuration: str
    reference_ltv: Fraction
    required_ltv: Fraction
    rules: tuple[RuleReading, ...]
    near_miss: NearMiss | None
    terms: Mapping[str, Value] | None = None
    moves: tuple[int, Fraction] | None = None
    price_ladder: tuple[Rung, ...] = ()
    against_list: AgainstList | None = None
    confidence: Confidence | None = None

    @property
    def usage_unit_price(self) -> Fraction | None:
        return _number(self.configuration, PRICE)

    @property
    def usage_discount(self) -> Fraction | None:
        return _number(self.configuration, DISCOUNT)


def _number(configuration: Mapping[str, Value] | None, name: str) -> Fraction | None:
    """A field that not every configuration has, None without a configuration too."""
    value = None if configuration is None else configuration.get(name)
    return None if value is None else Fraction(value)
