"""What is told of a rejection: why, what would be accepted instead, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial

from cp_pricing.fields import LTV_RULE, PRICE
from cp_pricing.results import approvals_of
from cp_pricing.telling.context import Told, is_out_of_bounds
from cp_pricing.telling.levels import (
    better_levels,
    climbing,
    unknown_levels,
    who_waives,
    would_buy,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import (
    Justification,
    Next,
    Tabled,
    figures,
    introduced,
    ltv_required,
    named,
    nearest_miss,
)
from cp_pricing.words.reasons import (
    Together,
    alike,
    approvers_could_accept,
    enough,
    excludes,
    limit_edited,
    near,
    paired,
)
from cp_pricing.words.tables import shortfalls
from cp_pricing.words.terms import capital, changes_in_words, other_terms


def why_rejected(told: Told) -> Iterator[Justification]:
    """Bounds, the near miss, and every conflict with its figures there."""
    yield from _bounds(told)
    conflicts = [members for members in told.result.conflicts if not is_out_of_bounds(members)]
    of_rules = conflicts if told.basis.diagnosed else told.in_the_way
    if of_rules or not told.basis.outside:
        yield _nearest_miss(told)
        yield from _conflicts(told, conflicts)
    elif told.basis.diagnosed:
        return  # the bounds alone reject it
    # Without a diagnosis the conflicts are not known: then the requirement is told in any case.
    failing = {rule.id for rule in told.in_the_way}.union(*conflicts)
    if LTV_RULE in failing or not told.basis.diagnosed:
        yield ltv_required(told.result.ltv, told.request.profile, told.catalog.currency)


def why_in_short(told: Told) -> Iterator[str]:
    """The bounds that are left, and each conflict; without those, what the near miss breaks.

    Who asks for a price reads first of what stands against that price.
    """
    conflicts = [members for members in told.result.conflicts if not is_out_of_bounds(members)]
    yield from _bounds(told)
    together = map(told.together, conflicts)
    for members in sorted(together, key=lambda one: told.asks_price and not one.priced):
        yield _in_short(told, members)
    for rule in told.in_the_way if not conflicts else ():
        yield f"{introduced(rule)}: {figures(rule, told.catalog)}."


def _in_short(told: Told, members: Together) -> str:
    """A conflict: the one rule in it with its figures, or all by name and the figures of some."""
    if len(members.rules) == 1 and members.rules[0] in told.in_the_way:
        (rule,) = members.rules
        given = f", {members.given.removesuffix(', ')}" if members.given else ""
        return f"{introduced(rule)}{given}: {figures(rule, told.catalog)}."
    rules = f.coded(rule.id for rule in members.rules) or "all terms"
    failing = tuple(rule for rule in members.rules if rule in told.in_the_way)
    nearest = near(members, failing, _near_price(told))
    return f"{capital(members.given + rules)} cannot hold together{members.at_any_price}{nearest}."


def _bounds(told: Told) -> Iterator[str]:
    for field in told.basis.outside:
        name = capital(f.label(field, told.catalog))
        asked = f.field_value(field, told.request.inputs[field], told.catalog)
        possible = told.possible(field)
        yield f"{name}: {asked} was asked for; possible is {possible}."


def _nearest_miss(told: Told) -> str:
    """At which price the request comes nearest to being accepted, if it is known."""
    missed = told.result.near_miss
    if missed is None:
        asked = f"The {told.words.short} asked for does not satisfy"
        chosen = f"No {told.words.noun} that may be chosen satisfies"
        return f"{asked if told.asks_price else chosen} all rules."
    possible = "" if told.asks_price or told.has_one_price else told.possible(PRICE)
    opened = [f.label(name, told.catalog) for name in told.request.open]
    price = missed.configuration.price
    return nearest_miss(price, possible, opened, told.catalog, asked=told.asks_price)


def _near_price(told: Told) -> Fraction | None:
    missed = told.result.near_miss
    return missed.configuration.price if missed else None


def _conflicts(told: Told, conflicts: Sequence[Sequence[str]]) -> Iterator[Justification]:
    """The conflicts, each failing rule in the first that has it, and the failing rules in none.

    Rules that fail each by itself have their figures in a table, and nowhere else.
    """
    if len(conflicts) > 1:
        yield f"There are {len(conflicts)} conflicts, each of which alone rejects the request."
    failing = list(told.in_the_way)
    groups = paired(alike(told.together(members) for members in conflicts))
    tabled = [rule for one in groups if one.each for rule in one.rules]
    for one in groups:
        here = tuple(
            rule for rule in failing if rule in one.rules and (one.each or rule not in tabled)
        )
        yield excludes(one, here, _near_price(told))
        if not one.each:  # of which the figures are told with them
            failing = [rule for rule in failing if rule not in here]
    if len(failing) == 1:
        yield f"At the near miss {named(failing[0])} fails: {figures(failing[0], told.catalog)}."
    elif failing:
        names = f.coded(rule.id for rule in failing)
        text = f"At the near miss {len(failing)} rules fail: {names}."
        yield Tabled(text, partial(shortfalls, failing, told.catalog))


# --- what instead ---------------------------------------------------------------------------


def accepted_instead(told: Told) -> Iterator[str]:
    """Corrections, counteroffers, and what an approval would make possible."""
    yield from _corrections(told)
    yield from counteroffers(told)
    if told.basis.diagnosed:
        yield from _could_accept(told)
    else:
        yield from (would_buy(told, *level) for level in better_levels(told))
    yield from unknown_levels(told)


def counteroffers(told: Told) -> Iterator[str]:
    """Each counteroffer with its lifetime value."""
    for offer in told.result.counteroffers:
        worth = f.money(offer.ltv, told.catalog.currency)
        yield f"{capital(offer.text)} (lifetime value {worth})."


def _corrections(told: Told) -> Iterator[str]:
    result = told.result
    if result.corrections:
        options = tuple(
            (other_terms(each.fields, told.request.inputs, told.catalog), each.approvals)
            for each in result.corrections
        )
        yield enough(options, result.rules)
    elif result.conflicts and result.completeness.corrections:
        yield "To change what the request asks for would not be enough."


def _could_accept(told: Told) -> Iterator[str]:
    """The lowest level that would accept everything as asked, where none may be asked."""
    reaching = (step for step in told.result.ladder if step.level and step.waives)
    step = next((step for step in reaching if step.status == "optimal"), None)
    if told.may_ask or step is None or step.outcome is None:
        return
    waived = told.rules(step.waives)
    if not waived:
        yield would_buy(told, step, step.outcome)
        return
    approvers = told.price_book.policy.approvers
    approvals = approvals_of({rule.id: rule.approvers for rule in waived}, approvers)
    yield approvers_could_accept(approvals, waived, step.outcome, told.catalog)


def edits(told: Told) -> Iterator[str]:
    """What the policy would have to say."""
    for edit in told.result.policy_edits:
        for rule in told.rules([edit.rule]):
            yield limit_edited(edit, rule, told.catalog)


# --- what to do next ------------------------------------------------------------------------


def next_in_full(told: Told) -> Iterator[Justification]:
    """The first counteroffer, or where to turn if nothing near the request is accepted."""
    offers = told.result.counteroffers
    if not offers:
        yield from _next_without_offer(told)
        return
    first = offers[0]
    acts = changes_in_words(first, told.catalog, told.request.inputs)
    who = f.coded(approval.approver for approval in first.approvals)
    agreed = f"get {who} to agree, then " if who else ""
    others = ", or another of the counteroffers above" if len(offers) > 1 else ""
    yield Next(f"{agreed}propose to the customer to {acts}, at {first.quote}{others}")


def _next_without_offer(told: Told) -> Iterator[Justification]:
    """Advice that rests on nothing but what has been proven."""
    for step, outcome in list(climbing(told.result.price_ladder, told.preference))[:1]:
        who = who_waives(told, step)
        agree = "agree" if len(who) > 1 else "agrees"
        approved = f"once {f.coded(who)} {agree}" if who else "at once"
        price = f.quote(outcome.price, told.catalog)
        yield Next(f"ask for {price}, which can be had {approved} with these terms")
        return
    if told.result.completeness.note or better_levels(told):
        way_out = next_in_short(told)
        if way_out.since:
            yield way_out.since
        yield Next(way_out.advice)
        return
    # Counteroffers keep a price that is asked for, and ask for nothing beyond reason.
    at = f" at this {told.words.short}" if told.asks_price else ""
    approval = "even with an approval" if told.may_ask else "without an approval"
    yield f"No terms that can reasonably be proposed would be accepted{at} {approval}."
    again = [f"ask again without a {told.words.short}"] if told.asks_price else []
    others = len(told.price_book.available(told.request.profile)) > 1
    ways = again + ["start from another plan"] * others
    # Where nothing else is left, the policy is.
    change = ["change the policy"] if told.result.policy_edits or not ways else []
    yield Next(f.listed(ways + change, "or"))


def next_in_short(told: Told) -> Next:
    """What to do about a rejection, where no counteroffers have been looked for."""
    if better_levels(told):
        return Next("ask again with approval mode `allow_approval`")
    if told.basis.outside:
        fields = f.listed([f"the {f.label(field, told.catalog)}" for field in told.basis.outside])
        since = "No approval waives tunable bounds."
        return Next(f"ask again with what is possible for {fields}", since)
    undecided = any(step.status == "unknown" for step in told.result.ladder)
    since = "" if undecided else "No approval would help."
    inputs = told.request.inputs
    if inputs:
        asked = list(inputs)
        return Next(f"ask again with {other_terms(asked, inputs, told.catalog, 'or')}", since)
    return Next(
        "start from another plan or ask for other terms, since"
        f" `{told.request.configuration}` at list does not satisfy the policy"
        f" for `{told.request.profile}`",
        since,
    )
