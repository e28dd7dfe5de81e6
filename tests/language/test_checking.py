"""The static check: the kinds, units and bounds of what is written well."""

from __future__ import annotations

from fractions import Fraction

import pytest

from constraints.language.checking import MAXIMUM_LEVELS, Checked, check
from constraints.language.dimensions import (
    BARE,
    CONDITION,
    PURE,
    Interval,
    Kind,
    Symbol,
    Vocabulary,
)
from constraints.language.expressions import (
    Comparison,
    Equivalence,
    Membership,
    Name,
    Not,
    Number,
    Table,
)
from constraints.language.syntax import parse
from constraints.text.source import Issue
from tests.support.words import MEMBER, MONTH, USD, WORDS, between, checked

# --- kinds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3", BARE),
        ("3 * (4 - 1) / 2", BARE),
        ("3%", PURE),
        ("3 + 3%", PURE),
        ("12 months", MONTH),
        ("9 USD/member/month", USD / MEMBER / MONTH),
        ("fee + 3", USD / MONTH),
        ("3 - fee", USD / MONTH),
        ("-fee", USD / MONTH),
        ("abs(fee)", USD / MONTH),
        ("fee * 3", USD / MONTH),
        ("fee * 30%", USD / MONTH),
        ("fee / 3", USD / MONTH),
        ("3 / term", PURE / MONTH),
        ("fee * term", USD),
        ("sum / fee", MONTH),
        ("sum / sum", PURE),
        ("fee * term + sum", USD),
        ("min(1, fee, base.fee)", USD / MONTH),
        ("max(1, 2)", BARE),
        ("if open then 3 else fee", USD / MONTH),
        ("if open then 3 else 4", BARE),
        ("loose", BARE),
        ("loose + fee", USD / MONTH),
        ("loose + term", MONTH),
        ("loose * fee", USD / MONTH),
        ("open", CONDITION),
        ("if open then shut else fee > 3", CONDITION),
        ("fee > 3", CONDITION),
        ("term in [1, 12 months, 2 years]", CONDITION),
        ("open == shut", CONDITION),
        ("true", CONDITION),
    ],
)
def test_kind_of_an_expression(text: str, kind: Kind) -> None:
    assert checked(text).kind == kind


def test_a_table_takes_the_dimension_of_its_place() -> None:
    table = Table((Name("term"),), {}, "any")
    assert check(table, WORDS)[0].kind == BARE
    assert not check(Comparison("<", Name("fee"), table), WORDS)[1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12 months", 12),
        ("1 year", 12),
        ("2.5 years", 30),
        ("24 USD/year", 2),
        ("24 USD/member/years", 2),
        ("3 kilotoken", 3000),
        ("3 USD/kilotoken", Fraction(3, 1000)),
        ("1 year/kilotoken", Fraction(12, 1000)),
        ("1 kilotoken/year", Fraction(1000, 12)),
        ("7", 7),
        ("7%", Fraction(7, 100)),
    ],
)
def test_units_are_converted_to_base_units_exactly(text: str, value: Fraction) -> None:
    assert checked(text).expression == Number(Fraction(value))


def test_conversion_reaches_every_part() -> None:
    found = checked("if open then term in [1 year, 2] else term <= 2 years").expression
    wanted = parse("if open then term in [12, 2] else term <= 24")
    assert found == wanted


def test_equal_conditions_are_an_equivalence() -> None:
    assert checked("open == (fee > 3)").expression == Equivalence(Name("open"), parse("fee > 3"))
    assert checked("open != shut").expression == Not(Equivalence(Name("open"), Name("shut")))


def test_the_checked_form_keeps_its_places() -> None:
    found = checked("term >= 2 years").expression
    assert isinstance(found, Comparison)
    assert (found.right.span.column, found.right.span.end_column) == (9, 16)


def test_listed_values_are_checked_with_their_operand() -> None:
    found = checked("term not in [1 year]").expression
    assert found == Not(Membership(Name("term"), (Number(Fraction(12)),)))


# --- bounds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("term + 3", between(4, 39)),
        ("term - 2 years", between(-23, 12)),
        ("-term", between(-36, -1)),
        ("term * fee", between(0, None)),
        ("term * term", between(1, 1296)),
        ("term * mixed", between(-108, 162)),
        ("sum / term", between(0, 900)),
        ("mixed / term", between(-3, "4.5")),
        ("abs(mixed)", between(0, "4.5")),
        ("max(mixed, 0)", between(0, "4.5")),
        ("min(term, 12)", between(1, 12)),
        ("if open then mixed else loss", between(-4, "4.5")),
        ("profit + 1", between(None, None)),
        ("2 years", between(24, 24)),
        ("loss * loss", between(None, 16)),
        ("nought * mixed", between(None, 0)),
    ],
)
def test_bounds_of_a_number(text: str, bounds: Interval) -> None:
    assert checked(text).bounds == bounds


def test_a_bare_number_fits_any_place() -> None:
    assert checked("3", USD).kind == BARE
    assert checked("3 USD", USD).kind == USD
    assert checked("open", CONDITION).kind == CONDITION


# --- names within names -------------------------------------------------------------------------


def _chain(length: int, text: str) -> tuple[Checked, list[Issue]]:
    """The last of so many definitions, each of which uses the one before as `{}`."""
    symbols, found, issues = dict(WORDS.symbols), checked("share"), list[Issue]()
    for number in range(length):
        name = "share" if number == 0 else f"d{number - 1}"
        found, new = check(parse(text.format(name)), Vocabulary(symbols, WORDS.units))
        issues += new
        symbols[f"d{number}"] = Symbol(found.kind, found.bounds, levels=found.levels)
    return found, issues


@pytest.mark.parametrize(("text", "length"), [("{} + 1", 49), ("{}", 99), ("1 + {} * 2", 33)])
def test_levels_count_through_names(text: str, length: int) -> None:
    found, issues = _chain(length, text)
    assert not issues
    assert MAXIMUM_LEVELS - 3 < found.levels <= MAXIMUM_LEVELS


def test_a_chain_of_names_that_is_too_long_is_refused_once() -> None:
    _, issues = _chain(60, "{} + 1")
    assert [issue.message for issue in issues] == [
        "this is nested too deeply, its names written out"
    ]
    assert issues[0].hint == "use fewer definitions inside one another"
    assert issues[0].span.end_column == len("d48 + 1") + 1
