"""Running policy tests: what was expected, what came out, and which rules were seen at work."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing.authoring.policy_tests import Limits, PolicyTest, Rules
from cp_pricing.model.pricing import pricing_of
from cp_pricing.tuning import solve
from cp_pricing.words import numbers as f

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.catalog.plans import PlanDenomination
    from cp_pricing.results import RuleStatus, TuningResult

NONE = "none"


@dataclass(frozen=True)
class Check:
    """One thing that was expected, what came out, and how they differ if they do."""

    what: str
    expected: str
    got: str
    passed: bool
    difference: str = ""


@dataclass(frozen=True)
class PolicyTestOutcome:
    """A test that has been run; `seconds` is how long it took."""

    test: PolicyTest
    result: TuningResult
    checks: tuple[Check, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return all(check.passed for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that something else came out of."""
        return tuple(check for check in self.checks if not check.passed)


def run(book: PriceBook, test: PolicyTest, *, time_limit: float = 30.0) -> PolicyTestOutcome:
    """One test, solved and compared with what it expects."""
    started = time.perf_counter()
    result = solve(test.changed(book), test.request, detail="full", time_limit=time_limit)
    checks = tuple(compared(test, result, book.denomination(test.request.configuration)))
    return PolicyTestOutcome(test, result, checks, time.perf_counter() - started)


def compared(
    test: PolicyTest, result: TuningResult, denomination: PlanDenomination
) -> Iterator[Check]:
    """What a test expects, each against what came out."""
    expect = test.expect
    if result.decision == "unknown":
        wanted = expect.decision or "a decision"
        yield Check("decision", wanted, "unknown", passed=False, difference=result.reason)
        return
    if expect.decision is not None:
        same = expect.decision == result.decision
        yield Check("decision", expect.decision, result.decision, same)
    if expect.price is not None:
        yield from _price_checks(expect.price, result, denomination)
    if expect.discount is not None:
        yield from _price_checks(_levels(expect.discount), result, denomination)
    if expect.reference is not None:
        got = result.ltv.reference_configuration
        yield Check("reference", expect.reference, got, got == expect.reference)
    for kind, rules in (("binding", expect.binding), ("violated", expect.violated)):
        if rules is not None:
            unsettled = _undecided(result) if kind == "binding" else ()
            yield _rules_check(kind, rules, _seen(result, kind), unsettled)
    if expect.approvals is not None:
        yield _approvals_check(expect.approvals, result)
    if expect.conflict is not None:
        yield _conflict_check(expect.conflict, result)


def _levels(discount: Limits) -> Limits:
    """The price levels of a rate card within the limits of a discount."""
    ends = (discount.exactly, discount.at_least, discount.at_most)
    exactly, most, least = (None if end is None else 1 - end for end in ends)
    return Limits(exactly=exactly, at_most=most, at_least=least)


def _price_checks(
    price: Limits, result: TuningResult, denomination: PlanDenomination
) -> Iterator[Check]:
    terms = result.configuration
    got = terms.price if terms else None
    shown = NONE if got is None else f.quote(got, denomination)
    # The greatest discount is at the least price level.
    most, least = ("at least ", "at most ") if denomination.is_card else ("at most ", "at least ")
    for words, limit, fits in (
        ("", price.exactly, got is not None and got == price.exactly),
        (most, price.at_most, got is not None and got <= (price.at_most or 0)),
        (least, price.at_least, got is not None and got >= (price.at_least or 0)),
    ):
        if limit is not None:
            by = "" if fits or got is None else _apart(got - limit, denomination)
            what = "discount" if denomination.is_card else "price"
            yield Check(what, words + f.quote(limit, denomination), shown, fits, by)


def _apart(more: Fraction, denomination: PlanDenomination) -> str:
    """By how much a price, or the discount of a price level, is not what it should be."""
    if denomination.is_card:
        return f"{f.exact(abs(more) * 100)}% {'lower' if more > 0 else 'higher'}"
    return f"{f.quoted(abs(more), denomination)} {'higher' if more > 0 else 'lower'}"


def _rules_check(
    what: str, wanted: Rules, got: Sequence[str], undecided: Sequence[str] = ()
) -> Check:
    possible = [*got, *undecided]
    least = wanted.include if wanted.exactly is None else wanted.exactly
    missing = [name for name in least if name not in got]
    # An undecided rule may be at work: what is to be exact cannot be said to be so.
    barred = wanted.exclude if wanted.exactly is None else [n for n in possible if n not in least]
    surplus = [name for name in barred if name in possible]
    return Check(
        what,
        _rules_in_words(wanted),
        ", ".join([*got, *(f"{name} (undecided)" for name in undecided)]) or NONE,
        not missing and not surplus,
        _difference(missing, surplus),
    )


