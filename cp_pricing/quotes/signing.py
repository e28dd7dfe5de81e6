"""Whether a signature for one version also does for another: by the sides of the waived rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from cp_pricing.quotes.events import Broken, Waived
from cp_pricing.results import Breach

Side: TypeAlias = Literal["left", "right"]


class Worse(NamedTuple):
    """A rule that somebody has to sign for again, and why.

    `side` is the side of its comparison that has moved against the seller, `None` of what was not
    signed for at all; then and now in figures.
    """

    rule: str
    side: Side | None
    signed: str
    now: str

    def __str__(self) -> str:
        """In words."""
        if not self.signed:
            return f"`{self.rule}` was not signed for: {self.now}"
        return f"`{self.rule}`, {self.side} side: signed for at {self.signed}; now {self.now}"


def theirs(waived: Sequence[Waived], approver: str) -> tuple[Waived, ...]:
    """The rules that an approver has to sign for."""
    return tuple(rule for rule in waived if approver in rule.approvers)


def worse(signed: Sequence[Waived], now: Sequence[Waived]) -> tuple[Worse, ...]:
    """What of the rules now waived is worse for the seller than what was signed for.

    Both are the rules of one approver. Nothing, where the signature still does: a rule that is no
    longer broken, or has come nearer to being kept on both sides, needs no signature.
    """
    by_rule = {rule.rule: rule for rule in signed}
    return tuple(
        each
        for rule in now
        for broken in rule.broken
        if (each := _worse(rule.rule, by_rule.get(rule.rule), broken)) is not None
    )


def _worse(rule: str, signed: Waived | None, now: Broken) -> Worse | None:
    """Why a comparison is worse than each one of the same subject that was signed for."""
    before = [
        (old, list(sides_worse(old.breach, now.breach)))
        for old in (signed.broken if signed else ())
        if is_of_one_kind(old.breach, now.breach)
    ]
    if not before:
        return Worse(rule, None, "", now.figures)
    nearest, sides = min(before, key=lambda each: len(each[1]))
    return Worse(rule, sides[0], nearest.figures, now.figures) if sides else None


def is_of_one_kind(signed: Breach, now: Breach) -> bool:
    """Whether two breaches compare the same, so that their sides can be compared."""
    return (signed.subject, signed.operator, signed.unit) == (now.subject, now.operator, now.unit)


def sides_worse(signed: Breach, now: Breach) -> Iterator[Side]:
    """The sides that are further from keeping the comparison than they were."""
    up, down = _directions(signed, now)
    if _rose(signed.left, now.left, up) or _rose(now.left, signed.left, down):
        yield "left"
    if _rose(now.right, signed.right, up) or _rose(signed.right, now.right, down):
        yield "right"


def _directions(signed: Breach, now: Breach) -> tuple[bool, bool]:
    """Whether a left side that rises is worse, and whether one that falls is."""
    match signed.operator:
        case "<=" | "<":
            return True, False
        case ">=" | ">":
            return False, True
        case "==" if _is_above(signed) == _is_above(now):
            return _is_above(signed), not _is_above(signed)
        case _:  # where both sides are equal that must not be, or where they have changed places
            return True, True


def _is_above(breach: Breach) -> bool:
    return breach.left is not None and breach.right is not None and breach.left > breach.right


def _rose(before: Fraction | None, after: Fraction | None, counts: bool) -> bool:  # noqa: FBT001 - a value
    """Whether a side has risen, where that counts; one that was a number and is none has."""
    if before is None or after is None:
        return counts and before is not after
    return counts and after > before
