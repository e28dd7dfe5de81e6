"""Random catalogs, profiles and requests: small grids, and degenerate values often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, prod
from random import Random
from typing import Any, Self, TypeVar

from tests.oracle.case import (
    FLAGS,
    PRICE,
    TERM_FIELDS,
    TUNABLE_FIELDS,
    UNIT_COST,
    Catalog,
    Choice,
    Configuration,
    Grid,
    Value,
)
from tests.oracle.chance.vocabulary import PLAIN, with_confidence
from tests.oracle.valuing.usage import UNLIMITED, Units, Usage

T = TypeVar("T")
MOST_POINTS, FEWER_POINTS = 600, 100


def f(text: str | int) -> Fraction:
    """A Fraction from decimal text."""
    return Fraction(text)


@dataclass(frozen=True)
class Scale:
    """Typical sizes: `tick` in currency/unit, `price` in ticks, `volume` in units a month."""

    currency: str
    unit: str
    quote_per: int
    tick: Fraction
    price: tuple[int, int]
    volume: Fraction


SCALES = (
    Scale("USD", "token", 1_000_000, f("0.00000001"), (200, 2000), f(500_000)),
    Scale("EUR", "request", 1, f("0.01"), (2, 30), f(100)),
    Scale("EUR", "request", 1000, f("0.001"), (10, 120), f(250)),
    Scale("USD", "GB", 1, f("0.005"), (10, 60), f("12.5")),
    Scale("CHF", "message", 100, f("0.0001"), (20, 400), f(1000)),
)


def often(rng: Random, chance: float) -> bool:
    return rng.random() < chance


def pick(rng: Random, values: str) -> Fraction:
    """One of the numbers in a text, those that stand twice being twice as likely."""
    return Fraction(rng.choice(values.split()))


def nice(target: Fraction, unit: Fraction) -> Fraction:
    """The least 1, 2 or 5 times a power of ten of `unit` that reaches the target."""
    size = unit
    while True:
        for digit in (1, 2, 5):
            if size * digit >= target:
                return size * digit
        size *= 10


class BookMaker:
    """Draws the parts of a price book around one scale; what section 8 adds only if `new`."""

    most_points = MOST_POINTS

    def __init__(self, rng: Random, *, new: bool = False) -> None:
        self.rng = rng
        self.new = new
        with_fees = new and often(rng, 0.5)
        self.fields: tuple[str, ...] = TERM_FIELDS if with_fees else TUNABLE_FIELDS
        self.scale = rng.choice(SCALES)
        low, high = self.scale.price
        self.price = self.scale.tick * rng.randint(low, high)
        # By usage unit, of which a plain book has one.
        self.scales: tuple[Scale, ...] = (self.scale,)
        self.prices: tuple[Fraction, ...] = (self.price,)
        self.vocabulary = PLAIN
        self.solved = PRICE
        self.draws = False

    def with_draws(self) -> Self:
        """The same, its profiles with draws mostly, and rules about them; on smaller grids."""
        self.draws, self.most_points = True, FEWER_POINTS
        self.vocabulary = with_confidence(self.vocabulary)
        return self

    def money(self, most: int) -> Fraction:
        """An amount up to `most`, zero often, cents sometimes."""
        rng = self.rng
        if often(rng, 0.25):
            return Fraction(0)
        cents = f("0.25") * rng.randint(0, 3) if often(rng, 0.2) else Fraction(0)
        return rng.randint(1, most) + cents

    def volume(self, most: int, place: int = 0) -> Fraction:
        """Units a month, of the usage unit with that place."""
        return self.scales[place].volume * self.rng.randint(1, most)

    # Profiles

    def units(self, *, idle: bool) -> Units:
        """What is used in one scenario."""
        return Fraction(0) if idle or often(self.rng, 0.1) else self.volume(80)

    def sized(self, used: Usage) -> Units | None:
        """How much a customer expects to use, None where these scenarios expect nothing."""
        return self.volume(120) if any(units for _, units in used) else None

    def unit_costs(self) -> dict[str, Fraction]:
        """What usage costs the seller."""
        tick = self.scale.tick
        share = pick(self.rng, "0 0.1 0.2 0.3 0.4 0.6")
        return {UNIT_COST: tick * int(self.price / tick * share)}

    # Catalog

    def bounds(self, name: str, size: int) -> Grid | Choice:
        """Tunable bounds with about so many values."""
        rng = self.rng
        if name in FLAGS:
            return Choice(rng.choice(((False, True), (False, True), (True, False), (True,))))
        if name == "contract_duration_months":
            return self._term_bounds(size)
        sizes = {"included_units": self.volume(8), "prepaid_amount": self.money(60) + 1}
        step = nice(sizes.get(name, self.money(12) + 1), f("0.5"))
        lowest = step * rng.randint(1, 3) if often(rng, 0.15) else Fraction(0)
        grid = Grid(lowest, lowest + step * (size - 1), step)
        if often(rng, 0.7):
            return grid
        listed = list(grid.values())
        rng.shuffle(listed)
        if name == "included_units" and often(rng, 0.4):
            listed.append(UNLIMITED)
        return Choice(tuple(listed))

    def _term_bounds(self, size: int) -> Grid | Choice:
        rng = self.rng
        if often(rng, 0.3):
            step, low = rng.choice((1, 3, 5, 6, 12)), rng.choice((1, 3, 6))
            return Grid(f(low), f(low + step * min(size - 1, 48 // step)), f(step))
        terms = [f(months) for months in (1, 3, 6, 12, 18, 24, 36, 48)]
        return Choice(tuple(sorted(rng.sample(terms, min(size, len(terms))))))

    def price_bounds(self, size: int) -> Grid:
        """At most so many price ticks, from well below the usual price to well above."""
        rng = self.rng
        reach = self.price * rng.choice((f("0.6"), f("1.5"), f(2), f(3)))
        tick = nice(reach / max(1, size - 1), self.scale.tick)
        lowest = Fraction(0) if often(rng, 0.2) else tick * ceil(self.price / tick / 5)
        highest = lowest + tick * rng.randint(max(0, size * 2 // 3 - 1), size - 1)
        return Grid(lowest, highest, tick)

    def terms(self) -> dict[str, Value]:
        """The ten fields of a configuration, defaults often."""
        rng = self.rng
        rare = often(rng, 0.04)  # everything free of charge
        on_grid = self.scale.tick * rng.choice((1, 1, 5, 10))
        price = self.price * pick(rng, "0.5 0.8 1 1 1 1.2 1.6")
        price = Fraction(0) if rare or often(rng, 0.08) else ceil(price / on_grid) * on_grid
        fee = Fraction(0) if rare else self.money(150)
        return {
            "platform_fee": fee,
            "seat_fee": self.money(15) if often(rng, 0.35) and not rare else Fraction(0),
            "included_units": self.volume(30) if often(rng, 0.6) else Fraction(0),
            "usage_unit_price": price,
            "contract_duration_months": pick(rng, "1 1 1 6 12 24"),
            "minimum_monthly_turnover": self.money(120)
            if often(rng, 0.25) and not rare
            else Fraction(0),
            "prepaid_amount": self.money(600) if often(rng, 0.15) else Fraction(0),
            "guaranteed_platform_fee": self.money(160)
            if often(rng, 0.2) and not rare
            else Fraction(0),
            "customer_funded_onboarding": often(rng, 0.2),
            "reduced_cancellation_flexibility": often(rng, 0.2),
        }

    def configuration(self, id_: str, tunable: dict[str, Grid | Choice]) -> Configuration:
        """A configuration; its own values lie on its tunable grids mostly."""
        rng = self.rng
        terms = self.terms()
        for name, bounds in tunable.items():
            values = [v for v in bounds.values() if v != UNLIMITED]
            if name in terms and name != PRICE and often(rng, 0.5):
                terms[name] = rng.choice(values[: len(values) // 2 + 1])
        kind: Any = rng.choice(("bare",) * 5 + ("per_customer",) + ("per_member",) * 2)
        kind = "unlimited" if often(rng, 0.07) else kind
        return Configuration(id_, terms, kind, None, tunable)

    def other_bounds(self) -> dict[str, Grid | Choice]:
        """Bounds of a configuration that the request is not about."""
        return {PRICE: self.price_bounds(5)} if often(self.rng, 0.4) else {}

    def other_configuration(self, id_: str, tunable: dict[str, Grid | Choice]) -> Configuration:
        """One that the request is not about."""
        return self.configuration(id_, tunable)

    def tunables(self, open_: Sequence[str]) -> dict[str, Grid | Choice]:
        """Bounds for some fields, those that are open on grids of few points."""
        rng = self.rng
        fields = [n for n in self.fields if n in open_ or often(rng, 0.75)]
        bounds = {
            n: self.bounds(n, rng.randint(2, 5) if n in open_ else rng.randint(2, 40))
            for n in fields
        }
        points = prod(len(bounds[n].values()) for n in open_)
        most = min(self.most_points // points, rng.choice((12, 40, 40, 90, 200, 600)))
        if often(rng, 0.95):
            bounds[self.solved] = self.price_bounds(rng.randint(max(1, most // 3), most))
        return bounds

    def catalog(self, open_: Sequence[str], profile: str) -> tuple[Catalog, str]:
        """A catalog, and the id of the configuration that the request is about."""
        rng, scale = self.rng, self.scale
        count = rng.choice((1, 2, 2, 3))
        asked = rng.randrange(count)
        names = rng.sample(("starter", "pay-as-you-go", "Growth_2", "flat", "hybrid-plus"), count)
        found = []
        for index, name in enumerate(names):
            other = self.other_bounds()
            if index == asked:
                made = self.configuration(name, self.tunables(open_))
            else:
                made = self.other_configuration(name, other)
            others: tuple[Any, ...] = (None, (profile,), ("elsewhere", profile))
            choices = others if index == asked else (None, *others, ("elsewhere",))
            available = rng.choice(choices)
            found.append(replace(made, available_to=available))
        if self.new:
            found = [self.measured(each, found) for each in found]
        catalog = Catalog("book", scale.currency, scale.unit, scale.quote_per, tuple(found))
        return catalog, names[asked]

    def measured(self, one: Configuration, listed: Sequence[Configuration]) -> Configuration:
        """A configuration with references, of which each of its profiles may have one."""
        references = self.rng.sample(listed, self.rng.randint(1, len(listed)))
        profiles = one.available_to or ("small-team", "elsewhere")
        usable = all(any(r.is_for(profile) for r in references) for profile in profiles)
        if not usable or often(self.rng, 0.6):
            return one
        return replace(one, references=tuple(reference.id for reference in references))
