"""Counteroffers by trying every configuration within the tunable bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, product
from typing import TypeAlias

from tests.explanations.universe import rules_in_force
from tests.oracle.case import PRICE, TUNABLE_FIELDS, UNLIMITED, Case, Rule, Value
from tests.oracle.enumeration import admissible, fails
from tests.oracle.expressions import Scope
from tests.oracle.model import Market, Offer

WANTED = 3
MOST = 5

# Fields changed, how far in all, and the price (or the LTV, negative): the less, the better.
Rank: TypeAlias = tuple[int, Fraction, Fraction]
Changed: TypeAlias = frozenset[str]


@dataclass(frozen=True)
class Ranked:
    """A set of changed fields and the rank of the best configuration that changes just these."""

    changed: Changed
    rank: Rank


class Grid:
    """Every configuration of a case, by the set of fields that differ from what was asked."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.market = Market(case)
        self.rules: tuple[Rule, ...] = rules_in_force(case)
        self.baseline = case.configuration.canonical(case.profile.members)
        self.asked: Mapping[str, Value] = {**self.baseline, **case.request.inputs}
        self.values = {
            name: admissible(name, case, self.baseline) for name in (PRICE, *TUNABLE_FIELDS)
        }
        self.by_change: dict[Changed, list[tuple[Fraction, dict[str, Value]]]] = defaultdict(list)
        for chosen in product(*(self.values[name] for name in TUNABLE_FIELDS)):
            fields = dict(zip(TUNABLE_FIELDS, chosen, strict=True))
            self.by_change[self.changed(fields)].append((self.change(fields), fields))

    def changed(self, fields: Mapping[str, Value]) -> Changed:
        """The fields that differ from what was asked."""
        return frozenset(n for n in TUNABLE_FIELDS if fields[n] != self.asked[n])

    def change(self, fields: Mapping[str, Value]) -> Fraction:
        """How far the fields are from what was asked, each relative to its tunable range."""
        return sum((self._relative(name, fields[name]) for name in TUNABLE_FIELDS), Fraction(0))

    def _relative(self, name: str, offered: Value) -> Fraction:
        asked = self.asked[name]
        if offered == asked:
            return Fraction(0)
        if isinstance(offered, bool) or UNLIMITED in (offered, asked):
            return Fraction(1)
        limited = [Fraction(v) for v in self.values[name] if v != UNLIMITED]
        reach = max(limited) - min(limited)
        return abs(offered - asked) / reach if reach else Fraction(0)

    def rank(self, fields: Mapping[str, Value], price: Fraction, ltv: Fraction) -> Rank:
        """The place of a configuration among the counteroffers."""
        merit = -ltv if self.case.request.preference == "seller_ltv" else price
        return len(self.changed(fields)), self.change(fields), merit

    def offer(self, fields: Mapping[str, Value], price: Value) -> Offer:
        """A configuration with all else as in the baseline."""
        return Offer({**self.baseline, **fields, PRICE: price}, self.market)

    def best(self, changed: Changed, *, dearer: bool) -> Rank | None:
        """The rank of the best configuration that changes just these fields.

        Its usage price is at most the baseline's, or, when `dearer`, above that.
        """
        nearest = sorted(self.by_change[changed], key=lambda pair: pair[0])
        for _, equal in groupby(nearest, key=lambda pair: pair[0]):
            found = [rank for _, fields in equal for rank in self._feasible(fields, dearer=dearer)]
            if found:
                return min(found)
        return None

    def _feasible(self, fields: Mapping[str, Value], *, dearer: bool) -> list[Rank]:
        """The ranks of all usage prices at which every rule in force holds."""
        found = []
        for price in self.values[PRICE]:
            if (price > self.baseline[PRICE]) != dearer:
                continue
            offer = self.offer(fields, price)
            scope = Scope(offer)
            if not any(fails(rule, scope) for rule in self.rules):
                found.append(self.rank(fields, Fraction(price), offer.ltv))
        return found

    def ranking(self) -> tuple[list[Ranked], bool]:
        """The counteroffers expected, and whether they are dearer than the baseline."""
        for dearer in (False, True):
            sets = [(changed, self.best(changed, dearer=dearer)) for changed in self.by_change]
            feasible = [Ranked(changed, rank) for changed, rank in sets if rank is not None]
            if feasible:
                return _chosen(sorted(feasible, key=lambda one: one.rank)), dearer
        return [], False


def _chosen(feasible: list[Ranked]) -> list[Ranked]:
    """The first sets none of which contains another, and more only while there are too few."""
    first: list[Ranked] = []
    for one in feasible:
        if not any(other.changed <= one.changed for other in first):
            first.append(one)
    first = first[:MOST]
    rest = [one for one in feasible if one not in first]
    return sorted(first + rest[: max(0, WANTED - len(first))], key=lambda one: one.rank)
