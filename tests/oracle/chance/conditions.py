"""Random conditions whose limits lie where the offers of a case really are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random

from tests.oracle.case import DISCOUNT, Expr, Fact, Grid
from tests.oracle.chance.books import BookMaker, often, pick
from tests.oracle.chance.facts import MEASURED, FactConditions
from tests.oracle.chance.numbers import NumberMaker, rounded
from tests.oracle.chance.vocabulary import (
    MONEY,
    MONTHS,
    RATE,
    RATIO,
    UNIT_PRICE,
    UNITS,
    VOLUME,
    Dim,
    split_unit,
)
from tests.oracle.valuing.expressions import Scope

MIRRORED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}


class ConditionMaker(NumberMaker):
    """Draws conditions; `samples` are offers of the case, at which limits are aimed."""

    def __init__(self, rng: Random, maker: BookMaker, samples: Sequence[Scope]) -> None:
        super().__init__(rng, maker)
        self.samples = samples
        self.limits: list[tuple[Dim, Expr]] = []  # literals that may become parameters
        self.about_facts: FactConditions | None = None

    def learn(self, declared: Mapping[str, Fact]) -> None:
        """Use the facts of a policy, and the request's preference, in conditions and numbers."""
        if declared or often(self.rng, 0.2):
            self.about_facts = FactConditions(self.rng, declared)
        self.flags += [name for name, fact in declared.items() if fact.values is None]
        for name in MEASURED.keys() & declared.keys():
            self.names[MEASURED[name]] += [name] * 2
            grid = declared[name].values
            if isinstance(grid, Grid) and grid.minimum >= 0:
                self.not_negative.add(name)

    def share(self, condition: Expr) -> float:
        """The share of the sampled offers at which a condition holds."""
        return sum(scope.truth(condition) for scope in self.samples) / len(self.samples)

    def condition(self, depth: int) -> Expr:
        """A condition of any kind."""
        if self.about_facts and often(self.rng, 0.12):
            return self.about_facts.condition()
        rng, form = self.rng, self.rng.random()
        if depth <= 0 or form < 0.55:
            return self.flag() if form > 0.9 else self.comparison(depth)
        if form < 0.62:
            return self.between(depth - 1)
        if form < 0.68:
            return self.membership()
        if form < 0.73:
            return ("not", self.condition(depth - 1))
        if form < 0.77:
            branches = self.condition(0), self.condition(depth - 1), self.condition(0)
            return ("if", *branches)
        if form < 0.81:
            return (rng.choice(("==", "!=")), self.flag(), self.flag_like(depth - 1))
        kind = rng.choice(("and", "or", "implies", "implies"))
        first = self.flag() if often(rng, 0.3) else self.condition(depth - 1)
        return (kind, first, self.condition(depth - 1))

    def flag(self) -> Expr:
        """A name that is a condition."""
        flag = self.rng.choice(self.flags)
        of_baseline = flag in self.flags[:2] and often(self.rng, 0.2)
        return ("name", f"baseline.{flag}" if of_baseline else flag)

    def flag_like(self, depth: int) -> Expr:
        """What a flag is compared with."""
        if often(self.rng, 0.4):
            return ("bool", often(self.rng, 0.5))
        return self.flag() if often(self.rng, 0.5) else self.comparison(depth)

    def comparison(self, depth: int) -> Expr:
        """A comparison of numbers."""
        rng = self.rng
        dim = rng.choice(self.vocabulary.compared)
        left = self.compared(dim, depth)
        relation = rng.choice((*(">=",) * 6, *("<=",) * 6, ">", "<", ">", "<", "==", "!="))
        if often(rng, 0.25):
            left, right = self.related(dim, left)
        else:
            right = self.limit(dim, self.aim(dim, left))
        if often(rng, 0.12):
            return (MIRRORED[relation], right, left)
        return (relation, left, right)

    def compared(self, dim: Dim, depth: int) -> Expr:
        """One side of a comparison; no name alone has units that are not of a month."""
        return self.number(dim, max(depth, 1) if split_unit(dim)[0] == UNITS else depth)

    def floor(self) -> Expr:
        """A plain rule as policies have them, which asks for a price that is high enough."""
        name, dim = self.rng.choice(self.vocabulary.kept)
        number = ("name", name)
        relation = "<=" if name in {"usage_price_discount", DISCOUNT} else ">="
        return (relation, number, self.limit(dim, self.aim(dim, number)))

    def moved(self, names: Sequence[str]) -> Expr:
        """That one of these fields is off the baseline: any of them will do."""
        differ: list[Expr] = [("!=", ("name", n), ("name", f"baseline.{n}")) for n in names]
        return differ[0] if len(differ) == 1 else ("or", *differ)

    def shared(self) -> Expr:
        """A comparison of sums of ratios over denominators that they share, zero if possible."""
        rng = self.rng
        names = [name for dim in (RATE, MONEY) for name in self.names[dim]]
        names = [name for name in names if name in self.not_negative]
        zero = [name for name in names if any(s.side(("name", name)) == 0 for s in self.samples)]
        below = ("name", rng.choice(zero if zero and often(rng, 0.8) else names))
        dim = RATE if below[1] in self.names[RATE] else MONEY
        number: list[Expr] = [("/", self.number(dim, 0), below) for _ in range(3)]
        if often(rng, 0.3):  # a higher power under one term
            number[1] = ("/", ("*", self.number(dim, 0), self.number(dim, 0)), ("*", below, below))
        left = (rng.choice("+-"), number[0], number[1]) if often(rng, 0.6) else number[0]
        right = self.limit(RATIO, self.aim(RATIO, left)) if often(rng, 0.3) else number[2]
        return (rng.choice((">=", "<=", ">", "<", "==")), left, right)

    def values(self, number: Expr) -> list[Fraction]:
        """The values of a number at the sampled offers, those without a value left out."""
        sides = (scope.side(number) for scope in self.samples)
        return sorted(value for value in sides if value is not None)

    def aim(self, dim: Dim, number: Expr) -> Fraction:
        """A limit that some offers meet and others miss, exactly the value of one at times."""
        values, rng = self.values(number), self.rng
        if not values:
            return self.typical(dim)
        value = rng.choice((*values, values[0], values[-1]))
        if often(rng, 0.35) and rounded(value, 12) == value:
            return value
        return rounded(value, rng.choice((1, 2, 2, 3, 4)))

    def limit(self, dim: Dim, value: Fraction) -> Expr:
        """A literal as the limit of a comparison: rarely an expression of bare numbers."""
        rng = self.rng
        if value > 0 and often(rng, 0.04) and dim != RATIO:
            return (rng.choice("*+"), ("num", value, None), ("num", Fraction(1), None))
        found = self.literal(dim, value)
        if often(rng, 0.3):
            self.limits.append((dim, found))
        return found

    def related(self, dim: Dim, left: Expr) -> tuple[Expr, Expr]:
        """A number against a multiple of another one."""
        right = self.number(dim, 0)
        if right == left:
            return left, self.limit(dim, self.aim(dim, left))
        ratios = [
            rounded(above / below, 2)
            for above, below in zip(self._all(left), self._all(right), strict=True)
            if above is not None and below
        ]
        if not ratios or often(self.rng, 0.2):
            return left, right
        times = self.rng.choice(ratios)
        if times <= 0 or times > 10**6:
            return left, ("*", self.factor(), right)
        return left, ("*", self.literal(RATIO, times), right)

    def _all(self, number: Expr) -> list[Fraction | None]:
        return [scope.side(number) for scope in self.samples]

    def between(self, depth: int) -> Expr:
        dim = self.rng.choice(self.vocabulary.compared)
        number = self.compared(dim, depth)
        ends = sorted((self.aim(dim, number), self.aim(dim, number)))
        low, high = (self.limit(dim, end) for end in ends)
        return ("between", number, low, high)

    def membership(self) -> Expr:
        """`x in [...]` of a field's real values and others."""
        rng = self.rng
        dim = rng.choice(self.vocabulary.listed)
        number = self.number(dim, 0)
        count = rng.randint(1, 4)
        values = {self.aim(dim, number) if often(rng, 0.7) else self.typical(dim)
                  for _ in range(count)}  # fmt: skip
        return ("in", number, *(self.literal(dim, value) for value in sorted(values)))

    def definition(self, depth: int) -> tuple[Dim | None, Expr, bool]:
        """A named expression: its dimension (None for a condition), and if it is never negative."""
        if self.about_facts and often(self.rng, 0.3):
            kind, other = self.rng.choice(("and", "or")), self.condition(0)
            return None, (kind, self.about_facts.condition(), other), False
        if often(self.rng, 0.12):
            return None, self.condition(max(depth, 1)), False
        dim = self.rng.choice(self.vocabulary.compared[:-3])
        if often(self.rng, 0.35):
            return dim, self.divisor(dim, depth), True
        return dim, self.number(dim, depth), False

    def parameter(self) -> tuple[Dim, Expr]:
        """A literal of a usual size with its dimension."""
        dim = self.rng.choice((RATIO, RATIO, MONEY, RATE, UNIT_PRICE, VOLUME, MONTHS))
        value = self.typical(dim) or pick(self.rng, "0.1 1 2")
        return dim, self.literal(dim, value, bare=0)
