"""The short explanation and its reason: every decision with its figures and what to do next."""

from __future__ import annotations

from fractions import Fraction as F  # noqa: N817 - many literals

import pytest

from cp_pricing.book.price_book import PriceBook
from cp_pricing.results import Approval, NearMiss
from tests.support.books import example
from tests.support.told import (
    BASELINE,
    LADDER,
    Case,
    case,
    discount,
    ltv,
    margin,
    request,
    rule,
    step,
    terms,
)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return example()


@pytest.fixture
def accepted(book: PriceBook) -> Case:
    return case(
        book,
        request(inputs={"contract_duration_months": 24, "prepaid_amount": 1200}),
        "accepted",
        configuration=terms("0.000007", contract_duration_months=F(24), prepaid_amount=F(1200)),
        ltv=ltv("2620.81"),
        ladder=LADDER,
        rules=(discount("0.3", "satisfied"),),
    )


@pytest.fixture
def rejected(book: PriceBook) -> Case:
    near = NearMiss(configuration=terms("0.000007"), ltv=F("21.15"), violated=("margin-floor",))
    return case(
        book,
        request(inputs={"included_units": 30_000_000}),
        "rejected",
        ltv=ltv(None),
        ladder=(step(0, None), step(1, None), step(2, None)),
        rules=(margin("violated"), discount("0.3", "satisfied")),
        near_miss=near,
    )


# --- accepted -------------------------------------------------------------------------------


def test_accepted_says_price_terms_value_and_what_approval_would_have_bought(
    accepted: Case,
) -> None:
    reason, words = accepted.reason, accepted.words
    assert reason == "USD 7.00 per 1M tokens, 30% lower than at list, without any approval"
    assert words.splitlines() == [
        (
            "The usage price is USD 7.00 per 1M tokens, 30% lower than the USD 10.00 of"
            " `membership-plus-overage`."
        ),
        (
            "Against list, the customer's terms are: term 24 months instead of"
            " month to month; prepayment USD 1,200 instead of USD 0."
        ),
        (
            "Over 36 months a comparable customer is worth USD 2,620.81, USD 1,220.81 more than the"
            " policy requires."
        ),
        (
            "USD 1,400.00 is required: the USD 1,372.55 that the reference,"
            " `membership-plus-overage`, is worth at list for `small-team`, and USD 27.45 of"
            " improvement."
        ),
        (
            "USD 4.00 per 1M tokens, at a lifetime value of USD 2,049.85, would be possible if"
            " `vp-sales` waived `deep-discount` (discounts above 30% are for the VP to grant)."
        ),
        (
            "Next: offer these terms, or ask again with approval mode `allow_approval` for the"
            " lower price."
        ),
    ]


def test_accepted_where_approval_buys_nothing_says_so_by_silence(
    accepted: Case,
) -> None:
    same = tuple(step(level, "0.000007", "2620.81") for level in range(3))
    words = accepted.but(ladder=same).words
    assert "waived" not in words
    assert words.endswith("Next: offer these terms; nobody has to approve them.")


def test_for_the_seller_a_better_level_is_one_of_higher_value(
    accepted: Case,
) -> None:
    seller = request(preference="seller_ltv")
    ladder = (step(0, "0.000007", "2000"), step(1, "0.000006", "1900"), step(2, "0.000009", "2500"))
    words = accepted.but(seller, ladder=ladder).words
    assert "USD 6.00" not in words
    assert "USD 9.00 per 1M tokens, at a lifetime value of USD 2,500.00, would be possible" in words
    assert words.endswith("`allow_approval` for the higher lifetime value.")


def test_an_undecided_level_is_not_passed_over(accepted: Case) -> None:
    ladder = (LADDER[0], LADDER[1], step(2, None, status="unknown"))
    words = accepted.but(ladder=ladder).words
    assert "What an approval of `vp-sales` would make possible could not be decided." in words


def test_open_fields_are_told_from_the_customers_own(accepted: Case) -> None:
    opened = request(open=["prepaid_amount"], inputs={"contract_duration_months": 24})
    words = accepted.but(opened).words
    assert "24 months instead of month to month; prepayment USD 1,200 instead of" in words
    assert words.count("chosen by the solver") == 1
    assert "USD 0, chosen by the solver" in words


