"""The specification's example, reproduced to the digit."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from cp_pricing import load_price_book, load_requests, solve
from cp_pricing.model.pricing import pricing_of
from tests.support.places import EXAMPLE

ANSWERS: list[dict[str, Any]] = json.loads((EXAMPLE / "answers.json").read_text("utf-8"))["answers"]
BOOK = load_price_book(EXAMPLE)
REQUESTS = {request.id: request for request in load_requests(BOOK)}


def _price(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _rounded(value: Fraction | None, places: int) -> str | None:
    return None if value is None else f"{float(round(value, places)):.{places}f}"


@pytest.mark.parametrize("expected", ANSWERS, ids=[answer["id"] for answer in ANSWERS])
def test_answer_is_reproduced(expected: dict[str, Any]) -> None:
    result = solve(BOOK, REQUESTS[expected["id"]])
    price = result.configuration.price if result.configuration else None
    assert result.decision == expected["decision"]
    assert price == _price(expected["price"])
    assert _rounded(result.ltv.tuned, 4) == expected["ltv"]
    approvals = [rule for approval in result.approvals for rule in approval.rules]
    assert approvals == expected["approvals"]
    ladder = [step.usage_unit_price for step in result.ladder]
    assert ladder == [_price(text) for text in expected["ladder"]]
    assert result.ltv.reference_configuration == expected["reference"]
    assert _rounded(result.ltv.reference, 4) == expected["reference_ltv"]
    assert _rounded(result.ltv.required, 4) == expected["required_ltv"]


@pytest.mark.parametrize("expected", ANSWERS, ids=[answer["id"] for answer in ANSWERS])
def test_every_reference_ltv_is_reproduced(expected: dict[str, Any]) -> None:
    request = REQUESTS[expected["id"]]
    offer = pricing_of(BOOK).offer(request.configuration, request.profile)
    found = {name: _rounded(ltv, 2) for name, ltv in offer.all_ltv.items()}
    assert found == expected["all_reference_ltv"]


def test_the_same_inputs_give_the_same_bytes() -> None:
    for request in REQUESTS.values():
        first, second = (
            solve(load_price_book(EXAMPLE), request, detail="full").model_dump(mode="json")
            for _ in range(2)
        )
        for result in (first, second):
            result["provenance"].pop("seconds")
        assert json.dumps(first) == json.dumps(second)


def test_a_result_is_read_back_from_its_json() -> None:
    for request in REQUESTS.values():
        result = solve(BOOK, request, detail="full")
        again = type(result).model_validate_json(result.model_dump_json())
        assert again.model_dump_json() == result.model_dump_json()
