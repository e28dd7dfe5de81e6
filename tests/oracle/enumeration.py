"""The exact answer to a case, by trying every usage price with every choice of the open fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

from tests.oracle.answer import AgainstList, Answer, Decision, NearMiss, RuleReading, Rung
from tests.oracle.case import (
    COMPARISONS,
    CONFIDENCE,
    CONFIDENCE_RULE,
    DISCOUNT,
    LTV_RULE,
    Case,
    Rule,
    Value,
)
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.valuing.usage import UNLIMITED


@dataclass(frozen=True)
class Candidate:
    """One point of the grid: its offer, the rules that it fails, and its place in the order.

    `terms` are the fields before a guaranteed fee lifts `platform_fee`; `moves` the number and
    the sum of the open fields' moves.
    """

    terms: dict[str, Value]
    offer: Offer
    failed: frozenset[str]
    moves: tuple[int, Fraction]
    objective: tuple[Fraction, ...]  # by this levels are judged: the less, the better
    ties: tuple[Any, ...]

    @property
    def rank(self) -> tuple[Any, ...]:
        return *self.objective, *self.ties

    @property
    def configuration(self) -> dict[str, Value]:
        """The fields in order, with the overrides that were asked for."""
        fields = self.offer.fields
        return {name: fields[name] for name in self.offer.own.asked_fields if name in fields}


def rules_of(case: Case) -> tuple[Rule, ...]:
    """The policy's rules and the built-in ones."""
    policy = case.policy
    ltv, required = ("name", "average_comparable_customer_lifetime_value"), ("name", "required_ltv")
    improvement = (">=", ltv, required)
    built_in = Rule(LTV_RULE, improvement, None, policy.ltv_effect, policy.ltv_approvers)
    if policy.confidence is None:
        return *policy.rules, built_in
    demand = policy.confidence
    enough = (">=", ("name", CONFIDENCE), ("pct", demand.at_least))
    confident = Rule(CONFIDENCE_RULE, enough, None, demand.effect, demand.approvers)
    return *policy.rules, built_in, confident


def applies_to(rule: Rule, case: Case) -> bool:
    """Whether a rule is for deals like this one (decision 36)."""
    return rule.is_for(case.request.configuration, case.request.profile)


def waived_at(level: int, case: Case) -> frozenset[str]:
    """The approval rules that a level may waive: all who must sign are among its first."""
    who = set(case.policy.approvers[:level])
    rules = rules_of(case)
    return frozenset(r.id for r in rules if r.effect == "approval" and who.issuperset(r.approvers))


def in_force_at(level: int, case: Case) -> frozenset[str]:
    """The rules that bind at a level: those it cannot waive, `warn` rules aside."""
    binding = frozenset(r.id for r in rules_of(case) if r.effect != "warn" and applies_to(r, case))
    return binding - waived_at(level, case)


def admissible(name: str, case: Case, baseline: Mapping[str, Value]) -> tuple[Value, ...]:
    """The values that the tunable bounds allow a field (decision 5 where there are none).

    An override without bounds has none: the baseline does not override its own rates.
    """
    bounds = case.configuration.tunable.get(name)
    if bounds is None:
        return (baseline[name],) if name in baseline else ()
    return bounds.values()


def off_bounds(case: Case) -> frozenset[str]:
    """The inputs outside their tunable bounds or off their step."""
    baseline = case.configuration.canonical(case.profile.members)
    inputs = case.request.inputs
    return frozenset(n for n, v in inputs.items() if v not in admissible(n, case, baseline))


def terms(case: Case) -> Iterator[dict[str, Value]]:
    """Every combination of open field values, with every price tick unless one is asked for."""
    baseline = case.configuration.canonical(case.profile.members)
    fixed = {**baseline, **case.request.inputs}
    own = case.configuration
    solved = () if case.request.asks_for_price else (own.price,)
    names = (*(name for name in own.fields if name in case.request.open), *solved)
    for values in product(*(admissible(name, case, baseline) for name in names)):
        yield {**fixed, **dict(zip(names, values, strict=True))}


def applies(rule: Rule, scope: Scope) -> bool:
    """Whether a rule is for a deal like this one, and its `when` holds."""
    market = scope.offer.market
    if not rule.is_for(market.configuration.id, market.profile.id):
        return False
    return rule.when is None or scope.truth(rule.when)


def fails(rule: Rule, scope: Scope) -> bool:
    """Whether a rule applies and its condition does not hold."""
    return applies(rule, scope) and not scope.truth(rule.require)


