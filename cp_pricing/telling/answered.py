"""What is told of an answer: its terms, who approves it, why it is not better, what is next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial

from cp_pricing.exact import value_of
from cp_pricing.results import Outcome, RuleReport, TradeOff
from cp_pricing.telling.context import Told
from cp_pricing.telling.levels import (
    better_levels,
    climbing,
    unknown_levels,
    would_buy,
)
from cp_pricing.telling.sureness import how_sure
from cp_pricing.terms import priced
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import (
    Justification,
    Next,
    Tabled,
    figures,
    in_brackets,
    in_full,
    ltv_required,
    named,
    price_against_list,
    terms_changed,
    worth_in_short,
)
from cp_pricing.words.reasons import CommitmentWorth, WhatItsLimitCosts, alike, stops_better
from cp_pricing.words.tables import costly_limits, shortfalls
from cp_pricing.words.terms import changed_fields, term


def answer(told: Told) -> Iterator[str]:
    """Price, terms and lifetime value of the answer."""
    terms, baseline = told.result.configuration, told.baseline
    if terms is None:
        return
    plan = told.request.configuration
    yield price_against_list(terms.price, baseline.price, plan, told.catalog, told.main_rates)
    changed = changed_fields(terms, baseline)
    if changed:
        yield terms_changed(terms, baseline, changed, told.request.open, told.catalog)
    ltv, currency = told.result.ltv, told.catalog.currency
    if ltv.tuned is not None:
        horizon = f.months(told.price_book.policy.ltv.horizon_months)
        worth = worth_in_short(ltv.tuned, ltv.required, currency)
        yield f"Over {horizon} a comparable customer is worth {worth}."
    yield ltv_required(ltv, told.request.profile, currency)
    yield from (sure.sentence() for sure in how_sure(told))


def approvals(told: Told) -> Iterator[Justification]:
    """Who has to waive what, and what there is without it."""
    if not told.result.approvals:
        return
    waived = told.rules([name for each in told.result.approvals for name in each.rules])
    if len(waived) == 1:
        (rule,) = waived
        yield f"{_has_to(rule.approvers)} {named(rule)}: {figures(rule, told.catalog)}."
    else:
        text = f"{f.listed(_signatures(waived))}."
        yield Tabled(text, partial(shortfalls, waived, told.catalog))
    outcome = told.result.ladder[0].outcome
    if outcome is None:
        yield "Without an approval there is no answer to this request."
    else:
        yield f"Without any approval the best is {in_full(outcome, told.catalog)}."


def _has_to(approvers: Sequence[str]) -> str:
    return f"{f.coded(approvers)} {'has' if len(approvers) == 1 else 'have'} to waive"


def _signatures(waived: Sequence[RuleReport]) -> list[str]:
    """Who has to waive what, those with the same signatures together."""
    by: dict[tuple[str, ...], list[str]] = {}
    for rule in waived:
        by.setdefault(rule.approvers, []).append(rule.id)
    return [f"{_has_to(approvers)} {f.coded(rules)}" for approvers, rules in by.items()]


def why_not_better(told: Told) -> Iterator[Justification]:
    """What stops a better answer, and what the limits of the binding rules cost."""
    sets = told.result.blocking_sets
    if len(sets) > 1:
        better = told.words.better[told.preference]
        yield f"There are {len(sets)} obstacles, each of which alone stops {better}."
    for one in alike(told.together(members) for members in sets):
        yield stops_better(one, told.preference)
    binding = tuple(rule for rule in told.result.rules if rule.status == "binding")
    if len(binding) > 1:
        limits = partial(costly_limits, binding, told.preference, told.catalog)
        yield Tabled(
            f"Without any one of {f.coded(rule.id for rule in binding)}, or with a looser limit of"
            f" it, there would be {told.words.better[told.preference]}.",
            limits,
        )
        return
    # Where one rule alone has just been named, it need not be named again.
    only = len(sets) == 1 and told.rules(sets[0]) == binding
    for rule in binding:
        subject = "that rule" if only else ""
        yield WhatItsLimitCosts(rule, told.preference, told.catalog, subject).sentence()


def worth(told: Told) -> Iterator[str]:
    """What each commitment of the answer is worth."""
    terms, ltv = told.result.configuration, told.result.ltv.tuned
    if terms is None or ltv is None:
        return
    answer = Outcome(**priced(terms.price, is_card=told.catalog.is_card), ltv=ltv)
    for trade in told.result.trade_offs:
        yield CommitmentWorth(trade, answer, told.preference, told.catalog).sentence()


def approval_would_buy(told: Told) -> Iterator[str]:
    """What each better level reaches; in full, one that waives more than the last by what it adds.

    Nothing of that where an approval is needed anyway; in full, nothing where one may be asked for.
    """
    if told.result.price_ladder or told.result.approvals:
        return
    if told.basis.diagnosed and told.may_ask:
        return
    before: tuple[RuleReport, ...] = ()
    for step, outcome in better_levels(told):
        waived = told.rules(step.waives)
        added = tuple(rule for rule in waived if rule not in before)
        adds = told.basis.diagnosed and before and added and set(before) <= set(waived)
        yield _further(told, added, outcome) if adds else would_buy(told, step, outcome)
        before = waived
    yield from unknown_levels(told)


def other_prices(told: Told) -> Iterator[str]:
    """Of an asked price: what each level would reach if it were left open."""
    for step, outcome in climbing(told.result.price_ladder, told.preference):
        yield f"With the {told.words.short} left open, {would_buy(told, step, outcome)}"


def _further(told: Told, added: Sequence[RuleReport], outcome: Outcome) -> str:
    """What a level would buy by what it waives on top of those below it."""
    who = f.coded(dict.fromkeys(who for rule in added for who in rule.approvers))
    waived = f.listed([named(rule) for rule in added])
    return f"{in_brackets(outcome, told.catalog)}, if {who} waived {waived} as well."


# --- what to do next ------------------------------------------------------------------------


def next_in_short(told: Told) -> Iterator[Justification]:
    """What to do, where it has not been looked for what stands in the way of a better answer."""
    if told.result.approvals:
        asked = [
            f"`{approval.approver}` to waive {f.coded(approval.rules)}"
            for approval in told.result.approvals
        ]
        self_serve = told.result.ladder[0].outcome
        instead = ", or offer what is possible without approval" if self_serve else ""
        yield Next(f"ask {f.listed(asked)}{instead}")
    elif better_levels(told):
        aim = told.words.better[told.preference].removeprefix("a ")
        again = f"ask again with approval mode `allow_approval` for the {aim}"
        yield Next(f"offer these terms, or {again}")
    else:
        yield Next("offer these terms; nobody has to approve them")


def next_in_full(told: Told) -> Iterator[Justification]:
    """What to do, and what if the customer wants to pay less."""
    result = told.result
    if result.approvals:
        who = f.coded(approval.approver for approval in result.approvals)
        yield Next(f"ask {who} for the approval of these terms at {result.quote}")
        without = result.ladder[0].price
        if without is not None:
            price = f.quote(without, told.catalog)
            yield f"Without waiting for it, {price} can be offered at once."
    else:
        yield Next(f"offer these terms at {result.quote}; nobody has to approve them")
    yield from if_less_is_wanted(told)


def if_less_is_wanted(told: Told) -> Iterator[str]:
    """What to offer to a customer who wants to pay less."""
    ways = list(_ways_to_pay_less(told))
    if ways:
        yield f"If the customer wants to pay less, {f.listed(ways, 'or')}."


def _ways_to_pay_less(told: Told) -> Iterator[str]:
    """The step that lowers the price most, and whether approval would."""
    if told.result.price_ladder and told.result.configuration is not None:
        yield from _lower_than_asked(told, told.result.configuration.price)
        return
    if told.preference != "lower_usage_price" or told.result.configuration is None:
        return
    best = _best_step(told.result.trade_offs, told.result.configuration.price)
    if best is not None and best.next_value is not None and best.one_step_more is not None:
        noun = term(best.field, value_of(best.next_value), told.catalog)
        lower = f.quote(best.one_step_more.price, told.catalog)
        agreed = ", for which an approval may be needed" if told.may_ask else ""
        yield f"offer {lower} for {noun}{agreed}"
    if not told.may_ask and better_levels(told):
        yield "ask again with approval mode `allow_approval`"


def _lower_than_asked(told: Told, asked: Fraction) -> Iterator[str]:
    without = told.result.price_ladder[0].price
    if without is not None and without < asked:
        either = "" if told.result.approvals else " either"
        yield f"{f.quote(without, told.catalog)} needs no approval{either}"


def _best_step(trades: Sequence[TradeOff], price: Fraction) -> TradeOff | None:
    """The commitment of which one step more lowers the usage price most; the first of equals."""
    lower = [
        (trade.one_step_more.price, index)
        for index, trade in enumerate(trades)
        if trade.one_step_more is not None and trade.one_step_more.price < price
    ]
    return trades[min(lower)[1]] if lower else None
