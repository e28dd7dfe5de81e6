"""Two policies over every deal: whether the new one admits what the old one admits, and more.

A direction is an infeasible problem (no deal passes the one and fails the other, proved with both
settings of presolve) or a deal, read by the exact evaluator under both policies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property
from itertools import chain, product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from constraints.cpsat.budget import Budgeted, Shares
from constraints.cpsat.integer_model import NoModelError
from constraints.cpsat.optimisation import Optimal, Problem
from constraints.cpsat.solving import Unknown
from constraints.language.domains import Domain
from constraints.language.expressions import Expression, Not, Stepped, Table, Value, names
from constraints.language.renaming import renamed
from cp_pricing.fields import shown_field
from cp_pricing.model.deal import FieldValues, Space
from cp_pricing.model.draws.confidence import Confidence
from cp_pricing.model.lifetime_value import FactorRows
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs.changes import changes
from cp_pricing.proofs.comparison_results import (
    Difference,
    LevelComparison,
    PairComparison,
    PolicyComparison,
    Relation,
)
from cp_pricing.proofs.deal_space import (
    FEW_DEALS,
    ProofError,
    declared_differently,
    evaluated,
    on_sale,
    outside_of,
    shared_names,
    values_apart,
    values_in_both,
    values_of,
)
from cp_pricing.workers import Each, shared_out

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.model.offer import Offer
    from cp_pricing.model.pricing import Pricing

BUDGET = 60.0
Bound: TypeAlias = Expression | Fraction | bool
# A field, and values of it that only one of two policies knows.
_Apart: TypeAlias = tuple[str, FieldValues]
Compared: TypeAlias = Difference | Unknown | None


def pairs_of_both(
    old: PriceBook, new: PriceBook
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    """The configurations and profiles on sale in both price books, and in only one of them."""
    first, second = map(on_sale, (old, new))
    both = [pair for pair in first if pair in second]
    gone = [pair for pair in first if pair not in second]
    return both, gone, [pair for pair in second if pair not in first]


def compare(  # noqa: PLR0913 - two policies, and how far to look
    old: PriceBook,
    new: PriceBook,
    pairs: Iterable[tuple[str, str]] | None = None,
    *,
    budget: float | None = None,
    workers: int = 1,
    watch: Callable[[str], None] = lambda _: None,
) -> PolicyComparison:
    """How the new policy compares with the old, within `budget` seconds.

    A pair is a configuration and a profile; by default those that both price books can tune.
    Without a budget there are `BUDGET` seconds for each pair. With more than one worker what takes
    long is shared out among processes, as by `analyse`.
    """
    both, gone, come = pairs_of_both(old, new)
    chosen = tunable_pairs(old, new, both) if pairs is None else tuple(pairs)
    seconds = BUDGET * len(chosen) if budget is None else budget
    work = _Pairs(old, new, chosen, Shares(seconds, len(chosen)))
    among = replace(work, shares=Shares(seconds, len(chosen), workers))
    compared = []
    for place, pair in enumerate(
        shared_out(work, range(len(chosen)), workers, among=among), start=1
    ):
        compared.append(pair)
        watch(f"{place} of {len(chosen)} plans and profiles are compared")
    return PolicyComparison(
        old=old.policy.name,
        new=new.policy.name,
        old_digest=old.digest,
        new_digest=new.digest,
        changes=tuple(changes(old.policy, new.policy)),
        pairs=tuple(compared),
        only_old=tuple(gone),
        only_new=tuple(come),
    )


@dataclass(frozen=True)
class _Pairs(Each[int, PairComparison]):
    """The work of a comparison: a configuration and profile after the other, by its place."""

    old: PriceBook
    new: PriceBook
    pairs: tuple[tuple[str, str], ...]
    shares: Shares

    def answer(self, item: int) -> PairComparison:
        budget = self.shares.of_piece(item)
        return compare_pair(self.old, self.new, *self.pairs[item], budget=budget)

    def given_up(self, item: int, reason: str) -> PairComparison:
        configuration, profile = self.pairs[item]
        unknown = _level(None, Unknown(reason), None)
        return PairComparison(
            configuration=configuration, profile=profile, levels=(unknown,), seconds=0
        )


def tunable_pairs(
    old: PriceBook, new: PriceBook, pairs: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The pairs whose configuration can be tuned in either price book."""
    return tuple(
        pair for pair in pairs if any(book.configuration(pair[0]).tunable for book in (old, new))
    )


def compare_pair(
    old: PriceBook, new: PriceBook, configuration: str, profile: str, *, budget: float = BUDGET
) -> PairComparison:
    """The deals of one configuration and profile under both policies."""
    started = time.perf_counter()
    solver = Budgeted(budget, budget / 4)
    first, second = (pricing_of(book).offer(configuration, profile) for book in (old, new))
    shared = shared_names(first, second)
    comparison = _Comparison(
        _Side("old:", pricing_of(old), first, shared),
        _Side("new:", pricing_of(new), second, shared),
        solver,
        declared_differently(first, second, shared),
    )
    return PairComparison(
        configuration=configuration,
        profile=profile,
        levels=tuple(comparison.levels()),
        seconds=round(time.perf_counter() - started, 3),
    )


