"""Curves, levers and the frontier against enumeration in exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from constraints.cpsat.solving import Solver
from constraints.language.expressions import Name, Value
from cp_pricing.book.loading import checked_request, load
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.diagnosis import curves
from cp_pricing.diagnosis.curves import PriceRange, price_curve
from cp_pricing.diagnosis.levers import (
    Frontier,
    FrontierPoint,
    frontier,
    lever_curve,
    tunable_fields,
)
from cp_pricing.fields import LIFETIME_VALUE, PRICE
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from cp_pricing.tuning import solve
from tests.support.books import example_with
from tests.support.places import COULOMB_API, EXAMPLE, PILOT

BOOK, REQUESTS = load(EXAMPLE)
BY_ID = {request.id: request for request in REQUESTS}
LTV = Name(LIFETIME_VALUE)
COMMITTED = "lower-price"


def deal_of(request: TuningRequest, book: PriceBook = BOOK) -> Deal:
    return Deal(pricing_of(book), request, Solver())


def changed(request: TuningRequest, **fields: object) -> TuningRequest:
    return checked_request(BOOK, {**dict(request), **fields})


def coarse_book(tick: str = "0.0000002") -> PriceBook:
    return example_with("tick: 0.00000001", f"tick: {tick}")


def all_ticks(deal: Deal) -> list[Fraction]:
    return list(deal.space.domains[PRICE].values())


def at(deal: Deal, price: Fraction, **opened: Value) -> tuple[Fraction, set[str]]:
    """The LTV at a price and the rules that fail there."""
    evaluator = deal.offer.evaluator({**deal.space.fixed, **opened, PRICE: price})
    rules = deal.pricing.rules
    failing = {rule.id for rule in rules if not evaluator.truth(rule.condition)}
    return evaluator.number(LTV) or Fraction(0), failing


def stretches(failing: Mapping[Fraction, set[str]], rules: set[str]) -> tuple[PriceRange, ...]:
    """Where none of some rules fails, from the rules that fail at every tick there is."""
    found: list[PriceRange] = []
    before = False
    for price in sorted(failing):
        if holds := not failing[price] & rules:
            found.append(PriceRange(found.pop().low if before else price, price))
        before = holds
    return tuple(found)


# --- lifetime value against usage price -----------------------------------------------------


@pytest.mark.parametrize("name", ["lower-price-approval", "seller-ltv", "high-included"])
def test_every_limit_is_the_one_that_all_ticks_show(name: str) -> None:
    deal = deal_of(BY_ID[name])
    failing = {price: at(deal, price)[1] for price in all_ticks(deal)}
    curve = price_curve(deal)
    assert curve.exact
    for limits in curve.rules:
        assert limits.holds == stretches(failing, {limits.rule})
    for level in curve.levels:
        assert level.feasible == stretches(failing, set(deal.in_force(level.level)))


def test_all_rules_and_levels_are_there_in_their_order() -> None:
    curve = price_curve(deal_of(BY_ID[COMMITTED]))
    assert [limits.rule for limits in curve.rules] == [
        "price-floor",
        "margin-floor",
        "heavy-user-margin",
        "deep-discount",
        "ltv-improvement",
    ]
    assert [level.approver for level in curve.levels] == [None, "deal-desk", "vp-sales"]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.id)
def test_points_are_few_exact_and_reach_from_end_to_end(request_: TuningRequest) -> None:
    deal = deal_of(request_)
    curve = price_curve(deal)
    prices = [point.price for point in curve.points]
    assert prices == sorted(set(prices))
    assert (prices[0], prices[-1]) == (curve.bounds.low, curve.bounds.high)
    assert (curve.bounds.low, curve.bounds.high) == (Fraction("0.000002"), Fraction("0.00002"))
    assert len(prices) <= curves.MAXIMUM_POINTS
    assert all(point.ltv == at(deal, point.price)[0] for point in curve.points)
    assert curve.required == deal.offer.reference.required


def test_both_sides_of_every_jump_are_points() -> None:
    deal = deal_of(BY_ID["seller-ltv"])
    curve = price_curve(deal)
    tick = deal.space.domains[PRICE].step
    jumps = [(a, b) for a, b in pairwise(curve.points) if a.band != b.band]
    assert len(jumps) >= 2
    assert all(b.price - a.price == tick for a, b in jumps)
    assert all(b.ltv < a.ltv for a, b in jumps)


def test_a_marked_price_is_a_point_and_a_price_off_the_grid_is_not() -> None:
    deal = deal_of(BY_ID[COMMITTED])
    marked, off = Fraction("0.00000703"), Fraction("0.000007035")
    prices = {point.price for point in price_curve(deal, marks=[marked, off]).points}
    assert marked in prices
    assert off not in prices
    assert marked not in {point.price for point in price_curve(deal).points}


def test_the_rest_is_as_asked_and_as_the_solver_chose() -> None:
    request = changed(BY_ID[COMMITTED], inputs={}, open=["contract_duration_months"])
    curve = price_curve(deal_of(request), {"contract_duration_months": Fraction(36)})
    assert curve.fields["contract_duration_months"] == 36
    assert curve.fields["prepaid_amount"] == 0
    assert PRICE not in curve.fields


def test_an_input_out_of_bounds_leaves_no_level_a_price_but_every_rule_its_limit() -> None:
    request = changed(BY_ID[COMMITTED], inputs={"contract_duration_months": 18})
    curve = price_curve(deal_of(request))
    assert all(level.feasible == () for level in curve.levels)
    assert any(limits.holds for limits in curve.rules)


def test_a_price_that_is_not_tunable_is_a_single_point() -> None:
    book = example_with("usage_unit_price: {min: 0.000002, max: 0.00002, tick: 0.00000001}", "")
    request = checked_request(book, dict(BY_ID[COMMITTED]))
    curve = price_curve(deal_of(request, book))
    assert [point.price for point in curve.points] == [Fraction("0.00001")]
    single = (PriceRange(Fraction("0.00001"), Fraction("0.00001")),)
    assert curve.levels[0].feasible == single
    assert all(limits.holds == single for limits in curve.rules)


def test_limits_that_take_too_many_readings_are_said_to_be_inexact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(curves, "MAXIMUM_READINGS", 98)
    assert not price_curve(deal_of(BY_ID["lower-price-approval"])).exact


# --- price against a lever ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lower-price-approval", "seller-ltv", "high-included"])
@pytest.mark.parametrize("field", ["contract_duration_months", "customer_funded_onboarding"])
def test_each_value_of_a_lever_is_what_a_request_for_it_gets(name: str, field: str) -> None:
    request = BY_ID[name]
    lever = lever_curve(deal_of(request), field)
    assert lever.complete
    assert [point.value for point in lever.points] == list(
        BOOK.configuration(request.configuration).tunable[field].values
    )
    for point in lever.points:
        result = solve(BOOK, changed(request, inputs={**request.inputs, field: point.value}))
        terms = result.configuration
        assert point.price == (terms.price if terms else None)
        assert point.ltv == result.ltv.tuned
        assert point.status == ("optimal" if terms else "infeasible")
        deciding = {"accepted": 0, "rejected": None}
        if result.decision == "requires_approval":
            approvers = BOOK.policy.approvers
            deciding["requires_approval"] = 1 + approvers.index(result.approvals[-1].approver)
        assert point.level == deciding[result.decision]


def test_a_long_lever_is_sampled_with_its_ends_the_asked_and_the_listed_value() -> None:
    request = changed(BY_ID[COMMITTED], inputs={"included_units": 7_500_000})
    lever = lever_curve(deal_of(request), "included_units", most=9)
    values = [point.value for point in lever.points]
    assert len(values) <= 9
    assert not lever.complete
    assert (values[0], values[-1]) == (0, 40_000_000)
    assert {5_000_000, 7_500_000} <= set(values)
    assert lever.asked == 7_500_000
    assert values == sorted(set(values))


def test_an_open_field_has_no_asked_value_and_other_open_fields_stay_open() -> None:
    book = coarse_book("0.000001")
    request = checked_request(
        book,
        {
            **dict(BY_ID[COMMITTED]),
            "inputs": {"minimum_monthly_turnover": 150},
            "open": ["contract_duration_months", "customer_funded_onboarding"],
        },
    )
    deal = deal_of(request, book)
    lever = lever_curve(deal, "customer_funded_onboarding")
    assert lever.asked is None
    for point in lever.points:
        expected = min(
            price
            for price in all_ticks(deal)
            for term in (1, 6, 12, 24, 36)
            if not at(
                deal,
                price,
                contract_duration_months=Fraction(term),
                customer_funded_onboarding=point.value,
            )[1]
        )
        assert point.price == expected


def test_no_lever_helps_while_another_input_is_out_of_bounds() -> None:
    request = changed(
        BY_ID[COMMITTED], inputs={"contract_duration_months": 18, "prepaid_amount": 50}
    )
    deal = deal_of(request)
    for field in tunable_fields(deal):
        assert {point.status for point in lever_curve(deal, field).points} == {"infeasible"}


def test_the_levers_are_the_tunable_fields_but_the_price() -> None:
    fields = tunable_fields(deal_of(BY_ID[COMMITTED]))
    assert len(fields) == 7
    assert PRICE not in fields
    with pytest.raises(KeyError):
        lever_curve(deal_of(BY_ID[COMMITTED]), "seat_fee")


# --- the frontier ---------------------------------------------------------------------------


def best_by_price(deal: Deal, options: list[dict[str, Value]]) -> dict[Fraction, Fraction]:
    """The highest LTV at each price that has any, over all values of the open fields."""
    in_force = set(deal.in_force(deal.usable_level))
    found: dict[Fraction, Fraction] = {}
    for price in all_ticks(deal):
        readings = [at(deal, price, **option) for option in options]
        ltvs = [ltv for ltv, failing in readings if not failing & in_force]
        if ltvs:
            found[price] = max(ltvs)
    return found


def undominated(best: dict[Fraction, Fraction]) -> Iterator[FrontierPoint]:
    highest: Fraction | None = None
    for price in sorted(best):
        if highest is None or best[price] > highest:
            highest = best[price]
            yield FrontierPoint(price, highest)


@pytest.mark.parametrize("name", ["lower-price-approval", "seller-ltv"])
def test_a_complete_frontier_is_all_that_is_not_dominated(name: str) -> None:
    book = coarse_book()
    deal = deal_of(checked_request(book, dict(BY_ID[name])), book)
    expected = tuple(undominated(best_by_price(deal, [{}])))
    assert len(expected) > 10
    assert frontier(deal, most=1000) == Frontier(expected)


def test_with_open_fields_it_is_the_best_over_all_their_values() -> None:
    book = coarse_book("0.000001")
    request = checked_request(
        book,
        {
            **dict(BY_ID[COMMITTED]),
            "inputs": {"minimum_monthly_turnover": 150},
            "open": ["contract_duration_months", "customer_funded_onboarding"],
        },
    )
    deal = deal_of(request, book)
    options: list[dict[str, Value]] = [
        {"contract_duration_months": Fraction(term), "customer_funded_onboarding": funded}
        for term in (1, 6, 12, 24, 36)
        for funded in (False, True)
    ]
    expected = tuple(undominated(best_by_price(deal, options)))
    assert len(expected) > 3
    assert frontier(deal, most=1000) == Frontier(expected)


@pytest.mark.parametrize("name", [COMMITTED, "seller-ltv"])
def test_a_sampled_frontier_ends_at_the_answers_of_both_preferences(name: str) -> None:
    points = frontier(deal_of(BY_ID[name]), most=7).points
    assert 2 < len(points) <= 7
    for preference, end in (("lower_usage_price", points[0]), ("seller_ltv", points[-1])):
        result = solve(BOOK, changed(BY_ID[name], preference=preference))
        assert result.configuration is not None
        assert (end.price, end.ltv) == (result.configuration.price, result.ltv.tuned)
    assert all(a.price < b.price and a.ltv < b.ltv for a, b in pairwise(points))


def test_a_request_without_an_answer_has_no_frontier() -> None:
    assert frontier(deal_of(BY_ID["high-included"])) == Frontier()


@pytest.mark.parametrize("folder", [EXAMPLE, PILOT, COULOMB_API])
def test_a_curve_off_lines_is_that_of_the_evaluator(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, asked = load(folder)
    deals = [Deal(pricing_of(book), request, Solver()) for request in asked]
    read = [price_curve(deal) for deal in deals]
    assert all(deal.offer.chart_lines for deal in deals)
    monkeypatch.setattr("cp_pricing.diagnosis.curves._swept", lambda *_: None)
    assert read == [price_curve(deal) for deal in deals]