def move(name: str, value: Value, baseline: Value, values: tuple[Value, ...]) -> Fraction:
    """How far a field is from the baseline, over the range of its tunable values."""
    if value == baseline:
        return Fraction(0)
    limited = [Fraction(v) for v in values if v != UNLIMITED]
    reach = max(limited) - min(limited) if limited else Fraction(0)
    if isinstance(value, bool) or UNLIMITED in (value, baseline) or not reach:
        return Fraction(1)
    return abs(Fraction(value) - baseline) / reach


class Order:
    """The request's preference: how a point is judged, and what breaks its ties."""

    def __init__(self, case: Case) -> None:
        self.request = case.request
        self.solved = case.configuration.price
        self.names = [name for name in case.configuration.fields if name in self.request.open]
        self.baseline = case.configuration.canonical(case.profile.members)
        self.values = {name: admissible(name, case, self.baseline) for name in self.names}

    def moves(self, point: Mapping[str, Value]) -> tuple[int, Fraction]:
        """How many open fields are off the baseline, and the sum of their moves."""
        steps = [move(n, point[n], self.baseline[n], self.values[n]) for n in self.names]
        return sum(step != 0 for step in steps), sum(steps, Fraction(0))

    def price(self, point: Mapping[str, Value]) -> Fraction:
        """The price, or what a discount leaves of one: the less, the better for the customer."""
        value = Fraction(point[self.solved])
        return 1 - value if self.solved == DISCOUNT else value

    def judged(
        self, point: Mapping[str, Value], ltv: Fraction
    ) -> tuple[tuple[Fraction, ...], tuple[Any, ...]]:
        """What levels are judged by, and the ties below it: the less, the better."""
        number, total = self.moves(point)
        price = self.price(point)
        fields = [point[name] for name in self.names]
        if self.request.preference == "least_commitment":
            return (Fraction(number), total), (-ltv, *fields)
        if self.request.preference == "seller_ltv":
            return (-ltv, price), (number, *fields)
        if self.request.asks_for_price:  # an asked price alone says which level admits it
            return (price,), (-ltv, number, *fields)
        return (price, -ltv), (number, *fields)


def candidates(case: Case, market: Market) -> list[Candidate]:
    """All points of the grid."""
    rules, order = rules_of(case), Order(case)
    found = []
    for point in terms(case):
        offer = Offer(point, market)
        scope = Scope(offer)
        failed = frozenset(rule.id for rule in rules if fails(rule, scope))
        judged = order.judged(point, offer.ltv)
        found.append(Candidate(point, offer, failed, order.moves(point), *judged))
    return found


def best_at(level: int, case: Case, points: list[Candidate]) -> Candidate | None:
    """The best point at which every rule in force at a level holds."""
    if off_bounds(case):
        return None
    force = in_force_at(level, case)
    feasible = (point for point in points if not point.failed & force)
    return min(feasible, key=lambda point: point.rank, default=None)


def rung(level: int, case: Case, best: Candidate | None) -> Rung:
    """One level of the approval ladder."""
    approver = case.policy.approvers[level - 1] if level else None
    if best is None:
        return Rung(level, approver, None, None, ())
    waived = waived_at(level, case)
    return Rung(
        level=level,
        approver=approver,
        ltv=best.offer.ltv,
        configuration=best.configuration,
        waives=tuple(r.id for r in rules_of(case) if r.id in best.failed & waived),
    )


def reading(rule: Rule, scope: Scope) -> RuleReading:
    """A rule at one offer: its status, and its sides where it is a plain comparison."""
    left = right = slack = None
    market = scope.offer.market
    if not rule.is_for(market.configuration.id, market.profile.id):  # it may have no such names
        return RuleReading(rule.id, rule.effect, rule.approvers, "not_applicable", None, None, None)
    relation, *sides = rule.require
    numbers = relation in COMPARISONS and sides[1][0] != "text"
    if numbers and not scope.is_condition(sides[0]):
        left, right = scope.side(sides[0]), scope.side(sides[1])
        slack = slack_of(relation, left, right)
    holds = "holds" if scope.truth(rule.require) else "violated"
    status: Any = holds if applies(rule, scope) else "not_applicable"
    return RuleReading(rule.id, rule.effect, rule.approvers, status, left, right, slack)


def slack_of(relation: str, left: Fraction | None, right: Fraction | None) -> Fraction | None:
    """Decision 21; None for `!=` and where a side has no value."""
    if left is None or right is None or relation == "!=":
        return None
    if relation == "==":
        return -abs(left - right)
    return left - right if relation in (">=", ">") else right - left