def test_a_price_as_in_the_catalog_and_one_from_zero(accepted: Case) -> None:
    same = accepted.but(configuration=BASELINE)
    assert same.reason.startswith("USD 10.00 per 1M tokens, as at list, ")
    assert same.words.startswith("The usage price stays at the USD 10.00 per 1M tokens of")
    free = accepted.resting_on(baseline=terms("0"))
    assert free.words.startswith("The usage price is USD 7.00 per 1M tokens, against the")


def test_a_value_below_the_required_one_is_called_less(accepted: Case) -> None:
    words = accepted.but(ltv=ltv("1399.999")).words
    assert "is worth USD 1,399.999, USD 0.001 less than the policy requires" in words


def test_a_warning_that_fails_is_noted(accepted: Case) -> None:
    warns = rule(
        "long-terms",
        "contract_duration_months >= 36",
        ("24", ">=", "36"),
        unit="month",
        effect="warn",
        status="violated",
    )
    words = accepted.but(rules=(warns,)).words
    assert (
        "Note that `long-terms` (contract_duration_months >= 36) fails:"
        " 24 months where at least 36 months is required, 12 months short." in words
    )


# --- requires approval ----------------------------------------------------------------------


def test_approval_names_who_waives_what_and_by_how_much(accepted: Case) -> None:
    told = accepted.but(
        decision="requires_approval",
        configuration=terms("0.000004"),
        ltv=ltv("2049.85"),
        approvals=(Approval(approver="vp-sales", rules=("deep-discount",)),),
        rules=(discount("0.6", "violated"),),
    )
    reason, words = told.reason, told.words
    assert reason == ("USD 4.00 per 1M tokens, 60% lower than at list, once `vp-sales` approves")
    assert (
        "`vp-sales` has to waive `deep-discount` (discounts above 30% are for the VP to grant):"
        " 60% where at most 30% is allowed, 30 percentage points too much." in words
    )
    assert "Without any approval the best is USD 7.00 per 1M tokens" in words
    assert words.endswith(
        "Next: ask `vp-sales` to waive `deep-discount`, or offer what is possible without approval."
    )
    nothing = told.but(ladder=(step(0, None), *LADDER[1:])).words
    assert "Without an approval there is no answer to this request." in nothing
    assert nothing.endswith("Next: ask `vp-sales` to waive `deep-discount`.")


# --- rejected -------------------------------------------------------------------------------


def test_rejected_says_what_would_have_to_hold(rejected: Case) -> None:
    reason, words = rejected.reason, rejected.words
    assert reason == (
        "no usage price satisfies all rules; the near miss breaks `margin-floor` (keep a third)"
    )
    assert words.splitlines() == [
        (
            "No usage price that may be chosen (USD 2.00 to USD 20.00 per 1M tokens in steps of"
            " USD 0.01) satisfies all rules; nearest to it comes USD 7.00 per 1M tokens."
        ),
        (
            "At the near miss `margin-floor` (keep a third) fails: 25.1% where at least 30% is"
            " required, 4.9 percentage points short."
        ),
        (
            "USD 1,400.00 is required: the USD 1,372.55 that the reference,"
            " `membership-plus-overage`, is worth at list for `small-team`, and USD 27.45 of"
            " improvement."
        ),
        "No approval would help. Next: ask again with another number of included tokens.",
    ]


def test_rejected_for_self_serve_where_an_approval_would_help(
    rejected: Case,
) -> None:
    near = NearMiss(configuration=terms("0.000004"), ltv=F(2), violated=("deep-discount",))
    ladder = (step(0, None), step(1, None), LADDER[2])
    rules = (discount("0.6", "violated"),)
    words = rejected.but(near_miss=near, ladder=ladder, rules=rules).words
    assert "would be possible if `vp-sales` waived `deep-discount` (" in words
    assert "No approval" not in words
    assert words.endswith("Next: ask again with approval mode `allow_approval`.")


