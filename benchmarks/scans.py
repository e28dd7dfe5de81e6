"""The alternative without a solver: try every price, exactly or in NumPy's floats.

The scan in floats is written from the specification (sections 2 to 4) and shares nothing with the
solver but the rules' expression trees.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

import numpy as np

from constraints.language.expressions import (
    Absolute,
    Arithmetic,
    Between,
    Comparison,
    Conditional,
    Equivalence,
    Expression,
    Extremum,
    Implication,
    Junction,
    Membership,
    Name,
    Negation,
    Not,
    Number,
    Table,
    Truth,
    Value,
)
from cp_pricing.catalog.plans import Configuration
from cp_pricing.model.deal import Deal
from cp_pricing.profiles.profile import Profile

Floats: TypeAlias = Any  # a float, a Boolean, or an array of them with one entry for each price
Terms: TypeAlias = dict[str, Any]
Ladder: TypeAlias = tuple["Terms | None", ...]  # what is chosen at each approval level, if anything

PRICE = "usage_unit_price"
LTV = "average_comparable_customer_lifetime_value"


def price_grid(deal: Deal) -> Sequence[Fraction]:
    """All prices that the request's configuration may be tuned to, ascending."""
    domain = deal.space.domains[PRICE]
    return [domain.value(index) for index in domain.indices]


def open_terms(deal: Deal) -> Iterator[Terms]:
    """Every combination of values of the open fields; one empty one if there are none."""
    space = deal.space
    values: dict[str, list[Any]] = {}
    for name in space.chosen:
        if name in space.choices:
            values[name] = [False, True]
        elif name != PRICE:
            values[name] = list(space.domains[name].values())
    for combination in itertools.product(*values.values()):
        yield dict(zip(values, combination, strict=True))


class Best:
    """The best terms of every level so far."""

    def __init__(self, deal: Deal) -> None:
        self._deal = deal
        self._best: list[tuple[Any, Terms] | None] = [None] * (deal.levels + 1)
        self.in_force = [frozenset(deal.in_force(level)) for level in range(deal.levels + 1)]

    def offer(self, level: int, price: Any, ltv: Any, terms: Terms) -> None:  # noqa: ANN401 - Fraction or float
        """Take some terms if they are better than what a level has."""
        canonical = self._deal.offer.canonical
        moved = sum(value != canonical[name] for name, value in terms.items())
        wanted = (-ltv, price) if self._deal.request.preference == "seller_ltv" else (price, -ltv)
        rank = (*wanted, moved, tuple(terms.values()))
        known = self._best[level]
        if known is None or rank < known[0]:
            self._best[level] = (rank, {**terms, PRICE: price})

    @property
    def ladder(self) -> Ladder:
        """What each level has chosen."""
        return tuple(best[1] if best else None for best in self._best)


def exact_scan(deal: Deal, prices: Iterable[Fraction]) -> Ladder:
    """Evaluate all rules in exact arithmetic at every price, and take each level's best."""
    best = Best(deal)
    conditions = {rule.id: rule.condition for rule in deal.pricing.rules}
    binding = {name: conditions[name] for name in best.in_force[0]}
    prices = list(prices)
    for terms in open_terms(deal):
        for price in prices:
            fields = {**deal.space.fixed, **terms, PRICE: price}
            evaluator = deal.offer.evaluator(fields)
            broken = {name for name, rule in binding.items() if not evaluator.truth(rule)}
            ltv = evaluator.number(Name(LTV)) or Fraction(0)
            for level, in_force in enumerate(best.in_force):
                if not broken & in_force:
                    best.offer(level, price, ltv, terms)
    return best.ladder


def float_scan(deal: Deal, offer: FloatOffer) -> Ladder:
    """The same in floats, all prices of the grid at once."""
    best = Best(deal)
    rules = {rule.id: rule.condition for rule in deal.pricing.rules}
    domain = deal.space.domains[PRICE]
    places = np.arange(len(domain))
    prices = float(domain.base) + float(domain.step) * places
    for terms in open_terms(deal):
        fields = {n: _float(value) for n, value in {**deal.space.fixed, **terms}.items()}
        floats = FloatTerms(offer, {**fields, PRICE: prices})
        holds = {name: floats.of(rules[name]) for name in best.in_force[0]}
        for level, in_force in enumerate(best.in_force):
            fits = np.ones(len(prices), dtype=bool)
            for name in in_force:
                fits &= holds[name]
            if fits.any():
                place = _best_place(deal, fits, floats.value(LTV))
                ltv = float(np.broadcast_to(floats.value(LTV), prices.shape)[place])
                best.offer(level, domain.value(domain.indices[place]), ltv, terms)
    return best.ladder


