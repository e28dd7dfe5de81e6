"""Counteroffers that lines tell of are those that the solver finds one after the other."""

from __future__ import annotations

from fractions import Fraction
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.books import certain_texts
from constraints.cpsat.solving import Solver
from constraints.language.domains import Domain
from constraints.language.expressions import Value
from cp_pricing import PriceBook, TuningRequest, checked_request
from cp_pricing.diagnosis import counteroffers, nearest
from cp_pricing.diagnosis.counteroffers import Alternative, Counteroffers
from cp_pricing.diagnosis.nearest import Nearest, NotReadError, beside
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import pricing_of
from tests.support.books import certain, parse, pilot

_FIELDS: dict[str, st.SearchStrategy[object]] = {
    "contract_duration_months": st.sampled_from([1, 6, 12, 18, 24, 36]),
    "prepaid_amount": st.integers(0, 60).map(lambda hundreds: 100 * hundreds),
    "minimum_monthly_turnover": st.integers(0, 100).map(lambda tens: 10 * tens),
    "guaranteed_platform_fee": st.integers(0, 500),
    "included_tokens": st.integers(0, 80).map(lambda steps: 500_000 * steps),
    "customer_funded_onboarding": st.booleans(),
    "reduced_cancellation_flexibility": st.booleans(),
}


@st.composite
def requests(draw: st.DrawFn) -> TuningRequest:
    inputs = draw(st.fixed_dictionaries({}, optional=_FIELDS))
    asked = {
        "id": "r",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
        "inputs": inputs,
        "preference": draw(st.sampled_from(["lower_usage_price", "seller_ltv"])),
        "approval_mode": draw(st.sampled_from(["self_serve_only", "allow_approval"])),
    }
    return checked_request(certain()[0], asked)


def _all_of(book: PriceBook, request: TuningRequest) -> list[tuple[object, ...]]:
    """All counteroffers that are tried, before any is left out."""
    deal = Deal(pricing_of(book), request, Solver())
    tried: list[Alternative] = []

    def undominated(found: list[Alternative]) -> list[Alternative]:
        tried[:] = found
        return found

    with pytest.MonkeyPatch.context() as patch:
        # So that nothing ends the search before there are no more, or too many.
        patch.setattr(counteroffers, "WANTED", counteroffers.TRIED)
        patch.setattr(counteroffers, "undominated", undominated)
        _, cut = Counteroffers(deal).no_dearer()
    assert not cut
    return [(one.changed, one.rank, one.answer.price, one.answer.fields) for one in tried]


def _not_read(*_: object) -> NoReturn:
    raise NotReadError


@settings(max_examples=12)
@given(requests())
def test_what_lines_tell_is_what_the_solver_finds(request: TuningRequest) -> None:
    book, _ = certain()
    told = _all_of(book, request)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Nearest, "next", _not_read)
        assert told == _all_of(book, request)


@pytest.mark.parametrize(
    ("where", "name", "instead"),
    [(Nearest, "next", _not_read), (Nearest, "of", _not_read), (nearest, "_WORK", 0)],
)
def test_what_lines_do_not_tell_the_solver_finds(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, instead: object
) -> None:
    asked = {
        "id": "r",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
        "inputs": {"included_tokens": 30_000_000, "contract_duration_months": 12},
    }
    request = checked_request(pilot(), asked)
    told = _all_of(pilot(), request)
    assert len(told) == counteroffers.TRIED
    monkeypatch.setattr(where, name, instead)
    assert _all_of(pilot(), request) == told


def test_a_field_of_one_value_is_never_moved() -> None:
    own = "{values: [1, 6, 12, 24, 36]}"
    texts = certain_texts()
    assert texts["catalog.yaml"].count(own) == 1
    texts["catalog.yaml"] = texts["catalog.yaml"].replace(own, "{values: [1]}")
    asked = {
        "id": "r",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
        "inputs": {"included_tokens": 30_000_000},
    }
    book, _ = parse(texts)
    found = _all_of(book, checked_request(book, asked))
    assert found
    assert not any("contract_duration_months" in str(changed) for changed, *_ in found)


@pytest.mark.parametrize(
    ("domain", "asked", "values"),
    [
        (Domain.grid(*map(Fraction, (0, 10, 5))), Fraction(5), (0, 10)),
        (Domain.grid(*map(Fraction, (0, 10, 5))), Fraction(0), (5,)),
        (Domain.grid(*map(Fraction, (0, 10, 5))), Fraction(7), (5, 10)),
        (Domain.grid(*map(Fraction, (0, 10, 5))), Fraction(12), (10,)),
        (Domain.of(map(Fraction, (1, 6, 24))), Fraction(6), (1, 24)),
        (Domain.of(map(Fraction, (1, 6, 24))), Fraction(-3), (1,)),
        (None, True, (False,)),
    ],
)
def test_beside_a_value_are_the_next_ones(
    domain: Domain | None, asked: Value, values: tuple[Value, ...]
) -> None:
    assert beside(domain, asked) == values
