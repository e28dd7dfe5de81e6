"""A baseline for a profile: what all requests of it have in common, each part made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from constraints.language.domains import Domain
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import (
    ZERO,
    Comparison,
    Expression,
    Junction,
    Name,
    Not,
    Number,
    Truth,
    Value,
    names,
)
from constraints.language.resting import Resting
from constraints.lines.translation import PointFunction, SweepFunction, point_of, sweep_of
from constraints.lines.writer import UntranslatableError
from cp_pricing.book.facts import some_value
from cp_pricing.book.vocabulary import CheckedPolicy, CheckedRule, applies
from cp_pricing.fields import (
    BOOLEAN_FIELDS,
    CONFIDENCE,
    LIFETIME_VALUE,
    PRICE,
    RATES,
    base_name,
    by_meter,
    meter_of,
)
from cp_pricing.model.charges import EXPECTED_CHARGE, LIST_CHARGE, USAGE, as_listed
from cp_pricing.model.folding import Dependence, dependence
from cp_pricing.model.lifetime_value import PRICE_BAND
from cp_pricing.model.terms import Rates, card_rates

if TYPE_CHECKING:
    from cp_pricing.book.facts import AnyFact
    from cp_pricing.catalog.plans import Configuration
    from cp_pricing.model.draws.confidence import Confidence
    from cp_pricing.profiles.profile import Profile


_TRUE = Truth(value=True)


class Reference(NamedTuple):
    """The best reference configuration, its LTV and the LTV that it requires, in currency."""

    configuration: str
    ltv: Fraction
    required: Fraction


class PriceLines(NamedTuple):
    """The conditions and the lifetime value of an offer, for requests that leave the price open.

    `inputs` are the fields whose values a request gives; `places` tells the place of each rule, and
    `dearer` that of whether usage costs more than at list. At the places of `drawn`, for which all
    draws of a profile are looked at, a condition has lines of its own, and is true in `sweep`.
    """

    inputs: tuple[str, ...]
    places: Mapping[str, int]
    dearer: int
    domain: Domain
    point: PointFunction
    sweep: SweepFunction
    drawn: Mapping[int, SweepFunction]


@dataclass(frozen=True)
class Offer:
    """A baseline configuration for a profile: what a request of it starts from.

    `bindings` gives every name but the tunable fields a value or an expression; `canonical` are
    the baseline's own field values; `all_ltv` the LTV of every reference, `facts` what is
    declared of every fact; `confidence` is the share of draws in which a deal is worth enough.
    """

    configuration: Configuration
    profile: Profile
    policy: CheckedPolicy
    bindings: Mapping[str, Expression | Fraction | bool]
    canonical: Mapping[str, Value]
    reference: Reference
    all_ltv: Mapping[str, Fraction]
    facts: Mapping[str, AnyFact]
    confidence: Confidence

    @cached_property
    def rules(self) -> Mapping[str, CheckedRule]:
        """The rules for this configuration and profile, by id."""
        here = (r for r in self.policy.rules if self.bindings.get(applies(r.id), True) is True)
        return {rule.id: rule for rule in here}

    @cached_property
    def conditions(self) -> Mapping[str, Expression]:
        """What each of the rules requires, but warnings."""
        return {name: r.condition for name, r in self.rules.items() if r.effect != "warn"}

    @cached_property
    def _in_force(self) -> tuple[tuple[str, ...], ...]:
        policy = self.policy
        levels = map(policy.in_force, range(policy.levels + 1))
        return tuple(tuple(name for name in names if name in self.rules) for names in levels)

    def in_force(self, level: int) -> tuple[str, ...]:
        """The rules for this configuration and profile that a level cannot waive."""
        return self._in_force[level]

    @cached_property
    def domains(self) -> Mapping[str, Domain]:
        """The tunable values of each field that is a number and has any."""
        bounds = self.configuration.tunable.items()
        return {name: values.domain for name, values in bounds if name not in BOOLEAN_FIELDS}

    @cached_property
    def dependence(self) -> Callable[[tuple[str, ...]], Dependence]:
        """What rests on some chosen fields and what does not, worked out once for each set."""
        goals = (Name(LIFETIME_VALUE),)
        return cache(lambda chosen: dependence(self.bindings, self.conditions, goals, chosen))

    @cached_property
    def price_lines(self) -> PriceLines | None:
        """The translation where nothing but the price is open; `None` if there can be none."""
        conditions, number = (*self.conditions.values(), self.dearer), Name(LIFETIME_VALUE)
        inputs, named = self.asked_for, {n for r in self.rules.values() for n in names(r.condition)}
        told = sorted(named & self.bindings.keys())  # not the fields, whose values are given
        try:
            point = point_of(self._example, (PRICE, *inputs), conditions, number, told)
        except UntranslatableError:
            return None
        rests = Resting(self.bindings, {CONFIDENCE: True})
        costly = {place: one for place, one in enumerate(conditions) if rests.expression(one)}
        quick = [_TRUE if place in costly else one for place, one in enumerate(conditions)]
        swept = {place: self._swept((one,), ZERO) for place, one in costly.items()}
        drawn = {place: lines for place, lines in swept.items() if lines}
        sweep = self._swept(quick, number)
        if sweep is None or len(drawn) < len(costly):
            return None
        # The code gives truths by place, in the order of the conditions.
        places = {name: place for place, name in enumerate(self.conditions)}
        return PriceLines(inputs, places, len(places), self.domains[PRICE], point, sweep, drawn)

    def limit_lines(
        self, rule: str, applies: Expression, slack: Expression
    ) -> SweepFunction | None:
        """As `price_lines`, of where a rule applies and how much room it leaves; made once."""
        if rule not in self._limit_lines:
            self._limit_lines[rule] = self._swept((applies,), slack)
        return self._limit_lines[rule]

    @cached_property
    def _limit_lines(self) -> dict[str, SweepFunction | None]:
        return {}

    @cached_property
    def chart_lines(self) -> tuple[tuple[str, ...], SweepFunction] | None:
        """What charts show besides `price_lines`: rules that bind nobody here, and the band."""
        others = {r.id: r.condition for r in self.policy.rules if r.id not in self.conditions}
        lines = self._swept(tuple(others.values()), Name(PRICE_BAND))
        return (tuple(others), lines) if lines else None

    def _swept(self, conditions: Sequence[Expression], number: Expression) -> SweepFunction | None:
        domain = self.domains[PRICE]
        try:
            return sweep_of(self._example, self.asked_for, conditions, number, PRICE, domain)
        except UntranslatableError:
            return None

    @property
    def asked_for(self) -> tuple[str, ...]:
        """What a request can give: a parameter of the code, so that it serves every request."""
        return (*(name for name in self.configuration.tunable if name != PRICE), *self.facts)

    @cached_property
    def _example(self) -> Mapping[str, Expression | Value]:
        # Any value of a fact tells what kind of value it is.
        facts = {name: some_value(fact) for name, fact in self.facts.items()}
        return {**self.bindings, **self.canonical, **facts}

    @cached_property
    def dearer(self) -> Expression:
        """Whether usage costs more than at list: its price or, of a rate card, its charge."""
        above = Comparison(">", Name(PRICE), Number(Fraction(self.canonical[PRICE])))
        if not self.configuration.is_card:
            return above
        # A price in place of a rate may be above it, whatever the discount on the others; without
        # one the charge is above list only where the level is, which is quicker to tell.
        meters = self.configuration.meters
        instead = tuple(Not(as_listed(Name(by_meter(RATES, meter)))) for meter in meters)
        charged = Comparison(">", Name(EXPECTED_CHARGE), Name(LIST_CHARGE))
        return Junction("or", (above, Junction("and", (Junction("or", instead), charged))))

    def is_dearer(self, fields: Mapping[str, Value], evaluator: Evaluator) -> bool:
        """Whether usage costs more than at list, at the field values of an evaluator."""
        if not any(fields[name] != own for name, own in self._by_meter if base_name(name) == RATES):
            return fields[PRICE] > self.canonical[PRICE]  # quicker, and the same
        return evaluator.truth(self.dearer)

    @cached_property
    def rates(self) -> Callable[[Fraction, tuple[Fraction, ...]], Rates]:
        """What the meters of a rate card cost, by price level and what is said of each."""
        return card_rates(self.configuration, self.profile.members_per_customer)

    @cached_property
    def listed(self) -> Evaluator:
        """The exact evaluator of the baseline as the catalog has it."""
        return self.evaluator({})

    def evaluator(
        self, fields: Mapping[str, Expression | Value], known: Mapping[str, Value] | None = None
    ) -> Evaluator:
        """The exact evaluator of this offer with other field values, or another plan's rates.

        `known` are values at these fields that have been worked out otherwise.
        """
        usage = self._usage_at(fields) if self.configuration.is_card else {}
        environment = {**self.bindings, **usage, **self.canonical, **fields}
        return Evaluator(environment, known or {})

    def _usage_at(self, fields: Mapping[str, Expression | Value]) -> Mapping[str, Fraction]:
        """What is charged for use at list, as far as the allowances and the rates tell."""
        return self._usage(tuple(fields.get(name, own) for name, own in self._by_meter))

    @cached_property
    def _by_meter(self) -> tuple[tuple[str, Value], ...]:
        return tuple(item for item in self.canonical.items() if meter_of(item[0]))

    @cached_property
    def _usage(self) -> Callable[[tuple[Expression | Value, ...]], Mapping[str, Fraction]]:
        """The last thousand, since the requests of a batch mostly differ in other terms."""

        @lru_cache(maxsize=1_000)
        def charged(values: tuple[Expression | Value, ...]) -> Mapping[str, Fraction]:
            own = {name: value for (name, _), value in zip(self._by_meter, values, strict=True)}
            evaluator = Evaluator({**self.bindings, **self.canonical, **own})
            names = [name for name in self.bindings if name.startswith(USAGE)]
            return {name: evaluator.number(Name(name)) or Fraction(0) for name in names}

        return charged