class _Side:
    """One of the two policies; its own names begin with `prefix` in a common problem."""

    def __init__(
        self, prefix: str, pricing: Pricing, offer: Offer, shared: tuple[str, ...]
    ) -> None:
        self.prefix = prefix
        self.pricing = pricing
        self.offer = offer
        self.shared = shared
        # A fact that only the other policy knows is nothing that this one could look at.
        self.values: dict[str, FieldValues] = {
            name: offer.facts[name].numbers if name in offer.facts else values_of(offer, name)
            for name in shared
            if name in offer.facts or name in offer.canonical
        }
        self.own = {**offer.bindings, **offer.canonical}
        self.common: frozenset[str] = frozenset(shared)

    def name(self, plain: str) -> str:
        """A name of this side; fields of a deal, and what means the same, are common to both."""
        return plain if plain in self.common else self.prefix + plain

    @property
    def bindings(self) -> dict[str, Expression | Fraction | bool | Domain]:
        """All names but the fields of a deal."""
        return {
            self.name(name): bound
            if isinstance(bound, bool | Fraction)
            else renamed(bound, self.name)
            for name, bound in self.own.items()
            if name not in self.shared
        }

    @cached_property
    def conditions(self) -> dict[str, Expression]:
        """The rules for these deals but warnings, by prefixed id."""
        # A rule for other plans may use names that this one lacks.
        own = self.offer.conditions.items()
        return {self.prefix + rule: renamed(condition, self.name) for rule, condition in own}

    def level_of(self, approver: str | None) -> int:
        """The level at which everybody up to an approver has waived what they may."""
        return 0 if approver is None else self.pricing.policy.approvers.index(approver) + 1

    def in_force(self, approver: str | None) -> tuple[str, ...]:
        """The rules that cannot be waived up to an approver."""
        return self.offer.in_force(self.level_of(approver))

    def refusing(self, fields: Mapping[str, Value], approver: str | None) -> tuple[str, ...]:
        """The bounds and rules in force that refuse a deal, by the exact evaluator."""
        return refusing(self.offer, fields, self.level_of(approver))


def refusing(offer: Offer, fields: Mapping[str, Value], level: int) -> tuple[str, ...]:
    """The bounds (`tunable:FIELD`) and the rules in force at a level that refuse a deal."""
    bounds = tuple(
        f"tunable:{shown_field(name, is_card=offer.configuration.is_card)}"
        for name in outside_of(offer, fields)
    )
    evaluator, conditions = offer.evaluator(fields), offer.conditions
    broken = (name for name in offer.in_force(level) if not evaluator.truth(conditions[name]))
    return (*bounds, *broken)


