"""Decisions read off lines are those that CP-SAT finds by itself, and are proved by it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from constraints.cpsat.solving import Solver
from constraints.lines import piecewise
from cp_pricing import solve
from cp_pricing.book.requests import TuningRequest
from cp_pricing.decision import verdict
from cp_pricing.decision.ladder import Answer
from cp_pricing.decision.price_lines import Merit, OverPrices
from cp_pricing.decision.proposals import few_choices, propose
from cp_pricing.decision.verdict import decide_briefly
from cp_pricing.fields import PRICE
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.tuning import decisions
from tests.support.batch import requests
from tests.support.books import certain, pilot


def asked(count: int) -> list[TuningRequest]:
    context = pilot().on_sale
    return [TuningRequest.model_validate(r, context=context) for r in requests(count, seed=8)]


def deals(count: int) -> list[Deal]:
    return [Deal(pricing_of(pilot()), request, Solver()) for request in asked(count)]


def test_decisions_of_the_pilot_are_those_of_cp_sat_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = decisions(pilot(), asked(120), 30.0)
    read = [solve(pilot(), request).near_miss for request in asked(120)]
    monkeypatch.setattr(verdict, "_holding", lambda proposals, _: [None] * len(proposals))
    for request, brief, near in zip(asked(120), found, read, strict=True):
        whole = solve(pilot(), request)
        assert whole.near_miss == near
        assert (brief.decision, brief.configuration, brief.ltv, brief.approvals) == (
            whole.decision,
            whole.configuration,
            whole.ltv,
            whole.approvals,
        )
        assert brief.ladder == whole.ladder[: len(brief.ladder)]
    assert {brief.decision for brief in found} == {"accepted", "requires_approval", "rejected"}


def test_all_of_the_pilot_is_read_off_lines_and_proved_in_one_solve() -> None:
    many, solver = deals(120), Solver()
    assert all(propose(deal, deal.usable_level) for deal in many)
    assert len(decide_briefly(many, solver)) == 120
    assert solver.solves == 1
    assert sum(deal.solver.solves for deal in many) == 0


def test_requests_with_open_fields_are_decided_among_the_others() -> None:
    entries = list(requests(9, seed=8))
    for place in (0, 4, 8):
        entries[place]["inputs"].pop("prepaid_amount", None)
        entries[place]["open"] = ["prepaid_amount"]
    mixed = [TuningRequest.model_validate(entry, context=pilot().on_sale) for entry in entries]
    alone = [decisions(pilot(), [request], 30.0)[0] for request in mixed]
    assert decisions(pilot(), mixed, 30.0) == alone
    assert [result.request_id for result in alone] == [request.id for request in mixed]
    many = [Deal(pricing_of(pilot()), request, Solver()) for request in mixed]
    decide_briefly(many, Solver())
    assert [deal.solver.solves > 0 for deal in many].count(True) <= 3


@pytest.mark.parametrize(
    ("left", "most"),
    [
        (("contract_duration_months", "customer_funded_onboarding"), 10),
        (("contract_duration_months", "prepaid_amount"), 5 * 61),
    ],
)
def test_open_terms_are_read_off_lines_if_few_as_cp_sat_finds_them(
    monkeypatch: pytest.MonkeyPatch, left: tuple[str, ...], most: int
) -> None:
    book, _ = certain()
    plans = {plan.id: plan for plan in book.catalog.configurations}
    entries = list(requests(60, seed=8))
    for entry in entries:
        tunable = plans[entry["configuration"]].tunable
        entry["open"] = [name for name in left if name in tunable]
        entry["inputs"] = {n: v for n, v in entry["inputs"].items() if n not in left}
    wanted = [TuningRequest.model_validate(entry, context=book.on_sale) for entry in entries]
    many = [Deal(pricing_of(book), request, Solver()) for request in wanted]
    read = [propose(deal, deal.usable_level) is not None for deal in many]
    few = [bool(deal.violations or deal.space.without(PRICE).every(64)) for deal in many]
    assert read == few
    assert (False in few) == (most > 64)
    found = decide_briefly(many, Solver())
    monkeypatch.setattr(verdict, "ladders_read", lambda deals, _: [None] * len(deals))
    solved = decide_briefly([Deal(d.pricing, d.request, Solver()) for d in many], Solver())
    for brief, whole in zip(found, solved, strict=True):
        assert (brief.decision, brief.level, _said(brief)) == (
            whole.decision,
            whole.level,
            _said(whole),
        )
    assert {one.decision for one in found} == {"accepted", "requires_approval", "rejected"}


def test_one_request_by_itself_is_decided_alike() -> None:
    for request, one in zip(asked(10), decisions(pilot(), asked(10), 30.0), strict=True):
        alone = solve(pilot(), request, detail="decision")
        aside = alone.provenance.model_copy(update={"seconds": 0.0})
        assert alone.model_copy(update={"provenance": aside}) == one


@pytest.mark.parametrize("preference", ["lower_usage_price", "seller_ltv"])
def test_a_worse_answer_is_found_out(monkeypatch: pytest.MonkeyPatch, preference: str) -> None:
    """CP-SAT does not prove what is not so, and what it finds instead contradicts the lines."""
    many = [d for d in deals(240) if d.request.preference == preference]
    right = decide_briefly(many, Solver())
    monkeypatch.setattr("constraints.lines.piecewise.highest", lambda _, where: where[-1][1])
    if preference == "lower_usage_price":
        monkeypatch.setattr("cp_pricing.decision.price_lines._first", lambda where: where[-1][1])
    again = [Deal(deal.pricing, deal.request, Solver()) for deal in many]
    found = decide_briefly(again, Solver())
    undecided = [verdict.decision == "unknown" for verdict in found]
    assert [deal.solver.solves > 0 for deal in again] == undecided
    assert any(undecided)
    for was, now in zip(right, found, strict=True):
        assert now.decision == "unknown" or _said(now) == _said(was)


def test_lines_that_disagree_with_the_arithmetic_are_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = decisions(pilot(), asked(20), 30.0)
    true_value = piecewise.value

    def wrong(line: piecewise.Line, index: int) -> piecewise.Pair:
        over, under = true_value(line, index)
        return over + 1, under

    monkeypatch.setattr(piecewise, "value", wrong)
    read = [propose(deal, deal.usable_level) for deal in deals(20)]
    assert [one is None for one in read] == [result.decision != "rejected" for result in right]
    assert decisions(pilot(), asked(20), 30.0) == right


def _said(verdict: object) -> object:
    answer = getattr(verdict, "answer")  # noqa: B009
    return answer and (answer.fields, answer.price, answer.ltv, answer.broken)


def test_of_many_choices_few_are_asked_again_at_a_lower_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book, wanted = certain()
    (request,) = (one for one in wanted if one.id == "scale-up-open-terms")
    deal, asked = Deal(pricing_of(book), request, Solver()), list[int]()
    choices = few_choices(deal) or []
    promised = OverPrices.promised

    def counted(prices: OverPrices, in_force: Sequence[str]) -> Merit | None:
        asked.append(1)
        return promised(prices, in_force)

    monkeypatch.setattr(OverPrices, "promised", counted)
    found = propose(deal, deal.levels)
    assert found is not None
    assert len({step.price for step in found.steps if isinstance(step, Answer)}) > 1
    assert len(choices) <= len(asked) < 2 * len(choices)
