"""Solving a request: the decision, the certified answer and how its rules read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from constraints.cpsat.budget import Shares
from constraints.cpsat.solving import Solver, Unknown
from cp_pricing.assembly import decided, explained
from cp_pricing.decision.verdict import Verdict, contradicted, decide, decide_briefly
from cp_pricing.diagnosis.diagnosis import (
    Detail,
    Watch,
    Why,
    known_detail,
    read_answer,
    read_for_customer,
    read_rejection,
    unwatched,
)
from cp_pricing.model.bills import bills_by_use
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.telling.context import basis_of

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.results import TuningResult


TIME_LIMIT = 30.0


class Stage(NamedTuple):
    """What is looked for next; `result` is what is proven before, `None` if that is nothing."""

    doing: str
    result: Callable[[], TuningResult | None]


def solve(
    price_book: PriceBook,
    request: TuningRequest,
    *,
    detail: Detail = "rules",
    time_limit: float = TIME_LIMIT,
    watch: Callable[[Stage], None] | None = None,
) -> TuningResult:
    """The certified answer to a request, found and read within `time_limit` seconds.

    What is not found of a full reading by then is left out, and said to be.

    `detail` is `decision` (the certified answer, without rules, reasons and near miss), `rules`
    (each rule read at the answer) or `full` (binding rules, conflicts, counteroffers and trade-offs
    too); `ValueError` is raised for another. An undecided request has the decision `unknown`;
    nothing is raised for it. `watch` is told before each stage of the work.
    """
    return solved(deal_of(price_book, request, time_limit), known_detail(detail), watch)


def solved(
    deal: Deal,
    detail: Detail,
    watch: Callable[[Stage], None] | None = None,
    reading: float = 1.0,
) -> TuningResult:
    """As `solve`; a full reading may take the given part of the time that the decision leaves."""
    started = time.perf_counter()
    if watch is not None:
        watch(Stage("the best usage price of each approval level", lambda: None))
    if detail == "decision":
        (verdict,) = decide_briefly([deal], deal.solver)
        return decided(deal, verdict, time.perf_counter() - started)
    verdict = decide(deal)

    def result(why: Why | None) -> TuningResult:
        return explained(deal, verdict, why, time.perf_counter() - started)

    def tell(doing: str, so_far: Why) -> None:
        if watch is not None:
            watch(Stage(doing, lambda: result(so_far)))

    with deal.solver.part(reading):
        why = read_fully(deal, verdict, tell) if detail == "full" else None
    if why and why.refuted:
        # What was looked for cannot be there if the verdict is right: one of two proofs is wrong.
        verdict, why = contradicted(deal.levels), Why()
    return result(why)


def solve_for_customer(
    price_book: PriceBook,
    request: TuningRequest,
    *,
    approved: bool = False,
    time_limit: float = 30.0,
    watch: Callable[[Stage], None] | None = None,
) -> TuningResult:
    """The answer that a customer may see, with what other terms come to; as `solve` otherwise.

    All of it is self-serve. With `approved`, the approvals that the request's own answer needs are
    given: that answer is the result, and of other terms there is nothing.
    """
    started, shares = time.perf_counter(), Shares(time_limit, 1 + approved)

    def decided_at(request: TuningRequest) -> tuple[Deal, Verdict]:
        deal = deal_of(price_book, request, shares.next())
        if watch is not None:
            watch(Stage("the best usage price", lambda: None))
        return deal, decide_briefly([deal], deal.solver)[0]

    def result(why: Why) -> TuningResult:
        return _with_bills(deal, verdict, explained(deal, verdict, why, elapsed()))

    def elapsed() -> float:
        return time.perf_counter() - started

    def tell(doing: str, so_far: Why) -> None:
        if watch is not None:
            watch(Stage(doing, lambda: result(so_far)))

    if approved:
        deal, verdict = decided_at(request)
        if verdict.decision in {"requires_approval", "unknown"}:
            return result(Why())
    deal, verdict = decided_at(self_serve(request))
    if verdict.decision == "unknown":
        return result(Why())
    return result(read_for_customer(deal, verdict.answer, tell))


def _with_bills(deal: Deal, verdict: Verdict, result: TuningResult) -> TuningResult:
    """The result of a customer, with the bills of more and less use that its words rest on."""
    bills = bills_by_use(deal, verdict.answer.fields if verdict.answer else None)
    return result.model_copy(update={"basis": replace(basis_of(result), bills=bills)})


def self_serve(request: TuningRequest) -> TuningRequest:
    """A request as it is answered without any approval."""
    return request.model_copy(update={"approval_mode": "self_serve_only"})


def decisions(
    price_book: PriceBook, requests: Sequence[TuningRequest], time_limit: float
) -> list[TuningResult]:
    """As `solve` with the detail `decision`, for many requests in much less time; without times.

    Each request that takes a search of its own has `time_limit` seconds for it.
    """
    pricing = pricing_of(price_book)
    deals = [Deal(pricing, request, Solver(seconds=time_limit)) for request in requests]
    verdicts = decide_briefly(deals, Solver(seconds=time_limit))
    return [decided(*pair, seconds=0.0) for pair in zip(deals, verdicts, strict=True)]


def undecided(price_book: PriceBook, request: TuningRequest, reason: str) -> TuningResult:
    """The result of a request that could not even be tried, and why."""
    deal = Deal(pricing_of(price_book), request, Solver())
    steps = (Unknown(reason),) * (deal.levels + 1)
    return decided(deal, Verdict("unknown", steps, unknown=reason), 0.0)


def deal_of(price_book: PriceBook, request: TuningRequest, time_limit: float) -> Deal:
    """A request ready to be solved; all solves together have `time_limit` seconds from now on."""
    solver = Solver(seconds=time_limit)
    solver.within(time_limit)
    return Deal(pricing_of(price_book), request, solver)


def read_fully(deal: Deal, verdict: Verdict, watch: Watch = unwatched) -> Why:
    """Why the answer is not better, or why there is none; nothing of what was not decided."""
    if verdict.answer is not None:
        return read_answer(deal, verdict.answer, watch=watch)
    return read_rejection(deal, watch=watch) if verdict.decision == "rejected" else Why()
