"""Random policies: parameters, definitions and rules that fit the offers of a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from tests.oracle.answer import Decision
from tests.oracle.case import Case, Demand, Effect, Expr, Grid, Policy, Rule
from tests.oracle.chance.books import BookMaker, often, pick
from tests.oracle.chance.conditions import ConditionMaker
from tests.oracle.chance.facts import COUNTED
from tests.oracle.chance.numbers import rounded
from tests.oracle.chance.vocabulary import RATIO
from tests.oracle.enumeration import terms
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer

SAMPLES = 14  # offers at which the limits of rules are aimed
DRAWS = 5  # conditions drawn for a rule until one holds as often as it should
APPROVERS = ("deal-desk", "vp-sales", "cfo", "Legal_2")
RULE_IDS = (
    "price-floor",
    "margin-floor",
    "deep-discount",
    "long-terms",
    "heavy-users",
    "commitment",
    "R7",
    "prepaid-only",
)
PARAMETERS = ("price_floor", "target", "cap", "reserve_2", "usual")
DEFINITIONS = ("commitment_months", "burden", "headroom", "is_special", "base_2")
SHARES = "0.001 0.05 0.25 0.333333 0.5 0.5 0.6 0.75 0.8 0.9 0.9 0.95 0.99 1 1 1"
LIMITS = ("limit_a", "limit_b", "limit_c")


def effect_of(
    rng: Random, approvers: tuple[str, ...], target: Decision, *, new: bool = False
) -> tuple[Effect, tuple[str, ...]]:
    """A rule's effect, with who signs where somebody has to: several at times, if `new`."""
    if approvers and often(rng, 0.55 if target == "requires_approval" else 0.35):
        several = new and often(rng, 0.5)
        count = rng.choice((2, 2, 3)) if several else 1
        return "approval", tuple(rng.choice(approvers) for _ in range(count))
    return ("warn" if often(rng, 0.15) else "reject"), ()


def bare_policy(rng: Random, target: Decision, *, new: bool = False) -> Policy:
    """Approvers and the LTV policy, no rules."""
    least = 1 if target == "requires_approval" else 0
    approvers = tuple(rng.sample(APPROVERS, max(least, rng.choice((0, 1, 1, 2, 2, 3)))))
    effect, signers = effect_of(rng, approvers, target, new=new)
    return Policy(
        id="generated",
        approvers=approvers,
        parameters={},
        define={},
        rules=(),
        horizon=int(pick(rng, "1 6 12 12 24 24 36 36 48")),
        discount_rate=pick(rng, "0 0.08 0.1 0.1 0.125"),
        improvement_rate=pick(rng, "0 0 0.01 0.02 0.05 0.1"),
        improvement_amount=pick(rng, "0 0 0 1 25 99.99"),
        ltv_effect=effect,
        ltv_approvers=signers,
    )


