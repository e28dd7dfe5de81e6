"""Random facts that a policy declares, what a request says of them, and conditions on them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from tests.oracle.case import PREFERENCE_FACT, PREFERENCES, Expr, Fact, Grid, Told
from tests.oracle.chance.books import Scale, often, pick
from tests.oracle.chance.vocabulary import MONEY, MONTHS, RATE, VOLUME, Dim, unit_words

CHOICES: Mapping[str, tuple[str, ...]] = {
    "deal_type": ("new", "renewal", "expansion"),
    "region": ("EMEA", "north-america", "Asia & Pacific", "ch/li"),
    "channel": ("direct", "partner"),
}
FLAG_FACTS = ("strategic", "first_contract")
# Names, and the words of their units, which are dimensions of their own.
COUNTED: Mapping[str, str] = {"payment_terms": "days", "support_tier": "stars", "sites": "places"}
MEASURED: Mapping[str, Dim] = {
    "trial_length": MONTHS,
    "budget": RATE,
    "spent_so_far": MONEY,
    "other_use": VOLUME,
}
PREFERENCE = Fact(PREFERENCES)


def facts(rng: Random, scale: Scale) -> dict[str, Fact]:
    """None as often as not, else a few of the three kinds."""
    if often(rng, 0.5):
        return {}
    names = rng.sample((*CHOICES, *FLAG_FACTS, *COUNTED, *MEASURED), rng.choice((1, 1, 2, 3, 4)))
    return {name: _declared(rng, name, scale) for name in names}


def _declared(rng: Random, name: str, scale: Scale) -> Fact:
    values: tuple[str, ...] | Grid | None = None
    unit = ""
    if name in CHOICES:
        values = tuple(rng.sample(CHOICES[name], rng.randint(1, len(CHOICES[name]))))
    elif name not in FLAG_FACTS:
        unit, values = COUNTED.get(name, ""), _numbers(rng, name, scale)
    if name in MEASURED:
        words = unit_words(MEASURED[name], scale.currency, scale.unit)
        unit = rng.choice([word for word, worth in words if worth == 1])
    fact = Fact(values, unit)
    return Fact(values, unit, rng.choice(fact.admitted())) if often(rng, 0.7) else fact


def _numbers(rng: Random, name: str, scale: Scale) -> Grid:
    step = pick(rng, "1 1 1 5 0.5 0.25")
    if name in MEASURED and MEASURED[name] == VOLUME:
        step = scale.volume
    low = step * rng.choice((0, 0, 0, 1, 3, -2))
    return Grid(low, low + step * rng.choice((0, 1, 2, 4, 10, 60)), step)


def told(rng: Random, declared: Mapping[str, Fact]) -> dict[str, Told]:
    """What a request says: all that has no default, of the others some."""
    names = [name for name, fact in declared.items() if fact.default is None or often(rng, 0.5)]
    rng.shuffle(names)
    return {name: rng.choice(declared[name].admitted()) for name in names}


class FactConditions:
    """Draws conditions on the facts of a policy, and on the request's preference."""

    def __init__(self, rng: Random, declared: Mapping[str, Fact]) -> None:
        self.rng = rng
        self.declared: Mapping[str, Fact] = {**declared, PREFERENCE_FACT: PREFERENCE}

    def condition(self) -> Expr:
        """A fact compared with texts or numbers, or taken as a condition."""
        rng = self.rng
        name = rng.choice(list(self.declared))
        fact = self.declared[name]
        if fact.values is None:
            return ("not", ("name", name)) if often(rng, 0.3) else ("name", name)
        if isinstance(fact.values, Grid):
            return self._of_number(("name", name), fact.values, fact.unit)
        if often(rng, 0.5):
            return (rng.choice(("==", "==", "!=")), ("name", name), self._text(fact.values))
        count = rng.randint(1, len(fact.values))
        texts = (("text", text) for text in rng.sample(fact.values, count))
        return (rng.choice(("in", "in", "not in")), ("name", name), *texts)

    def _text(self, values: tuple[str, ...]) -> Expr:
        return ("text", self.rng.choice(values))

    def _of_number(self, number: Expr, grid: Grid, unit: str) -> Expr:
        rng = self.rng
        low, high = sorted(self._limit(grid) for _ in range(2))
        form = rng.random()
        if form < 0.15:
            return ("between", number, self._literal(low, unit), self._literal(high, unit))
        if form < 0.3:
            choices = (self._literal(limit, unit) for limit in {low, high})
            return (rng.choice(("in", "not in")), number, *choices)
        relation = rng.choice(("<=", "<=", ">=", ">=", "<", ">", "==", "!="))
        if form < 0.4:
            number, high = ("*", ("num", Fraction(2), None), number), high * 2
        return (relation, number, self._literal(high, unit))

    def _limit(self, grid: Grid) -> Fraction:
        between = self.rng.choice((0, 0, 0, 0, 1)) * grid.step / 2
        return Fraction(self.rng.choice(grid.values())) + between

    def _literal(self, value: Fraction, unit: str) -> Expr:
        if value < 0:
            return ("neg", self._literal(-value, unit))
        return ("num", value, None if often(self.rng, 0.3) else unit)
