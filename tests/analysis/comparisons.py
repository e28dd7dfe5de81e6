"""Two random policies both ways: compared by proofs, and every deal tried under both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from constraints.text.source import InputError
from cp_pricing.book.price_book import PriceBook
from cp_pricing.proofs.comparison import compare_pair
from cp_pricing.proofs.comparison_results import Difference, LevelComparison, PairComparison
from cp_pricing.results import Witness
from tests import oracle
from tests.analysis.cases import Books, Facts, World, baseline_of, facts_of, two_cases, values_of
from tests.analysis.proofs import NOT_DRAWN
from tests.explanations.cases import FEES
from tests.explanations.universe import Taken
from tests.oracle.case import Case
from tests.support.drawn import book_of
from tests.support.search import Tally

BUDGET = 240.0
Key: TypeAlias = tuple[tuple[Taken, ...], Facts]  # terms and facts


def compared(seed: int, *, books: Books = "plain") -> Tally:
    """The tally of one random pair of policies, about a kind of price books."""
    cases = two_cases(seed, books=books)
    try:
        old, new = (_book(case) for case in cases)
    except InputError:
        return Tally(0, Counter({NOT_DRAWN: 1}))
    request = cases[0].request
    found = compare_pair(old, new, request.configuration, request.profile, budget=BUDGET)
    free = {**facts_of(cases[0]), **facts_of(cases[1])}
    trial = Trial(World(cases[0], free), World(cases[1], free), found)
    differences = [f"seed {seed}: {difference}" for difference in trial.differences()]
    kinds: Counter[str] = Counter(level.relation for level in found.levels)
    kinds["with facts"] += bool(free)
    return Tally(1, kinds, differences)


def _book(case: Case) -> PriceBook:
    return book_of(oracle.render(case))


class Trial:
    """A comparison, held against all deals of both."""

    def __init__(self, old: World, new: World, found: PairComparison) -> None:
        self.old, self.new, self.found = old, new, found

    def differences(self) -> Iterator[str]:
        """Everything in which the comparison is wrong, or says less than it should."""
        known = self.new.case.policy.approvers
        expected = [None, *(n for n in self.old.case.policy.approvers if n in known)]
        if [level.approver for level in self.found.levels] != expected:
            yield f"levels {[level.approver for level in self.found.levels]}"
        for level in self.found.levels:
            yield from self._level(level)

    def _level(self, level: LevelComparison) -> Iterator[str]:
        passing = [_passing(world, level.approver) for world in (self.old, self.new)]
        lost, won = passing[0] - passing[1], passing[1] - passing[0]
        names = {
            (False, False): "equivalent",
            (True, False): "stricter",
            (False, True): "looser",
            (True, True): "incomparable",
        }
        expected = "unknown" if self._unlike() else names[bool(lost), bool(won)]
        if level.relation != expected:
            yield f"{level.approver}: {level.relation} instead of {expected} ({level.note})"
        for difference, deals, other in (
            (level.no_longer, lost, self.new),
            (level.newly, won, self.old),
        ):
            if difference is not None:
                yield from self._witness(difference, deals, other, level.approver)

    def _unlike(self) -> bool:
        """Whether a fact that counts is declared differently: decision 88."""
        declared = [world.case.policy.facts for world in (self.old, self.new)]
        shared = declared[0].keys() & declared[1].keys() & self.old.free.keys()
        return any(declared[0][name].values != declared[1][name].values for name in shared)

    def _witness(
        self,
        difference: Difference,
        deals: frozenset[Key],
        other: World,
        approver: str | None,
    ) -> Iterator[str]:
        shown = ((difference.old, self.old), (difference.new, self.new))
        key, twin = (_key(deal, world) for deal, world in shown)
        if key not in deals or twin != (_terms(difference.old, self.new), key[1]):
            yield f"{approver}: a wrong witness {key}"
            return
        for deal, world in shown:
            point = world.point(_terms(deal, world), key[1])
            if (point.ltv, point.failed) != (deal.ltv, frozenset(deal.broken)):
                yield f"{approver}: the witness reads otherwise"
        point = other.point(_terms(difference.old, other), key[1])
        values = values_of(other.case)
        moved = (name for name in other.names if name not in FEES)
        outside = {f"tunable:{n}" for n in moved if point.value(n) not in values[n]}
        broken = point.failed & other.force(_level_of(other, approver))
        if set(difference.refused_by) != outside | broken:
            yield f"{approver}: refused by {difference.refused_by}, not {outside | broken}"


def _level_of(world: World, approver: str | None) -> int:
    return 0 if approver is None else world.case.policy.approvers.index(approver) + 1


def _passing(world: World, approver: str | None) -> frozenset[Key]:
    """The terms and facts of every deal that passes."""
    points = world.passing(_level_of(world, approver))
    return frozenset((point.terms, point.facts) for point in points)


def _key(deal: Witness, world: World) -> Key:
    said = world.said(deal.facts)
    return _terms(deal, world), () if said is None else said


def _terms(deal: Witness, world: World) -> tuple[Taken, ...]:
    """A deal's fields in a world: those that no deal can tune are the world's own."""
    own, shown = baseline_of(world.case), world.terms_of(deal)
    terms = zip(world.names, shown, strict=True)
    return tuple(own[name] if name in FEES else value for name, value in terms)
