"""What the page offers to take is to be had: each is asked again, and answered as it says."""

from __future__ import annotations

import pytest

from cp_pricing.book.price_book import PriceBook
from cp_pricing.results import TuningResult
from cp_pricing.tuning import solve
from cp_pricing.web.desk.addresses import question_of
from cp_pricing.web.desk.forms import Understood, understood_of
from cp_pricing.web.desk.taking import Taking
from tests.web.asking import PLAN, REJECTED, TWO_YEARS, Pairs

TEAM: Pairs = [("plan", "team"), ("profile", "product")]
QUESTIONS = [
    ("pilot", REJECTED),
    ("pilot", TWO_YEARS),
    ("pilot", [*PLAN, ("term", "12m"), ("prefer", "ltv")]),
    ("fine_book", TWO_YEARS),
    ("fine_book", [*PLAN, ("price", "7.9650")]),
    ("pilot", [*TWO_YEARS, ("price", "5.50"), ("approval", "yes")]),
    (
        "pilot",
        [*PLAN, ("price", "6.5"), ("open", "term"), ("open", "prepaid"), ("prefer", "least")],
    ),
    ("card_book", [*TEAM, ("discount", "25%"), ("term", "24m"), ("approval", "yes")]),
    ("card_book", [*TEAM, ("term", "24m"), ("included.input", "40M")]),
]


def _answer(book: PriceBook, understood: Understood) -> TuningResult:
    return solve(book, understood.request, detail="full")


@pytest.mark.parametrize(("name", "pairs"), QUESTIONS)
def test_what_can_be_taken_is_answered_as_offered(
    name: str, pairs: Pairs, request: pytest.FixtureRequest
) -> None:
    book: PriceBook = request.getfixturevalue(name)
    understood = understood_of(book, question_of(pairs))
    result = _answer(book, understood)
    taking = Taking(book, understood.question)
    taken = 0
    for step in result.price_ladder or result.ladder:
        question = taking.level(step)
        assert (question is None) == (step.price is None)
        if question is not None:
            again = _answer(book, understood_of(book, question))
            assert again.configuration is not None
            assert again.configuration.price == step.price
            assert again.ltv.tuned == step.ltv
            taken += 1
    for offer in result.counteroffers:
        again = _answer(book, understood_of(book, taking.counteroffer(offer)))
        assert again.decision == offer.decision
        assert again.configuration is not None
        # It is at least as good: the price of a counteroffer may have been open.
        assert again.configuration.price <= offer.configuration.price
        taken += 1
    assert taken
