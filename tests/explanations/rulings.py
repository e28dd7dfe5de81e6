"""What single rules and commitments cost, by solving the request again without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from tests.explanations.universe import rules_in_force, usable_level
from tests.oracle.answer import Answer
from tests.oracle.case import Case, Expr, Rule, Value
from tests.oracle.enumeration import Candidate, Order, best_at, candidates, slack_of
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer

Had: TypeAlias = tuple[Fraction, Fraction]  # usage price, or discount, and LTV

RATIOS = ("gross_margin", "effective_unit_price", "usage_price_discount", "bill_discount")


@dataclass(frozen=True)
class Step:
    """The right side after the smallest move of a limit, the move's size, and what it buys."""

    limit: Fraction
    change: Fraction
    buys: Had


@dataclass(frozen=True)
class Worth:
    """What one commitment is worth: without it, its next value, with that, and its LTV."""

    field: str
    without: Had | None
    next_value: Value | None
    one_step_more: Had | None
    ltv_worth: Fraction


def had(candidate: Candidate | None) -> Had | None:
    """Price (of a rate card the discount) and LTV."""
    if candidate is None:
        return None
    offer = candidate.offer
    return Fraction(offer.fields[offer.own.price]), offer.ltv


class Rulings:
    """A case, all of whose points are known; without an answer, any answer is a better one."""

    def __init__(self, case: Case, answer: Answer) -> None:
        self.case = case
        self.answer = answer
        self.order = Order(case)
        self.market = Market(case)
        self.points = candidates(case, self.market)
        self.force = frozenset(rule.id for rule in rules_in_force(case))
        self.configuration = answer.terms or {}

    def better(self, offer: Offer) -> bool:
        """Whether an offer is better than the answer by the request's preference."""
        answer, request = self.answer, self.case.request
        if answer.terms is None or answer.ltv is None:
            return True
        if answer.moves is not None:
            return self.order.moves(offer.raw) < answer.moves
        if request.preference == "seller_ltv":
            return offer.ltv > answer.ltv
        lower = self.order.price(offer.fields) < self.order.price(answer.terms)
        return lower and not request.asks_for_price

    def best_without(self, rule: Rule) -> Candidate | None:
        """The best point at which all other rules in force hold."""
        return min(self._others_hold(rule), key=lambda point: point.rank, default=None)

    def _others_hold(self, rule: Rule) -> list[Candidate]:
        return [point for point in self.points if not point.failed & self.force - {rule.id}]

    def binding(self) -> dict[str, Had]:
        """The rules without which alone there is a better answer, and that answer."""
        found = {}
        for rule in rules_in_force(self.case):
            best = self.best_without(rule)
            outcome = had(best)
            if best and outcome and self.better(best.offer):
                found[rule.id] = outcome
        return found

    def next_step(self, rule: Rule) -> Step | None:
        """The smallest move of the rule's one limit that admits a better answer."""
        relation, left, right = rule.require[0], rule.require[1], rule.require[-1]
        if relation not in ("<", "<=", ">", ">="):
            return None
        others = self._others_hold(rule)
        wanted = [point for point in others if self.better(point.offer)]
        slacks = [slack_of(relation, *self._sides(point, left, right)) for point in wanted]
        known = [slack for slack in slacks if slack is not None]
        if not known:
            return None
        room = max(Fraction(0), -max(known))
        sign, moved = ("-", ">=") if relation in (">", ">=") else ("+", "<=")
        new = Rule(rule.id, (moved, left, (sign, right, ("num", room, None))), rule.when)
        admitted = [point for point in others if _holds(new, Scope(point.offer))]
        best = min(admitted, key=lambda point: point.rank)
        outcome, limit = had(best), Scope(best.offer).side(new.require[2])
        return None if outcome is None or limit is None else Step(limit, room, outcome)

    def _sides(
        self, point: Candidate, left: Expr, right: Expr
    ) -> tuple[Fraction | None, Fraction | None]:
        scope = Scope(point.offer)
        return scope.side(left), scope.side(right)

    def commitments(self) -> tuple[Worth, ...]:
        """The worth of every field of the answer that is off the baseline, in field order.

        An override is no commitment.
        """
        own = self.case.configuration
        canonical = own.canonical(self.case.profile.members)
        kept = {n: v for n, v in self.configuration.items() if n in own.term_fields}
        kept = {name: value for name, value in kept.items() if value != canonical[name]}
        names = (name for name in own.fields if name in kept)
        return tuple(self._worth(name, kept, canonical) for name in names)

    def _worth(self, name: str, kept: Mapping[str, Value], canonical: Mapping[str, Value]) -> Worth:
        following = self._following(name, kept[name], canonical[name])
        here = {**canonical, **self.configuration}
        elsewhere = Offer({**here, name: canonical[name]}, self.market)
        return Worth(
            name,
            self._solved(name),
            following,
            None if following is None else self._solved(name, following),
            Offer(here, self.market).ltv - elsewhere.ltv,
        )

    def _following(self, name: str, value: Value, baseline: Value) -> Value | None:
        """The next tunable number away from the baseline."""
        bounds = self.case.configuration.tunable.get(name)
        if bounds is None or isinstance(value, bool):
            return None
        if value > baseline:
            return min((v for v in bounds.values() if v > value), default=None)
        return max((v for v in bounds.values() if v < value), default=None)

    def _solved(self, name: str, value: Value | None = None) -> Had | None:
        """The best answer without an input and not open, or with a value; open fields anew."""
        asked = self.case.request
        inputs = {n: v for n, v in asked.inputs.items() if n != name}
        if value is not None:
            inputs[name] = value
        opened = tuple(n for n in asked.open if n != name)
        request = replace(asked, inputs=inputs, open=opened)
        case = replace(self.case, request=request)
        return had(best_at(usable_level(case), case, candidates(case, self.market)))


def _holds(rule: Rule, scope: Scope) -> bool:
    return (rule.when is not None and not scope.truth(rule.when)) or scope.truth(rule.require)


def ratio_inside_choice(expr: Expr, case: Case, *, inside: bool = False) -> bool:
    """Whether a ratio stands inside `min`, `max` or `abs`, where no limit can be optimised.

    SPEC section 3 lets such a ratio be refused altogether; the relief says what the rule costs.
    """
    kind = expr[0]
    if kind == "name":
        name = expr[1].removeprefix("baseline.")
        meaning = case.policy.define.get(name)
        if meaning is not None:
            return ratio_inside_choice(meaning, case, inside=inside)
        return inside and name in RATIOS
    parts = expr[2:] if kind == "if" else expr[1:]
    inside = inside or kind in {"min", "max", "abs"}
    if kind == "/" and inside:
        return True
    return any(
        ratio_inside_choice(part, case, inside=inside) for part in parts if isinstance(part, tuple)
    )