def approvals(case: Case, waives: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The approvers to be asked, from the lowest level up, each with its violated rules."""
    by = {rule.id: rule.approvers for rule in rules_of(case)}
    asked = ((who, tuple(i for i in waives if who in by[i])) for who in case.policy.approvers)
    return tuple((who, rules) for who, rules in asked if rules)


def near_miss(case: Case, points: list[Candidate]) -> tuple[NearMiss, Candidate]:
    """The near miss of section 8."""
    allowed = case.request.approval_mode == "allow_approval"
    level = len(case.policy.approvers) if allowed else 0
    force = in_force_at(level, case)
    capped = case.request.preference == "lower_usage_price"

    def rank(point: Candidate) -> tuple[Any, ...]:
        dearer = capped and point.offer.above_baseline_price
        return len(point.failed & force), dearer, -point.offer.ltv, *point.rank

    best = min(points, key=rank)
    return (
        NearMiss(level, best.configuration, best.offer.ltv, best.failed & force, off_bounds(case)),
        best,
    )


def choose(case: Case, bests: list[Candidate | None]) -> int | None:
    """The level of the answer: the lowest that reaches the best objective (decision 16)."""
    usable = bests if case.request.approval_mode == "allow_approval" else bests[:1]
    reached = [best.objective for best in usable if best is not None]
    if not reached:
        return None
    levels = enumerate(usable)
    return next(k for k, best in levels if best is not None and best.objective == min(reached))


def priced_by_solver(case: Case) -> Case:
    """The case with the price left to the solver: a least commitment is a lower price there."""
    request = case.request
    solved = case.configuration.price
    inputs = {name: value for name, value in request.inputs.items() if name != solved}
    asked = request.preference
    preference = "lower_usage_price" if asked == "least_commitment" else asked
    return replace(case, request=replace(request, inputs=inputs, preference=preference))


def price_ladder(case: Case, market: Market) -> tuple[Rung, ...]:
    """The ladder of the same request with the price left to the solver, () where it is."""
    if not case.request.asks_for_price:
        return ()
    case = priced_by_solver(case)
    again = Market(case)
    again.draws = market.draws  # which are worth the same, whatever is asked
    points = candidates(case, again)
    levels = range(len(case.policy.approvers) + 1)
    return tuple(rung(level, case, best_at(level, case, points)) for level in levels)


def against_list(case: Case, best: Candidate) -> AgainstList:
    """What an answer bills and leaves, beside the baseline at this customer's size."""
    offer, listed = best.offer, best.offer.market.baseline
    solved = case.configuration.price
    prices = admissible(solved, case, listed.fields)
    bills = {Offer({**best.terms, solved: price}, offer.market).bill for price in prices}
    return AgainstList(
        bill=offer.bill,
        list_bill=listed.bill,
        margin=offer.margin,
        list_margin=listed.margin,
        committed_value=Fraction(offer.value("committed_value")),
        expected_value=offer.bill * offer.fields["contract_duration_months"],
        above_baseline_price=offer.above_baseline_price,
        idle_price=len(bills) == 1 if len(prices) > 1 else None,
    )


def solve(case: Case) -> Answer:
    """The exact answer to a case."""
    market = Market(case)
    points = candidates(case, market)
    levels = range(len(case.policy.approvers) + 1)
    bests = [best_at(level, case, points) for level in levels]
    level = choose(case, bests)
    ladder = tuple(rung(k, case, best) for k, best in zip(levels, bests, strict=True))
    best = None if level is None else bests[level]
    miss = None
    if level is None or best is None:
        decision: Decision = "rejected"
        miss, shown = near_miss(case, points)
    else:
        decision, shown = ("requires_approval" if level else "accepted"), best
    scope = Scope(shown.offer)
    return Answer(
        decision=decision,
        level=level,
        configuration=best.configuration if best else None,
        ltv=best.offer.ltv if best else None,
        ladder=ladder,
        approvals=approvals(case, ladder[level].waives) if level else (),
        reference_configuration=market.reference,
        reference_ltv=market.reference_ltv,
        required_ltv=market.required_ltv,
        rules=tuple(reading(rule, scope) for rule in rules_of(case)),
        near_miss=miss,
        terms=best.terms if best else None,
        moves=best.moves if best and case.request.preference == "least_commitment" else None,
        price_ladder=price_ladder(case, market),
        against_list=against_list(case, best) if best else None,
        confidence=shown.offer.confidence if case.tells_confidence else None,
    )
