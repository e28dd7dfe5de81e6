"""A result on one screen: what is read first of it, a fact a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import chain

from constraints.language.expressions import Value
from cp_pricing.book.facts import AnyFact, NumberFact
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.results import Decision, LadderStep, Outcome, RuleReport, TuningResult
from cp_pricing.telling import answered, rejected
from cp_pricing.telling.context import Told
from cp_pricing.telling.levels import climbing, merit, who_waives
from cp_pricing.telling.story import whats_next
from cp_pricing.telling.sureness import how_sure
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import Next, worth_in_short
from cp_pricing.words.reasons import WhatItsLimitCosts, stops_better
from cp_pricing.words.sheet import Fact
from cp_pricing.words.statuses import SELF_SERVE
from cp_pricing.words.tables import approvals_in_words
from cp_pricing.words.terms import capital, changed_fields, fact_in_words, term

Lines = Iterator[Fact]


def screen(told: Told) -> tuple[Fact, ...]:
    """What a result comes to: about ten lines, each fact in one of them."""
    return tuple(chain(who_asks(told), *(part(told) for part in _PARTS[told.result.decision])))


def who_asks(told: Told) -> Lines:
    """Who asks for what."""
    result = told.result
    aim = told.words.aim[result.objective.preference]
    yield Fact("request", f"{result.baseline} for {result.profile}, {aim}")
    yield from customer_and_facts(told.price_book, told.request, told.result)


def customer_and_facts(book: PriceBook, request: TuningRequest, result: TuningResult) -> Lines:
    """The customer, and the facts that the request says."""
    customer, plan = request.customer, book.denomination(request.configuration)
    sizes = (
        customer.name,
        f"{f.exact(customer.members)} member{'' if customer.members == 1 else 's'}"
        if customer.members
        else None,
        f"{f.use(customer.monthly_units, plan)}/month"
        if customer.monthly_units is not None
        else None,
        "months of its own" if customer.monthly_usage else None,
    )
    if any(sizes):
        yield Fact("customer", ", ".join(filter(None, sizes)))
    facts = [_fact(book.policy.facts[name], result.facts[name], name) for name in request.facts]
    if facts:
        yield Fact("facts", ", ".join(facts))


def _fact(declared: AnyFact, value: str | bool, name: str) -> str:  # noqa: FBT001 - a value
    """A fact of the request: `payment_terms 60 days`."""
    unit = f" {declared.unit}" if isinstance(declared, NumberFact) and declared.unit else ""
    return f"{name} {fact_in_words(value)}{unit}"


# --- an answer ------------------------------------------------------------------------------


def _terms(told: Told) -> Lines:
    terms = told.result.configuration
    if terms and (changed := changed_fields(terms, told.baseline)):
        nouns = [_noun(told, field, terms.value(field)) for field in changed]
        yield Fact("terms", f.listed(nouns))


def _noun(told: Told, field: str, value: Value) -> str:
    chosen = " (chosen by the solver)" if field in told.request.open else ""
    return term(field, value, told.catalog) + chosen


def _money(told: Told) -> Lines:
    """Bill and margin a month here and at list, and what is committed to over the term."""
    monthly, currency = told.result.monthly, told.catalog.currency
    listed = (monthly.list_bill, monthly.list_margin)
    bill, margin = (f.money(amount, currency) for amount in listed)
    if monthly.bill is None or monthly.margin is None:
        yield Fact("at list", f"bill {bill} a month, margin {margin}")
        return
    here = f"bill {f.money(monthly.bill, currency)} ({bill} at list)"
    kept = f"margin {f.money(monthly.margin, currency)} ({margin} at list)"
    yield Fact("a month", f"{here}, {kept}")
    contract, terms = told.result.contract, told.result.configuration
    if contract is None or terms is None:
        return
    committed, expected = (
        f.money(amount, currency) for amount in (contract.committed_value, contract.expected_value)
    )
    over = f.months(terms.contract_duration_months)
    yield Fact("contract", f"{committed} committed over {over}, {expected} expected")


def _worth(told: Told) -> Lines:
    ltv = told.result.ltv
    if ltv.tuned is not None:
        worth = worth_in_short(ltv.tuned, ltv.required, told.catalog.currency)
        yield Fact("lifetime value", worth)


def _confidence(told: Told) -> Lines:
    for sure in how_sure(told):
        yield Fact("confidence", sure.in_short())


def _signs(told: Told) -> Lines:
    if told.result.approvals:
        yield Fact("to sign", approvals_in_words(told.result.approvals), tone="warn")


def _stops(told: Told) -> Lines:
    """The one thing that stops a better answer, and the next step of its limit."""
    sets = told.result.blocking_sets
    if not sets:
        return
    binding = [rule for rule in told.result.rules if rule.status == "binding"]
    if not binding:
        more = f" ({len(sets) - 1} more)" if len(sets) > 1 else ""
        stop = stops_better(told.together(sets[0]), told.preference)
        yield Fact("stopped by", stop.rstrip(".") + more)
        return
    rule = max(binding, key=lambda one: _gain(told, one))
    others = f" ({len(binding) - 1} more)" if len(binding) > 1 else ""
    costs = WhatItsLimitCosts(rule, told.preference, told.catalog)
    yield Fact("stopped by", f"{costs.stop()}{others}")
    if costs.buys():
        yield Fact("next step", costs.buys())


def _gain(told: Told, rule: RuleReport) -> tuple[Fraction, ...]:
    """What there would be without a rule; those of which that is not known come last."""
    return merit(rule.relief, told.preference) if rule.relief else ()


# --- a rejection ----------------------------------------------------------------------------


def _refused(told: Told) -> Lines:
    """Why there is no answer: bounds, the smallest conflict, or what the near miss breaks."""
    reasons = list(rejected.why_in_short(told))
    if reasons:
        more = f" ({len(reasons) - 1} more)" if len(reasons) > 1 else ""
        yield Fact("refused by", reasons[0].rstrip(".") + more)


def _wished(told: Told) -> Lines:
    inputs = told.request.inputs
    nouns = [term(field, value, told.catalog) for field, value in inputs.items()]
    if nouns:
        yield Fact("asked", f.listed(nouns))


# --- both -----------------------------------------------------------------------------------


def _levels(told: Told) -> Lines:
    """Who could go lower, and to what; of an asked price, what there is if it is left open."""
    result, ladder = told.result, told.result.price_ladder or told.result.ladder
    answer = _price_of(told)
    steps = [
        (step, outcome)
        for step, outcome in climbing(ladder, told.preference)
        if outcome.price != answer
    ]
    if result.approvals and steps and not result.price_ladder and not steps[0][0].level:
        yield Fact("without it", _level(told, *steps.pop(0)))
    if steps:
        yield Fact(_levels_name(told), "; ".join(_level(told, *step) for step in steps))
    elif all(step.status != "unknown" for step in ladder) and len(ladder) > 1:
        yield _no_level(told)


def _levels_name(told: Told) -> str:
    """What the other levels are to the answer: above one that was asked for none is better."""
    if told.result.price_ladder:
        return f"other {told.words.short}s"
    if told.result.configuration is None:
        return "accepted with"
    return "or with" if told.result.approvals else told.words.with_approval[told.preference]


def _no_level(told: Told) -> Fact:
    """That no approval would change anything."""
    result = told.result
    if result.price_ladder:
        better = " better" if result.configuration else ""
        return Fact(f"other {told.words.short}s", f"none{better}, whoever approves", tone="quiet")
    if result.configuration is None:
        return Fact("approvals", "none would be enough", tone="quiet")
    none = "no further one" if result.approvals else "none"
    return Fact("approvals", f"{none} buys {told.words.better[told.preference]}", tone="quiet")


def _price_of(told: Told) -> Fraction | None:
    terms = told.result.configuration
    return terms.price if terms else None


def _level(told: Told, step: LadderStep, outcome: Outcome) -> str:
    price = f.quoted(outcome.price, told.catalog)
    if told.preference == "seller_ltv":
        price = f"{f.money(outcome.ltv, told.catalog.currency)} of lifetime value (at {price})"
    if not step.waives:
        return f"{SELF_SERVE} {price}"
    return f"{f.listed(who_waives(told, step))} {price}, waiving {f.listed(step.waives)}"


def _instead(told: Told) -> Lines:
    offers = told.result.counteroffers
    if offers:
        more = f" ({len(offers) - 1} more)" if len(offers) > 1 else ""
        yield Fact("instead", capital(offers[0].text) + more)


def _cut(told: Told) -> Lines:
    """Why something that belongs here, or in the whole explanation, may be missing."""
    if told.result.completeness.note:
        yield Fact("not known", told.result.completeness.note, tone="warn")


def _warnings(told: Told) -> Lines:
    for warning in told.result.warnings:
        yield Fact("warning", warning, tone="warn")


def _undecided(told: Told) -> Lines:
    del told
    yield Fact("this is", "neither a yes nor a no")


def _next(told: Told) -> Lines:
    """What to do, without what stands above it."""
    result = told.result
    if result.decision == "rejected" and result.counteroffers:
        who = f.coded(approval.approver for approval in result.counteroffers[0].approvals)
        said = f"get {who} to agree, then propose that" if who else "propose that to the customer"
    elif result.configuration is not None and told.basis.diagnosed:
        who = f.coded(approval.approver for approval in result.approvals)
        said = " ".join(
            [
                f"ask {who} for approval." if who else "offer these terms.",
                *answered.if_less_is_wanted(told),
            ]
        )
    else:
        first, *others = (
            part.advice if isinstance(part, Next) else str(part) for part in whats_next(told)
        )
        said = " ".join([first, *map(capital, others)])
    yield Fact("next", said.rstrip("."), tone="strong")


_ANSWERED = (
    _terms,
    _money,
    _worth,
    _confidence,
    _signs,
    _stops,
    _levels,
    _instead,
    _cut,
    _warnings,
    _next,
)
_PARTS: Mapping[Decision, tuple[Callable[[Told], Lines], ...]] = {
    "accepted": _ANSWERED,
    "requires_approval": _ANSWERED,
    "rejected": (_wished, _money, _refused, _levels, _instead, _cut, _warnings, _next),
    "unknown": (_wished, _undecided, _next),
}
