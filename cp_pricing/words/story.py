"""The seller's explanation of a result in full: sections of sentences, ending in what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from cp_pricing.book.catalog import Grid
from cp_pricing.fields import LTV_RULE, PRICE
from cp_pricing.results import (
    Approval,
    Decision,
    LadderStep,
    Outcome,
    Preference,
    RuleReport,
    TradeOff,
    TuningResult,
)
from cp_pricing.words import explanation as basis
from cp_pricing.words import numbers as f
from cp_pricing.words.explanation import ExplanationContext
from cp_pricing.words.facts import (
    Justification,
    LtvRequired,
    OutOfBounds,
    Remark,
    RuleExceeded,
    RuleInTheWay,
    SelfServeReaches,
    paragraph,
)
from cp_pricing.words.reasons import (
    BETTER,
    AlsoWaived,
    ApproversCouldAccept,
    CommitmentWorth,
    Enough,
    Excludes,
    LimitEdited,
    SearchCut,
    StopsBetter,
    Together,
    WhatItsLimitCosts,
    WouldBeAccepted,
)
from cp_pricing.words.terms import changes_in_words, number_of, term

_TITLES: Mapping[Preference, str] = {
    "lower_usage_price": "Why not lower",
    "seller_ltv": "Why not worth more",
}


@dataclass(frozen=True, slots=True)
class Section:
    """Some justifications under a title."""

    title: str
    parts: tuple[Justification, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The justifications in words."""
        return tuple(part.sentence() for part in self.parts)


def seller_text(context: ExplanationContext, result: TuningResult) -> str:
    """Everything that is known of a decision, one sentence a line."""
    sections = seller_sections(context, result)
    return paragraph([part for section in sections for part in section.parts])


def seller_sections(context: ExplanationContext, result: TuningResult) -> tuple[Section, ...]:
    """Everything that is known of a decision, by the question that it answers."""
    found = _SECTIONS[result.decision](_Story(context, result))
    sections = (Section(title, tuple(parts)) for title, parts in found)
    return tuple(section for section in sections if section.parts)


Titled: TypeAlias = Iterator[tuple[str, Iterator[Justification]]]


@dataclass(frozen=True, slots=True)
class _Story:
    """A result and what it rests on."""

    context: ExplanationContext
    result: TuningResult

    @property
    def preference(self) -> Preference:
        return self.result.objective.preference

    @property
    def may_ask(self) -> bool:
        """Whether the request accepts an approval."""
        return self.context.request.approval_mode == "allow_approval"

    def rules(self, names: Sequence[str]) -> tuple[RuleReport, ...]:
        return self.context.reports(names)


# --- accepted, or with approval -------------------------------------------------------------


def _answered(story: _Story) -> Titled:
    yield "The answer", basis.answer_facts(story.context)
    if story.result.approvals:
        yield "What has to be approved", _approvals(story)
    yield _TITLES[story.preference], _why_not_better(story)
    yield "What each commitment is worth", _worth(story)
    if not story.may_ask:
        yield "What an approval would buy", _approval_would_buy(story)
    yield "To keep in mind", basis.warnings(story.context)
    yield "What is not known", _cut(story)
    yield "What to do next", _next_with_answer(story)


def _approvals(story: _Story) -> Iterator[Justification]:
    for approval in story.result.approvals:
        for rule in story.rules(approval.rules):
            yield RuleExceeded(rule, story.context.catalog)
    without = story.result.ladder[0]
    yield SelfServeReaches(without.usage_unit_price, without.ltv, story.context.catalog)


def _why_not_better(story: _Story) -> Iterator[Justification]:
    sets = story.result.blocking_sets
    better = BETTER[story.preference]
    if len(sets) > 1:
        yield Remark(f"There are {len(sets)} obstacles, each of which alone stops {better}.")
    for members in sets:
        yield StopsBetter(_together(story, members), story.preference)
    binding = [rule for rule in story.result.rules if rule.status == "binding"]
    only = len(binding) == 1 and len(sets) == 1 and _rules_of(story, sets[0]) == tuple(binding)
    for rule in binding:
        subject = "that rule" if only else ""
        yield WhatItsLimitCosts(rule, story.preference, story.context.catalog, subject)


def _rules_of(story: _Story, members: Sequence[str]) -> tuple[RuleReport, ...]:
    return story.rules([name for name in members if ":" not in name])


def _together(story: _Story, members: Sequence[str]) -> Together:
    """The members of a conflict or a blocking set, told apart."""
    context, catalog = story.context, story.context.catalog
    asked = {name for name in members if name.startswith("request:")}
    terms = tuple(
        term(field, value, catalog)
        for field, value in context.request.inputs.items()
        if f"request:{field}" in asked
    )
    bounded = f"tunable:{PRICE}" in members
    indifferent = "whatever the request asks for" if context.request.inputs and not terms else ""
    return Together(
        terms=terms,
        rules=_rules_of(story, members),
        bounds=_price_bounds(story) if bounded else "",
        indifferent=indifferent,
    )