def _best_place(deal: Deal, fits: Floats, ltv: Floats) -> int:
    """The cheapest price that fits, or the one with the highest LTV."""
    if deal.request.preference == "seller_ltv":
        return int(np.argmax(np.where(fits, ltv, -np.inf)))
    return int(np.argmax(fits))


class FloatOffer:
    """What does not depend on the request: the baseline, the profile and the references."""

    def __init__(self, deal: Deal) -> None:
        ltv, profile = deal.pricing.price_book.policy.ltv, deal.offer.profile
        self.profile, self.defined = profile, deal.pricing.policy.names
        self.months = int(ltv.horizon_months), float(ltv.annual_discount_rate)
        self.canonical = {name: _float(value) for name, value in deal.offer.canonical.items()}
        self.bill = _spending(self.canonical, profile)["expected_monthly_bill"]
        baseline = self.derived(self.canonical)
        self.known: Terms = {f"baseline.{name}": value for name, value in baseline.items()}
        self.known |= _profile_names(profile)
        available = deal.pricing.price_book.available(profile.id)
        reference = max(self.derived(_catalog_terms(item, profile))[LTV] for item in available)
        self.known["reference_ltv"] = reference
        self.known["required_ltv"] = (
            reference
            + abs(reference) * float(ltv.min_improvement_rate)
            + float(deal.pricing.policy.min_improvement_amount)
        )

    def derived(self, fields: Mapping[str, Floats]) -> Terms:
        """All derived quantities of some terms, their price response against the baseline."""
        return _derived(fields, self.canonical, self.bill, self.profile, self.months)


class FloatTerms:
    """Every name that a rule may use, in floats, for one configuration at many prices."""

    def __init__(self, offer: FloatOffer, fields: Mapping[str, Floats]) -> None:
        self._known = {**offer.known, **offer.derived(fields)}
        self._defined = offer.defined

    def value(self, name: str) -> Floats:
        """The value of a name, worked out once."""
        if name not in self._known:
            self._known[name] = self.of(self._defined[name])
        return self._known[name]

    def of(self, expression: Expression) -> Floats:  # noqa: C901, PLR0911, PLR0912 - one flat table
        """The value of an expression."""
        match expression:
            case Number(value):
                return float(value)
            case Truth(truth):
                return truth
            case Name(name):
                return self.value(name)
            case Arithmetic(operator, left, right):
                return _arithmetic(operator, self.of(left), self.of(right))
            case Negation(operand):
                return -self.of(operand)
            case Absolute(operand):
                return np.abs(self.of(operand))
            case Extremum(kind, operands):
                values = map(self.of, operands)
                function = np.minimum if kind == "min" else np.maximum
                return _folded(function, values)
            case Conditional(condition, consequence, alternative):
                return np.where(self.of(condition), self.of(consequence), self.of(alternative))
            case Comparison(operator, left, right):
                return _comparison(operator, self.of(left), self.of(right))
            case Membership(operand, options):
                found = self.of(operand)
                return _folded(np.logical_or, (found == self.of(option) for option in options))
            case Between(operand, low, high):
                found = self.of(operand)
                return (self.of(low) <= found) & (found <= self.of(high))
            case Not(operand):
                return np.logical_not(self.of(operand))
            case Junction(kind, operands):
                junction = np.logical_and if kind == "and" else np.logical_or
                return _folded(junction, map(self.of, operands))
            case Implication(premise, conclusion):
                return np.logical_not(self.of(premise)) | self.of(conclusion)
            case Equivalence(left, right):
                return self.of(left) == self.of(right)
            case Table():
                raise TypeError("no rule has a table")
            case _:
                assert_never(expression)


def _arithmetic(operator: str, left: Floats, right: Floats) -> Floats:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return np.divide(left, right)


def _comparison(operator: str, left: Floats, right: Floats) -> Floats:
    functions = {
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "==": np.equal,
        "!=": np.not_equal,
    }
    return functions[operator](left, right)


def _folded(function: Any, values: Iterable[Floats]) -> Floats:  # noqa: ANN401 - NumPy's functions
    first, *rest = values
    for value in rest:
        first = function(first, value)
    return first


def _float(value: Value) -> Floats:
    return value if isinstance(value, bool) else float(value)


def _catalog_terms(configuration: Configuration, profile: Profile) -> Terms:
    from cp_pricing.model.pricing import canonical_fields  # noqa: PLC0415 - the one thing shared

    fields = canonical_fields(configuration, profile)
    return {name: _float(value) for name, value in fields.items()}


def _profile_names(profile: Profile) -> Terms:
    names = (
        "members_per_customer",
        "variable_cost_per_unit",
        "service_cost_per_month",
        "payment_cost_rate",
        "onboarding_cost",
        "acquisition_cost",
    )
    return {f"profile.{name}": float(getattr(profile, name)) for name in names}


