"""Which pure numbers are shares, to be read as percentages, and which are counts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from constraints.language.checking import check
from constraints.language.dimensions import (
    PURE,
    SHARE,
    Dimension,
    Interval,
    Symbol,
    Unit,
    Vocabulary,
    put_together,
)
from constraints.language.syntax import parse

USD, MONTH = Dimension.of(USD=1), Dimension.of(month=1)
POSITIVE = Interval(Fraction(1), None)
WORDS = Vocabulary(
    {
        "margin": Symbol(SHARE, POSITIVE),
        "bill": Symbol(USD / MONTH, POSITIVE),
        "cost": Symbol(USD / MONTH),
        "term": Symbol(MONTH, POSITIVE),
        "times": Symbol(PURE, POSITIVE),
    },
    {"USD": Unit(USD), "months": Unit(MONTH), "year": Unit(MONTH, Fraction(12))},
    frozenset({"USD"}),
)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("margin", True),
        ("-margin", True),
        ("abs(margin - 0.5)", True),
        ("1 - margin", True),
        ("2 * margin", True),
        ("margin / 2", True),
        ("margin / margin", True),
        ("cost / bill", True),
        ("1 - cost / bill", True),
        ("(bill - cost) / bill", True),
        ("bill * term / (bill * term)", True),
        ("max(margin, cost / bill)", True),
        ("if term > 12 months then margin else 0.5", True),
        ("35%", True),
        ("margin + 10%", True),
        # Written with its sign, and so meant, whatever it stands beside.
        ("term / 1 year - 50%", True),
        ("5% * (term / 1 year)", False),
        ("times", False),
        ("term / 12 months", False),
        ("term / 12 months + 0 * margin", False),
        ("times * margin", False),
        ("1 / margin", False),
        ("times + margin", False),
        ("cost / bill * (term / 1 year)", False),
        ("bill", False),
        ("term", False),
    ],
)
def test_what_is_a_share(text: str, *, share: bool) -> None:
    checked, issues = check(parse(text), WORDS)
    assert not issues
    assert isinstance(checked.kind, Dimension)
    assert checked.kind.is_share is share


@pytest.mark.parametrize("first", ["margin", "times", "35%"])
@pytest.mark.parametrize("second", ["margin", "times", "35%", "2"])
def test_the_order_of_parts_decides_nothing(first: str, second: str) -> None:
    for operator in ("+", "*"):
        kinds = [
            check(parse(f"{one} {operator} {other}"), WORDS)[0].kind
            for one, other in ((first, second), (second, first))
        ]
        shares = {isinstance(kind, Dimension) and kind.is_share for kind in kinds}
        assert len(shares) == 1, (first, operator, second)


def test_shares_and_counts_are_of_one_dimension() -> None:
    assert SHARE == PURE
    assert hash(SHARE) == hash(PURE)
    assert put_together(["bare", SHARE]) == PURE
    assert put_together(["bare"]) == "bare"


def test_each_comparison_keeps_its_own_dimension() -> None:
    text = "(if term > 12 months then margin else 10%) >= 0.3 and term between 1 year and 3 year"
    checked, issues = check(parse(text), WORDS)
    assert not issues
    assert sorted(dimension.unit for dimension in checked.dimensions.values()) == [
        "",
        "month",
        "month",
        "month",
    ]
    assert [each.is_share for each in checked.dimensions.values() if not each.unit] == [True]


def test_a_quotient_of_units_has_none_though_its_numbers_are_converted() -> None:
    checked, _ = check(parse("term / 1 year >= 2"), WORDS)
    assert [dimension.unit for dimension in checked.dimensions.values()] == [""]
