"""What the ladder of all prices tells of an asked one is what judging that price says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from constraints.cpsat.solving import Infeasible, Solver
from cp_pricing import load_price_book, load_requests, solve
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.decision import verdict
from cp_pricing.decision.ladder import Answer, Step, Steps, climb
from cp_pricing.decision.proposals import Proposal
from cp_pricing.decision.verdict import decide_briefly
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.fields import PRICE
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from tests.decision.test_second_proof import CONTRADICTION
from tests.support.books import pilot
from tests.support.explained import requests
from tests.support.places import ROOT


def _deal(book: PriceBook, request: TuningRequest) -> Deal:
    return Deal(pricing_of(book), request, Solver())


def _said(step: Step) -> object:
    if isinstance(step, Answer):
        return step.price, step.ltv, step.broken, dict(step.fields)
    return step


def _asked(book: PriceBook, request: TuningRequest) -> Iterator[tuple[Deal, Steps]]:
    """A request at each price of its ladder and at their neighbours, with that ladder."""
    deal = _deal(book, request)
    opened, domain = climb(deal.unasked, deal.levels), deal.offer.domains[PRICE]
    prices = {step.price for step in opened if isinstance(step, Answer)}
    for price in sorted({price + move * domain.step for price in prices for move in (-1, 0, 1)}):
        yield deal.varied(inputs={**request.inputs, PRICE: price}), opened


def _books() -> Iterator[tuple[PriceBook, Iterable[TuningRequest]]]:
    yield pilot(), requests().values()
    book = load_price_book(ROOT / "tests" / "data" / "open_fields")
    yield book, load_requests(book)


def test_what_the_ladder_tells_is_what_the_price_by_itself_comes_to() -> None:
    kinds: set[tuple[bool, bool]] = set()
    for book, of_book in _books():
        for deal, opened in (pair for request in of_book for pair in _asked(book, request)):
            alone, told = climb(deal, deal.levels), climb(deal, deal.levels, opened)
            assert list(map(_said, told)) == list(map(_said, alone))
            kinds |= {(bool(deal.space.chosen), isinstance(step, Answer)) for step in told}
    assert len(kinds) == 4  # with open fields and without, admitted and not


@pytest.mark.parametrize("detail", ["rules", "full"])
def test_the_exact_price_refutes_a_ladder_that_lies(
    monkeypatch: pytest.MonkeyPatch, detail: Detail
) -> None:
    request = requests()["small-team-lower-price"]
    terms = solve(pilot(), request).configuration
    assert terms
    asked = request.model_copy(update={"inputs": {**request.inputs, PRICE: terms.price}})
    assert solve(pilot(), asked, detail=detail).decision == "accepted"
    nothing = Proposal((Infeasible(),) * 3)
    monkeypatch.setattr(verdict, "propose", lambda *_: nothing)
    assert solve(pilot(), asked, detail=detail).reason == f"not decided: {CONTRADICTION}"


def test_one_solve_proves_an_asked_price_and_its_ladder() -> None:
    pairs = [pair for request in requests().values() for pair in _asked(pilot(), request)]
    fixed = [_deal(pilot(), deal.request) for deal, _ in pairs if not deal.space.chosen]
    solver = Solver()
    assert len(fixed) > 20
    assert all(verdict.price_steps for verdict in decide_briefly(fixed, solver))
    assert (solver.solves, sum(deal.solver.solves for deal in fixed)) == (1, 0)
