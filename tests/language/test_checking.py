"""The static check: dimensions, units, names and denominators."""

from __future__ import annotations

from fractions import Fraction

import pytest

from constraints.language.checking import MAXIMUM_LEVELS, Checked, check
from constraints.language.dimensions import (
    BARE,
    CONDITION,
    PURE,
    Dimension,
    Interval,
    Kind,
    Symbol,
    Unit,
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

USD, MONTH = Dimension.of(USD=1), Dimension.of(month=1)
TOKEN, MEMBER = Dimension.of(token=1), Dimension.of(member=1)


def _between(low: int | str | None, high: int | str | None) -> Interval:
    return Interval(*(None if end is None else Fraction(end) for end in (low, high)))


WORDS = Vocabulary(
    {
        "fee": Symbol(USD / MONTH, _between(0, None)),
        "term": Symbol(MONTH, _between(1, 36)),
        "sum": Symbol(USD, _between(0, 900)),
        "profit": Symbol(USD / MONTH),
        "share": Symbol(PURE, _between(0, 1)),
        "mixed": Symbol(PURE, _between(-3, "4.5")),
        "loss": Symbol(PURE, _between(-4, -1)),
        "nought": Symbol(PURE, _between(0, 0)),
        "loose": Symbol(BARE, _between(3, 3)),
        "open": Symbol(CONDITION),
        "shut": Symbol(CONDITION),
        "base.fee": Symbol(USD / MONTH, _between(7, 7)),
    },
    {
        "USD": Unit(USD),
        "month": Unit(MONTH),
        "months": Unit(MONTH),
        "year": Unit(MONTH, Fraction(12)),
        "years": Unit(MONTH, Fraction(12)),
        "token": Unit(TOKEN),
        "kilotoken": Unit(TOKEN, Fraction(1000)),
        "member": Unit(MEMBER),
    },
)


def checked(text: str, expects: Kind | None = None) -> Checked:
    found, issues = check(parse(text), WORDS, expects)
    assert not issues
    return found


def issues_of(text: str, expects: Kind | None = None) -> list[Issue]:
    return check(parse(text), WORDS, expects)[1]


def told(text: str, expects: Kind | None = None) -> list[tuple[str, str, str]]:
    """Each issue as the stretch that it points at, its message and its hint."""
    found = issues_of(text, expects)
    return [
        (text[issue.column - 1 : issue.span.end_column - 1], issue.message, issue.hint)
        for issue in found
    ]


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
        ("term + 3", _between(4, 39)),
        ("term - 2 years", _between(-23, 12)),
        ("-term", _between(-36, -1)),
        ("term * fee", _between(0, None)),
        ("term * term", _between(1, 1296)),
        ("term * mixed", _between(-108, 162)),
        ("sum / term", _between(0, 900)),
        ("mixed / term", _between(-3, "4.5")),
        ("abs(mixed)", _between(0, "4.5")),
        ("max(mixed, 0)", _between(0, "4.5")),
        ("min(term, 12)", _between(1, 12)),
        ("if open then mixed else loss", _between(-4, "4.5")),
        ("profit + 1", _between(None, None)),
        ("2 years", _between(24, 24)),
        ("loss * loss", _between(None, 16)),
        ("nought * mixed", _between(None, 0)),
    ],
)
def test_bounds_of_a_number(text: str, bounds: Interval) -> None:
    assert checked(text).bounds == bounds


# --- faults -----------------------------------------------------------------------------------

BARE_HINT = "compare it with something, as in `... >= 0`"
DENOMINATOR = "multiply the comparison out, or divide by something that is never negative"
UNITS = "the units are `USD`, `month`, `months`, `year`, `years`, `token`, `kilotoken`, `member`"


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("fee >= 12 months", None, "cannot compare USD/month with months"),
        ("fee == term", None, "cannot compare USD/month with months"),
        ("fee + term > 3", "fee + term", "cannot add USD/month and months"),
        ("open and fee - term > 3", "fee - term", "cannot subtract USD/month and months"),
        ("fee > 30%", None, "cannot compare USD/month with a pure number"),
        ("share > 3 USD", None, "cannot compare a pure number with USD"),
        ("fee * fee > fee", None, "cannot compare USD * USD/month/month with USD/month"),
        ("3 / term > term", None, "cannot compare 1/month with months"),
        ("5 USD > 3 months", None, "cannot compare USD with months"),
        ("term in [1, 2 USD]", None, "cannot compare months with USD"),
        ("term between 1 USD and 2", None, "cannot compare months with USD"),
        ("term between 1 and 2 USD", None, "cannot compare months with USD"),
        ("max(term, fee) > 1", "max(term, fee)", "cannot compare months with USD/month"),
        ("(if open then fee else term) > 1", "if open then fee else term",
         "cannot choose between USD/month and months"),
        ("(if open then shut else term) > 1", "if open then shut else term",
         "one branch is a condition and the other a number"),
    ],
)  # fmt: skip
def test_mixed_dimensions_are_refused(text: str, where: str | None, message: str) -> None:
    assert told(text, CONDITION) == [(where or text, message, "")]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("open + 1 > 2", "open"),
        ("-open > 2", "open"),
        ("abs(open) > 2", "open"),
        ("max(1, open) > 2", "open"),
        ("fee * open > 2", "open"),
        ("open > 1", "open"),
        ("1 < (fee > 3)", "fee > 3"),
        ("open == 1", "open"),
        ("fee != open", "open"),
        ("open in [1]", "open"),
        ("fee between 1 and open", "open"),
        ("fee / open > 1", "open"),
    ],
)
def test_a_condition_is_no_number(text: str, where: str) -> None:
    message = "a number is needed here, and this is a condition"
    assert told(text, CONDITION) == [(where, message, "")]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("fee", "fee", "a number of USD/month"),
        ("fee + 3", "fee + 3", "a number of USD/month"),
        ("share", "share", "a number"),
        ("3", "3", "a number"),
        ("not fee", "fee", "a number of USD/month"),
        ("open and term", "term", "a number of months"),
        ("open or not 3%", "3%", "a number"),
        ("term implies open", "term", "a number of months"),
        ("if fee then open else shut", "fee", "a number of USD/month"),
        ("(if fee then 1 else 2) > 3", "fee", "a number of USD/month"),
    ],
)
def test_a_number_is_no_condition(text: str, where: str, what: str) -> None:
    message = f"a condition is needed here, and this is {what}"
    assert told(text, CONDITION) == [(where, message, BARE_HINT)]


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        ("fe > 3", "fe", "`fe` is not a known name", "did you mean `fee`?"),
        ("base.fees > 3", "base.fees", "`base.fees` is not a known name",
         "did you mean `base.fee`?"),
        ("Term > 3", "Term", "`Term` is not a known name", "did you mean `term`?"),
        ("zebra > 3", "zebra", "`zebra` is not a known name", ""),
        ("fee > 3 USD / month", "month", "`month` is not a known name",
         "a unit follows its number, with no blanks around `/`: `5 USD/month`"),
        ("term > 3 mnths", "3 mnths", "`mnths` is not a known unit", "did you mean `months`?"),
        ("fee > 3 USD/moth", "3 USD/moth", "`moth` is not a known unit", "did you mean `month`?"),
        ("fee > 3 GBP/month", "3 GBP/month", "`GBP` is not a known unit", UNITS),
        ("2 fee > 3", "2 fee", "`fee` is not a known unit",
         "to multiply, write `*` between the number and `fee`"),
    ],
)  # fmt: skip
def test_unknown_words_are_refused(text: str, where: str, message: str, hint: str) -> None:
    assert told(text, CONDITION) == [(where, message, hint)]


