"""Two sellers who offer the same without any approval, and differ in all that is behind it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

from tests.oracle.case import PRICE, Case, Effect, Policy, Profile, Rule

APPROVERS = ("desk", "head-of-sales", "cfo")


def other_approvals(case: Case, rng: Random) -> Case:
    """The seller with other approvers, waivers, names, orders, warnings and implied rules."""
    approvers = tuple(rng.sample(APPROVERS, rng.randint(0, len(APPROVERS))))

    def effect(before: Effect) -> tuple[Effect, tuple[str, ...]]:
        if before == "warn":
            return before, ()
        approver = rng.choice((None, *approvers))
        return ("reject", ()) if approver is None else ("approval", (approver,))

    binding = [rule for rule in case.policy.rules if rule.effect != "warn"]
    implied = [
        replace(rule, require=("or", rule.require, rng.choice(binding).require))
        for rule in (rng.choices(binding, k=rng.randint(0, 3)) if binding else ())
    ]
    rules = []
    for place, rule in enumerate(rng.sample([*binding, *implied], len(binding) + len(implied))):
        kind, signers = effect(rule.effect)
        rules.append(replace(rule, id=f"hidden-{place}", effect=kind, approvers=signers))
    kind, signers = effect(case.policy.ltv_effect)
    policy = replace(
        case.policy,
        approvers=approvers,
        rules=tuple(rules),
        ltv_effect=kind,
        ltv_approvers=signers,
    )
    return replace(case, policy=policy)


def without_costs(case: Case, rng: Random) -> Case:
    """The case with a self-serve floor, above which no rule asks what the deal costs."""
    grid = case.configuration.tunable.get(PRICE)
    listed = Fraction(case.configuration.canonical(Fraction(1))[PRICE])
    prices = grid.values() if grid else (listed,)
    floor = ("num", rng.choice(prices), None)
    rules = (
        Rule("public-floor", (">=", ("name", PRICE), floor), None, "approval", APPROVERS[:1]),
        Rule("hidden-floor", (">=", ("name", PRICE), ("num", Fraction(0), None))),
    )
    policy = replace(
        case.policy,
        approvers=APPROVERS,
        parameters={},
        define={},
        rules=rules,
        ltv_effect="warn",
        ltv_approvers=(),
    )
    request = replace(case.request, open=(), preference="lower_usage_price")
    return replace(case, policy=policy, request=request)


def other_costs(case: Case, rng: Random) -> Case:
    """The seller of `without_costs` with other costs and churn, and another floor below that."""
    public = case.policy.rules[0]
    share = Fraction(rng.randint(0, 20), 20)
    floor = ("num", public.require[2][1] * share, None)
    hidden = Rule("hidden-floor", (">=", ("name", PRICE), floor))
    policy: Policy = replace(
        case.policy,
        rules=(hidden, public),
        horizon=rng.choice((1, 12, 60)),
        improvement_amount=Fraction(rng.randint(0, 1000)),
    )
    profiles: tuple[Profile, ...] = tuple(
        replace(
            profile,
            costs={name: value * rng.randint(0, 3) for name, value in profile.costs.items()},
            retention=("constant", Fraction(rng.randint(0, 20), 100)),
        )
        for profile in case.profiles
    )
    return replace(case, policy=policy, profiles=profiles)
