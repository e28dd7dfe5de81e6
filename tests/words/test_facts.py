"""The parts of explanations: figures of rules, their names, and what differs."""

from __future__ import annotations

from fractions import Fraction as F  # noqa: N817 - many literals

import pytest

from cp_pricing.book.price_book import PriceBook
from cp_pricing.words.facts import described, figures, named
from cp_pricing.words.tables import shortfalls
from cp_pricing.words.terms import changed_fields
from tests.support.books import example
from tests.support.told import BASELINE, margin, rule, terms


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return example()


def test_a_table_of_shortfalls_leaves_code_as_it_is_written(book: PriceBook) -> None:
    code, about = "usage_price_discount <= 30%", "deals stay below a third."
    rules = [
        rule("r", code, ("0.4", "<=", "0.3"), status="violated", description=description)
        for description in ("", about)
    ]
    told = [row[-1].text for row in shortfalls(rules, book.catalog.denomination()).rows]
    assert told == [code, "Deals stay below a third"]


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        (("5", ">=", "7"), "5.00 where at least 7.00 is required, 2.00 short"),
        (("7", ">", "7"), "7.00 where more than 7.00 is required"),
        (("9", "<=", "7"), "9.00 where at most 7.00 is allowed, 2.00 too much"),
        (("7", "<", "7"), "7.00 where less than 7.00 is allowed"),
        (("7", "!=", "7"), "7.00 where 7.00 is excluded"),
    ],
)
def test_every_comparison_has_its_words(
    book: PriceBook, sides: tuple[str, str, str], said: str
) -> None:
    missed = rule("r", "a ? b", sides, status="violated")
    assert figures(missed, book.catalog.denomination()) == said


def test_an_equation_is_missed_by_its_distance(book: PriceBook) -> None:
    missed = rule("r", "a == b", ("5", "==", "7"), slack=F(-2), status="violated")
    said = figures(missed, book.catalog.denomination())
    assert said == "5.00 where exactly 7.00 is required, 2.00 away"


def test_a_rule_without_figures_is_said_by_its_condition(book: PriceBook) -> None:
    plain = margin("violated").model_copy(update={"left": None, "slack": None})
    assert figures(plain, book.catalog.denomination()) == "`gross_margin >= 30%` does not hold"


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("", "gross_margin >= 30%"),
        ("Never below landed cost.", "never below landed cost"),
        ("LTV must grow.", "LTV must grow"),
        ("A third of the bill\nstays.", "a third of the bill stays"),
    ],
)
def test_a_rule_is_never_named_without_its_description(description: str, said: str) -> None:
    report = margin("violated").model_copy(update={"description": description})
    assert described(report) == said
    assert named(report) == f"`margin-floor` ({said})"


def test_changed_fields_come_in_field_order_without_the_price() -> None:
    changed = terms("0.5", prepaid_amount=F(1), included_units=F(0))
    assert changed_fields(changed, BASELINE) == ("included_units", "prepaid_amount")
