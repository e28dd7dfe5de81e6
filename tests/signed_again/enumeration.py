"""Who has to sign again, by the sentence of the promise and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cp_pricing import TuningResult
from tests.signed_again.policies import Part, Rule


def slack(wanted: str, left: Fraction, right: Fraction) -> Fraction:
    """How far a comparison is from failing: what the seller loses, this loses."""
    match wanted[0]:
        case ">":
            return left - right
        case "<":
            return right - left
        case "=":
            return -abs(left - right)
        case _:
            return abs(left - right)


def is_worse(before: Part, old: TuningResult, after: Part, new: TuningResult) -> bool:
    """Whether a side of a comparison is worse for the seller than it was."""
    (left, right), (own_left, own_right) = before.sides(old), after.sides(new)
    was = slack(before.wanted, left, right)
    return any(
        slack(after.wanted, *sides) < was
        for sides in ((own_left, right), (left, own_right), (own_left, own_right))
    )


def broken(rule: Rule, result: TuningResult) -> Iterator[tuple[int, Part]]:
    """The comparisons that a broken rule fails, by their place in it."""
    if not rule.holds(result):
        failing = enumerate(rule.parts)
        yield from ((place, part) for place, part in failing if not part.holds(result))


def again(
    approver: str,
    signed: tuple[tuple[Rule, ...], TuningResult],
    now: tuple[tuple[Rule, ...], TuningResult],
) -> bool:
    """Whether an approver who signed one version has to sign the other one, too."""
    (old_rules, old), (new_rules, new) = signed, now
    for before, after in zip(old_rules, new_rules, strict=True):
        if approver not in after.approvers:
            continue
        signed_for = dict(broken(before, old))
        for _, part in broken(after, new):
            alike = [
                each
                for each in signed_for.values()
                if (each.quantity, each.wanted, each.limit is None)
                == (part.quantity, part.wanted, part.limit is None)
            ]
            if not alike or all(is_worse(each, old, part, new) for each in alike):
                return True
    return False
