"""Fields that can never matter: two deals that differ in nothing else, asked for side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Infeasible, Unknown
from constraints.language.domains import Domain
from constraints.language.expressions import Comparison, Equivalence, Expression, Name, Not, names
from constraints.language.renaming import renamed
from constraints.language.resting import Resting
from cp_pricing.fields import LIFETIME_VALUE, shown_field
from cp_pricing.proofs.analysis_results import FieldVerdict, LevelReport
from cp_pricing.proofs.deal_space import BREAKS, FEW_DEALS, DealSpace, FoundDeal, evaluated

if TYPE_CHECKING:
    from constraints.language.expressions import Value
    from cp_pricing.results import Witness

_BILL = "@bill_"
_OTHER, _WORTH, _APART = "other:", "worth:", "apart:"
# Before anything is proved, so many other values are tried in so many deals.
_VALUES_TRIED, _DEALS_TRIED = 6, 12
# The share of the budget that the proof for one field may take.
_SHARE = 1 / 8


def field_verdicts(
    space: DealSpace, levels: Sequence[LevelReport], deals: Sequence[FoundDeal]
) -> tuple[FieldVerdict, ...]:
    """For each open field whether it can change what some level admits, or its lifetime value.

    `deals` are some to begin with. Where no level admits a deal nothing matters,
    and nothing is said.
    """
    if all(report.status == "empty" for report in levels):
        return ()
    domains = space.space.domains
    opened = [n for n in space.space.chosen if n not in domains or domains[n].count > 1]
    is_card = space.offer.configuration.is_card
    verdicts = [_verdict(space, name, levels, deals) for name in opened]
    return tuple(
        v.model_copy(update={"field": shown_field(v.field, is_card=is_card)}) for v in verdicts
    )


def _verdict(
    space: DealSpace, name: str, levels: Sequence[LevelReport], deals: Sequence[FoundDeal]
) -> FieldVerdict:
    """A pair of deals that shows that a field matters, or a proof that there is none."""
    # Most fields matter, and trying shows that at once; only the others need a proof.
    for found in deals[:_DEALS_TRIED]:
        for value in _others(space, name, found.fields[name]):
            other = evaluated(space.offer, {**found.fields, name: value})
            pair = _shown(space, found.deal, other, levels)
            if pair is not None:
                return FieldVerdict(field=name, matters=True, pair=pair)
    with space.solver.share(_SHARE):
        verdict = _proved(space, name, levels)
    return _tried(space, name, levels) or verdict if verdict.matters is None else verdict


def _tried(space: DealSpace, name: str, levels: Sequence[LevelReport]) -> FieldVerdict | None:
    """The verdict after every deal has been evaluated.

    `None` if there are too many of them, or if none is known to pass at any level.
    """
    if all(report.status != "open" for report in levels):
        return None
    every = space.space.every(FEW_DEALS)
    if every is None:
        return None
    domains = space.space.domains
    own: Iterable[Value] = domains[name].values() if name in domains else (False, True)
    following = dict(pairwise(own))
    for fields in every:
        if fields[name] in following:
            other = {**fields, name: following[fields[name]]}
            first, second = (evaluated(space.offer, one) for one in (fields, other))
            pair = _shown(space, first, second, levels)
            if pair is not None:
                return FieldVerdict(field=name, matters=True, pair=pair)
    return FieldVerdict(field=name, matters=False, note="every deal was evaluated")


def _others(space: DealSpace, name: str, value: Value) -> Iterator[Value]:
    """Some other values of a field, from the ends inwards."""
    if name in space.space.choices:
        yield not value
        return
    domain = space.space.domains[name]
    last = domain.count - 1
    places = (0, last, 1, last - 1, last // 2, last // 3)[:_VALUES_TRIED]
    for place in dict.fromkeys(place for place in places if 0 <= place <= last):
        other = domain.value(domain.indices[place])
        if other != value:
            yield other


def _shown(
    space: DealSpace, a: Witness, b: Witness, levels: Sequence[LevelReport]
) -> tuple[Witness, Witness] | None:
    """The two deals, if some level admits only one of them, or both with different LTV."""
    # The exact evaluator decides: what the solver has shown is a pair to look at, no proof.
    for report in levels:
        force = set(space.in_force(report.level))
        passes = [not force & set(deal.broken) for deal in (a, b)]
        if passes[0] != passes[1] or (all(passes) and a.ltv != b.ltv):
            return (a, b) if passes[0] else (b, a)
    return None


def _proved(space: DealSpace, name: str, levels: Sequence[LevelReport]) -> FieldVerdict:
    for report in levels:
        if report.status == "empty":
            continue
        force = space.in_force(report.level)
        same = _same_bills(space, name, force)
        problem = _side_by_side(space, name, same)
        asked = (_WORTH, *(_OTHER + BREAKS + rule for rule in force))
        apart = [condition for condition in asked if condition in problem.conditions]
        result = problem.refuted([*force, _APART], any_of=[apart])
        if isinstance(result, Unknown):
            return FieldVerdict(field=name, matters=None, note=result.reason)
        if isinstance(result, Optimal):
            first = {**space.space.fixed, **_named(result.assignment, other=False)}
            second = {**first, **_named(result.assignment, other=True)}
            a, b = (evaluated(space.offer, fields) for fields in (first, second))
            pair = _shown(space, a, b, levels)
            if pair is None:
                return FieldVerdict(field=name, matters=None, note="the pair was not confirmed")
            return FieldVerdict(field=name, matters=True, pair=pair)
    return FieldVerdict(field=name, matters=False)


def _same_bills(space: DealSpace, name: str, force: Sequence[str]) -> frozenset[str]:
    """The bills, if it is proved that a field changes none of a deal that passes.

    A lemma: lifetime values need not be compared any more where they differ by bills alone.
    """
    bills = [n for n in _touched(space, name) if n.startswith(_BILL)]
    if not bills:
        return frozenset()
    problem = _side_by_side(space, name)
    proved = problem.refuted([*force, _APART], any_of=[[_OTHER + bill for bill in bills]])
    return frozenset(bills if isinstance(proved, Infeasible) else ())


def _named(assignment: Mapping[str, Value], *, other: bool) -> dict[str, Value]:
    return {
        name.removeprefix(_OTHER): value
        for name, value in assignment.items()
        if name.startswith(_OTHER) is other
    }


def _side_by_side(space: DealSpace, name: str, same: frozenset[str] = frozenset()) -> Problem:
    """Two deals that share every field but one: the second's names begin with `other:`.

    `same` are names that are known to be the same for both.
    """
    touched = _touched(space, name, same)

    def other(old: str) -> str:
        return _OTHER + old if old in touched else old

    bindings = dict(space.bindings)
    for old in touched:
        bound = space.bindings.get(old)
        if isinstance(bound, bool | Fraction | Domain):
            bindings[_OTHER + old] = bound
        elif bound is not None:
            bindings[_OTHER + old] = renamed(bound, other)
    conditions: dict[str, Expression] = {n: space.conditions[n] for n in space.rules}
    # What does not rest on the field is the same of both deals.
    conditions |= {
        _OTHER + BREAKS + rule: renamed(space.conditions[BREAKS + rule], other)
        for rule, condition in tuple(conditions.items())
        if names(condition) & touched
    }
    if LIFETIME_VALUE in touched:
        worth = Comparison("!=", Name(LIFETIME_VALUE), Name(other(LIFETIME_VALUE)))
        conditions[_WORTH] = worth
    conditions[_APART] = _differ(space, name)
    bills = (old for old in touched if old.startswith(_BILL))
    conditions |= {_OTHER + b: Comparison("!=", Name(b), Name(other(b))) for b in bills}
    choices = list(space.space.choices)
    if name in choices:
        choices.append(_OTHER + name)
    return Problem(bindings, conditions, choices, space.solver)


def _differ(space: DealSpace, name: str) -> Expression:
    if name in space.space.choices:
        return Not(Equivalence(Name(name), Name(_OTHER + name)))
    return Comparison("!=", Name(name), Name(_OTHER + name))


def _touched(space: DealSpace, name: str, same: frozenset[str] = frozenset()) -> frozenset[str]:
    """The field, and every name that stands for something that depends on it."""
    resting = Resting(space.bindings, {name: True, **dict.fromkeys(same, False)})
    return frozenset(filter(resting.name, (*space.bindings, name)))
