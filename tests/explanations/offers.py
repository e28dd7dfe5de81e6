"""Counteroffers by trying every configuration within the tunable bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

from tests.explanations.universe import Taken, rules_in_force, taken
from tests.oracle.answer import Answer
from tests.oracle.case import Case, Rule, Value
from tests.oracle.enumeration import Order, admissible, fails, rules_of
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.valuing.rates import is_allowance, is_override
from tests.oracle.valuing.usage import UNLIMITED

WANTED = 3
MOST = 5
TRIED = 24

Changed: TypeAlias = frozenset[str]


@dataclass(frozen=True)
class Proposal:
    """A configuration that would be accepted, or approved by some."""

    changed: Changed
    rank: tuple[Any, ...]  # by fields changed, distance, what levels are judged by, and the rest
    offer: Offer
    approvers: frozenset[str]
    order: Order

    def dominates(self, other: Proposal) -> bool:
        """Whether it asks for no more, and costs no more, and no other approver has to sign.

        Of an allowance less is more to ask for; overrides are not compared, but the same.
        """
        ours, theirs = self.offer.fields, other.offer.fields
        own, order = self.offer.own, self.order
        commitments = (name for name in own.term_fields if not is_allowance(name))
        return (
            all(ours[name] <= theirs[name] for name in commitments)
            and all(ours[name] >= theirs[name] for name in own.fields if is_allowance(name))
            and overridden(ours) == overridden(theirs)
            and order.price(ours) <= order.price(theirs)
            and self.approvers <= other.approvers
        )


def overridden(fields: Mapping[str, Value]) -> dict[str, Value]:
    """The overrides among some terms."""
    return {name: value for name, value in fields.items() if is_override(name)}


class Grid:
    """Every configuration of a case, by the set of fields that differ from what was asked.

    Counteroffers are within reason, none is dominated, and an asked price is kept (section 8).
    An override is kept as asked or given up (None), by its whole range.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.market = Market(case)
        self.rules: tuple[Rule, ...] = rules_in_force(case)
        own = case.configuration
        self.price = own.price
        self.baseline = own.canonical(case.profile.members)
        self.asked: Mapping[str, Value] = {**self.baseline, **case.request.inputs}
        self.names = tuple(n for n in own.asked_fields if n in self.asked and n != own.price)
        self.values: dict[str, tuple[Taken, ...]] = {
            name: self._offered(name) for name in (own.price, *self.names)
        }
        self.order = Order(case)
        self.waivable = [r for r in rules_of(case) if r.effect == "approval"]
        if case.request.asks_for_price:
            price = case.request.inputs[self.price]
            self.values[self.price] = tuple(v for v in self.values[self.price] if v == price)
        self.by_change: dict[Changed, list[tuple[Fraction, dict[str, Taken]]]] = defaultdict(list)
        for fields, changed, change in self._choices():
            self.by_change[changed].append((change, fields))

    def _choices(self) -> Iterator[tuple[dict[str, Taken], Changed, Fraction]]:
        """All that may be offered, the fields that differ from what was asked, and how far."""
        ways = [
            [(name, value, self._relative(name, value)) for value in self.values[name]]
            for name in self.names
        ]
        for chosen in product(*ways):
            moved = [(name, far) for name, value, far in chosen if value != self.asked[name]]
            changed = frozenset(name for name, _ in moved)
            far = sum((far for _, far in moved), Fraction(0))
            yield {name: value for name, value, _ in chosen}, changed, far

    def _offered(self, name: str) -> tuple[Taken, ...]:
        """What may be offered of a field."""
        tunable = admissible(name, self.case, self.baseline)
        if not is_override(name):
            return tunable
        return (*(value for value in tunable if value == self.asked[name]), None)

    def _relative(self, name: str, offered: Taken) -> Fraction:
        asked = self.asked[name]
        if offered == asked:
            return Fraction(0)
        if offered is None or isinstance(offered, bool) or UNLIMITED in (offered, asked):
            return Fraction(1)
        limited = [Fraction(v) for v in self.values[name] if v is not None and v != UNLIMITED]
        reach = max(limited) - min(limited)
        return abs(offered - asked) / reach if reach else Fraction(0)

    def offer(self, fields: Mapping[str, Taken], price: Taken) -> Offer:
        """A configuration with all else as in the baseline."""
        return Offer(taken({**self.baseline, **fields, self.price: price}), self.market)

    def within_reason(self, every: Mapping[str, Taken]) -> bool:
        """No more prepaid than the baseline bills in the term, nor a minimum above that bill."""
        fields = taken(every)
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
        return sorted(best.values(), key=lambda one: one.rank)

    def _proposals(
        self, changed: Changed, change: Fraction, fields: Mapping[str, Taken], *, dearer: bool
    ) -> Iterator[Proposal]:
        if not self.within_reason(fields):
            return
        for price in self.values[self.price]:
            offer = self.offer(fields, price)
            if offer.above_baseline_price != dearer:
                continue
            scope = Scope(offer)
            if not any(fails(rule, scope) for rule in self.rules):
                signers = (r.approvers for r in self.waivable if fails(r, scope))
                judged, ties = self.order.judged(offer.raw, offer.ltv)
                # The last of all ties are broken another way than those of the request's answer.
                ties = ties[: len(ties) - len(self.order.names)]
                last = tuple(_last(name, fields[name]) for name in self.names)
                rank = (len(changed), change, judged, ties, last)
                yield Proposal(changed, rank, offer, frozenset().union(*signers), self.order)

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


def _last(name: str, value: Taken) -> Fraction:
    """What is least where all else is equal; a rate as listed comes before a price in its place."""
    if value is None:
        return Fraction(-1)
    return Fraction(-value if is_allowance(name) else value)


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

    Dominated ones are dropped before either is counted, and no more than 24 are tried
    (docs/decisions.md, 82).
    """
    first: list[Proposal] = []
    for one in proposals:
        if not any(other.changed <= one.changed for other in first):
            first.append(one)
    first = first[:TRIED]
    rest = [one for one in proposals if one not in first]
    while rest and len(first) < TRIED and len(undominated(first)) < WANTED:
        first = sorted([*first, rest.pop(0)], key=lambda one: one.rank)
    return undominated(first)[:MOST]
