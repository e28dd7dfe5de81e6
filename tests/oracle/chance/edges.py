"""Cases brought to their edges: values at which something just holds, or no longer counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import TypeAlias

from tests.oracle.case import PRICE, Case, Choice, Configuration, Grid, Profile
from tests.oracle.chance.books import often, pick
from tests.oracle.chance.edge_rules import (
    about_shares,
    about_values,
    divisions,
    hair,
    limits,
    offers_of,
    twins,
    with_policy,
)
from tests.oracle.chance.numbers import terminates
from tests.oracle.enumeration import terms
from tests.oracle.valuing.usage import Units

Edge: TypeAlias = Callable[[Random, Case], Case]
COPIES = 400  # of draws
HAIRS = 10**6  # that a step is made of
MOST = 250  # points, from which on no more fields are opened
TERM = "contract_duration_months"


def at_edges(rng: Random, case: Case) -> Case:
    """The case with one to three of its parts at an edge."""
    for edge in rng.sample(EDGES, rng.choice((1, 1, 2, 2, 3))):
        case = edge(rng, case)
    return case


def with_profile(case: Case, **changed: object) -> Case:
    """The case, the profile of its request changed."""
    own = case.request.profile
    every = tuple(replace(p, **changed) if p.id == own else p for p in case.profiles)  # type: ignore[arg-type]
    return replace(case, profiles=every)


def with_plan(case: Case, **changed: object) -> Case:
    """The case, the configuration of its request changed."""
    own = case.configuration
    every = tuple(
        replace(own, **changed) if one is own else one  # type: ignore[arg-type]
        for one in case.catalog.configurations
    )
    return with_plans(case, every)


def with_plans(case: Case, every: tuple[Configuration, ...]) -> Case:
    return replace(case, catalog=replace(case.catalog, configurations=every))


def _authored(case: Case) -> Profile:
    return next(p for p in case.profiles if p.id == case.request.profile)


# Time


def horizon(rng: Random, case: Case) -> Case:
    """A horizon of a month, of the term, of a month more or less, or of many years."""
    term = int(case.configuration.terms["contract_duration_months"])
    months = rng.choice((1, 2, term, max(1, term - 1), term + 1, 60, 120))
    return with_policy(case, horizon=months)


def discounting(rng: Random, case: Case) -> Case:
    return with_policy(case, discount_rate=pick(rng, "0 1 0.000001 0.999 0.0799"))


def churn(rng: Random, case: Case) -> Case:
    """Customers who never leave, or all do."""
    kinds = (
        ("constant", Fraction(0)),
        ("constant", Fraction(1)),
        ("curve", Fraction(1), Fraction(0)),
        ("curve", Fraction(1), Fraction(1), Fraction(1, 10**9)),
        ("sbg", Fraction(1, 1000), Fraction(1000)),
        ("sbg", Fraction(1000), Fraction(1, 1000)),
    )
    return with_profile(
        case,
        retention=rng.choice(kinds),
        in_term_multiplier=pick(rng, "0 1 1000 0.000001"),
    )


# What lifetime values are held to


def threshold(rng: Random, case: Case) -> Case:
    """A required lifetime value that an offer just reaches, or just fails."""
    offer = rng.choice(offers_of(rng, case))
    policy, reference = case.policy, offer.market.reference_ltv
    amount = offer.ltv - reference - abs(reference) * policy.improvement_rate + hair(rng)
    if amount < 0:
        policy = replace(policy, improvement_rate=Fraction(0))
        amount = offer.ltv - reference + hair(rng)
    if amount < 0 or not terminates(amount):
        return case
    return with_policy(case, improvement_rate=policy.improvement_rate, improvement_amount=amount)


def small_threshold(rng: Random, case: Case) -> Case:
    rate, amount = pick(rng, "0 0 0 1"), pick(rng, "0 0 0.000000000001 100000")
    return with_policy(case, improvement_rate=rate, improvement_amount=amount)


def response(rng: Random, case: Case) -> Case:
    """Bands whose limit is exactly the ratio of an offer, or a hair from it."""
    found = []
    for offer in offers_of(rng, case):
        base = offer.market.baseline.bill
        ratio = offer.bill / base if base else Fraction(1)
        if terminates(ratio):
            found.append(max(Fraction(0), ratio + hair(rng)))
    limits = sorted(set(found[: rng.randint(1, 3)]))
    bands = [(limit, pick(rng, "0 0.5 1 1 3 100")) for limit in (*limits, None)]
    return with_profile(case, price_response=tuple(bands))


def references(rng: Random, case: Case) -> Case:
    """A model twice under two names, the second perhaps worth a little more or less."""
    listed = list(case.catalog.configurations)
    one = rng.choice(listed)
    other = replace(one, id="twin", tunable={}, references=None)
    if often(rng, 0.5):
        name = rng.choice(("minimum_monthly_turnover", "prepaid_amount", "platform_fee"))
        other = replace(other, terms={**other.terms, name: Fraction(other.terms[name] + 1)})
    listed.insert(rng.randint(0, len(listed)), other)
    return with_plans(case, tuple(listed))


# Customers


def scenarios(rng: Random, case: Case) -> Case:
    """The same scenario twice, and one that hardly ever happens."""
    usage = list(_authored(case).usage)
    weight, units = usage[0]
    rare = pick(rng, "0.5 0.000001 0.1") * weight
    usage[0] = (weight - rare, units)
    other = _times(units, pick(rng, "1 1 1000 0"))
    usage.insert(rng.randint(0, len(usage)), (rare, other))
    return with_profile(case, usage=tuple(usage))


def costs(rng: Random, case: Case) -> Case:
    """A cost that leaves nothing, or nothing at all."""
    known = _authored(case).costs
    if often(rng, 0.3):
        return with_profile(case, costs=dict.fromkeys(known, Fraction(0)))
    sizes = {"payment_cost_rate": "1 0.5 0", "service_cost_per_month": "0 1000 37.37",
             "onboarding_cost": "0 100000", "acquisition_cost": "0 100000"}  # fmt: skip
    name = rng.choice(list(sizes))
    return with_profile(case, costs={**known, name: pick(rng, sizes[name])})


def one_draw(rng: Random, case: Case) -> Case:
    """One draw, or several alike."""
    draws = _authored(case).draws or ({"in_term_multiplier": Fraction(1, 2)},)
    return with_profile(case, draws=draws[:1] * rng.choice((1, 1, 2, 3, 7)))


def many_draws(rng: Random, case: Case) -> Case:
    """As many draws as make a file long, few of them different."""
    draws = _authored(case).draws
    return with_profile(case, draws=draws * (rng.randint(2, COPIES) // max(1, len(draws))))


def _times(units: Units, factor: Fraction) -> Units:
    if isinstance(units, Fraction):
        return units * factor
    return tuple((meter, amount * factor) for meter, amount in units)


def own_size(rng: Random, case: Case) -> Case:
    """A customer who uses nothing, hardly anything, or a million times as much."""
    own, known = case.request.customer, _authored(case)
    factor = pick(rng, "0 0.000001 1 1000000")
    usage = tuple((weight, _times(units, factor)) for weight, units in known.usage)
    members = pick(rng, "1 0.001 1000000") if often(rng, 0.5) else own.members
    changed = replace(own, monthly_units=None, monthly_usage=usage, members=members)
    return replace(case, request=replace(case.request, customer=changed))


# Terms


def own_terms(rng: Random, case: Case) -> Case:
    """A baseline with a commitment above all else, or with nothing at all to pay."""
    own = case.configuration
    if often(rng, 0.25):
        free = {name: Fraction(0) for name, v in own.terms.items() if not isinstance(v, bool)}
        changed = {**own.terms, **free, "contract_duration_months": Fraction(1)}
    else:
        values = {
            "minimum_monthly_turnover": "0.01 1000 100000",
            "prepaid_amount": "0.01 100000",
            "guaranteed_platform_fee": "0.01 1000",
            "contract_duration_months": "1 2 13 60",
        }
        name = rng.choice(list(values))
        changed = {**own.terms, name: pick(rng, values[name])}
    return with_plan(case, terms=changed)


def steps(rng: Random, case: Case) -> Case:
    """Bounds of one value, or of values a hair apart."""
    own = case.configuration
    changed = dict(own.tunable)
    for name, bounds in own.tunable.items():
        if not isinstance(bounds, Grid) or name == TERM or often(rng, 0.4):
            continue
        low, reach = bounds.minimum, bounds.maximum - bounds.minimum
        if often(rng, 0.5):
            changed[name] = replace(bounds, maximum=low)
        elif name != own.price:
            changed[name] = Grid(low, low + reach / HAIRS, bounds.step / HAIRS)
    return with_plan(case, tunable=changed)


def at_list(rng: Random, case: Case) -> Case:
    """Measured against the plan as it is sold, which is to be had, for no improvement."""
    own = case.configuration
    tunable, bounds = dict(own.tunable), own.tunable.get(PRICE)
    if isinstance(bounds, Grid):
        listed = Fraction(own.terms[PRICE])
        lowest = listed % bounds.step
        tunable[PRICE] = Grid(
            lowest, max(listed, lowest + bounds.maximum - bounds.minimum), bounds.step
        )
    case = with_plan(case, tunable=tunable, references=(own.id,), available_to=None)
    if often(rng, 0.5):
        wish = replace(case.request, inputs={}, preference="lower_usage_price")
        case = replace(case, request=wish)
    rate = pick(rng, "0 0 0 0.000000001")
    return with_policy(case, improvement_rate=rate, improvement_amount=Fraction(0))


def opened(rng: Random, case: Case) -> Case:
    """More fields open, each of two values."""
    own, wish = case.configuration, case.request
    tunable, open_ = dict(own.tunable), list(wish.open)
    left = [n for n in own.term_fields if n in tunable and n not in {*open_, *wish.inputs}]
    rng.shuffle(left)
    count = len(list(terms(case)))
    while left and count <= MOST:
        name = left.pop()
        tunable[name] = Choice(tunable[name].values()[:2])
        open_.append(name)
        count *= 2
    case = replace(case, request=replace(wish, open=tuple(open_)))
    return with_plan(case, tunable=tunable)


EDGES: Sequence[Edge] = (
    own_size, at_list, at_list, horizon, discounting, churn, threshold, threshold,
    small_threshold, response, response, references, scenarios, costs, one_draw, many_draws,
    own_terms, steps, opened, opened, limits, limits, twins, about_shares, about_shares, divisions,
    divisions, about_values,
)  # fmt: skip
