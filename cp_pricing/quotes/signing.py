"""Whether a signature for one version also does for another: by the sides of the waived rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from constraints.language.reading import slack_of
from cp_pricing.quotes.log.events import Broken, Waived
from cp_pricing.results import Breach

Side: TypeAlias = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")


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
    """The sides by which a comparison is further from being kept than it was.

    A side is worse if it alone, in the place of what it was, would leave less slack; both are, if
    only the two together do.
    """
    before = slack_between(signed, signed)
    together = slack_between(now, now)
    if before is None or together is None:  # a condition without numbers, or over zero
        yield from (side for side in SIDES if getattr(signed, side) != getattr(now, side))
        return
    alone = {"left": slack_between(now, signed), "right": slack_between(signed, now)}
    worse_alone = [side for side in SIDES if _is_less(alone[side], before)]
    yield from worse_alone or (SIDES if together < before else ())


def slack_between(left: Breach, right: Breach) -> Fraction | None:
    """The slack with the left side of one and the right side of the other."""
    if left.operator is None or left.left is None or right.right is None:
        return None
    return slack_of(left.operator, left.left, right.right)


def _is_less(slack: Fraction | None, before: Fraction) -> bool:
    return slack is not None and slack < before