def samples(case: Case, rng: Random) -> list[Scope]:
    """Offers of the case, the baseline among them."""
    market = Market(case)
    points = list(terms(case))
    if case.request.asks_for_price:  # few points should not count for less than the baseline
        points *= max(1, SAMPLES // len(points))
    chosen = rng.sample(points, min(SAMPLES, len(points)))
    return [Scope(offer) for offer in (market.baseline, *(Offer(p, market) for p in chosen))]


def substituted(expr: Expr, old: Expr, new: Expr) -> Expr:
    """The expression with one part, told by identity, replaced."""
    if expr is old:
        return new
    parts = tuple(substituted(p, old, new) if isinstance(p, tuple) else p for p in expr)
    return expr if parts == expr else parts  # the same object, for the next search


class PolicyMaker:
    """Grows the policy of a case, one name or rule after the other."""

    def __init__(self, book: Case, maker: BookMaker, target: Decision) -> None:
        self.rng = maker.rng
        self.target = target
        self.new = maker.new
        self.with_draws = maker.draws
        policy = bare_policy(self.rng, target, new=self.new)
        self.case = replace(book, policy=replace(policy, facts=book.policy.facts))
        self.conditions = ConditionMaker(self.rng, maker, samples(self.case, self.rng))
        if self.new:
            self.conditions.learn(self.case.policy.facts)

    def finished(self) -> Case:
        """The case with parameters, definitions and rules."""
        for name in self.rng.sample(PARAMETERS, self.rng.choice((0, 0, 1, 2, 3))):
            self.add_parameter(name)
        self.add_shares()
        for name in self.rng.sample(DEFINITIONS, self.rng.choice((0, 0, 1, 2, 3))):
            self.add_definition(name)
        for name in self.rng.sample(RULE_IDS, self.rng.choice((0, 1, 2, 2, 3, 3, 4, 5, 6))):
            self.change(rules=(*self.policy.rules, self.rule(name)))
        if self.with_draws:
            self.add_demand()
        self.name_limits()
        define = list(self.policy.define.items())
        self.rng.shuffle(define)  # a definition may use one that stands below it
        self.change(define=dict(define))
        return self.case

    @property
    def policy(self) -> Policy:
        return self.case.policy

    def change(self, **fields: Any) -> None:  # noqa: ANN401 - whatever fields a policy has
        """Change the policy; the sampled offers learn of it."""
        self.case = replace(self.case, policy=replace(self.case.policy, **fields))
        for scope in self.conditions.samples:
            scope.policy = self.case.policy
            scope.known.clear()

    def add_parameter(self, name: str) -> None:
        dim, value = self.conditions.parameter()
        self.change(parameters={**self.policy.parameters, name: value})
        self.conditions.names[dim].append(name)
        self.conditions.not_negative.add(name)

    def add_shares(self) -> None:
        """Definitions that make pure numbers of facts in units of their own."""
        for name, fact in self.policy.facts.items():
            grid = fact.values
            if name not in COUNTED or not isinstance(grid, Grid) or often(self.rng, 0.6):
                continue
            whole = ("num", max(abs(grid.maximum), Fraction(1)), fact.unit)
            share = f"{name}_share"
            self.change(define={**self.policy.define, share: ("/", ("name", name), whole)})
            self.conditions.names[RATIO] += [share] * 3
            if grid.minimum >= 0:
                self.conditions.not_negative.add(share)

    def add_definition(self, name: str) -> None:
        """A definition, which later ones and the rules may well use."""
        dim, expr, not_negative = self.conditions.definition(self.rng.randint(1, 2))
        self.change(define={**self.policy.define, name: expr})
        if dim is None:
            self.conditions.flags.append(name)
            return
        self.conditions.names[dim] += [name] * 4
        if not_negative:
            self.conditions.not_negative.add(name)

    def rule(self, id_: str) -> Rule:
        """A rule that holds at as many offers as the aim of the case asks for."""
        effect, signers = effect_of(self.rng, self.policy.approvers, self.target, new=self.new)
        low, high = self.window(effect)
        require, when, share = self.draft()
        for _ in range(DRAWS):
            if low <= share <= high:
                break
            require, when, share = self.draft()
        return Rule(id_, require, when, effect, signers)

    def add_demand(self) -> None:
        """A share of the draws that is asked for, often exactly that of an offer, often alone."""
        rng = self.rng
        if often(rng, 0.35):
            return
        shares = {scope.offer.confidence.share for scope in self.conditions.samples}
        share = pick(rng, SHARES)
        if (some := sorted(shares - {0, 1})) and often(rng, 0.7):
            share = rounded(rng.choice(some), rng.choice((2, 3, 12)))
        effect, signers = effect_of(rng, self.policy.approvers, self.target, new=self.new)
        self.change(confidence=Demand(share, effect, signers))
        if often(rng, 0.4):
            self.change(ltv_effect="warn", ltv_approvers=())

    def draft(self) -> tuple[Expr, Expr | None, float]:
        """A condition, perhaps with a `when`, and the share of offers at which it is kept."""
        rng, conditions = self.rng, self.conditions
        kind, open_ = rng.random(), self.case.request.open
        moves = 0.25 if self.case.request.preference == "least_commitment" else 0.1
        if kind < 0.3:
            require = conditions.floor()
        elif kind < 0.4:
            require = conditions.shared()
        elif kind < 0.4 + moves * len(open_):
            require = conditions.moved(open_)
        else:
            require = conditions.condition(rng.randint(0, 3))
        if not often(rng, 0.5 if conditions.about_facts else 0.25):
            return require, None, conditions.share(require)
        facts = conditions.about_facts
        if facts and often(rng, 0.5):
            when = facts.condition()
        else:
            when = conditions.condition(rng.choice((0, 0, 1)))
        return require, when, conditions.share(("implies", when, require))

    def window(self, effect: Effect) -> tuple[float, float]:
        """The share of offers at which a rule should hold, from and to."""
        rng = self.rng
        if effect == "warn" or often(rng, 0.1):
            return 0.0, 1.0
        if effect == "approval" and self.target == "requires_approval":
            return 0.0, 0.7
        if self.target == "rejected" and effect == "approval":
            return 0.0, 0.1
        if self.target == "rejected":
            return 0.0, 0.6
        return 0.3, (0.99 if often(rng, 0.7) else 1.0)

    def name_limits(self) -> None:
        """Turn some limits of rules into parameters, bare ones too."""
        limits: Sequence[Expr] = [limit for _, limit in self.conditions.limits]
        limits = [limit for limit in limits if self.uses(limit)]
        for name, limit in zip(LIMITS, limits, strict=False):
            self.change(
                parameters={**self.policy.parameters, name: limit},
                define={n: substituted(e, limit, ("name", name))
                        for n, e in self.policy.define.items()},
                rules=tuple(self.renamed(rule, limit, name) for rule in self.policy.rules),
            )  # fmt: skip

    def uses(self, limit: Expr) -> bool:
        """Whether a limit still stands in a rule or definition."""
        rules = self.policy.rules
        every = (*self.policy.define.values(), *(r.require for r in rules),
                 *(r.when for r in rules if r.when is not None))  # fmt: skip
        return any(substituted(expr, limit, ("gone",)) != expr for expr in every)

    def renamed(self, rule: Rule, limit: Expr, name: str) -> Rule:
        when = None if rule.when is None else substituted(rule.when, limit, ("name", name))
        return replace(rule, require=substituted(rule.require, limit, ("name", name)), when=when)
