"""Rules at their edges: limits that an offer just meets, and operators that are seldom seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from tests.oracle.case import COMPARISONS, CONFIDENCE, Case, Demand, Expr, Policy, Rule
from tests.oracle.chance.books import often, pick
from tests.oracle.chance.numbers import terminates
from tests.oracle.enumeration import terms
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer

TINY = Fraction(1, 10**18)


def with_policy(case: Case, **changed: object) -> Case:
    """The case, its policy changed."""
    return replace(case, policy=replace(case.policy, **changed))  # type: ignore[arg-type]


def offers_of(rng: Random, case: Case, count: int = 3) -> list[Offer]:
    """Some offers of the case."""
    market, points = Market(case), list(terms(case))
    return [Offer(point, market) for point in rng.sample(points, min(count, len(points)))]


def hair(rng: Random) -> Fraction:
    """Nothing mostly, or a little more or less."""
    return rng.choice((0, 0, 0, 1, -1)) * rng.choice((TINY, Fraction(1, 100)))


def limits(rng: Random, case: Case) -> Case:
    """Limits that are exactly what an offer has, or a hair from it, whatever its digits."""
    if not case.policy.rules:
        return case
    place = rng.randrange(len(case.policy.rules))
    rule = case.policy.rules[place]
    relation, *sides = rule.require
    scope = Scope(rng.choice(offers_of(rng, case)))
    # One that is not for this deal may have names that its plan lacks.
    compared = rule.is_for(case.configuration.id, case.request.profile) and relation in COMPARISONS
    if not compared or sides[1][0] != "num" or scope.is_condition(sides[0]):
        return case
    value = scope.side(sides[0])
    if value is None or not terminates(value):
        return case
    exact: Expr = ("num", abs(value + hair(rng)), None)
    exact = ("neg", exact) if value < 0 else exact
    relation = rng.choice((relation, relation, *COMPARISONS))
    rules = list(case.policy.rules)
    rules[place] = replace(rule, require=(relation, sides[0], exact))
    return with_policy(case, rules=tuple(rules))


def _added(rng: Random, case: Case, rule: Rule) -> Case:
    known = list(case.policy.rules)
    known.insert(rng.randint(0, len(known)), replace(rule, id=f"{rule.id}-{len(known)}"))
    return with_policy(case, rules=tuple(known))


def _effect(rng: Random, policy: Policy, rule: Rule) -> Rule:
    if policy.approvers and often(rng, 0.5):
        signers = tuple(rng.choices(policy.approvers, k=rng.choice((1, 1, 2))))
        return replace(rule, effect="approval", approvers=signers)
    return replace(rule, effect=rng.choice(("reject", "reject", "warn")), approvers=())


def twins(rng: Random, case: Case) -> Case:
    """A rule twice, or the opposite of one: what it asks for, when it asks, and of whom."""
    if not case.policy.rules:
        return case
    rule = rng.choice(case.policy.rules)
    changed = rng.choice((
        rule,
        replace(rule, require=("not", rule.require)),
        replace(rule, when=("not", rule.require)),
        replace(rule, when=rule.require, require=rule.when or ("bool", False)),
        replace(rule, require=("or", rule.require, rule.require)),
    ))  # fmt: skip
    return _added(rng, case, _effect(rng, case.policy, replace(changed, id="twin")))


def _n(name: str) -> Expr:
    return ("name", name)


def _num(value: Fraction | str) -> Expr:
    return ("num", Fraction(value), None)


def about_shares(rng: Random, case: Case) -> Case:
    """A rule about the share of draws, by any operator, or one that it decides about."""
    share = rng.choice([offer.confidence.share for offer in offers_of(rng, case)])
    share = share if terminates(share) else Fraction(1, 2)
    limit = _num(share + (hair(rng) if share else 0))
    price: Expr = (">=", _n("expected_monthly_bill"), _num(pick(rng, "1 20 50 100")))
    require = rng.choice(_about_shares(rng, limit, price))
    rule = Rule("shares", require)
    if often(rng, 0.25):
        when = (rng.choice(("<", ">=", "==")), _n(CONFIDENCE), limit)
        rule = replace(rule, require=price, when=when)
    if often(rng, 0.3) and share > 0:
        case = with_policy(case, confidence=Demand(min(Fraction(1), share)))
    return _added(rng, case, _effect(rng, case.policy, rule))


def _about_shares(rng: Random, limit: Expr, price: Expr) -> Sequence[Expr]:
    name, other = _n(CONFIDENCE), _num(pick(rng, "0 0.1 0.5 0.9 1"))
    bill = _n("expected_monthly_bill")
    return (
        *((relation, name, limit) for relation in COMPARISONS),
        (">=", limit, name),
        ("between", name, limit, ("max", limit, other)),
        ("in", name, limit, other),
        ("not in", name, limit, other),
        ("not", (">=", name, limit)),
        ("<=", ("abs", ("-", name, other)), limit),
        (">=", ("max", name, _n("bill_discount")), limit),
        (">=", ("min", name, ("*", _num("2"), name)), limit),
        (">=", ("*", name, bill), _num(pick(rng, "0 10 50"))),
        (">=", ("+", name, _n("bill_discount")), limit),
        (">=", ("*", name, _n("ltv")), _num(pick(rng, "0 100 1000"))),
        ("if", (">=", name, limit), ("bool", True), price),
        ("implies", ("<", name, limit), price),
        ("or", (">", name, limit), price),
        ("==", (">=", name, limit), price),
        (">=", ("if", price, name, other), limit),
        (">=", ("/", bill, name), _num("30")),
        ("<=", ("/", name, bill), _num("0.01")),
    )


def divisions(rng: Random, case: Case) -> Case:
    """Ratios whose denominators may be nothing, alone and within min, max and abs."""
    margin, bill = _n("expected_monthly_margin"), _n("expected_monthly_bill")
    money = ("prepaid_amount", "committed_value", "profile.onboarding_cost")
    rates = ("expected_monthly_bill", "minimum_monthly_turnover", "guaranteed_platform_fee",
             "platform_fee", "baseline.expected_monthly_bill", "baseline.platform_fee")  # fmt: skip
    pools = rng.choice((money, rates))
    ratios: list[Expr] = [("/", margin, bill)]
    for _ in range(2):
        top, bottom = (rng.choice(pools) for _ in range(2))
        ratios.append(("/", _n(top), _n(bottom)))
    limit = _num(pick(rng, "0 0.1 0.5 1 2"))
    first, second = rng.sample(ratios, 2)
    forms: Sequence[Expr] = (
        (">=", first, limit),
        (">=", (rng.choice(("min", "max")), first, second), limit),
        ("<=", (rng.choice(("min", "max")), first, limit), second),
        ("<=", ("abs", ("-", first, second)), limit),
        (rng.choice(("==", "!=", ">", "<")), first, second),
        ("between", first, limit, ("+", limit, _num("1"))),
        ("in", first, limit, _num("1")),
        (">=", ("if", (">", bill, _num("40")), first, second), limit),
        (">=", ("max", ("min", first, limit), ("abs", second)), limit),
    )  # fmt: skip
    return _added(rng, case, _effect(rng, case.policy, Rule("ratios", rng.choice(forms))))


def about_values(rng: Random, case: Case) -> Case:
    """Rules about lifetime values, nested."""
    ltv, needed, best = _n("ltv"), _n("required_ltv"), _n("reference_ltv")
    value = rng.choice(offers_of(rng, case)).ltv
    limit: Expr = _num(abs(value)) if terminates(value) else _num("100")
    limit = ("neg", limit) if value < 0 else limit
    forms: Sequence[Expr] = (
        *((relation, ltv, limit) for relation in COMPARISONS),
        ("<=", ("abs", ("-", ltv, limit)), _num(pick(rng, "0 1 100"))),
        ("not in", ltv, limit, _num("0")),
        (">=", ("max", ltv, ("neg", ltv)), ("min", limit, needed)),
        (">=", ("-", ltv, best), ("*", _num(pick(rng, "0 0.5 3")), _n("prepaid_amount"))),
        ("<=", ("max", ltv, needed, best), ("abs", limit)),
        ("if", (">", ltv, limit), ("<=", ltv, needed), (">=", ltv, ("-", limit, _num("5")))),
        ("between", ("-", ltv, needed), ("neg", _num("50")), _num("50")),
    )  # fmt: skip
    rule = Rule("values", rng.choice(forms), rng.choice((None, None, (">", ltv, limit))))
    if often(rng, 0.3):
        case = with_policy(case, ltv_effect="warn", ltv_approvers=())
    return _added(rng, case, _effect(rng, case.policy, rule))
