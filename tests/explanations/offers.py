"""Counteroffers by trying every configuration within the tunable bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

from tests.explanations.universe import rules_in_force
from tests.oracle.answer import Answer
from tests.oracle.case import PRICE, TERM_FIELDS, Case, Rule, Value
from tests.oracle.enumeration import Order, admissible, fails, rules_of
from tests.oracle.expressions import Scope
from tests.oracle.model import Market, Offer
from tests.oracle.usage import UNLIMITED

WANTED = 3
MOST = 5
# Of these more is a larger commitment; of the allowance less is.
COMMITMENTS = tuple(name for name in TERM_FIELDS if name != "included_units")

Changed: TypeAlias = frozenset[str]


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


class Grid:
    """Every configuration of a case, by the set of fields that differ from what was asked.

    Counteroffers are within reason, none is dominated, and an asked price is kept (section 8).
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.market = Market(case)
        self.rules: tuple[Rule, ...] = rules_in_force(case)
        self.baseline = case.configuration.canonical(case.profile.members)
        self.asked: Mapping[str, Value] = {**self.baseline, **case.request.inputs}
        self.values = {
            name: admissible(name, case, self.baseline) for name in (PRICE, *TERM_FIELDS)
        }
        self.order = Order(case)
        self.tied: set[Changed] = set()  # sets of which several configurations are best alike
        self.waivable = [r for r in rules_of(case) if r.effect == "approval"]
        if case.request.asks_for_price:
            price = case.request.inputs[PRICE]
            self.values[PRICE] = tuple(v for v in self.values[PRICE] if v == price)
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

    def offer(self, fields: Mapping[str, Value], price: Value) -> Offer:
        """A configuration with all else as in the baseline."""
        return Offer({**self.baseline, **fields, PRICE: price}, self.market)

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
