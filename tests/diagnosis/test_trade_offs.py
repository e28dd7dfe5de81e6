"""What a commitment is worth: the answer without it is solved anew."""

from __future__ import annotations

from cp_pricing import load_price_book, load_requests, solve
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
        reached = terms and (terms.usage_unit_price, without.ltv.tuned)
        assert (trade.without and (trade.without.usage_unit_price, trade.without.ltv)) == reached
