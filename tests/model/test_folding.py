"""What does not depend on what is to be chosen: found, valued exactly, and of no effect."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from constraints.cpsat.optimisation import Settled
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import Name
from cp_pricing import TuningResult, solve
from cp_pricing.book.requests import TuningRequest
from cp_pricing.diagnosis.diagnosis import Detail
from cp_pricing.fields import PRICE
from cp_pricing.model.deal import Deal
from cp_pricing.tuning import deal_of
from tests.support.batch import requests
from tests.support.books import pilot


def asked(count: int) -> list[TuningRequest]:
    found = []
    for number, request in enumerate(requests(count, seed=21)):
        inputs = json.loads(json.dumps(request["inputs"]))
        if number % 4 == 0:
            inputs.pop("prepaid_amount", None)
            request["open"] = ["prepaid_amount"]
        request["inputs"] = inputs
        found.append(TuningRequest.model_validate(request, context=pilot().on_sale))
    return found


@pytest.mark.parametrize("detail", ["decision", "rules"])
def test_answers_are_those_of_compiling_everything(
    monkeypatch: pytest.MonkeyPatch, detail: Detail
) -> None:
    def solved() -> list[TuningResult]:
        results = [solve(pilot(), request, detail=detail) for request in asked(24)]
        aside = {"seconds": 0.0}
        return [
            r.model_copy(update={"provenance": r.provenance.model_copy(update=aside)})
            for r in results
        ]

    specialised = solved()
    monkeypatch.setattr(Deal, "folded", Settled())
    assert solved() == specialised
    assert {result.decision for result in specialised} >= {"rejected", "requires_approval"}


def test_settled_values_hold_at_every_price() -> None:
    for request in asked(8):
        deal = deal_of(pilot(), request, 30.0)
        assert deal.folded.conditions
        assert deal.folded.values
        for price in (Fraction(0), Fraction(1, 10**5), Fraction(1)):
            fields = {**deal.space.fixed, PRICE: price, "prepaid_amount": Fraction(100)}
            if "prepaid_amount" in deal.space.fixed:
                fields["prepaid_amount"] = deal.space.fixed["prepaid_amount"]
            evaluator = Evaluator({**deal.offer.bindings, **fields})
            for name, holds in deal.folded.conditions.items():
                assert evaluator.truth(deal.conditions[name]) is holds, name
            for name, value in deal.folded.values.items():
                assert evaluator.value(Name(name)) == value, name


def test_what_rests_on_the_price_is_not_settled() -> None:
    deal = deal_of(pilot(), asked(2)[1], 30.0)
    assert "gross_margin" not in deal.folded.values
    assert {"planned-margin", "earned-discount", "ltv-improvement"}.isdisjoint(
        deal.folded.conditions
    )
    assert "credit-check" in deal.folded.conditions
