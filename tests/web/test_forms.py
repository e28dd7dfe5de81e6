"""The form offers tunable values alone, and its address is as short as it can be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cp_pricing.asking.question import Question
from cp_pricing.book.price_book import PriceBook
from cp_pricing.catalog.tunables import Grid
from cp_pricing.fields import PRICE
from cp_pricing.web.desk.addresses import pairs_of, question_of
from cp_pricing.web.desk.controls import Control, term_controls, tunable_terms
from cp_pricing.web.desk.forms import first_question, form_of, understood_of, with_plan
from tests.web.asking import PLAN


def _questions(book: PriceBook) -> list[Question]:
    return [
        with_plan(book, Question(plan.id, book.profiles[0].id))
        for plan in book.catalog.configurations
        if plan.tunable
    ]


def _values(control: Control) -> list[str]:
    if control.kind == "choice":
        return [option.value for option in control.options]
    low, high, step = map(Fraction, (control.low, control.high, control.step))
    places = {0, 1, int((high - low) / step) // 2, int((high - low) / step)}
    return [str(float(low + place * step)) for place in sorted(places)]


@pytest.mark.parametrize("name", ["pilot", "card_book", "fine_book"])
def test_whatever_a_control_can_take_is_tunable(name: str, request: pytest.FixtureRequest) -> None:
    book: PriceBook = request.getfixturevalue(name)
    for question in _questions(book):
        understood = understood_of(book, question)
        controls = term_controls(book, understood.request, understood.listed)
        plan = book.configuration(question.plan)
        terms = tunable_terms(plan, book.denomination(plan.id))
        assert {term.field for term in terms} == plan.tunable.keys()
        for term, control in zip(terms, controls, strict=True):
            for value in _values(control):
                pairs = [*pairs_of(question), (control.name, value)]
                asked = understood_of(book, question_of(pairs)).request.inputs.get(term.field)
                assert (understood.listed[term.field] if asked is None else asked) in plan.tunable[
                    term.field
                ]


@pytest.mark.parametrize("name", ["pilot", "card_book"])
def test_a_control_stands_where_the_question_put_it(
    name: str, request: pytest.FixtureRequest
) -> None:
    book: PriceBook = request.getfixturevalue(name)
    for question in _questions(book):
        for place, control in enumerate(form_of(book, understood_of(book, question)).terms):
            assert control.value == ""
            value = _values(control)[-1]
            asked = question_of([*pairs_of(question), (control.name, value)])
            again = form_of(book, understood_of(book, asked)).terms[place]
            is_listed = not again.value and control.term not in {"price", "discount"}
            assert is_listed or again.value in {value, value.removesuffix(".0")}


def test_scales_have_every_value_of_their_grid(pilot: PriceBook) -> None:
    understood = understood_of(pilot, question_of(PLAN))
    plan = pilot.configuration(understood.question.plan)
    controls = term_controls(pilot, understood.request, understood.listed)
    terms = tunable_terms(plan, pilot.denomination(plan.id))
    scales = [(t, c) for t, c in zip(terms, controls, strict=True) if c.kind == "scale"]
    assert {term.name for term, _ in scales} == {"price", "included", "minimum", "prepaid"}
    for term, control in scales:
        bounds = plan.tunable[term.field]
        assert isinstance(bounds, Grid)
        low, high, step = map(Fraction, (control.low, control.high, control.step))
        assert (high - low) / step + 1 == bounds.count


def test_what_is_asked_as_listed_is_not_asked(pilot: PriceBook) -> None:
    pairs = [*PLAN, ("term", "1"), ("prepaid", "0"), ("minimum", "100"), ("price", "8")]
    understood = understood_of(pilot, question_of(pairs))
    assert understood.question.terms == ["minimum=100", "price=8"]
    assert PRICE in understood.request.inputs  # a price that is asked for is one at list, too
    assert understood_of(pilot, understood.question).question == understood.question


def test_a_term_that_is_left_open_has_no_value(pilot: PriceBook) -> None:
    pairs = [*PLAN, ("term", "12"), ("prepaid", "100"), ("open", "term")]
    understood = understood_of(pilot, question_of(pairs))
    assert understood.question.terms == ["prepaid=100"]
    assert understood.request.open == ("contract_duration_months",)


def test_another_plan_gets_a_profile_that_can_have_it(pilot: PriceBook) -> None:
    first = first_question(pilot)
    assert pilot.configuration(first.plan).tunable
    for plan in pilot.catalog.configurations:
        other = with_plan(pilot, replace(first, plan=plan.id))
        assert plan.is_available_to(other.profile)
        assert not other.terms