def _price_bounds(story: _Story) -> str:
    """The usage prices that may be offered: `USD 2.00 to USD 20.00 per 1M tokens`."""
    context, catalog = story.context, story.context.catalog
    configuration = context.price_book.configuration(context.request.configuration)
    bounds = configuration.tunable.get(PRICE)
    if not isinstance(bounds, Grid):
        return f"the catalog's {f.quote(context.baseline.usage_unit_price, catalog)}"
    return f"{f.quoted(bounds.min, catalog)} to {f.quote(bounds.max, catalog)}"


def _worth(story: _Story) -> Iterator[Justification]:
    terms, ltv = story.result.configuration, story.result.ltv.tuned
    if terms is None or ltv is None:
        return
    answer = Outcome(usage_unit_price=terms.usage_unit_price, ltv=ltv)
    for trade in story.result.trade_offs:
        yield CommitmentWorth(trade, answer, story.preference, story.context.catalog)


def _approval_would_buy(story: _Story) -> Iterator[Justification]:
    """What each better level reaches; one that waives more than the last, by what it adds."""
    before: tuple[RuleReport, ...] = ()
    for found in basis.better_levels(story.context):
        added = tuple(rule for rule in found.rules if rule not in before)
        if before and added and set(before) <= set(found.rules):
            outcome = Outcome(usage_unit_price=found.price, ltv=found.ltv)
            who = tuple(dict.fromkeys(rule.approver for rule in added if rule.approver))
            yield AlsoWaived(who, added, outcome, story.context.catalog)
        else:
            yield found
        before = found.rules
    yield from basis.unknown_levels(story.context)


def _next_with_answer(story: _Story) -> Iterator[Justification]:
    result, catalog = story.result, story.context.catalog
    if result.approvals:
        who = f.listed([f"`{approval.approver}`" for approval in result.approvals])
        yield Remark(f"Next: ask {who} for the approval of these terms at {result.quote}.")
        without = result.ladder[0].usage_unit_price
        if without is not None:
            price = f.quote(without, catalog)
            yield Remark(f"Without waiting for it, {price} can be offered at once.")
    else:
        yield Remark(f"Next: offer these terms at {result.quote}; nobody has to approve them.")
    yield from _if_asked_for_less(story)


def _if_asked_for_less(story: _Story) -> Iterator[Justification]:
    """The step that lowers the price most, and whether approval would."""
    if story.preference != "lower_usage_price" or story.result.configuration is None:
        return
    price, catalog = story.result.configuration.usage_unit_price, story.context.catalog
    ways = []
    best = _best_step(story.result.trade_offs, price)
    if best is not None and best.next_value is not None and best.one_step_more is not None:
        noun = term(best.field, number_of(best.next_value), catalog)
        lower = f.quote(best.one_step_more.usage_unit_price, catalog)
        agreed = ", for which an approval may be needed" if story.may_ask else ""
        ways.append(f"offer {lower} for {noun}{agreed}")
    if not story.may_ask and any(True for _ in basis.better_levels(story.context)):
        ways.append("ask again with approval mode `allow_approval`")
    if ways:
        yield Remark(f"If the customer wants to pay less, {f.listed(ways, 'or')}.")


def _best_step(trades: Sequence[TradeOff], price: Fraction) -> TradeOff | None:
    """The commitment of which one step more lowers the usage price most."""
    lower = [
        (trade.one_step_more.usage_unit_price, place)
        for place, trade in enumerate(trades)
        if trade.one_step_more is not None and trade.one_step_more.usage_unit_price < price
    ]
    return trades[min(lower)[1]] if lower else None


# --- rejected -------------------------------------------------------------------------------


def _rejected(story: _Story) -> Titled:
    yield "Why it is rejected", _why_rejected(story)
    yield "What would be accepted", _accepted_instead(story)
    yield "What the policy would have to say", _edits(story)
    yield "What is not known", _cut(story)
    yield "What to do next", _next_without_answer(story)


