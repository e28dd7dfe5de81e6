"""The counteroffers of section 8 against trying every configuration; read from the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constraints.text.source import InputError
from cp_pricing.book.loading import parse_requests
from cp_pricing.tuning import solve as solved
from tests.explanations.cases import Books, offer_case
from tests.explanations.offers import Grid
from tests.oracle.answer import Answer
from tests.oracle.case import Value
from tests.oracle.enumeration import fails, solve
from tests.oracle.valuing.expressions import Scope
from tests.oracle.valuing.model import Offer
from tests.oracle.valuing.rates import ALLOWANCE, is_override
from tests.oracle.valuing.usage import UNLIMITED
from tests.oracle.writing.rendering import render
from tests.support.drawn import book_of
from tests.support.search import Tally

REQUESTS = "tuning_requests.json"


@dataclass(frozen=True)
class Shown:
    """A counteroffer of a result; `own` are its terms before a guaranteed fee lifts one."""

    own: Mapping[str, Value]
    offer: Offer
    document: Mapping[str, Any]


def offers_compared(seed: int, books: Books) -> Tally:
    """The counteroffers to one random request."""
    case = offer_case(seed, books)
    texts = render(case)
    try:
        book = book_of(texts)
        (request,) = parse_requests(book, texts[REQUESTS])
    except InputError:
        return Tally(kinds=Counter(["case not well-formed"]))
    expected, result = solve(case), solved(book, request, detail="full")
    if result.decision != expected.decision:
        return Tally(differences=[f"{result.decision} instead of {expected.decision}"])
    if result.completeness.note:  # on a machine that is busy
        return Tally(kinds=Counter(["cut short"]))
    grid = Grid(case)
    shown = [shown_of(grid, one) for one in result.model_dump()["counteroffers"]]
    found = list(offer_differences(grid, expected, shown))
    price = "asked" if case.request.asks_for_price else "solved"
    kinds = Counter([f"{len(shown)} counteroffers to {expected.decision} ({price} price)"])
    return Tally(kinds=kinds, differences=found)


def shown_of(grid: Grid, document: Mapping[str, Any]) -> Shown:
    """A counteroffer as the oracle has it, with its own platform fee, not that charged."""
    terms = terms_of(document["configuration"])
    changed = {change["field"]: change["offered"] for change in document["changes"]}
    # A result shows what stands in place of a rate among its rates.
    for name in filter(is_override, grid.asked.keys() - changed):
        terms[name] = grid.asked[name]
    fee = "platform_fee"
    terms[fee] = _value(changed[fee]) if fee in changed else grid.asked[fee]
    return Shown(terms, Offer(terms, grid.market), document)


def terms_of(configuration: Mapping[str, Any]) -> dict[str, Value]:
    """The terms that are shown, those by meter under the names of rules."""
    terms: dict[str, Value] = {}
    for name, shown in configuration.items():
        if name == "rates":
            terms |= {f"{ALLOWANCE}.{m}": _value(rate["included"]) for m, rate in shown.items()}
        elif name != "list_rates":
            terms[name] = _value(shown)
    return terms


def _value(shown: Any) -> Value:  # noqa: ANN401 - whatever a document shows
    if isinstance(shown, bool):
        return shown
    return UNLIMITED if shown == "unlimited" else Fraction(shown)


def offer_differences(grid: Grid, answer: Answer, shown: Sequence[Shown]) -> Iterator[str]:
    """Everything in which counteroffers are not those of the whole grid."""
    expected, dearer = grid.expected(answer)
    ours, theirs = [one.own for one in shown], [one.offer.raw for one in expected]
    if ours != theirs:
        yield f"counteroffers: {ours} instead of {theirs}"
    for one in shown:
        yield from _untrue(grid, one, dearer=dearer)


def _signers(grid: Grid, offer: Offer) -> dict[str, set[str]]:
    """Who has to sign a configuration, and for which rules."""
    scope = Scope(offer)
    broken = [rule for rule in grid.waivable if fails(rule, scope)]
    return {
        who: {rule.id for rule in broken if who in rule.approvers}
        for who in grid.case.policy.approvers
        if any(who in rule.approvers for rule in broken)
    }


def _untrue(grid: Grid, one: Shown, *, dearer: bool) -> Iterator[str]:
    """Everything in which a counteroffer is not what it says."""
    signers = _signers(grid, one.offer)
    wanted: dict[str, object] = {
        "ltv": one.offer.ltv,
        "decision": "requires_approval" if signers else "accepted",
        "approvals": signers,
        "above_baseline_price": dearer,
    }
    approvals = {a["approver"]: set(a["rules"]) for a in one.document["approvals"]}
    shown = {**one.document, "approvals": approvals, "ltv": Fraction(one.document["ltv"])}
    for key, value in wanted.items():
        if shown[key] != value:
            yield f"{key} of a counteroffer: {shown[key]} instead of {value}"