# --- denominators -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "sum / fee > 3",
        "1 / share > 3",
        "1 / nought > 3",
        "1 / abs(profit) > 3",
        "1 / max(0, profit) > 3",
        "sum / (fee + base.fee) > 3",
        "1 / (share * share) > 3",
        "1 / (share / term) > 3",
        "1 / (if open then share else 3) > 3",
        "1 / (1 - share) > 3",
        "1 / (term - 1) > 3",
        "1 / loose > 3",
        "1 / -loss > 3",
        "max(sum / fee, 1) > 3",
        "min(sum / fee, abs(1 / share) * 1 month) > 3",
    ],
)
def test_a_denominator_that_is_never_negative_is_accepted(text: str) -> None:
    assert checked(text, CONDITION).kind == CONDITION


@pytest.mark.parametrize(
    ("text", "where", "least"),
    [
        ("1 / profit > 3", "profit", ""),
        ("1 / mixed > 3", "mixed", "; it can be as low as -3"),
        (
            "1 / (share - 0.000_000_1) > 3",
            "share - 0.000_000_1",
            "; it can be as low as -0.0000001",
        ),
        ("1 / (share - 1 / 3) > 3", "share - 1 / 3", "; it can be as low as -0.333333"),
        ("1 / loss > 3", "loss", "; it can be as low as -4"),
        ("1 / -share > 3", "-share", "; it can be as low as -1"),
        ("max(1 / mixed, 2) > 3", "mixed", "; it can be as low as -3"),
        ("1 / (share * mixed) > 3", "share * mixed", "; it can be as low as -3"),
        ("1 / (mixed * mixed) > 3", "mixed * mixed", "; it can be as low as -13.5"),
        # Two factors that are never positive make a positive product, but each is multiplied in.
        ("1 / (loss * loss) > 3", "loss * loss", ""),
        ("1 / (-2 * loss) > 3", "-2 * loss", ""),
        ("1 / (nought * mixed) > 3", "nought * mixed", ""),
    ],
)
def test_a_denominator_that_may_be_negative_is_refused(text: str, where: str, least: str) -> None:
    message = f"this denominator may be negative{least}"
    assert told(text, CONDITION) == [(where, message, DENOMINATOR)]


@pytest.mark.parametrize(
    ("text", "where"),
    [("1 / 0 > 3", "0"), ("fee / (2 - 2) > 3", "2 - 2"), ("1 / 0% > share", "0%")],
)
def test_a_literal_zero_divisor_is_refused(text: str, where: str) -> None:
    assert told(text, CONDITION) == [(where, "this divides by zero", "")]


# --- gathering --------------------------------------------------------------------------------


def test_all_faults_are_found_at_once_from_left_to_right() -> None:
    found = told("fe > 3 and term > 3 USD or 1 / profit > zebra", CONDITION)
    assert [where for where, *_ in found] == ["fe", "term > 3 USD", "profit", "zebra"]


@pytest.mark.parametrize(
    "text", ["zebra + fee > term * zebra", "abs(zebra) in [fee, term]", "1 / zebra > 3"]
)
def test_an_unknown_name_hides_what_depends_on_it(text: str) -> None:
    found = issues_of(text, CONDITION)
    assert {issue.message for issue in found} == {"`zebra` is not a known name"}


@pytest.mark.parametrize(
    ("text", "expects", "message"),
    [
        ("term", USD, "expected USD, found a number of months"),
        ("3%", USD, "expected USD, found a number"),
        ("open", USD, "a number is needed here, and this is a condition"),
        ("open", PURE, "a number is needed here, and this is a condition"),
    ],
)
def test_a_place_may_expect_a_dimension(text: str, expects: Kind, message: str) -> None:
    assert told(text, expects) == [(text, message, "")]


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
