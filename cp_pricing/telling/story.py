"""The seller's explanation of a result: sections of sentences, ending in what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from cp_pricing.results import Decision
from cp_pricing.telling import answered, rejected
from cp_pricing.telling.context import Told
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import Justification, Next, Section, figures, named, sections_of
from cp_pricing.words.terms import capital

Titled: TypeAlias = Iterator[tuple[str, Iterable[Justification]]]

NEXT, KEEP, ANSWER = "What to do next", "To keep in mind", "The answer"
# What a screen tells in its own words.
ON_SCREEN = {NEXT, KEEP, ANSWER}


def story(told: Told) -> tuple[Section, ...]:
    """Everything that is known of a decision, by the question that it answers.

    Without a diagnosis, the sections that would tell it are missing, and what to do next is told
    from the ladder alone.
    """
    return sections_of(_STORIES[told.result.decision](told))


def _answered(told: Told) -> Titled:
    yield ANSWER, answered.answer(told)
    yield "What has to be approved", answered.approvals(told)
    yield told.words.why_not[told.preference], answered.why_not_better(told)
    yield told.words.back_to_list, rejected.counteroffers(told)
    yield "What each commitment is worth", answered.worth(told)
    yield f"What other {told.words.short}s there are", answered.other_prices(told)
    yield "What an approval would buy", answered.approval_would_buy(told)
    yield KEEP, _warnings(told)
    yield "What is not known", _cut(told)
    yield NEXT, whats_next(told)


def _rejected(told: Told) -> Titled:
    yield "Why it is rejected", rejected.why_rejected(told)
    yield "What would be accepted", rejected.accepted_instead(told)
    yield "What the policy would have to say", rejected.edits(told)
    yield f"What other {told.words.short}s there are", answered.other_prices(told)
    yield "What is not known", _cut(told)
    yield NEXT, whats_next(told)


def _unknown(told: Told) -> Titled:
    why = told.basis.undecided.rstrip(".")
    yield (
        "Why there is no answer",
        [
            f"The request could not be decided: {why}.",
            "That is neither a yes nor a no, and no price shown here is proven.",
            *whats_next(told),
        ],
    )


def whats_next(told: Told) -> Iterator[Justification]:
    """What to do about a result."""
    if told.result.decision == "unknown":
        fewer = "open fewer fields and " if told.request.open else ""
        yield Next(f"allow more time, or {fewer}use coarser tunable bounds")
    elif told.result.decision == "rejected":
        in_full = told.basis.diagnosed
        yield from rejected.next_in_full(told) if in_full else [rejected.next_in_short(told)]
    else:
        in_full = told.basis.diagnosed
        yield from answered.next_in_full(told) if in_full else answered.next_in_short(told)


def _warnings(told: Told) -> Iterator[str]:
    """The rules that fail and only warn."""
    for rule in told.result.rules:
        if rule.effect == "warn" and rule.status == "violated":
            yield f"Note that {named(rule)} fails: {figures(rule, told.catalog)}."


def _cut(told: Told) -> Iterator[str]:
    """What may be missing where a limit cut a search."""
    complete = told.result.completeness
    if not complete.note:
        return
    if not told.basis.diagnosed:
        yield f"{capital(complete.note)}."
        return
    parts = {
        "conflicts": complete.conflicts,
        "corrections": complete.corrections,
        f"reasons against {told.words.better[told.preference]}": complete.blocking_sets,
    }
    missing = [name for name, whole in parts.items() if not whole]
    what = f.listed(missing, "or") or "counteroffers, edits or trade-offs"
    yield f"There may be more {what} than these: {complete.note}."
    undecided = [rule.id for rule in told.result.rules if rule.status == "undecided"]
    if undecided:
        better = told.words.better[told.preference]
        yield f"Whether {f.coded(undecided, 'or')} stops {better} is undecided."


_STORIES: Mapping[Decision, Callable[[Told], Titled]] = {
    "accepted": _answered,
    "requires_approval": _answered,
    "rejected": _rejected,
    "unknown": _unknown,
}
