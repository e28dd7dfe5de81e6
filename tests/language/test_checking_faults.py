"""The static check: what it refuses, where, and with which advice."""

from __future__ import annotations

import pytest

from constraints.language.dimensions import (
    CONDITION,
    PURE,
    Kind,
)
from tests.support.words import USD, checked, issues_of, told

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
        ("term > 2 yr", "2 yr", "`yr` is not a known unit", "did you mean `years`?"),
        ("term > 1 yrs", "1 yrs", "`yrs` is not a known unit", "did you mean `year`?"),
        ("term > 24 mo", "24 mo", "`mo` is not a known unit", "did you mean `months`?"),
        ("term > 24 MOS", "24 MOS", "`MOS` is not a known unit", "did you mean `months`?"),
        ("fee > 3 USD/mo", "3 USD/mo", "`mo` is not a known unit", "did you mean `month`?"),
        ("share > 12.50 percent", "12.50 percent", "`percent` is not a known unit",
         "write `12.5%`"),
        ("share > 3 Pct", "3 Pct", "`Pct` is not a known unit", "write `3%`"),
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