def test_a_value_off_its_bounds_names_the_value_and_the_possible_ones(
    rejected: Case,
) -> None:
    asked = request(inputs={"contract_duration_months": 18})
    near = NearMiss(
        configuration=terms("0.000007"),
        ltv=F(2),
        violated=("tunable:contract_duration_months",),
    )
    told = rejected.but(asked, near_miss=near).resting_on(outside=("contract_duration_months",))
    reason, words = told.reason, told.words
    assert reason == "outside the tunable bounds: term 18 months"
    lines = words.splitlines()
    assert lines[0] == (
        "Term: 18 months was asked for;"
        " possible is month to month, 6 months, 12 months, 24 months or 36 months."
    )
    assert "No usage price" not in words
    assert lines[-1] == (
        "No approval waives tunable bounds. Next: ask again with what is possible for the term."
    )


def test_bounds_and_rules_that_both_fail_are_both_told(rejected: Case) -> None:
    asked = request(configuration="pay-as-you-go", inputs={"prepaid_amount": 50})
    words = rejected.but(asked).resting_on(outside=("prepaid_amount",)).words
    assert "Prepayment: USD 50 was asked for; possible is only USD 0, as it is not" in words
    assert "At the near miss `margin-floor` (keep a third) fails" in words


def test_a_fixed_price_is_not_called_a_choice(rejected: Case) -> None:
    told = rejected.but(request(configuration="pay-as-you-go"))
    words = told.words
    assert words.startswith("The usage price is fixed, and at USD 7.00 per 1M tokens not all")
    assert words.endswith("`pay-as-you-go` at list does not satisfy the policy for `small-team`.")


def test_without_a_near_miss_the_rejection_is_still_explained(
    rejected: Case,
) -> None:
    told = rejected.but(near_miss=None, rules=())
    reason, words = told.reason, told.words
    assert reason == "no usage price satisfies all rules"
    assert words.startswith("No usage price that may be chosen satisfies all rules.")


def test_without_rules_a_level_is_told_with_all_who_sign(rejected: Case) -> None:
    both = "heavy-user-margin", "deep-discount"
    ladder = (step(0, None), step(1, None), step(2, "0.000004", "2049.85", *both))
    signed = (
        "would be possible if `deal-desk` and `vp-sales` waived"
        " `heavy-user-margin` and `deep-discount`."
    )
    told = rejected.but(near_miss=None, rules=(), ladder=ladder)
    assert signed in told.words
    assert signed in told.resting_on(diagnosed=True).words
    # Of an asked price: the ladder with the price left open.
    asked = told.but(ladder=(), price_ladder=ladder).resting_on(diagnosed=True).words
    assert "With the price left open, USD 4.00 per 1M tokens, at a lifetime value of" in asked
    assert signed in asked
    assert "which can be had once `deal-desk` and `vp-sales` agree with these terms" in asked


def test_no_help_is_claimed_only_where_it_is_proven(rejected: Case) -> None:
    ladder = (step(0, None), step(1, None), step(2, None, status="unknown"))
    words = rejected.but(ladder=ladder).words
    assert "No approval would help" not in words
    assert "could not be decided" in words


def test_a_reason_of_many_rules_only_counts_them(rejected: Case) -> None:
    rules = tuple(
        margin("violated").model_copy(update={"id": f"rule-{place}"}) for place in range(3)
    )
    near = NearMiss(configuration=BASELINE, ltv=F(1), violated=tuple(report.id for report in rules))
    told = rejected.but(rules=rules, near_miss=near)
    reason, words = told.reason, told.words
    assert reason == "no usage price satisfies all rules; the near miss breaks 3 of them"
    assert "\nAt the near miss 3 rules fail: `rule-0`, `rule-1` and `rule-2`.\n" in words


# --- unknown --------------------------------------------------------------------------------


def test_unknown_is_neither_yes_nor_no(rejected: Case) -> None:
    told = rejected.but(decision="unknown", near_miss=None, rules=()).resting_on(
        undecided="time is up"
    )
    reason, words = told.reason, told.words
    assert reason == "not decided: time is up"
    assert words.startswith("The request could not be decided: time is up.")
    assert "neither a yes nor a no" in words
    # Nothing is open, so that nobody is told to open less.
    assert "allow more time, or use coarser tunable bounds" in words
    assert "Next: " in words
