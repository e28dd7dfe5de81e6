"""A request that is on record is asked again by the question that it is recalled as."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cp_pricing import PriceBook, TuningRequest, load_requests
from cp_pricing.web.desk.addresses import pairs_of, question_of
from cp_pricing.web.desk.forms import understood_of
from cp_pricing.web.desk.recalled import recalled


def _again(book: PriceBook, request: TuningRequest) -> TuningRequest:
    pairs = pairs_of(recalled(book, request))
    return understood_of(book, question_of(pairs)).request


@pytest.mark.parametrize("name", ["pilot", "card_book"])
def test_each_request_is_asked_again(name: str, request: pytest.FixtureRequest) -> None:
    book: PriceBook = request.getfixturevalue(name)
    requests = load_requests(book)
    assert requests
    for one in requests:
        again = _again(book, one)
        same = {"id": one.id, "inputs": one.inputs}  # what is as listed need not be asked for
        assert again.model_copy(update=same) == one
        listed = one.inputs.items() - again.inputs.items()
        offer = understood_of(book, recalled(book, one)).listed
        assert all(offer[field] == value for field, value in listed)


def test_a_size_of_its_own_is_asked_again(card_book: PriceBook) -> None:
    one = next(
        r for r in load_requests(card_book) if card_book.configuration(r.configuration).is_card
    )
    meters = card_book.configuration(one.configuration).meters
    units = dict.fromkeys(meters, Fraction(12_345))
    sized = TuningRequest.model_validate(
        {
            "id": one.id,
            "configuration": one.configuration,
            "profile": one.profile,
            "customer": {"name": "Acme, Inc", "members": Fraction(7), "monthly_units": units},
        },
        context=card_book.on_sale,
    )
    assert _again(card_book, sized).customer == sized.customer
