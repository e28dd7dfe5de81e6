"""Claims that nothing meets all of some conditions, proved many at a time in one solve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from constraints.cpsat.integer_model import IntegerModel
from constraints.cpsat.solving import Objective, Solution, Solver
from constraints.lines.piecewise import Ranges, both


@dataclass(frozen=True, slots=True)
class Claim:
    """No index up to `last` is in all of these sets."""

    last: int
    sets: tuple[Ranges, ...]

    @property
    def holds(self) -> bool:
        """Whether it is so, by exact ranges."""
        whole: Ranges = ((0, self.last),)
        return not reduce(both, self.sets, whole)


def proved(claims: Sequence[Claim], solver: Solver) -> Sequence[bool]:
    """For each claim whether both CP-SAT and ranges have proved it; all of them are one model.

    Each claim has an index of its own, and a literal under which this index is in all sets. The
    optimum makes as many literals true as can be: those that are false then cannot be true.
    """
    if not claims:
        return ()
    model = IntegerModel()
    literals = []
    for claim in claims:
        index, literal = model.variable(0, claim.last), model.boolean()
        for ranges in claim.sets:
            model.within(index, ranges, (literal,))
        literals.append(literal)
    outcome = solver.solve(model, Objective(tuple(literals), (1,) * len(literals)), plainly=True)
    # Without an optimum nothing is known of any of them: a claim is not so until it is proved.
    if not isinstance(outcome, Solution):
        return (False,) * len(claims)
    return [
        not outcome.values[literal] and claim.holds
        for literal, claim in zip(literals, claims, strict=True)
    ]
