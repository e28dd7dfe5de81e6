"""Counteroffers by trying every configuration within the tunable bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, product
from typing import Any, TypeAlias

from tests.explanations.universe import rules_in_force
from tests.oracle.answer import Answer
from tests.oracle.case import PRICE, TERM_FIELDS, UNLIMITED, Case, Rule, Value
from tests.oracle.enumeration import Order, admissible, fails, rules_of
from tests.oracle.expressions import Scope
from tests.oracle.model import Market, Offer

WANTED = 3
MOST = 5
# Of these more is a larger commitment; of the allowance less is.
COMMITMENTS = tuple(name for name in TERM_FIELDS if name != "included_units")

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
            name: admissible(name, case, self.baseline) for name in (PRICE, *TERM_FIELDS)
        }
        self.by_change: dict[Changed, list[tuple[Fraction, dict[str, Value]]]] = defaultdict(list)
        for chosen in product(*(self.values[name] for name in TERM_FIELDS)):
            fields = dict(zip(TERM_FIELDS, chosen, strict=True))
            self.by_change[self.changed(fields)].append((self.change(fields), fields))

    def changed(self, fields: Mapping[str, Value]) -> Changed:
        """The fields that differ from what was asked."""
        return frozenset(n for n in TERM_FIELDS if fields[n] != self.asked[n])

    def change(self, fields: Mapping[str, Value]) -> Fraction:
        """How far the fields are from what was asked, each relative to its tunable range."""
        return sum((self._relative(name, fields[name]) for name in TERM_FIELDS), Fraction(0))

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


@dataclass(frozen=True)
class Proposal:
    """A configuration that would be accepted, or approved by some."""

    changed: Changed
    rank: tuple[Any, ...]  # by fields changed, distance, what levels are judged by, and the rest
    offer: Offer
    approvers: frozenset[str]

    def dominates(self, other: Proposal) -> bool:
        """Whether it asks for no more, and costs no more, and no other approver has to sign."""
        ours, theirs = self.offer.fields, other.offer.fields
        return (
            all(ours[name] <= theirs[name] for name in COMMITMENTS)
            and ours["included_units"] >= theirs["included_units"]
            and ours[PRICE] <= theirs[PRICE]
            and self.approvers <= other.approvers
        )


class DeskGrid(Grid):
    """The counteroffers of section 8: within reason, none dominated, an asked price kept."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.order = Order(case)
        self.tied: set[Changed] = set()  # sets of which several configurations are best alike
        self.waivable = [r for r in rules_of(case) if r.effect == "approval"]
        if case.request.asks_for_price:
            price = case.request.inputs[PRICE]
            self.values[PRICE] = tuple(v for v in self.values[PRICE] if v == price)

    def within_reason(self, fields: Mapping[str, Value]) -> bool:
        """No more prepaid than the baseline bills in the term, nor a minimum above that bill."""
        bill = self.market.baseline.bill
        limits = {
            "prepaid_amount": fields["contract_duration_months"] * bill,
            "minimum_monthly_turnover": bill,
            "guaranteed_platform_fee": bill,
        }
        return all(
            fields[name] <= max(limit, self.asked[name], self.baseline[name])
            for name, limit in limits.items()
        )

    def proposals(self, *, dearer: bool) -> list[Proposal]:
        """The best of each set of fields that can be changed, in order."""
        best: dict[Changed, Proposal] = {}
        for changed, choices in self.by_change.items():
            for change, fields in sorted(choices, key=lambda pair: pair[0]):
                if changed in best and change > best[changed].rank[1]:
                    break
                for one in self._proposals(changed, change, fields, dearer=dearer):
                    before = best.get(changed)
                    if before is None or one.rank < before.rank:
                        best[changed] = one
                    if before is None or one.rank[:3] < before.rank[:3]:
                        self.tied.discard(changed)
                    elif one.rank[:3] == before.rank[:3]:
                        self.tied.add(changed)
        return sorted(best.values(), key=lambda one: one.rank)

    def _proposals(
        self, changed: Changed, change: Fraction, fields: Mapping[str, Value], *, dearer: bool
    ) -> Iterator[Proposal]:
        if not self.within_reason(fields):
            return
        for price in self.values[PRICE]:
            if (price > self.baseline[PRICE]) != dearer:
                continue
            offer = self.offer(fields, price)
            scope = Scope(offer)
            if not any(fails(rule, scope) for rule in self.rules):
                signers = (r.approvers for r in self.waivable if fails(r, scope))
                judged, ties = self.order.judged(offer.raw, offer.ltv)
                last = tuple(fields[name] for name in TERM_FIELDS)
                rank = (len(changed), change, judged, ties, last)
                yield Proposal(changed, rank, offer, frozenset().union(*signers))

    def expected(self, answer: Answer) -> tuple[list[Proposal], bool]:
        """The counteroffers, and whether they are dearer than the baseline."""
        if answer.against_list is None:
            cases: tuple[bool, ...] = (False, True)
        else:  # only to an answer above the baseline's price, and to none that was asked
            above = answer.against_list.above_baseline_price
            cases = (False,) if above and not self.case.request.asks_for_price else ()
        for dearer in cases:
            every = self.proposals(dearer=dearer)
            if every:
                return _few(every), dearer
        return [], False


def undominated(proposals: list[Proposal]) -> list[Proposal]:
    """Those that no other dominates; of two alike in all that counts, the first."""
    kept = []
    for place, one in enumerate(proposals):
        others = enumerate(proposals)
        beaten = (
            other.dominates(one) and not (place < at and one.dominates(other))
            for at, other in others
            if at != place
        )
        if not any(beaten):
            kept.append(one)
    return kept


def _few(proposals: list[Proposal]) -> list[Proposal]:
    """Those that change no more than another does, and others only while there are too few.

    Dominated ones are dropped before either is counted (docs/decisions.md).
    """
    first: list[Proposal] = []
    for one in proposals:
        if not any(other.changed <= one.changed for other in first):
            first.append(one)
    rest = [one for one in proposals if one not in first]
    while rest and len(undominated(first)) < WANTED:
        first = sorted([*first, rest.pop(0)], key=lambda one: one.rank)
    return undominated(first)[:MOST]
