"""Random profiles and requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from tests.oracle.case import (
    DISCOUNT,
    FLAGS,
    PRICE,
    TUNABLE_FIELDS,
    Catalog,
    Choice,
    Configuration,
    Customer,
    Grid,
    Profile,
    Request,
    Value,
)
from tests.oracle.chance.books import BookMaker, often, pick
from tests.oracle.valuing.rates import is_allowance
from tests.oracle.valuing.usage import UNLIMITED, Usage


def usage(rng: Random, maker: BookMaker) -> Usage:
    """One to four scenarios whose weights sum to 1, a month without usage among them at times."""
    count = rng.choice((1, 2, 3, 3, 4))
    cuts = sorted(rng.sample(range(1, 20), count - 1))
    shares = [b - a for a, b in zip([0, *cuts], [*cuts, 20], strict=True)]
    idle = often(rng, 0.04)
    return tuple((Fraction(share, 20), maker.units(idle=idle)) for share in shares)


def retention(rng: Random) -> tuple[Any, ...]:
    """One of the three retention models."""
    model = rng.choice(("constant", "sbg", "curve"))
    if model == "constant":
        return model, pick(rng, "0 0.01 0.02 0.035 0.035 0.05 0.08 0.125 0.5 1")
    if model == "sbg":
        return model, pick(rng, "0.5 0.7 1 1.25 2"), pick(rng, "1 5.5 12 20 30.25")
    alive, curve = Fraction(1), [Fraction(1)]
    for _ in range(rng.randint(1, 6)):
        alive = round(alive * pick(rng, "1 0.98 0.95 0.95 0.9 0.75 0.9 0.97"), 4)
        curve.append(alive)
    if often(rng, 0.1):
        curve += [Fraction(0)] * rng.randint(1, 2)
    return model, *curve


def price_response(rng: Random) -> tuple[tuple[Fraction | None, Fraction], ...] | None:
    """No bands, or up to three limits and a last band without one."""
    if often(rng, 0.3):
        return None
    every = [Fraction(n, 20) for n in (10, 16, 18, 20, 22, 25, 28, 40)]
    limits = sorted(rng.sample(every, rng.choice((0, 1, 2, 3))))
    multipliers = [pick(rng, "0.7 0.85 0.9 1 1") for _ in limits]
    multipliers = sorted([*multipliers, pick(rng, "1 1.2 1.3 1.8")])
    if often(rng, 0.15):
        rng.shuffle(multipliers)
    return tuple(zip((*limits, None), multipliers, strict=True))


def costs(rng: Random, maker: BookMaker) -> dict[str, Fraction]:
    """The cost keys, zero often."""
    return {
        **maker.unit_costs(),
        "service_cost_per_month": maker.money(20),
        "payment_cost_rate": pick(rng, "0 0.029 0.029 0.0125 0.1"),
        "onboarding_cost": maker.money(500),
        "acquisition_cost": maker.money(700),
    }


def profile(rng: Random, maker: BookMaker, id_: str, harmless: float = 0.2) -> Profile:
    """Comparable customers; with a chance `harmless`, neither flag makes a difference."""
    charged = costs(rng, maker)
    reduced = pick(rng, "1 1 0.6 0.8 0 1.1")
    if often(rng, harmless):
        charged["onboarding_cost"], reduced = Fraction(0), Fraction(1)
    return Profile(
        id=id_,
        usage=usage(rng, maker),
        retention=retention(rng),
        costs=charged,
        members=pick(rng, "1 1 2 3 5 8 12 2.5"),
        in_term_multiplier=pick(rng, "1 0.3 0.5 0.7 0 1.2"),
        reduced_multiplier=reduced,
        price_response=price_response(rng),
    )


def outside(rng: Random, bounds: Grid | Choice | None, name: str, baseline: Value) -> Value:
    """A value that the tunable bounds do not allow (or, of a fixed flag, may allow)."""
    if name in FLAGS:
        return not baseline
    values = [v for v in (bounds.values() if bounds else (baseline,)) if v != UNLIMITED]
    values = values or [Fraction(0)]
    if name == DISCOUNT:  # not above all of them, since no discount is more than 100%
        step = bounds.step if isinstance(bounds, Grid) else Fraction(1, 10)
        return Fraction(min(values) - step * rng.choice((Fraction(1, 2), 1)))
    if name == "contract_duration_months":
        return Fraction(max(values) + rng.randint(1, 5))
    if is_allowance(name) and baseline != UNLIMITED and often(rng, 0.1):
        return UNLIMITED
    step = bounds.step if isinstance(bounds, Grid) else Fraction(10)
    if often(rng, 0.5):
        return Fraction(max(values) + step)
    return Fraction(rng.choice(values) + step / 2)


def inputs(
    rng: Random,
    configuration: Configuration,
    members: Fraction,
    open_: Sequence[str],
    wrong: float,
    fields: Sequence[str] = TUNABLE_FIELDS,
) -> dict[str, Value]:
    """The fields that the customer asks for, with a chance `wrong` that one is out of bounds."""
    baseline = configuration.canonical(members)
    asked: dict[str, Value] = {}
    for name in fields:
        bounds = configuration.tunable.get(name)
        if name in open_ or not often(rng, 0.55 if bounds else 0.04):
            continue
        asked[name] = rng.choice(bounds.values()) if bounds else baseline[name]
        if bounds and UNLIMITED in bounds.values() and often(rng, 0.3):
            asked[name] = UNLIMITED
    closed = [name for name in fields if name not in open_]
    if often(rng, wrong):
        name = rng.choice(closed)
        asked[name] = outside(rng, configuration.tunable.get(name), name, baseline[name])
    names = list(asked)
    rng.shuffle(names)
    return {name: asked[name] for name in names}


def open_fields(rng: Random, fields: Sequence[str] = TUNABLE_FIELDS) -> tuple[str, ...]:
    """None, one or two fields that the solver may choose; the two flags tie easily."""
    if often(rng, 0.06):
        return tuple(rng.sample(FLAGS, 2))
    return tuple(rng.sample(fields, rng.choice((0, 0, 0, 0, 0, 1, 1, 1, 2, 2))))


def request(
    rng: Random,
    configuration: Configuration,
    who: Profile,
    open_: tuple[str, ...],
    wrong: float,
    fields: Sequence[str] = TUNABLE_FIELDS,
) -> Request:
    """A tuning request of a customer like `who`."""
    assert PRICE not in open_
    return Request(
        id="the-request",
        configuration=configuration.id,
        profile=who.id,
        inputs=inputs(rng, configuration, who.members, open_, wrong, fields),
        open=open_,
        preference="seller_ltv" if often(rng, 0.4) else "lower_usage_price",
        approval_mode="allow_approval" if often(rng, 0.6) else "self_serve_only",
    )


def observed(rng: Random, who: Profile, catalog: Catalog) -> Profile:
    """The profile, its retention observed on some plan at times."""
    if often(rng, 0.6):
        return who
    return replace(who, observed_on=rng.choice(catalog.configurations).id)


def customer(rng: Random, maker: BookMaker, who: Profile) -> Customer:
    """This customer's own size, mostly the profile's."""
    if often(rng, 0.6):
        return Customer(name="Müller & Söhne" if often(rng, 0.2) else None)
    own = usage(rng, maker)
    kind = rng.random()
    return Customer(
        name=rng.choice((None, "Acme", 'the "Blue" Ltd.')),
        members=pick(rng, "1 2 4 7 12 1.5") if often(rng, 0.6) else None,
        monthly_units=maker.sized(who.usage) if kind < 0.5 else None,
        monthly_usage=own if kind > 0.7 else None,
    )


def asking(rng: Random, wish: Request, configuration: Configuration, baseline: Value) -> Request:
    """The request with a price that it asks for, mostly an admissible one; or as it is."""
    if often(rng, 0.55):
        return wish
    name = configuration.price
    bounds = configuration.tunable.get(name)
    easy = max if name == PRICE else min  # what the seller may well admit
    price = easy(rng.choices(bounds.values(), k=2)) if bounds else baseline
    if often(rng, 0.1):
        price = outside(rng, bounds, name, baseline)
    asked = list({**wish.inputs, name: price}.items())
    rng.shuffle(asked)
    wish = replace(wish, inputs=dict(asked))
    least = wish.open and often(rng, 0.6)
    return replace(wish, preference="least_commitment") if least else wish
