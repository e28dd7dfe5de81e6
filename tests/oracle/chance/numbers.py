"""Random expressions that are numbers of a given dimension, their denominators never negative."""

from __future__ import annotations

from fractions import Fraction
from math import floor, log10
from random import Random

from tests.oracle.case import FLAGS, Expr
from tests.oracle.chance.books import BookMaker, often, pick
from tests.oracle.chance.vocabulary import (
    MEMBERS,
    MONEY,
    MONTHS,
    RATE,
    RATIO,
    SEAT,
    UNIT_PRICE,
    UNITS,
    VOLUME,
    Dim,
    split_unit,
    unit_words,
)


def terminates(number: Fraction) -> bool:
    """Whether a number has an exact decimal form."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def rounded(number: Fraction, digits: int) -> Fraction:
    """A number to so many significant digits."""
    if number == 0:
        return number
    return round(number, digits - 1 - floor(log10(abs(number))))


class NumberMaker:
    """Draws numbers; `conditions` are made by the subclass, which knows how to compare them."""

    def __init__(self, rng: Random, maker: BookMaker) -> None:
        self.rng = rng
        self.maker = maker
        self.vocabulary = words = maker.vocabulary
        self.names: dict[Dim, list[str]] = {
            dim: [name for name, its in words.names.items() if its == dim]
            for dim in words.dimensions
        }
        self.flags = list(FLAGS)
        self.not_negative = words.not_negative()

    def condition(self, depth: int) -> Expr:
        raise NotImplementedError

    def typical(self, dim: Dim) -> Fraction:
        """A number of a usual size."""
        maker, rng = self.maker, self.rng
        base, place = split_unit(dim)
        if base == UNIT_PRICE:
            tick = maker.scales[place].tick
            return tick * rng.randint(1, 2 * int(maker.prices[place] / tick))
        if base in (VOLUME, UNITS):
            return maker.volume(40, place) * (12 if base == UNITS else 1)
        sizes = {
            MONEY: "0 20 50 100 150.5 500 1000 2400",
            RATE: "0 5 10 25 49.99 100 120",
            MONTHS: "1 2 6 12 24 36",
            SEAT: "1 2.5 5 10",
            MEMBERS: "1 2 3 5 10",
            RATIO: "0 0.02 0.1 0.25 0.3 0.5 1 1.5",
        }
        return pick(rng, sizes[dim])

    def literal(self, dim: Dim, value: Fraction, *, bare: float = 0.3) -> Expr:
        """A literal worth `value`, bare with the given chance (never where that is zero)."""
        if value < 0:
            return ("neg", self.literal(dim, -value, bare=bare))
        if dim == RATIO:
            return ("pct", value) if often(self.rng, 0.6) else ("num", value, None)
        base, place = split_unit(dim)
        scale = self.maker.scales[place]
        if often(self.rng, bare):
            return ("num", value, None)
        words = unit_words(base, scale.currency, scale.unit)
        exact = [(unit, worth) for unit, worth in words if terminates(value / worth)]
        unit, worth = self.rng.choice(exact)
        return ("num", value / worth, unit)

    def factor(self) -> Expr:
        """A pure positive number."""
        value = pick(self.rng, "0.05 0.1 0.3 0.5 0.75 0.9 1 1.1 1.25 2 3")
        return self.literal(RATIO, value)

    def name(self, dim: Dim) -> Expr:
        """A name of a dimension; the baseline's and the profile's less often."""
        names = self.names[dim]
        if not names:
            return self.literal(dim, self.typical(dim), bare=0)
        own = [name for name in names if "." not in name]
        return ("name", self.rng.choice(own if own and often(self.rng, 0.75) else names))

    def addend(self, dim: Dim, depth: int) -> Expr:
        """A number or a literal, which may be bare as it is added, compared or listed."""
        if often(self.rng, 0.4):
            return self.literal(dim, self.typical(dim))
        return self.number(dim, depth)

    def number(self, dim: Dim, depth: int) -> Expr:
        """A number of a dimension, never a literal alone."""
        if depth <= 0 or (split_unit(dim)[0] != UNITS and often(self.rng, 0.4)):
            return self.name(dim)
        forms = (self.sum, self.sum, self.scaled, self.product, self.quotient, self.quotient)
        form = self.rng.choice((*forms, self.listed, self.absolute, self.branched))
        return form(dim, depth - 1)

    def sum(self, dim: Dim, depth: int) -> Expr:
        left, right = self.number(dim, depth), self.addend(dim, depth)
        if often(self.rng, 0.25):
            left, right = right, left
        return (self.rng.choice("+-"), left, right)

    def scaled(self, dim: Dim, depth: int) -> Expr:
        number = self.number(dim, depth)
        if often(self.rng, 0.15):
            return ("neg", number)
        if often(self.rng, 0.3):
            return ("/", number, self.factor())
        factor = self.number(RATIO, depth) if often(self.rng, 0.1) else self.factor()
        return ("*", factor, number) if often(self.rng, 0.6) else ("*", number, factor)

    def product(self, dim: Dim, depth: int) -> Expr:
        if dim not in self.vocabulary.products:
            return self.scaled(dim, depth)
        left, right = self.rng.choice(self.vocabulary.products[dim])
        return ("*", self.number(left, depth), self.number(right, depth))

    def quotient(self, dim: Dim, depth: int) -> Expr:
        if dim not in self.vocabulary.quotients:
            return self.scaled(dim, depth)
        above, below = self.rng.choice(self.vocabulary.quotients[dim])
        return ("/", self.number(above, depth), self.divisor(below, depth))

    def divisor(self, dim: Dim, depth: int) -> Expr:
        """A number that is provably not negative, often one that may be zero."""
        names = [("name", name) for name in self.names[dim] if name in self.not_negative]
        rng = self.rng
        first: Expr = (
            rng.choice(names) if names else self.literal(dim, self.typical(dim) + 1, bare=0)
        )
        form = rng.random() if names and depth > 0 else 1.0
        if form < 0.1:  # a literal of a size that is not zero
            return ("max", first, self.literal(dim, max(self.typical(dim), Fraction(1))))
        if form < 0.25:
            return ("+", first, rng.choice(names))
        if form < 0.35:
            return ("*", self.factor(), first)
        if form < 0.45 and dim in self.vocabulary.products:
            left, right = rng.choice(self.vocabulary.products[dim])
            return ("*", self.divisor(left, 0), self.divisor(right, 0))
        if form < 0.55 and dim in self.vocabulary.quotients:
            above, below = rng.choice(self.vocabulary.quotients[dim])
            return ("/", self.divisor(above, 0), self.divisor(below, 0))
        if form < 0.6:
            return ("if", self.condition(0), first, rng.choice(names))
        return first

    def listed(self, dim: Dim, depth: int) -> Expr:
        parts = [self.number(dim, depth), self.addend(dim, depth)]
        if often(self.rng, 0.3):
            parts.append(self.addend(dim, depth - 1))
        self.rng.shuffle(parts)
        return (self.rng.choice(("min", "max")), *parts)

    def absolute(self, dim: Dim, depth: int) -> Expr:
        return ("abs", self.number(dim, depth))

    def branched(self, dim: Dim, depth: int) -> Expr:
        branches = [self.number(dim, depth), self.addend(dim, depth)]
        self.rng.shuffle(branches)
        return ("if", self.condition(min(depth, 1)), *branches)
