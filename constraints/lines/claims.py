"""Claims that nothing meets all of some conditions, proved many at a time in one solve."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from constraints.cpsat.integer_model import IntegerModel, Literal, NumericOverflow, Row
from constraints.cpsat.solving import Infeasible, Solver
from constraints.lines.piecewise import Ranges, both, counted, not_below


class Claim(NamedTuple):
    """No index up to `last` is in all of these sets, and in `least` of some others besides."""

    last: int
    sets: tuple[Ranges, ...]
    others: tuple[Ranges, ...] = ()
    least: int = 0

    @property
    def holds(self) -> bool:
        """Whether it is so, by exact ranges."""
        sets = self.sets
        if self.least:
            sets = (not_below(counted(self.others, self.last), 1, 1, self.least, 1), *sets)
        return bool(sets) and not reduce(both, sets)


def proved(claims: Sequence[Claim], solver: Solver) -> Sequence[bool]:
    """For each claim whether both CP-SAT and ranges have proved it; all of them are one model.

    Each claim has an index of its own, and a literal under which this index is in all sets. That
    none of the literals can be true proves all claims; if one can, each is asked by itself.
    """
    if not claims:
        return ()
    # Without this proof nothing is known of any of them: a claim is not so until it is proved.
    model = _any_failing(claims)
    if model is not None and isinstance(solver.solve(model, plainly=True), Infeasible):
        return [claim.holds for claim in claims]
    return [len(claims) > 1 and proved((claim,), solver)[0] for claim in claims]


def _any_failing(claims: Sequence[Claim]) -> IntegerModel | None:
    """The model of whatever fails any claim; none where an index is too large for CP-SAT."""
    model = IntegerModel()
    literals = []
    try:
        for claim in claims:
            index, literal = model.variable(0, claim.last), model.boolean()
            for ranges in claim.sets:
                model.within(index, ranges, (literal,))
            _require_some(model, claim, index, literal)
            literals.append(literal)
    except NumericOverflow:
        return None
    model.clause(literals)
    return model


def _require_some(model: IntegerModel, claim: Claim, index: int, literal: Literal) -> None:
    """Keep an index in as many of the others as are claimed, wherever the literal is true."""
    count = len(claim.others)
    if claim.least > count:
        model.forbid((literal,))
    if not 0 < claim.least <= count:
        return
    inside = tuple(model.boolean() for _ in claim.others)
    for ranges, held in zip(claim.others, inside, strict=True):
        model.within(index, ranges, (held,))
    model.constraints.append(Row(inside, (1,) * count, claim.least, count, (literal,)))
