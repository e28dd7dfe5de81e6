"""The terms of a deal as phrases, and counteroffers in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from constraints.language.expressions import Value
from cp_pricing.exact import shown_value
from cp_pricing.results import Approval, Counteroffer, FieldChange
from cp_pricing.words.terms import (
    acts_in_words,
    change_in_words,
    counteroffer_in_words,
    other_terms,
    term,
    the_term,
)
from tests.support.books import pilot
from tests.support.explained import result

CATALOG = pilot().catalog.denomination()


@pytest.mark.parametrize(
    ("field", "value", "noun"),
    [
        ("included_units", Fraction(30_000_000), "30M included tokens a month"),
        ("included_units", Fraction(0), "no included tokens"),
        ("included_units", Fraction(10**15), "unlimited tokens"),
        ("contract_duration_months", Fraction(1), "a month-to-month contract"),
        ("contract_duration_months", Fraction(12), "a 12-month term"),
        ("contract_duration_months", Fraction(18), "an 18-month term"),
        ("contract_duration_months", Fraction(8), "an 8-month term"),
        ("minimum_monthly_turnover", Fraction(120), "a monthly minimum of USD 120"),
        ("minimum_monthly_turnover", Fraction(0), "no monthly minimum"),
        ("prepaid_amount", Fraction(900), "a prepayment of USD 900"),
        (
            "guaranteed_platform_fee",
            Fraction(199, 2),
            "a guaranteed platform fee of USD 99.50 a month",
        ),
        ("platform_fee", Fraction(120), "a platform fee of USD 120 a month"),
        ("customer_funded_onboarding", True, "customer-funded onboarding"),
        ("customer_funded_onboarding", False, "onboarding free of charge"),
        ("reduced_cancellation_flexibility", False, "full cancellation flexibility"),
    ],
)
def test_a_term_is_a_noun(field: str, value: Value, noun: str) -> None:
    assert term(field, value, CATALOG) == noun


def test_a_term_that_is_known_has_its_article() -> None:
    assert the_term("contract_duration_months", Fraction(18), CATALOG) == "the 18-month term"
    assert the_term("included_units", Fraction(10**6), CATALOG, "your") == (
        "your 1M included tokens a month"
    )
    assert the_term("prepaid_amount", Fraction(0), CATALOG) == "having no prepayment"


@pytest.mark.parametrize(
    ("field", "asked", "offered", "act"),
    [
        ("included_units", 30_000_000, 6_000_000, "lower included tokens from 30M to 6M a month"),
        ("included_units", 0, 500_000, "raise included tokens from 0 to 500,000 a month"),
        ("included_units", 5_000_000, 10**15, "take unlimited tokens"),
        ("included_units", 10**15, 5_000_000, "lower included tokens from unlimited to 5M a month"),
        ("contract_duration_months", 1, 24, "commit to 24 months"),
        ("contract_duration_months", 12, 24, "commit to 24 months instead of 12"),
        ("contract_duration_months", 24, 12, "shorten the term from 24 to 12 months"),
        ("contract_duration_months", 12, 1, "go month to month instead of 12 months"),
        ("minimum_monthly_turnover", 0, 160, "commit to a minimum of USD 160 a month"),
        ("minimum_monthly_turnover", 120, 160, "raise the monthly minimum from USD 120 to USD 160"),
        ("minimum_monthly_turnover", 120, 0, "drop the monthly minimum of USD 120"),
        ("prepaid_amount", 0, 3600, "prepay USD 3,600"),
        ("prepaid_amount", 950, 900, "lower the prepayment from USD 950 to USD 900"),
        ("guaranteed_platform_fee", 0, 142, "guarantee a platform fee of USD 142 a month"),
        ("customer_funded_onboarding", False, True, "pay for the onboarding"),
        ("customer_funded_onboarding", True, False, "have the onboarding free of charge"),
        (
            "reduced_cancellation_flexibility",
            False,
            True,
            "accept reduced cancellation flexibility",
        ),
        ("reduced_cancellation_flexibility", True, False, "keep full cancellation flexibility"),
    ],
)
def test_a_change_is_an_act(field: str, asked: int, offered: int, act: str) -> None:
    assert change_in_words(change(field, asked, offered), CATALOG) == act


def change(field: str, asked: Value | int, offered: Value | int) -> FieldChange:
    values = (v if isinstance(v, bool) else Fraction(v) for v in (asked, offered))
    shown = [shown_value(field, value) for value in values]
    return FieldChange(field=field, asked=shown[0], offered=shown[1])


def counteroffer(*changes: FieldChange, approvers: tuple[str, ...] = ()) -> Counteroffer:
    terms = result("small-team-lower-price").configuration
    assert terms is not None
    approvals = tuple(Approval(approver=name, rules=("payback",)) for name in approvers)
    return Counteroffer(
        changes=changes,
        configuration=terms,
        quote="USD 7.20 per 1M tokens",
        ltv=Fraction(1),
        decision="requires_approval" if approvers else "accepted",
        approvals=approvals,
        above_baseline_price=False,
        text="",
    )


TWO_YEARS = change("contract_duration_months", 1, 24)
MINIMUM = change("minimum_monthly_turnover", 0, 150)
PREPAID = change("prepaid_amount", 0, 600)


def test_acts_that_share_a_verb_say_it_once() -> None:
    committed = "commit to 24 months and to a minimum of USD 150 a month"
    assert acts_in_words([TWO_YEARS, MINIMUM], CATALOG) == committed
    assert acts_in_words([MINIMUM], CATALOG) == "commit to a minimum of USD 150 a month"
    assert (
        acts_in_words([TWO_YEARS, MINIMUM, PREPAID], CATALOG) == f"{committed} and prepay USD 600"
    )
    offer = counteroffer_in_words(counteroffer(TWO_YEARS, MINIMUM), CATALOG, ["included_units"])
    assert offer.startswith(f"keep what was asked for, and {committed}: ")


def test_other_terms_are_told_as_what_could_be_asked_for() -> None:
    asked: dict[str, Value] = {
        "usage_unit_price": Fraction(1),
        "prepaid_amount": Fraction(600),
        "included_units": Fraction(10**6),
        "contract_duration_months": Fraction(12),
        "customer_funded_onboarding": True,
        "reduced_cancellation_flexibility": False,
    }
    told = {name: other_terms([name], asked, CATALOG) for name in asked}
    assert list(told.values()) == [
        "another usage price",
        "another prepayment",
        "another number of included tokens",
        "another term",
        "onboarding free of charge",
        "reduced cancellation flexibility",
    ]
    both = ["contract_duration_months", "prepaid_amount"]
    assert other_terms(both, asked, CATALOG, "or") == "another term or another prepayment"


ACCEPTED = "accepted at USD 7.20 per 1M tokens"
ONCE = "once `deal-desk` and `vp-sales` approve"
FEWER = change("included_units", 30_000_000, 6_000_000)


@pytest.mark.parametrize(
    ("offer", "inputs", "words"),
    [
        (
            counteroffer(TWO_YEARS),
            ["included_units"],
            "keep what was asked for, and commit to 24 months: " + ACCEPTED,
        ),
        (counteroffer(TWO_YEARS), [], "commit to 24 months: " + ACCEPTED),
        (
            counteroffer(FEWER),
            ["included_units"],
            "lower included tokens from 30M to 6M a month: " + ACCEPTED,
        ),
        # What the catalog includes is not kept either.
        (
            counteroffer(FEWER, TWO_YEARS),
            ["prepaid_amount"],
            "lower included tokens from 30M to 6M a month and commit to 24 months: " + ACCEPTED,
        ),
        (
            counteroffer(TWO_YEARS, approvers=("deal-desk", "vp-sales")),
            ["prepaid_amount"],
            f"keep what was asked for, and commit to 24 months: {ACCEPTED}, {ONCE}",
        ),
    ],
)
def test_a_counteroffer_says_what_to_change_and_the_price(
    offer: Counteroffer, inputs: list[str], words: str
) -> None:
    assert counteroffer_in_words(offer, CATALOG, inputs) == words
