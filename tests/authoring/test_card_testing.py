"""What tests of a policy expect of rate cards: discounts, and the names of meters."""

from __future__ import annotations

from functools import cache

import pytest

from constraints.text.source import InputError
from cp_pricing.authoring.policy_tests import PolicyTest, parse_tests
from cp_pricing.authoring.testing import Check, compared
from cp_pricing.book.loading import load_requests
from cp_pricing.book.price_book import PriceBook
from cp_pricing.results import TuningResult
from cp_pricing.tuning import solve
from tests.support.books import coulomb_api

NO_MEMBER = "there is no rule, input or bound"
EARNED = "product-lower-price"  # 11.5% off usage


def written(expect: str, request: str = EARNED) -> PolicyTest:
    text = f"tests:\n  - name: one\n    request: {request}\n    expect: {expect}\n"
    (test,) = parse_tests(coulomb_api(), text, requests=load_requests(coulomb_api()))
    return test


@cache
def solved(request: str) -> TuningResult:
    return solve(coulomb_api(), written("{violated: []}", request).request, detail="full")


def checks(expect: str, request: str = EARNED) -> tuple[Check, ...]:
    denomination = coulomb_api().denomination("team")
    return tuple(compared(written(expect, request), solved(request), denomination))


@pytest.mark.parametrize(
    ("discount", "passes"),
    [
        ("11.5%", True),
        ("0.115", True),
        ("11%", False),
        ("{at_least: 11.5%, at_most: 11.5%}", True),
        ("{at_least: 11%}", True),
        ("{at_least: 12%}", False),
        ("{at_most: 12%}", True),
        ("{at_most: 11%}", False),
        ("-5%", False),
    ],
)
def test_a_discount_is_exact_or_has_limits(discount: str, *, passes: bool) -> None:
    told = checks(f"{{discount: {discount}}}")
    assert {check.what for check in told} == {"discount"}
    assert all(check.passed for check in told) is passes


def test_a_difference_is_told_in_discounts() -> None:
    least, most = checks("{discount: {at_least: 15%, at_most: 10%}}")
    assert (least.expected, least.got, least.difference) == (
        "at least 15% off usage",
        "11.5% off usage",
        "3.5% lower",
    )
    assert (most.expected, most.difference) == ("at most 10% off usage", "1.5% higher")


@pytest.mark.parametrize(
    ("request_id", "members"),
    [
        ("product-high-included", "output-fits-use, 'request:included_units.output'"),
        ("platform-cheaper-search", "search-passes-through, 'request:rates.search'"),
    ],
)
def test_a_conflict_names_fields_by_their_meter(request_id: str, members: str) -> None:
    (check,) = checks(f"{{conflict: [{members}]}}", request_id)
    assert check.passed, check


def faults(expect: str, book: PriceBook | None = None) -> list[str]:
    text = f"tests:\n  - name: one\n    request: {EARNED}\n    expect: {expect}\n"
    with pytest.raises(InputError) as error:
        parse_tests(book or coulomb_api(), text, requests=load_requests(coulomb_api()))
    return [f"{i.line}:{i.column}: {i.message} | {i.hint}" for i in error.value.issues]


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("{price: 5 USD/token}", "4:14: a rate card has no `price` | expect a `discount` of it"),
        ("{discount: 15}", "4:24: `discount` must not be above 1 (100%), and is 15 | write `15%`"),
        ("{discount: much}", "4:24: `discount` must be a number or a percentage, not `much` | "),
        ("{discount: {most: 15%}}", "4:25: unknown key `most` | did you mean `at_most`?"),
        (
            "{decision: rejected, discount: 15%}",
            "4:34: a rejected request has no `discount` | expect `violated` or `conflict` of it",
        ),
        (
            "{conflict: ['tunable:usage_discont']}",
            f"4:25: {NO_MEMBER} `tunable:usage_discont` | did you mean `tunable:usage_discount`?",
        ),
        ("{conflict: ['request:usage_unit_price']}", f"4:25: {NO_MEMBER} `request:usage_unit_"),
    ],
)
def test_faults_say_what_may_have_been_meant(expect: str, told: str) -> None:
    (fault,) = faults(expect)
    assert fault.startswith(told)
