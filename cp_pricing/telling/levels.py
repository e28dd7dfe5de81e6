"""What is told of the approval levels above the one that decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from cp_pricing.fields import Preference
from cp_pricing.results import LadderStep, Outcome
from cp_pricing.telling.context import Told
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import in_full, named


def better_levels(told: Told) -> list[tuple[LadderStep, Outcome]]:
    """The levels that reach more than every level below them, self-serve aside."""
    ladder = climbing(told.result.ladder, told.preference)
    return [(step, outcome) for step, outcome in ladder if step.level]


def would_buy(told: Told, step: LadderStep, outcome: Outcome) -> str:
    """What a level would make possible, and by whose approval."""
    if not step.waives:
        who = "without any approval"
    else:
        # A result without rules, as where no near miss was found in time, has their ids alone.
        rules = [named(rule) for rule in told.rules(step.waives)]
        what = f.listed(rules) or f.coded(step.waives)
        who = f"if {f.coded(who_waives(told, step))} waived {what}"
    return f"{in_full(outcome, told.catalog)}, would be possible {who}."


def climbing(
    ladder: Sequence[LadderStep], preference: Preference
) -> Iterator[tuple[LadderStep, Outcome]]:
    """The steps of a ladder that reach more than every one below them."""
    best: tuple[Fraction, Fraction] | None = None
    for step in ladder:
        outcome = step.outcome
        if outcome is None:
            continue
        gain = merit(outcome, preference)
        if best is None or gain > best:
            best = gain
            yield step, outcome


def merit(outcome: Outcome, preference: Preference) -> tuple[Fraction, Fraction]:
    """What the request's preference makes of a level's answer; more is better."""
    # What is preferred comes first, and the other breaks ties, as in the goals of a deal.
    merits = (-outcome.price, outcome.ltv)
    return merits if preference == "lower_usage_price" else merits[::-1]


def who_waives(told: Told, step: LadderStep) -> tuple[str, ...]:
    """Who signs for what a level reaches, from the lowest level up."""
    return told.price_book.policy.signers(step.waives)


def unknown_levels(told: Told) -> Iterator[str]:
    """The levels that could not be decided, if any."""
    undecided = (step.approver for step in told.result.ladder if step.status == "unknown")
    who = f.coded((name for name in undecided if name is not None), "or")
    if who:
        yield f"What an approval of {who} would make possible could not be decided."