def _rules_in_words(wanted: Rules) -> str:
    if wanted.exactly is not None:
        return ", ".join(wanted.exactly) or NONE
    parts = [", ".join(wanted.include)] if wanted.include else []
    parts += [f"not {', '.join(wanted.exclude)}"] if wanted.exclude else []
    return "; ".join(parts) or "anything"


def _difference(missing: Iterable[str], surplus: Iterable[str]) -> str:
    parts = [f"- {name}" for name in missing] + [f"+ {name}" for name in surplus]
    return "  ".join(parts)


def _approvals_check(wanted: Mapping[str, tuple[str, ...] | None], result: TuningResult) -> Check:
    got = {approval.approver: approval.rules for approval in result.approvals}
    missing = [_who(name, rules) for name, rules in wanted.items() if name not in got]
    surplus = [_who(name, rules) for name, rules in got.items() if name not in wanted]
    for name, rules in wanted.items():
        if rules is not None and name in got:
            missing += [f"{name}: {rule}" for rule in rules if rule not in got[name]]
            surplus += [f"{name}: {rule}" for rule in got[name] if rule not in rules]
    return Check(
        "approvals",
        "; ".join(_who(name, rules) for name, rules in wanted.items()) or NONE,
        "; ".join(_who(name, rules) for name, rules in got.items()) or NONE,
        not missing and not surplus,
        _difference(missing, surplus),
    )


def _who(name: str, rules: Sequence[str] | None) -> str:
    return f"{name} ({', '.join(rules)})" if rules else name


def _conflict_check(wanted: tuple[str, ...], result: TuningResult) -> Check:
    is_told = any(set(wanted) == set(members) for members in result.conflicts)
    got = "; ".join(", ".join(members) for members in result.conflicts) or NONE
    note = "" if is_told or result.completeness.conflicts else result.completeness.note
    return Check("conflict", ", ".join(wanted), got, is_told, note)


# --- what the rules did ---------------------------------------------------------------------


# The rules that stop a better answer, alone or with others; those that the answer, or else the
# near miss, breaks; and those whose `when` is false.
_STATUSES: Mapping[str, tuple[RuleStatus, ...]] = {
    "binding": ("binding", "jointly_binding"),
    "violated": ("violated",),
    "inactive": ("not_applicable",),
}


def _seen(result: TuningResult, kind: str) -> tuple[str, ...]:
    """The rules of a result that are `binding`, `violated` or `inactive`."""
    return tuple(rule.id for rule in result.rules if rule.status in _STATUSES[kind])


def _undecided(result: TuningResult) -> tuple[str, ...]:
    """The rules of which it was not settled whether they stop a better answer."""
    return tuple(rule.id for rule in result.rules if rule.status == "undecided")


@dataclass(frozen=True)
class RuleCoverage:
    """The tests in which a rule was seen to bind, to be broken, or not to apply.

    A rule has to be seen at work, binding or violated, and one with a `when` not applying too.
    """

    rule: str
    conditional: bool
    binding: tuple[str, ...] = ()
    violated: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What no test has seen."""
        at_work = () if self.binding or self.violated else ("at work",)
        apart = ("inactive",) if self.conditional and not self.inactive else ()
        return (*at_work, *apart)

    @property
    def goals(self) -> int:
        """How much there is to be seen."""
        return 2 if self.conditional else 1


@dataclass(frozen=True)
class Coverage:
    """What tests have seen of the rules; `percent` of what there is to be seen, exactly."""

    rules: tuple[RuleCoverage, ...] = ()

    @property
    def percent(self) -> Fraction:
        """How much of what there is to be seen has been seen, from 0 to 100."""
        goals = sum(rule.goals for rule in self.rules)
        missed = sum(len(rule.missing) for rule in self.rules)
        return Fraction(100 * (goals - missed), goals)


def coverage_of(book: PriceBook, outcomes: Iterable[PolicyTestOutcome]) -> Coverage:
    """What the tests that were run have seen of each rule."""
    seen: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        result, name = outcome.result, outcome.test.name
        conflicting = [member for members in result.conflicts for member in members]
        for kind in _STATUSES:
            rules = {*_seen(result, kind), *(conflicting if kind == "binding" else ())}
            for rule in rules:
                seen.setdefault((rule, kind), []).append(name)
    return Coverage(
        tuple(
            RuleCoverage(
                rule.id,
                rule.when is not None,
                *(tuple(seen.get((rule.id, kind), ())) for kind in _STATUSES),
            )
            for rule in pricing_of(book).rules
        )
    )
