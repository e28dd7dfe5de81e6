"""Explanations: every decision in words, with its figures and what to do next."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from pathlib import Path

import pytest

from constraints.language.expressions import Value
from cp_pricing.book.loading import load_price_book
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.results import (
    Approval,
    LadderStep,
    LtvReport,
    NearMiss,
    RuleReport,
    Terms,
)
from cp_pricing.words.explanation import BoundViolation, ExplanationContext, changed_fields, explain
from cp_pricing.words.facts import described, figures, named

EXAMPLE = Path(__file__).parents[1] / "data" / "example"


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_price_book(EXAMPLE)


def terms(price: str, **fields: Value) -> Terms:
    base: dict[str, Value] = {
        "platform_fee": F(120),
        "seat_fee": F(0),
        "included_units": F(5_000_000),
        "contract_duration_months": F(1),
        "minimum_monthly_turnover": F(0),
        "prepaid_amount": F(0),
        "guaranteed_platform_fee": F(0),
        "customer_funded_onboarding": False,
        "reduced_cancellation_flexibility": False,
    }
    return Terms.model_validate(base | {"usage_unit_price": F(price)} | fields)


BASELINE = terms("0.00001")


def rule(name: str, condition: str, sides: tuple[str, str, str], **more: object) -> RuleReport:
    left, operator, right = sides
    low = F(left) - F(right)
    given = {
        "description": "",
        "owner": "",
        "effect": "reject",
        "approver": None,
        "status": "satisfied",
        "slack": low if operator.startswith(">") else -low,
        "unit": "",
        "source": None,
    }
    return RuleReport.model_validate(
        given
        | {"id": name, "condition": condition}
        | {"left": F(left), "operator": operator, "right": F(right)}
        | more
    )


def margin(status: str) -> RuleReport:
    sides = ("0.251", ">=", "0.3")
    return rule(
        "margin-floor", "gross_margin >= 30%", sides, status=status, description="Keep a third."
    )


def discount(left: str, status: str) -> RuleReport:
    return rule(
        "deep-discount",
        "usage_price_discount <= 30%",
        (left, "<=", "0.3"),
        status=status,
        effect="approval",
        approver="vp-sales",
        description="Discounts above 30% are for the VP to grant.",
    )


def step(
    level: int, price: str | None, ltv: str | None = None, *waives: str, status: str = "optimal"
) -> LadderStep:
    return LadderStep.model_validate(
        {
            "level": level,
            "approver": (None, "deal-desk", "vp-sales")[level],
            "status": "infeasible" if price is None and status == "optimal" else status,
            "usage_unit_price": price,
            "ltv": ltv,
            "waives": waives,
        }
    )


def request(**fields: object) -> TuningRequest:
    given = {"id": "r", "configuration": "membership-plus-overage", "profile": "small-team"}
    return TuningRequest.model_validate(given | fields)


def ltv(tuned: str | None) -> LtvReport:
    reference = F("1372.55")
    return LtvReport(
        tuned=None if tuned is None else F(tuned),
        reference_configuration="membership-plus-overage",
        reference=reference,
        required=F(1400),
        improvement=None if tuned is None else F(tuned) - reference,
    )


LADDER = (
    step(0, "0.000007", "2620.81"),
    step(1, "0.000007", "2620.81"),
    step(2, "0.000004", "2049.85", "deep-discount"),
)


@pytest.fixture
def accepted(book: PriceBook) -> ExplanationContext:
    return ExplanationContext(
        decision="accepted",
        request=request(inputs={"contract_duration_months": 24, "prepaid_amount": 1200}),
        price_book=book,
        baseline=BASELINE,
        answer=terms("0.000007", contract_duration_months=F(24), prepaid_amount=F(1200)),
        ltv=ltv("2620.81"),
        approvals=(),
        ladder=LADDER,
        rules=(discount("0.3", "satisfied"),),
    )


@pytest.fixture
def rejected(book: PriceBook) -> ExplanationContext:
    near = NearMiss(configuration=terms("0.000007"), ltv=F("21.15"), violated=("margin-floor",))
    return ExplanationContext(
        decision="rejected",
        request=request(inputs={"included_units": 30_000_000}),
        price_book=book,
        baseline=BASELINE,
        answer=None,
        ltv=ltv(None),
        approvals=(),
        ladder=(step(0, None), step(1, None), step(2, None)),
        rules=(margin("violated"), discount("0.3", "satisfied")),
        near_miss=near,
    )


# --- accepted -------------------------------------------------------------------------------


def test_accepted_says_price_terms_value_and_what_approval_would_have_bought(
    accepted: ExplanationContext,
) -> None:
    reason, words = explain(accepted)
    assert reason == "USD 7.00 per 1M tokens, 30% lower than the catalog, without any approval"
    assert words.splitlines() == [
        (
            "The usage price is USD 7.00 per 1M tokens, 30% lower than the USD 10.00 of"
            " `membership-plus-overage`."
        ),
        (
            "Against the catalog, the customer's terms are: contract duration 24 months instead of"
            " month to month; prepaid amount USD 1,200 instead of USD 0."
        ),
        (
            "Over 36 months a comparable customer is worth USD 2,620.81, USD 1,220.81 more than the"
            " policy requires."
        ),
        (
            "USD 1,400.00 is required: the USD 1,372.55 that `membership-plus-overage`, the best"
            " predefined model for `small-team`, is worth, and USD 27.45 of improvement."
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
    accepted: ExplanationContext,
) -> None:
    same = tuple(step(level, "0.000007", "2620.81") for level in range(3))
    words = explain(replace(accepted, ladder=same))[1]
    assert "waived" not in words
    assert words.endswith("Next: offer these terms; nobody has to approve them.")


def test_for_the_seller_a_better_level_is_one_of_higher_value(
    accepted: ExplanationContext,
) -> None:
    seller = request(preference="seller_ltv")
    ladder = (step(0, "0.000007", "2000"), step(1, "0.000006", "1900"), step(2, "0.000009", "2500"))
    words = explain(replace(accepted, request=seller, ladder=ladder))[1]
    assert "USD 6.00" not in words
    assert "USD 9.00 per 1M tokens, at a lifetime value of USD 2,500.00, would be possible" in words
    assert words.endswith("`allow_approval` for the higher lifetime value.")


def test_an_undecided_level_is_not_passed_over(accepted: ExplanationContext) -> None:
    ladder = (LADDER[0], LADDER[1], step(2, None, status="unknown"))
    words = explain(replace(accepted, ladder=ladder))[1]
    assert "What an approval of `vp-sales` would make possible could not be decided." in words


def test_open_fields_are_told_from_the_customers_own(accepted: ExplanationContext) -> None:
    opened = request(open=["prepaid_amount"], inputs={"contract_duration_months": 24})
    words = explain(replace(accepted, request=opened))[1]
    assert "24 months instead of month to month; prepaid amount USD 1,200 instead of" in words
    assert words.count("chosen by the solver") == 1
    assert "USD 0, chosen by the solver" in words


def test_a_price_as_in_the_catalog_and_one_from_zero(accepted: ExplanationContext) -> None:
    same = replace(accepted, answer=BASELINE)
    assert explain(same)[0].startswith("USD 10.00 per 1M tokens, as in the catalog, ")
    assert explain(same)[1].startswith("The usage price stays at the USD 10.00 per 1M tokens of")
    free = replace(accepted, baseline=terms("0"))
    assert explain(free)[1].startswith("The usage price is USD 7.00 per 1M tokens, against the")


def test_a_value_below_the_required_one_is_called_less(accepted: ExplanationContext) -> None:
    words = explain(replace(accepted, ltv=ltv("1399.999")))[1]
    assert "is worth USD 1,399.999, USD 0.001 less than the policy requires" in words


def test_a_warning_that_fails_is_noted(accepted: ExplanationContext) -> None:
    warns = rule(
        "long-terms",
        "contract_duration_months >= 36",
        ("24", ">=", "36"),
        unit="month",
        effect="warn",
        status="violated",
    )
    words = explain(replace(accepted, rules=(warns,)))[1]
    assert (
        "Note that `long-terms` (contract_duration_months >= 36) fails:"
        " 24 months where at least 36 months is required, 12 months short." in words
    )


# --- requires approval ----------------------------------------------------------------------


def test_approval_names_who_waives_what_and_by_how_much(accepted: ExplanationContext) -> None:
    context = replace(
        accepted,
        decision="requires_approval",
        answer=terms("0.000004"),
        ltv=ltv("2049.85"),
        approvals=(Approval(approver="vp-sales", rules=("deep-discount",)),),
        rules=(discount("0.6", "violated"),),
    )
    reason, words = explain(context)
    assert reason == (
        "USD 4.00 per 1M tokens, 60% lower than the catalog, once `vp-sales` approves"
    )
    assert (
        "`vp-sales` has to waive `deep-discount` (discounts above 30% are for the VP to grant):"
        " 60% where at most 30% is allowed, 30 percentage points too much." in words
    )
    assert "Without any approval the best is USD 7.00 per 1M tokens" in words
    assert words.endswith(
        "Next: ask `vp-sales` to waive `deep-discount`, or offer what is possible without approval."
    )
    nothing = explain(replace(context, ladder=(step(0, None), *LADDER[1:])))[1]
    assert "Without an approval there is no answer to this request." in nothing
    assert nothing.endswith("Next: ask `vp-sales` to waive `deep-discount`.")


# --- rejected -------------------------------------------------------------------------------


def test_rejected_says_what_would_have_to_hold(rejected: ExplanationContext) -> None:
    reason, words = explain(rejected)
    assert reason == (
        "no usage price satisfies all rules; the nearest miss breaks `margin-floor` (keep a third)"
    )
    assert words.splitlines() == [
        (
            "No usage price that may be chosen (USD 2.00 to USD 20.00 per 1M tokens in steps of"
            " USD 0.01) satisfies all rules; the lowest one that breaks the fewest is USD 7.00"
            " per 1M tokens."
        ),
        (
            "There `margin-floor` (keep a third) fails: 25.1% where at least 30% is required,"
            " 4.9 percentage points short."
        ),
        (
            "USD 1,400.00 is required: the USD 1,372.55 that `membership-plus-overage`, the best"
            " predefined model for `small-team`, is worth, and USD 27.45 of improvement."
        ),
        "No approval would help. Next: ask again with another value for included tokens.",
    ]


def test_rejected_for_self_serve_where_an_approval_would_help(
    rejected: ExplanationContext,
) -> None:
    near = NearMiss(configuration=terms("0.000004"), ltv=F(2), violated=("deep-discount",))
    ladder = (step(0, None), step(1, None), LADDER[2])
    rules = (discount("0.6", "violated"),)
    words = explain(replace(rejected, near_miss=near, ladder=ladder, rules=rules))[1]
    assert "would be possible if `vp-sales` waived `deep-discount` (" in words
    assert "No approval" not in words
    assert words.endswith("Next: ask again with approval mode `allow_approval`.")


def test_a_value_off_its_bounds_names_the_value_and_the_possible_ones(
    rejected: ExplanationContext,
) -> None:
    violation = BoundViolation(
        "contract_duration_months", F(18), "month to month, 12 months or 24 months"
    )
    near = NearMiss(
        configuration=terms("0.000007"),
        ltv=F(2),
        violated=("tunable:contract_duration_months",),
    )
    context = replace(rejected, bound_violations=(violation,), near_miss=near)
    reason, words = explain(context)
    assert reason == "outside the tunable bounds: contract duration 18 months"
    lines = words.splitlines()
    assert lines[0] == (
        "Contract duration: 18 months was asked for;"
        " possible is month to month, 12 months or 24 months."
    )
    assert "No usage price" not in words
    assert lines[-1] == (
        "No approval waives tunable bounds."
        " Next: ask again with what is possible for contract duration."
    )


def test_bounds_and_rules_that_both_fail_are_both_told(rejected: ExplanationContext) -> None:
    violation = BoundViolation("prepaid_amount", F(50), "only USD 0, as it is not tunable")
    words = explain(replace(rejected, bound_violations=(violation,)))[1]
    assert "Prepaid amount: USD 50 was asked for; possible is only USD 0" in words
    assert "There `margin-floor` (keep a third) fails" in words


def test_a_fixed_price_is_not_called_a_choice(rejected: ExplanationContext) -> None:
    context = replace(rejected, request=request(configuration="pay-as-you-go"))
    words = explain(context)[1]
    assert words.startswith("The usage price is fixed, and at USD 7.00 per 1M tokens not all")
    assert words.endswith(
        "`pay-as-you-go` at its catalog terms does not satisfy the policy for `small-team`."
    )


def test_without_a_near_miss_the_rejection_is_still_explained(
    rejected: ExplanationContext,
) -> None:
    reason, words = explain(replace(rejected, near_miss=None, rules=()))
    assert reason == "no usage price satisfies all rules"
    assert words.startswith("No usage price that may be chosen satisfies all rules.")


def test_no_help_is_claimed_only_where_it_is_proven(rejected: ExplanationContext) -> None:
    ladder = (step(0, None), step(1, None), step(2, None, status="unknown"))
    words = explain(replace(rejected, ladder=ladder))[1]
    assert "No approval would help" not in words
    assert "could not be decided" in words


# --- unknown --------------------------------------------------------------------------------


def test_unknown_is_neither_yes_nor_no(rejected: ExplanationContext) -> None:
    context = replace(
        rejected, decision="unknown", near_miss=None, rules=(), unknown_reason="time is up"
    )
    reason, words = explain(context)
    assert reason == "not decided: time is up"
    assert words.startswith("The request could not be decided: time is up.")
    assert "neither a yes nor a no" in words
    assert "Next: " in words


# --- parts ----------------------------------------------------------------------------------


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
    assert figures(rule("r", "a ? b", sides, status="violated"), book.catalog) == said


def test_an_equation_is_missed_by_its_distance(book: PriceBook) -> None:
    missed = rule("r", "a == b", ("5", "==", "7"), slack=F(-2), status="violated")
    assert figures(missed, book.catalog) == "5.00 where exactly 7.00 is required, 2.00 away"


def test_a_rule_without_figures_is_said_by_its_condition(book: PriceBook) -> None:
    plain = margin("violated").model_copy(update={"left": None, "slack": None})
    assert figures(plain, book.catalog) == "`gross_margin >= 30%` does not hold"


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


def test_a_reason_of_many_rules_only_counts_them(rejected: ExplanationContext) -> None:
    rules = tuple(
        margin("violated").model_copy(update={"id": f"rule-{place}"}) for place in range(3)
    )
    near = NearMiss(configuration=BASELINE, ltv=F(1), violated=tuple(report.id for report in rules))
    reason, words = explain(replace(rejected, rules=rules, near_miss=near))
    assert reason == "no usage price satisfies all rules; the nearest miss breaks 3 of them"
    assert [f"There `rule-{place}` (keep a third) fails" in words for place in range(3)] == [
        True
    ] * 3