class _Comparison:
    """The deals of one configuration and profile under an old and a new policy."""

    def __init__(self, old: _Side, new: _Side, solver: Budgeted, unlike: str = "") -> None:
        self.old, self.new = old, new
        self.unlike = unlike
        for one, other in ((old, new), (new, old)):
            one.values = {
                name: one.values.get(name, other.values.get(name, ())) for name in one.shared
            }
        # What means the same on both sides is one thing: two models of one lifetime value would
        # have to be proved equal.
        old.common = new.common = _alike(old.own, new.own, old.shared)
        self.solver = solver
        # Made once for all levels that ask for the same fields apart and the same breaches.
        self._problem = cache(self._made)

    def levels(self) -> Iterator[LevelComparison]:
        """Self-serve, and every approver that both policies have."""
        old, new = (side.pricing.policy.approvers for side in (self.old, self.new))
        for approver in (None, *(name for name in old if name in new)):
            lost = self._direction(self.old, self.new, approver)
            won = self._direction(self.new, self.old, approver)
            yield _level(approver, lost, won)

    def _direction(self, one: _Side, other: _Side, approver: str | None) -> Compared:
        """A deal that passes with one policy and not with the other, or a proof of none."""
        if self.unlike:
            return Unknown(self.unlike)
        try:
            shown = self._only(one, other, approver)
        except NoModelError as none:
            shown = Unknown(str(none))
        # Where the solver gives up, a small space can still be tried deal by deal, exactly.
        few = prod(map(len, one.values.values())) <= FEW_DEALS
        return self._tried(one, other, approver) if isinstance(shown, Unknown) and few else shown

    def _tried(self, one: _Side, other: _Side, approver: str | None) -> Difference | None:
        """The same, after every deal of the one has been evaluated."""
        choices = [v.values() if isinstance(v, Domain) else v for v in one.values.values()]
        for chosen in product(*choices):
            fields = dict(zip(one.values, chosen, strict=True))
            if not one.refusing(fields, approver) and other.refusing(fields, approver):
                return self._difference(one, other, approver, fields)
        return None

    def _only(self, one: _Side, other: _Side, approver: str | None) -> Compared:
        """A deal that passes with one policy and not with the other, `None` if there is none."""
        # Where a field's values alone tell the two apart, the other's rules need not be modelled.
        unknown: Unknown | None = None
        kept = [one.prefix + name for name in one.in_force(approver)]
        required = {one.conditions[name] for name in kept}
        doubtful = [other.prefix + name for name in other.in_force(approver)]
        # No deal that keeps a condition breaks it: what both require need not be asked about.
        broken = [_breach(name) for name in doubtful if other.conditions[name] not in required]
        for apart in chain(self._differing(one, other), (None,)):
            # Only breaches that are asked for: each may need numbers beyond 64 bits.
            asked = () if apart else tuple(broken)
            if self.solver.is_late:
                return Unknown(self.solver.late)
            made = self._problem(one, other, apart, asked) if apart or broken else None
            if made is None:
                continue
            problem, fixed = made
            result = problem.refuted(kept, (asked,) if asked else ())
            if isinstance(result, Optimal):
                return self._difference(one, other, approver, {**fixed, **result.assignment})
            unknown = result if isinstance(result, Unknown) else unknown
        return unknown

    def _differing(self, one: _Side, other: _Side) -> Iterator[_Apart]:
        """The fields that can have values with one policy that they cannot have with the other."""
        for name in one.shared:
            for values in values_apart(one.values[name], other.values[name]):
                yield name, values

    def _made(
        self, one: _Side, other: _Side, apart: _Apart | None, breaches: tuple[str, ...]
    ) -> tuple[Problem, Mapping[str, Value]] | None:
        """The deals with a field apart, or else those that the bounds of both allow.

        With the fields that are fixed in them; `None` if there are no such deals.
        """
        bindings, conditions, values = one.bindings, dict(one.conditions), dict(one.values)
        if apart:
            values.update([apart])
        else:
            values = {n: values_in_both(values[n], other.values[n]) for n in one.shared}
            bindings |= other.bindings
            theirs = other.conditions.items()
            conditions |= {_breach(n): Not(c) for n, c in theirs if _breach(n) in breaches}
        if not all(values.values()):
            return None
        space = Space.of({}, values)
        bindings |= {**space.fixed, **space.domains}
        return Problem(bindings, conditions, space.choices, self.solver), space.fixed

    def _difference(
        self, one: _Side, other: _Side, approver: str | None, fields: Mapping[str, Value]
    ) -> Difference:
        """The deal under both policies; raises `ProofError` if it does not show what it should."""
        refused = other.refusing(fields, approver)
        if one.refusing(fields, approver) or not refused:
            message = "a witness does not tell the policies apart"
            raise ProofError(message)
        old, new = (evaluated(s.offer, fields) for s in (self.old, self.new))
        return Difference(old=old, new=new, refused_by=refused)


def _alike(
    old: Mapping[str, Bound], new: Mapping[str, Bound], shared: tuple[str, ...]
) -> frozenset[str]:
    """The fields of a deal, and the names that stand for the same on both sides."""
    told: dict[str, bool] = dict.fromkeys(shared, True)

    def same(name: str) -> bool:
        if name not in told:
            first, second = old.get(name), new.get(name)
            told[name] = _equal(first, second) and all(map(same, _names_in(first)))
        return told[name]

    return frozenset(name for name in (*old, *shared) if same(name))


def _equal(first: Bound | None, second: Bound | None) -> bool:
    # The rows of a table are without end, so what they are made from has to tell.
    if isinstance(first, Table) and isinstance(second, Table):
        rows = first.rows
        return (
            first.keys == second.keys and isinstance(rows, FactorRows) and rows.same_as(second.rows)
        )
    if isinstance(first, Stepped) and isinstance(second, Stepped):
        stairs = first.stairs
        return isinstance(stairs, Confidence) and stairs.same_as(second.stairs)
    return type(first) is type(second) and first == second


def _names_in(bound: Bound | None) -> Iterable[str]:
    return () if bound is None or isinstance(bound, bool | Fraction) else names(bound)


def _breach(name: str) -> str:
    return f"not {name}"


def _level(approver: str | None, lost: Compared, won: Compared) -> LevelComparison:
    unknown = next((part for part in (lost, won) if isinstance(part, Unknown)), None)
    no_longer = lost if isinstance(lost, Difference) else None
    newly = won if isinstance(won, Difference) else None
    return LevelComparison(
        approver=approver,
        relation=_relation(no_longer, newly, unknown),
        no_longer=no_longer,
        newly=newly,
        note=unknown.reason if unknown else "",
    )


def _relation(
    no_longer: Difference | None, newly: Difference | None, unknown: Unknown | None
) -> Relation:
    if no_longer and newly:
        return "incomparable"
    if unknown:
        return "unknown"
    if no_longer:
        return "stricter"
    return "looser" if newly else "equivalent"
