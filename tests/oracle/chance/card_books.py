"""Random catalogs with rate cards: rates of every kind, and values where something changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from random import Random
from typing import Any

from tests.oracle.case import (
    DISCOUNT,
    PRICE,
    UNIT_COST,
    Catalog,
    Choice,
    Configuration,
    Grid,
    fields_of,
)
from tests.oracle.chance.books import SCALES, BookMaker, Scale, f, nice, often, pick
from tests.oracle.chance.card_words import units_of, vocabulary
from tests.oracle.valuing.rates import (
    ALLOWANCE,
    OVERRIDE,
    AllowanceKind,
    Card,
    Kind,
    Rate,
    is_allowance,
)
from tests.oracle.valuing.usage import UNLIMITED, Meter, Units, Usage, expected_units

METERS = {
    "token": ("input", "output", "cached", "batch_2"),
    "request": ("calls", "searches", "writes", "v2_reads"),
    "GB": ("storage", "egress", "Ingress", "backup"),
    "message": ("messages", "sms", "emails_1", "chats"),
}
PACKAGES = "1 1 2 3 5 0.5"  # in usual volumes
KINDS: Sequence[Kind] = ("price", "price", "package", "graduated", "graduated", "volume", "volume")
# The least of a grid of discounts, and its steps.
LEAST = "0 0 0 0 0.05 -0.1 -0.2 -0.5"
STEPS = "0.01 0.02 0.05 0.05 0.025 0.1 0.1 0.005 0.2"


class CardMaker(BookMaker):
    """Draws a book of which the request's configuration is a rate card, mostly.

    `meters` are the catalog's, `short` is whether `unit` and `quote_per` stand for the only one.
    """

    most_meters = 4
    # The chance that a meter's rate may be overridden, and that a request does so.
    overridable, overridden = 0.35, 0.25

    def __init__(self, rng: Random, *, new: bool = True) -> None:
        super().__init__(rng, new=new)
        self.meters = self._meters()
        self.short = len(self.meters) == 1 and self.meters[0].id == self.scale.unit
        units = units_of(self.meters)
        known = {scale.unit: scale for scale in SCALES}
        others = (replace(known[unit], currency=self.scale.currency) for unit in units[1:])
        self.scales = (self.scale, *others)
        self.prices = (self.price, *(s.tick * rng.randint(*s.price) for s in self.scales[1:]))
        self.places = {meter.id: units.index(meter.unit) for meter in self.meters}
        # Allowances and limits that are used again and again, so that they meet.
        self.allowed = {meter.id: self._amount(meter.id, 4) for meter in self.meters}
        self.limits = {meter.id: self._limits(meter.id) for meter in self.meters}
        self.unused = {meter.id for meter in self.meters[1:] if often(rng, 0.1)}
        several = len(self.meters) > 1
        self.cards = several or often(rng, 0.9)  # else a book that could be of version 1
        if self.cards and (several or often(rng, 0.85)):
            self.solved = DISCOUNT
            fields = fields_of(tuple(meter.id for meter in self.meters))
            fees = ("platform_fee", "seat_fee")
            with_fees = fees[0] in self.fields
            self.fields = tuple(n for n in fields if n != DISCOUNT and (with_fees or n not in fees))
        self.vocabulary = vocabulary(self.meters, self.solved)

    def _meters(self) -> tuple[Meter, ...]:
        """One to four, of one or several usage units."""
        rng, units = self.rng, [self.scale.unit]
        for _ in range(min(rng.choice((0, 0, 1, 1, 1, 2, 2, 3)), self.most_meters - 1)):
            units.append(rng.choice(units) if often(rng, 0.5) else rng.choice(list(METERS)))
        if len(units) == 1 and often(rng, 0.5):
            return (Meter(units[0], units[0], self.scale.quote_per),)
        ids = {unit: rng.sample(METERS[unit], len(units)) for unit in METERS}
        return tuple(Meter(ids[unit].pop(), unit, rng.choice((1, 1000, 10**6))) for unit in units)

    def scale_of(self, meter: str) -> Scale:
        return self.scales[self.places[meter]]

    def _amount(self, meter: str, most: int) -> Fraction:
        return self.volume(most, self.places[meter])

    def _limits(self, meter: str) -> list[Fraction]:
        count = self.rng.choice((0, 1, 1, 2, 2, 3))
        return [
            self.scale_of(meter).volume * n for n in sorted(self.rng.sample(range(1, 15), count))
        ]

    # Profiles

    def units(self, *, idle: bool) -> Units:
        """What is used of each meter in one scenario, often right where something changes."""
        used = [(meter.id, self._used(meter.id, idle=idle)) for meter in self.meters]
        if len(used) == 1:
            return used[0][1]
        return tuple((meter, amount) for meter, amount in used if meter not in self.unused)

    def _used(self, meter: str, *, idle: bool) -> Fraction:
        rng = self.rng
        if idle or often(rng, 0.1):
            return Fraction(0)
        if often(rng, 0.4):
            return self._amount(meter, 50)
        within = self.allowed[meter] * rng.choice((0, 1, 1, 1, 2))
        beyond = rng.choice((*self.limits[meter], self._amount(meter, 8), self._amount(meter, 20)))
        least = min(Fraction(1), self.scale_of(meter).volume / 5)
        return max(Fraction(0), within + beyond + least * rng.choice((0, 0, 0, 0, 1, -1)))

    def sized(self, used: Usage) -> Units | None:
        """How much of some meters a customer expects to use."""
        expected = {meter: units for meter, units in expected_units(used).items() if units}
        if not expected:
            return None
        if len(self.meters) == 1:
            return self.volume(60)
        meters = self.rng.sample(list(expected), self.rng.randint(1, len(expected)))
        return tuple((meter, self._amount(meter, 60)) for meter in meters)

    def unit_costs(self) -> dict[str, Fraction]:
        """What usage of each meter costs the seller."""
        found = {}
        for meter in self.meters:
            share = pick(self.rng, "0 0.1 0.2 0.3 0.4 0.6")
            tick, price = self.scale_of(meter.id).tick, self.prices[self.places[meter.id]]
            found[f"{UNIT_COST}.{meter.id}"] = tick * int(price / tick * share)
        if len(found) == 1:
            return {UNIT_COST: found.popitem()[1]}
        return {name: cost for name, cost in found.items() if cost or often(self.rng, 0.5)}

    # Catalog

    def bounds(self, name: str, size: int) -> Grid | Choice:
        if self.solved == PRICE or not is_allowance(name):
            return super().bounds(name, size)
        meter, rng = name.partition(".")[2], self.rng
        step = self.scale_of(meter).volume * pick(rng, "1 1 1 2 5 0.5")
        lowest = step * rng.choice((0, 0, 0, 0, 1, 2))
        grid = Grid(lowest, lowest + step * (size - 1), step)
        if often(rng, 0.7):
            return grid
        listed = list(grid.values())
        rng.shuffle(listed)
        return Choice((*listed, UNLIMITED) if often(rng, 0.4) else tuple(listed))

    def price_bounds(self, size: int) -> Grid:
        return super().price_bounds(size) if self.solved == PRICE else self.discount_bounds(size)

    def discount_bounds(self, size: int) -> Grid:
        """At most so many discounts, none below zero mostly, and none above 100%."""
        step, least = pick(self.rng, STEPS), pick(self.rng, LEAST)
        most = min(size - 1, floor((1 - least) / step))
        return Grid(least, least + step * self.rng.randint(most // 3, most), step)

    def tunables(self, open_: Sequence[str]) -> dict[str, Grid | Choice]:
        """Bounds for some fields, and for flat prices in the place of some rates."""
        return self.with_overrides(super().tunables(open_))

    def with_overrides(self, found: dict[str, Grid | Choice]) -> dict[str, Grid | Choice]:
        if self.solved == DISCOUNT:
            for meter in self.meters:
                if often(self.rng, self.overridable):
                    found[f"{OVERRIDE}.{meter.id}"] = self.override_bounds(meter.id)
        return found

    def override_bounds(self, meter: str) -> Grid:
        price = self.prices[self.places[meter]]
        tick = nice(price / self.rng.choice((4, 8, 20)), self.scale_of(meter).tick)
        lowest = tick * self.rng.choice((0, 1, 1, 2))
        return Grid(lowest, lowest + tick * self.rng.choice((0, 3, 8, 20)), tick)

    def configuration(self, id_: str, tunable: dict[str, Grid | Choice]) -> Configuration:
        plain = super().configuration(id_, tunable)
        return plain if self.solved == PRICE else self.carded(plain)

    def other_bounds(self) -> dict[str, Grid | Choice]:
        return {}

    def other_configuration(self, id_: str, tunable: dict[str, Grid | Choice]) -> Configuration:
        plain = super().configuration(id_, tunable)
        if not self.cards or (len(self.meters) == 1 and often(self.rng, 0.5)):
            if often(self.rng, 0.4):
                plain = replace(plain, tunable={PRICE: super().price_bounds(5)})
            return plain
        bounds = {DISCOUNT: self.discount_bounds(5)} if often(self.rng, 0.4) else {}
        return self.carded(replace(plain, tunable=bounds))

    def carded(self, plain: Configuration) -> Configuration:
        """The configuration with rates in the place of its price and its allowance."""
        rng = self.rng
        ids = tuple(meter.id for meter in self.meters)
        charged = [meter for meter in ids if often(rng, 0.9)]
        if len(ids) == 1 or not (charged or often(rng, 0.3)):
            charged = list(ids)
        rng.shuffle(charged)
        rates = {meter: self.rate(meter, plain.tunable) for meter in charged}
        terms = {n: v for n, v in plain.terms.items() if n not in {ALLOWANCE, PRICE}}
        card = Card(ids, rates)
        return replace(plain, terms=terms, allowance_kind="bare", card=card)

    def rate(self, meter: str, tunable: Any) -> Rate:  # noqa: ANN401 - bounds of fields
        """A meter's rate of any kind; its allowance lies on its tunable grid mostly."""
        rng = self.rng
        included, kind = self._included(meter, tunable.get(f"{ALLOWANCE}.{meter}"))
        rest: dict[str, Any] = {
            "included": included, "included_kind": kind, "discountable": not often(rng, 0.15),
        }  # fmt: skip
        form: Kind = rng.choice(KINDS)
        if form == "price":
            return Rate(form, self._price(meter), **rest)
        if form == "package":
            units = self.scale_of(meter).volume * pick(rng, PACKAGES)
            price = self._price(meter) * units
            price = price if often(rng, 0.4) else Fraction(max(1, round(price)))
            return Rate(form, price, units=units, **rest)
        limits = (*self.limits[meter], None)
        prices = [self._price(meter) for _ in limits]
        if often(rng, 0.7):
            prices.sort(reverse=True)
        return Rate(form, tiers=tuple(zip(limits, prices, strict=True)), **rest)

    def _price(self, meter: str) -> Fraction:
        rng, scale = self.rng, self.scale_of(meter)
        if often(rng, 0.05):
            return Fraction(0)
        price = self.prices[self.places[meter]] * pick(rng, "0.2 0.5 0.8 1 1 1 1.2 1.6")
        on_grid = scale.tick * rng.choice((1, 1, 5, 10))
        return ceil(price / on_grid) * on_grid

    def _included(self, meter: str, bounds: Grid | Choice | None) -> tuple[Fraction, AllowanceKind]:
        rng = self.rng
        kind: AllowanceKind = rng.choice(
            (*("bare",) * 5, *("per_customer",) * 2, *("per_member",) * 2)
        )
        if often(rng, 0.03):
            return Fraction(0), "unlimited"  # nothing is charged
        if often(rng, 0.4):
            return Fraction(0), kind
        if bounds and often(rng, 0.5):
            values = [Fraction(v) for v in bounds.values() if v != UNLIMITED]
            return rng.choice(values[: len(values) // 2 + 1]), kind
        return (self.allowed[meter] if often(rng, 0.7) else self._amount(meter, 8)), kind

    def catalog(self, open_: Sequence[str], profile: str) -> tuple[Catalog, str]:
        catalog, asked = super().catalog(open_, profile)
        return replace(catalog, meters=() if self.short else self.meters), asked


def overrides(rng: Random, maker: BookMaker, configuration: Configuration) -> dict[str, Fraction]:
    """Flat prices that a request asks for in the place of rates, mostly admissible ones."""
    if not isinstance(maker, CardMaker) or configuration.card is None:
        return {}
    asked = {}
    for meter in configuration.card.meters:
        name = f"{OVERRIDE}.{meter}"
        bounds = configuration.tunable.get(name)
        if not often(rng, maker.overridden if bounds else 0.02):
            continue
        if not isinstance(bounds, Grid):
            asked[name] = maker.prices[maker.places[meter]]
            continue
        off = bounds.step / 2 if often(rng, 0.05) else f(0)
        asked[name] = Fraction(rng.choice(bounds.values())) + off
    return asked
