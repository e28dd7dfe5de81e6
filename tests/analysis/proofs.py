"""One random policy both ways: analysed by proofs, and every deal tried."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

from constraints.text.source import InputError
from cp_pricing.fields import LIFETIME_VALUE
from cp_pricing.proofs.analysis import analyse_space
from cp_pricing.proofs.analysis_results import Choices, End, Finding, Range, SpaceAnalysis
from cp_pricing.results import Witness
from tests import oracle
from tests.analysis.cases import Books, Point, World, small_case
from tests.oracle.case import CONFIDENCE, Rule, Told
from tests.oracle.chance.scoping import names_of
from tests.support.analyses import dead_in
from tests.support.drawn import book_of
from tests.support.search import Tally

NOT_DRAWN = "draws that are no policy"
# A rule that needs more than CP-SAT can be told leaves a policy undecided, which is said.
TOO_LARGE = ("64-bit", "too many steps")
BUDGET = 240.0  # seconds: the small cases are to be decided, all of them


def analysed(seed: int, *, books: Books = "plain") -> Tally:
    """The tally of one random case, of a kind of price books."""
    case = small_case(seed, books=books)
    try:
        book = book_of(oracle.render(case))
    except InputError:
        return Tally(0, Counter({NOT_DRAWN: 1}))
    analysis = analyse_space(book, case.request.configuration, case.request.profile, budget=BUDGET)
    if not analysis.levels and all(_too_large(reason) for reason in analysis.undecided):
        return Tally(1, Counter({"more than 64 bits, or too many steps": 1}))
    world = World(case)
    found = [f"seed {seed}: {d}" for d in Trial(world, analysis).differences()]
    kinds: Counter[str] = Counter(finding.kind for finding in analysis.findings)
    kinds["with facts"] += bool(world.free)
    kinds["with several signatures"] += any(len(set(r.approvers)) > 1 for r in world.rules)
    kinds += Counter(f"level {report.status}" for report in analysis.levels)
    kinds += Counter(f"rule {rule.verdict}" for rule in analysis.rules)
    kinds += Counter(f"end {e.status}" for r in analysis.ranges for e in (r.least, r.greatest))
    return Tally(1, kinds, found)


def _too_large(reason: str) -> bool:
    return any(words in reason for words in TOO_LARGE)


class Trial:
    """An analysis, held against all deals."""

    def __init__(self, world: World, analysis: SpaceAnalysis) -> None:
        self.world = world
        self.analysis = analysis

    def differences(self) -> Iterator[str]:
        """Everything in which the analysis is wrong, or says less than it should."""
        if self.analysis.undecided:
            yield f"undecided: {self.analysis.undecided}"
        yield from self._levels()
        yield from self._rules()
        yield from self._findings()
        yield from self._contradictions()
        for found in self.analysis.ranges:
            yield from self._range(found)
        for choice in self.analysis.choices:
            yield from self._choice(choice)
        yield from self._fields()

    def _shown(self, deal: Witness) -> Point | None:
        """The deal among all deals, unless something of it is wrong."""
        shown = self.world.terms_of(deal), self.world.said(deal.facts)
        point = self.world.by_shown.get(shown)
        if point is None or (point.ltv, point.failed) != (deal.ltv, frozenset(deal.broken)):
            return None
        return point

    def _levels(self) -> Iterator[str]:
        for level in range(self.world.levels):
            report = self.analysis.levels[level]
            expected = "open" if self.world.passing(level) else "empty"
            if report.status != expected:
                yield f"level {level} is {report.status} instead of {expected}"
            if report.witness is not None:
                point = self._shown(report.witness)
                if point is None or point.failed & self.world.force(level):
                    yield f"level {level}: a wrong witness"

    def _rules(self) -> Iterator[str]:
        reports = {report.rule: report for report in self.analysis.rules}
        for rule in self.world.rules:
            others = self.world.force(self.world.top(rule)) - {rule.id}
            kept = [point for point in self.world.points if not point.failed & others]
            refused = [point for point in kept if rule.id in point.failed]
            expected = "decides" if refused else "dead" if kept else "no_other_deals"
            signed = list(self._signed(rule)) if expected == "dead" else []
            if signed:
                refused, expected = [point for point, _ in signed], "signs"
                yield from self._asked(rule, set[str]().union(*(who for _, who in signed)))
            report = reports[rule.id]
            if report.verdict != expected:
                yield f"{rule.id} is {report.verdict} instead of {expected}"
            if report.witness is not None and self._shown(report.witness) not in refused:
                yield f"{rule.id}: a wrong witness"

    def _asked(self, rule: Rule, expected: set[str]) -> Iterator[str]:
        """That a finding says who has to sign because of a rule and of no other."""
        told = [f.text for f in self.analysis.findings if f.kind == "adds_signature"]
        own = [text.partition(", but asks ")[2] for text in told if text.startswith(f"`{rule.id}`")]
        if [set(re.findall("`(.*?)`", text)) for text in own] != [expected]:
            yield f"{rule.id} asks {expected}, and {told} is said"

    def _signed(self, rule: Rule) -> Iterator[tuple[Point, set[str]]]:
        """The deals that somebody has to sign because of a rule and of no other, and who."""
        by = {other.id: set(other.approvers) for other in self.world.rules}
        never = self.world.force(self.world.levels - 1)
        for point in self.world.points:
            if rule.id in point.failed and not point.failed & never:
                others = set[str]().union(*(by[name] for name in point.failed - {rule.id}))
                if more := by[rule.id] - others:
                    yield point, more

    def _findings(self) -> Iterator[str]:
        """All findings but contradictions: those that are right, and those that are missing."""
        expected = set(self._expected())
        found = {
            (finding.kind, finding.rules[:1] or (finding.field,))
            for finding in self.analysis.findings
            if finding.kind not in {"contradiction", "no_deals"}
        }
        if found != expected:
            yield f"findings: {found - expected} are wrong, {expected - found} are missing"
        for finding in self.analysis.findings:
            yield from self._proof(finding)

    def _expected(self) -> Iterator[tuple[str, tuple[str | None, ...]]]:
        points = self.world.points
        dead = dead_in(self.analysis)
        for rule in self.world.rules:
            one = (rule.id,)
            if all(rule.id in point.failed for point in points):
                yield "never_met", one
            applies = any(rule.id in point.applies for point in points)
            if not applies:
                yield "never_applies", one
            if any(r.verdict == "signs" and r.rule == rule.id for r in self.analysis.rules):
                yield "adds_signature", one
            if rule.id in dead:
                size = self._core_size(rule.id, self.world.top(rule))
                if size or applies:
                    yield ("always_met", "shadowed", "implied")[min(2, size)], one
        for name in self._without_effect():
            yield "field_without_effect", (name,)

    def _core_size(self, rule: str, level: int) -> int:
        """The fewest other rules of which one is broken wherever this one is.

        Without rules on confidence, if that is possible.
        """
        others = sorted(self.world.force(level) - {rule})
        define = self.world.case.policy.define
        drawn = {each.id for each in self.world.rules if CONFIDENCE in names_of(each, define)}
        broken = [point.failed for point in self.world.points if rule in point.failed]
        for members in ([name for name in others if name not in drawn], others):
            for size in range(len(members) + 1):
                for chosen in combinations(members, size):
                    if all(failed & set(chosen) for failed in broken):
                        return size
        raise AssertionError(rule)

    def _proof(self, finding: Finding) -> Iterator[str]:
        """That the core of a finding is one, and that no member can be left out."""
        members, denied = set(finding.proof.members), finding.proof.denied
        if finding.kind == "field_without_effect":
            return
        wanted = [point for point in self.world.points if self._does(point, denied)]
        if any(not point.failed & members for point in wanted):
            yield f"{finding.kind} {finding.rules}: the core can be met"
        if set(finding.proof.without) != (members if finding.kind != "never_met" else set()):
            yield f"{finding.kind} {finding.rules}: witnesses are missing"
        for name, deal in finding.proof.without.items():
            point = self._shown(deal)
            if point not in wanted or point.failed & (members - {name}):
                yield f"{finding.kind} {finding.rules}: a wrong witness without {name}"

    def _does(self, point: Point, denied: str) -> bool:
        kind, _, rule = denied.partition(":")
        if kind == "breaks":
            return rule in point.failed
        return rule in point.applies if kind == "applies" else True

    def _contradictions(self) -> Iterator[str]:
        """All minimal groups of rules in force at self-serve that no deal meets."""
        names = sorted(self.world.force(0))
        minimal: list[frozenset[str]] = []
        for size in range(1, len(names) + 1):
            for chosen in map(frozenset, combinations(names, size)):
                if any(known <= chosen for known in minimal):
                    continue
                if all(point.failed & chosen for point in self.world.points):
                    minimal.append(chosen)
        expected = {group for group in minimal if len(group) > 1}
        told = [f for f in self.analysis.findings if f.kind == "contradiction"]
        found = {frozenset(finding.rules) for finding in told}
        if found != expected:
            yield f"contradictions: {found} instead of {expected}"
        tops = {rule.id: self.world.top(rule) for rule in self.world.rules}
        for finding in told:
            if finding.level != min(tops[name] for name in finding.rules):
                yield f"{finding.rules}: a wrong level"
        empty = {level for level in range(self.world.levels) if not self.world.passing(level)}
        if {f.level for f in self.analysis.findings if f.kind == "no_deals"} != empty:
            yield "empty levels are not told"

    def _range(self, found: Range) -> Iterator[str]:
        points = self.world.passing(found.level)
        values = [p.ltv if found.name == LIFETIME_VALUE else p.value(found.name) for p in points]
        if not values:
            yield f"a range of {found.name} where nothing passes"
            return
        yield from self._end(found, found.least, min(values), 1)
        yield from self._end(found, found.greatest, max(values), -1)

    def _end(self, found: Range, end: End, truth: object, sign: int) -> Iterator[str]:
        where = f"{found.name} at level {found.level}"
        if end.value is None or end.bound is None or end.witness is None:
            yield f"{where} has no end"
            return
        if end.status == "exact" and (end.value, end.bound) != (truth, truth):
            yield f"{where}: {end.value} instead of {truth}"
        if not end.bound * sign <= truth * sign <= end.value * sign:  # type: ignore[operator]
            yield f"{where}: {truth} is not between {end.bound} and {end.value}"
        point = self._shown(end.witness)
        if point is None or point.failed & self.world.force(found.level):
            yield f"{where}: a wrong witness"
        elif end.value not in {
            point.ltv,
            point.value(found.name) if found.name in point.named else 0,
        }:
            yield f"{where}: the witness has another value"

    def _choice(self, choice: Choices) -> Iterator[str]:
        points = self.world.passing(choice.level)
        values = {bool(point.value(choice.name)) for point in points}
        words = {"yes": True, "no": False}
        if {words[word] for word in choice.possible} != values or choice.unknown:
            yield f"{choice.name} can be {set(choice.possible)} instead of {values}"

    def _without_effect(self) -> Iterator[str]:
        """The open fields that change neither what is admitted at any level nor an LTV."""
        if not any(self.world.passing(level) for level in range(self.world.levels)):
            return
        by_deal = {point.deal: point for point in self.world.points}
        for place, name in enumerate(self._names):
            values = {point.deal[place] for point in self.world.points}
            if len(values) == 1 or name not in self._opened():
                continue
            if not any(self._apart(p, by_deal, place, values) for p in self.world.points):
                yield name

    @property
    def _names(self) -> tuple[str, ...]:
        return (*self.world.names, *self.world.free)

    def _opened(self) -> set[str]:
        return {verdict.field for verdict in self.analysis.fields}

    def _apart(
        self,
        point: Point,
        by_deal: Mapping[tuple[Told | None, ...], Point],
        place: int,
        values: set[Told | None],
    ) -> bool:
        for value in values:
            other = by_deal[*point.deal[:place], value, *point.deal[place + 1 :]]
            for level in range(self.world.levels):
                force = self.world.force(level)
                passes = [not force & p.failed for p in (point, other)]
                if passes[0] != passes[1] or (all(passes) and point.ltv != other.ltv):
                    return True
        return False

    def _fields(self) -> Iterator[str]:
        """That each field with more than one value has a verdict, with a pair if it matters."""
        empty = not any(self.world.passing(level) for level in range(self.world.levels))
        several = {
            name
            for place, name in enumerate(self._names)
            if len({point.deal[place] for point in self.world.points}) > 1
        }
        if not empty and not several <= self._opened():
            yield f"fields without a verdict: {several - self._opened()}"
        for verdict in self.analysis.fields:
            if verdict.matters is None:
                yield f"{verdict.field} is not decided"
            if verdict.pair is not None and None in map(self._shown, verdict.pair):
                yield f"{verdict.field}: a wrong pair"