def _spending(fields: Mapping[str, Floats], profile: Profile) -> Terms:
    """Bill, units and margin of a month: SPEC section 2."""
    listed = fields.get("platform_fee", 0.0)
    fee = max(listed, fields["guaranteed_platform_fee"])
    fixed = fee + fields["seat_fee"] * float(profile.members_per_customer)
    floor = fields["minimum_monthly_turnover"]
    kept = 1 - float(profile.payment_cost_rate)
    cost, service = float(profile.variable_cost_per_unit), float(profile.service_cost_per_month)
    bill, units, worst = 0.0, 0.0, np.inf
    for scenario in profile.monthly_usage:
        used = float(scenario.units)
        overage = max(0.0, used - fields["included_units"])
        due = np.maximum(floor, fixed + fields[PRICE] * overage)
        bill = bill + float(scenario.weight) * due
        units += float(scenario.weight) * used
        worst = np.minimum(worst, due * kept - cost * used - service)
    return {
        "platform_fee": fee,
        "expected_monthly_bill": bill,
        "expected_monthly_units": units,
        "expected_monthly_margin": bill * kept - cost * units - service,
        "worst_case_monthly_margin": worst,
        "committed_value": fields["contract_duration_months"] * max(floor, fixed),
    }


def _derived(
    fields: Mapping[str, Floats],
    baseline: Mapping[str, Floats],
    baseline_bill: float,
    profile: Profile,
    months: tuple[int, float],
) -> Terms:
    """All of SPEC section 3."""
    known: Terms = {**fields, **_spending(fields, profile)}
    bill, margin = known["expected_monthly_bill"], known["expected_monthly_margin"]
    known["expected_monthly_cost"] = bill - margin
    with np.errstate(divide="ignore", invalid="ignore"):
        known["gross_margin"] = np.divide(margin, bill)
        known["effective_unit_price"] = bill / known["expected_monthly_units"]
        known["usage_price_discount"] = 1 - np.divide(fields[PRICE], baseline[PRICE])
        known["bill_discount"] = 1 - np.divide(bill, baseline_bill)
    known[LTV] = known["ltv"] = _lifetime_value(known, baseline_bill, profile, months)
    return known


def _lifetime_value(
    known: Mapping[str, Floats], baseline_bill: float, profile: Profile, months: tuple[int, float]
) -> Floats:
    """LTV = A*margin + G*g + P*(1 - D) - onboarding - acquisition, by price-response band."""
    bands = [
        (np.inf if band.bill_ratio_up_to is None else float(band.bill_ratio_up_to), band)
        for band in profile.price_response
    ]
    limits = [limit * baseline_bill for limit, _ in bands[:-1]]
    multipliers = [float(band.churn_multiplier) for _, band in bands] or [1.0]
    factors = np.array([_retention(known, profile, k, months) for k in multipliers])
    band = np.searchsorted(np.array(limits), known["expected_monthly_bill"], side="left")
    retained, guaranteed, drawn = (factors[:, place][band] for place in range(3))
    onboarding = 0.0 if known["customer_funded_onboarding"] else float(profile.onboarding_cost)
    return (
        retained * known["expected_monthly_margin"]
        + guaranteed * known["guaranteed_platform_fee"]
        + known["prepaid_amount"] * (1 - drawn)
        - onboarding
        - float(profile.acquisition_cost)
    )


def _retention(
    known: Mapping[str, Floats], profile: Profile, response: float, months: tuple[int, float]
) -> tuple[float, float, float]:
    """A, G and D for one churn multiplier of the price response."""
    horizon, rate = months
    term = int(known["contract_duration_months"])
    in_term = float(profile.in_term_churn_multiplier)
    if known["reduced_cancellation_flexibility"]:
        in_term *= float(profile.reduced_flexibility_churn_multiplier)
    alive, kept, missed, drawn = 1.0, 0.0, 0.0, 0.0
    for month in range(horizon):
        worth = (1 + rate) ** (-(month + 1) / 12)
        kept += alive * worth
        if month < term:
            missed += (1 - alive) * worth
            drawn += alive * worth
        multiplier = response * (in_term if month < term else 1.0)
        alive *= 1 - min(1.0, _hazard(profile, month) * multiplier)
    return kept, missed, drawn / term


def _hazard(profile: Profile, month: int) -> float:
    retention = profile.retention
    match retention.model:
        case "constant":
            return float(retention.monthly_churn)
        case "sbg":
            return float(retention.alpha) / (float(retention.alpha + retention.beta) + month)
        case _:
            survival = [float(share) for share in retention.survival]
            place = min(month, len(survival) - 2)
            return 1 - survival[place + 1] / survival[place] if survival[place] else 1.0