def _why_rejected(story: _Story) -> Iterator[Justification]:
    """Bounds, the nearest miss, and every conflict with its figures there."""
    context, catalog = story.context, story.context.catalog
    for bad in context.bound_violations:
        yield OutOfBounds(bad.field, bad.asked, bad.allowed_text, catalog)
    conflicts = [found for found in story.result.conflicts if not _is_out_of_bounds(found)]
    if context.bound_violations and not conflicts:
        return
    yield basis.nearest_miss(context)
    if len(conflicts) > 1:
        yield Remark(
            f"There are {len(conflicts)} conflicts, each of which alone rejects the request."
        )
    failing = list(context.in_the_way)
    near = context.near_miss.configuration.usage_unit_price if context.near_miss else Fraction(0)
    for members in conflicts:
        told = tuple(rule for rule in failing if rule.id in members)
        yield Excludes(_together(story, members), told, near, catalog)
        failing = [rule for rule in failing if rule not in told]
    for rule in failing:
        yield RuleInTheWay(rule, catalog)
    if any(LTV_RULE in members for members in conflicts) or _fails(LTV_RULE, context):
        yield LtvRequired(context.ltv, context.request.profile, catalog.currency)


def _fails(rule: str, context: ExplanationContext) -> bool:
    return any(failing.id == rule for failing in context.in_the_way)


def _is_out_of_bounds(members: Sequence[str]) -> bool:
    return any(name.startswith("tunable:") and name != f"tunable:{PRICE}" for name in members)


def _accepted_instead(story: _Story) -> Iterator[Justification]:
    result, context = story.result, story.context
    yield from _corrections(story)
    for offer in result.counteroffers:
        yield WouldBeAccepted(offer, context.catalog)
    if not story.may_ask:
        for step in result.ladder:
            if step.level and step.waives and step.status == "optimal":
                yield _could_accept(story, step)
                break
    yield from basis.unknown_levels(context)


def _corrections(story: _Story) -> Iterator[Justification]:
    result, context = story.result, story.context
    if result.corrections:
        options = tuple(
            (tuple(f.label(field, context.catalog) for field in found.fields), found.approvals)
            for found in result.corrections
        )
        yield Enough(options, result.rules)
    elif result.conflicts and result.completeness.corrections:
        yield Remark("Other values for what the request asks for would not be enough.")


def _could_accept(story: _Story, step: LadderStep) -> ApproversCouldAccept:
    waived = story.rules(step.waives)
    approvers = story.context.price_book.policy.approvers
    approvals = tuple(
        Approval(approver=name, rules=tuple(rule.id for rule in waived if rule.approver == name))
        for name in approvers
        if any(rule.approver == name for rule in waived)
    )
    price, ltv = step.usage_unit_price or Fraction(0), step.ltv or Fraction(0)
    outcome = Outcome(usage_unit_price=price, ltv=ltv)
    return ApproversCouldAccept(approvals, waived, outcome, story.context.catalog)


def _edits(story: _Story) -> Iterator[Justification]:
    for edit in story.result.policy_edits:
        for rule in story.rules([edit.rule]):
            yield LimitEdited(edit, rule, story.context.catalog)


def _next_without_answer(story: _Story) -> Iterator[Justification]:
    result, context = story.result, story.context
    if not result.counteroffers:
        yield from _next_without_offer(story)
        return
    first = result.counteroffers[0]
    acts = changes_in_words(first, context.catalog, context.request.inputs)
    who = f.listed([f"`{approval.approver}`" for approval in first.approvals])
    agreed = f"get {who} to agree, then " if who else ""
    others = ", or another of the counteroffers above" if len(result.counteroffers) > 1 else ""
    offer = f"propose to the customer to {acts}, at {first.quote}{others}"
    yield Remark(f"Next: {agreed}{offer}.")


def _next_without_offer(story: _Story) -> Iterator[Justification]:
    """Where to turn if nothing near the request is accepted, as far as that is known."""
    context, result = story.context, story.result
    helps = any(True for _ in basis.better_levels(context))
    if helps or result.completeness.note:
        before, _, advice = basis.way_out(context, approval_helps=helps).partition("Next: ")
        if before:
            yield Remark(before.strip())
        yield Remark(f"Next: {advice}")
        return
    approval = "even with an approval" if story.may_ask else "without an approval"
    yield Remark(f"No terms within the tunable bounds would be accepted {approval}.")
    edit = ", or change the policy as above" if result.policy_edits else ""
    yield Remark(f"Next: start from another model{edit}.")


# --- unknown, and what a limit cut ----------------------------------------------------------


def _unknown(story: _Story) -> Titled:
    yield "Why there is no answer", basis.unknown_facts(story.context)


def _cut(story: _Story) -> Iterator[Justification]:
    """What may be missing where a limit cut a search."""
    found = story.result.completeness
    if not found.note:
        return
    parts = {
        "conflicts": found.conflicts,
        "corrections": found.corrections,
        f"reasons against {BETTER[story.preference]}": found.blocking_sets,
    }
    yield SearchCut(tuple(name for name, complete in parts.items() if not complete), found.note)


_SECTIONS: Mapping[Decision, Callable[[_Story], Titled]] = {
    "accepted": _answered,
    "requires_approval": _answered,
    "rejected": _rejected,
    "unknown": _unknown,
}
