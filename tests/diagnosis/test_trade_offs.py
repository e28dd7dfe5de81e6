"""What a commitment is worth: the answer without it is solved anew."""

from __future__ import annotations

import pytest

from cp_pricing import checked_request, load_price_book, load_requests, solve
from tests.support.books import pilot
from tests.support.places import ROOT

BOOK = ROOT / "tests/data/open_fields"


def test_open_fields_are_chosen_anew_without_a_commitment() -> None:
    book = load_price_book(BOOK)
    (request,) = (one for one in load_requests(book) if one.id == "q1")
    result = solve(book, request, detail="full")
    asked = {trade.field for trade in result.trade_offs} & request.inputs.keys()
    assert asked
    for trade in result.trade_offs:
        inputs = {name: value for name, value in request.inputs.items() if name != trade.field}
        opened = tuple(name for name in request.open if name != trade.field)
        without = solve(book, request.model_copy(update={"inputs": inputs, "open": opened}))
        terms = without.configuration
        reached = terms and (terms.price, without.ltv.tuned)
        assert (trade.without and (trade.without.usage_unit_price, trade.without.ltv)) == reached


@pytest.mark.parametrize("mode", ["self_serve_only", "allow_approval"])
@pytest.mark.parametrize("opened", [(), ("prepaid_amount",)])
def test_of_an_asked_price_the_decision_without_a_commitment_is_told(
    mode: str, opened: tuple[str, ...]
) -> None:
    terms: dict[str, object] = {"usage_unit_price": "0.0000066", "contract_duration_months": 24}
    if not opened:
        terms["prepaid_amount"] = 1200
    asked = {
        "id": "r",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
        "inputs": terms,
        "open": opened,
        "approval_mode": mode,
    }
    request = checked_request(pilot(), asked)
    result = solve(pilot(), request, detail="full")
    assert result.trade_offs
    for trade in result.trade_offs:
        inputs = {name: value for name, value in request.inputs.items() if name != trade.field}
        others = tuple(name for name in opened if name != trade.field)
        without = solve(pilot(), request.model_copy(update={"inputs": inputs, "open": others}))
        assert trade.decision_without == without.decision
