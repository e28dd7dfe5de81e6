"""Explanations in full: the seller's words, the phrases they are made of, and the command."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from cli.progress import Progress, interruptible
from constraints.expressions import Value
from constraints.solving import Solver
from cp_pricing import load_price_book, load_requests, solve
from cp_pricing.deal import Deal
from cp_pricing.explanation import ExplanationContext
from cp_pricing.findings import WhatItsLimitCosts
from cp_pricing.justifications import described
from cp_pricing.narrative import seller_sections, seller_text
from cp_pricing.phrases import change_in_words, counteroffer_in_words, term, the_term
from cp_pricing.price_book import PriceBook
from cp_pricing.requests import TuningRequest
from cp_pricing.results import (
    Approval,
    Completeness,
    Counteroffer,
    FieldChange,
    NextStep,
    Outcome,
    RuleReport,
    TuningResult,
    shown_value,
)
from cp_pricing.tuning import Stage, context_of, pricing_of

ROOT = Path(__file__).parents[1]
COULOMB = ROOT / "data" / "coulomb"
EXAMPLE = ROOT / "tests" / "data" / "example"
CATALOG = load_price_book(COULOMB).catalog


@cache
def pilot() -> PriceBook:
    return load_price_book(COULOMB)


@cache
def requests() -> Mapping[str, TuningRequest]:
    return {request.id: request for request in load_requests(pilot())}


@cache
def result(request_id: str) -> TuningResult:
    return solve(pilot(), requests()[request_id], detail="full")


def context(request_id: str, found: TuningResult | None = None) -> ExplanationContext:
    deal = Deal(pricing_of(pilot()), requests()[request_id], Solver())
    return context_of(deal, found or result(request_id))


def sections(request_id: str) -> dict[str, tuple[str, ...]]:
    found = seller_sections(context(request_id), result(request_id))
    return {section.title: section.sentences for section in found}


def price(number: Fraction) -> str:
    return f"USD {float(number * 10**6):.2f}"


# --- phrases --------------------------------------------------------------------------------


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
ACCEPTED = "accepted at USD 7.20 per 1M tokens"
ONCE = "once `deal-desk` and `vp-sales` approve"
FEWER = change("included_units", 30_000_000, 6_000_000)


@pytest.mark.parametrize(
    ("offer", "inputs", "words"),
    [
        (
            counteroffer(TWO_YEARS),
            ["included_units"],
            "keep everything and commit to 24 months: " + ACCEPTED,
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
            f"keep everything and commit to 24 months: {ACCEPTED}, {ONCE}",
        ),
    ],
)
def test_a_counteroffer_says_what_to_change_and_the_price(
    offer: Counteroffer, inputs: list[str], words: str
) -> None:
    assert counteroffer_in_words(offer, CATALOG, inputs) == words


# --- the seller's text ----------------------------------------------------------------------


@pytest.mark.parametrize("request_id", requests())
def test_every_explanation_ends_in_what_to_do(request_id: str) -> None:
    lines = result(request_id).explanation.splitlines()
    told = sections(request_id)
    assert lines == [sentence for section in told.values() for sentence in section]
    assert told["What to do next"][0].startswith("Next: ")
    assert list(told)[-1] == "What to do next"
    assert all(line == " ".join(line.split()) and line.endswith(".") for line in lines)
    assert all(line[0].isupper() or line[0] == "`" for line in lines)


@pytest.mark.parametrize("request_id", requests())
def test_no_rule_is_named_without_what_it_is_for(request_id: str) -> None:
    rules = {rule.id: rule for rule in result(request_id).rules}
    named = 0
    for line in result(request_id).explanation.splitlines():
        for name in dict.fromkeys(re.findall(r"`([^`]+)`", line)):
            if name in rules:
                named += 1
                assert f"`{name}` ({described(rules[name])})" in line
    assert named or context(request_id).bound_violations


@pytest.mark.parametrize("request_id", requests())
def test_everything_that_was_found_is_told(request_id: str) -> None:
    found = result(request_id)
    text = found.explanation
    for rule in found.rules:
        if rule.status == "binding":
            assert rule.relief is not None
            assert price(rule.relief.usage_unit_price) in text
        if rule.next_step is not None:
            assert price(rule.next_step.buys.usage_unit_price) in text
    for offer in found.counteroffers:
        assert offer.text[1:] in text
        assert f"(lifetime value USD {float(offer.ltv):,.2f})" in text
    for trade in found.trade_offs:
        assert f"USD {abs(float(trade.ltv_worth)):,.2f} of lifetime value" in text
    for edit in found.policy_edits:
        assert edit.source is not None
        assert f"{edit.source.file}:{edit.source.line}" in text
        assert f"`{edit.old}` would become `{edit.new}`" in text
    blocked = [line for line in text.splitlines() if re.search(r"stops? a (lower|higher)", line)]
    assert len(blocked) >= bool(found.blocking_sets)
    assert text.count("cannot hold") == len([c for c in found.conflicts if not out_of_bounds(c)])


def out_of_bounds(conflict: tuple[str, ...]) -> bool:
    return any(re.match("tunable:(?!usage_unit_price)", name) for name in conflict)


def test_why_not_lower_names_the_terms_the_rule_its_limit_and_what_would_buy_more() -> None:
    blocked, limit = sections("small-team-lower-price")["Why not lower"]
    assert blocked == (
        "With a 12-month term, a monthly minimum of USD 120 and a prepayment of USD 900,"
        " `earned-discount` (a discount on the usage price should be earned by what the customer"
        " commits to) is what stops a lower price."
    )
    assert limit == (
        "That rule stands at 26.25%, where at most 26.34% is allowed; a limit of 26.38% would buy"
        " USD 5.89 per 1M tokens, none at all USD 5.17 per 1M tokens."
    )


def test_each_commitment_is_told_with_its_worth() -> None:
    told = sections("small-team-lower-price")["What each commitment is worth"]
    assert told[0] == (
        "The 12-month term is worth USD 316.01 of lifetime value at this price; without it there"
        " would be no price at all, with one step more (24 months) USD 5.50 per 1M tokens."
    )
    assert told[1].endswith(
        "without it the price would be USD 6.22 per 1M tokens, with one step more (USD 130/month)"
        " USD 5.87 per 1M tokens."
    )
    allowance = sections("small-team-high-included-approval")["What each commitment is worth"][0]
    assert allowance.startswith("The 30M included tokens a month cost USD ")
    assert "; with 5M included tokens a month as in the catalog the price would be " in allowance


def test_what_is_worth_more_is_told_by_its_lifetime_value() -> None:
    told = sections("small-team-seller-ltv")
    number, rule, bounds = told["Why not worth more"]
    assert number == "There are 2 obstacles, each of which alone stops a higher lifetime value."
    assert rule == (
        "With a 12-month term, `bill-increase` (a tuned deal should not raise the expected bill far"
        " above that at list price) is what stops a higher lifetime value."
    )
    assert bounds == (
        "With a 12-month term, no usage price from USD 2.00 to USD 20.00 per 1M tokens gives a"
        " higher lifetime value."
    )
    assert (
        "of lifetime value (at USD 9.78 per 1M tokens)"
        in (told["What each commitment is worth"][0])
    )


def test_a_rejection_tells_each_conflict_with_its_figures() -> None:
    told = sections("small-team-high-included")["Why it is rejected"]
    assert told[1] == "There are 5 conflicts, each of which alone rejects the request."
    assert told[2].startswith(
        "With 30M included tokens a month, `worst-month` (no month should cost more than it brings"
        " in, not even one of heavy use) cannot hold at any usage price; at USD "
    )
    assert "cannot hold at any usage price from USD 2.00 to USD 20.00 per 1M tokens; at" in told[4]
    assert told[4].endswith("where at least 60% is required, 10 percentage points short.")
    assert len(told) == 2 + 5 + 1


def test_a_rejection_that_approval_would_change_says_whom_to_ask() -> None:
    told = sections("scale-up-on-team-plan")
    assert told["What would be accepted"][-1] == (
        "Keep everything and ask `vp-sales` to waive `worst-month` (no month should cost more than"
        " it brings in, not even one of heavy use) and `bill-increase` (a tuned deal should not"
        " raise the expected bill far above that at list price): accepted at USD 10.50 per 1M"
        " tokens (lifetime value USD 8,615.84)."
    )
    assert told["What would be accepted"][0].startswith(
        "Any one of these would be enough: (1) `vp-sales` waiving `bill-increase` ("
    )
    (edit,) = told["What the policy would have to say"]
    assert re.match(r"In the rule at policy\.yaml:\d+, `bill-increase` \(", edit)
    assert "Whatever the request asks for, `worst-month` (" in told["Why it is rejected"][2]


def test_bounds_are_told_once_and_what_is_possible_follows() -> None:
    told = sections("small-team-out-of-bounds")
    term_bounds, prepaid_bounds = told["Why it is rejected"]
    assert term_bounds == (
        "Contract duration: 18 months was asked for; possible is month to month, 6 months,"
        " 12 months, 24 months or 36 months."
    )
    assert prepaid_bounds == (
        "Prepaid amount: USD 950 was asked for; possible is USD 0 to USD 6,000 in steps of USD 100."
    )
    assert told["What to do next"][0].startswith(
        "Next: get `deal-desk` to agree, then propose to the customer to commit to 24 months"
        " instead of 18 and raise the prepayment from USD 950 to USD 1,000, at USD 5.40"
    )


def test_a_higher_level_is_told_by_what_it_adds() -> None:
    first, second = sections("small-team-lower-price")["What an approval would buy"]
    assert "if `deal-desk` waived `planned-margin` (" in first
    assert second.startswith("USD 4.59 per 1M tokens (lifetime value USD 1,186.92), if `vp-sales`")
    assert "planned-margin" not in second
    assert second.endswith("as well.")


def test_a_search_that_was_cut_is_said_to_be() -> None:
    whole = result("small-team-high-included")
    assert "There may be more" not in whole.explanation
    note = "there are more than the 20 smallest conflicts shown"
    cut = Completeness(conflicts=False, corrections=False, note=note)
    part = whole.model_copy(update={"completeness": cut})
    text = seller_text(context("small-team-high-included", part), part)
    assert f"There may be more conflicts or corrections than these: {note}." in text
    offers = whole.model_copy(update={"completeness": Completeness(note="out of time")})
    text = seller_text(context("small-team-high-included", offers), offers)
    assert "more counteroffers, edits or trade-offs than these: out of time." in text


def test_without_corrections_nothing_is_said_to_be_enough() -> None:
    whole = result("small-team-high-included")
    none = whole.model_copy(update={"corrections": ()})
    text = seller_text(context("small-team-high-included", none), none)
    assert "Other values for what the request asks for would not be enough." in text
    unknown = Completeness(conflicts=False, corrections=False, note="out of time")
    none = none.model_copy(update={"completeness": unknown})
    assert "not be enough" not in seller_text(context("small-team-high-included", none), none)


@pytest.mark.parametrize(
    ("operator", "right", "limit"),
    [(">=", "0.30", "0.29871"), ("<=", "0.30", "0.30129"), (">", "100", "99.996")],
)
def test_a_moved_limit_is_never_shown_tighter_than_it_is(
    operator: str, right: str, limit: str
) -> None:
    buys = Outcome(usage_unit_price=Fraction(7, 10**6), ltv=Fraction(1))
    rule = RuleReport(
        id="r",
        description="",
        owner="",
        effect="reject",
        approver=None,
        condition="gross_margin is a percentage: 30%" if right == "0.30" else "ltv >= 100 USD",
        status="binding",
        left=Fraction(right),
        operator=operator,
        right=Fraction(right),
        slack=Fraction(0),
        unit="" if right == "0.30" else "USD",
        next_step=NextStep(
            limit=Fraction(limit), change=abs(Fraction(limit) - Fraction(right)), buys=buys
        ),
        source=None,
    )
    words = WhatItsLimitCosts(rule, "lower_usage_price", CATALOG).buys()
    shown = re.search(r"a limit of (?:USD )?([\d.]+)(%?)", words)
    assert shown is not None
    moved = Fraction(shown[1]) / (100 if shown[2] else 1)
    assert moved <= Fraction(limit) if operator in {">=", ">"} else moved >= Fraction(limit)
    assert moved != Fraction(right)


# --- stages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("request_id", ["small-team-high-included", "small-team-lower-price"])
def test_each_stage_adds_to_what_is_proven(request_id: str) -> None:
    stages: list[Stage] = []
    whole = solve(pilot(), requests()[request_id], detail="full", watch=stages.append)
    assert without_time(whole) == without_time(result(request_id))
    assert stages[0].result() is None
    parts = [found for stage in stages[1:] if (found := stage.result()) is not None]
    assert len(parts) == len(stages) - 1 == 3
    for part in parts:
        assert part.decision == whole.decision
        assert part.configuration == whole.configuration
        assert "the search was stopped" in part.completeness.note
        assert "the search was stopped." in part.explanation
    assert not parts[0].conflicts + parts[0].blocking_sets
    assert parts[1].conflicts == whole.conflicts
    assert parts[1].blocking_sets == whole.blocking_sets
    assert not parts[1].counteroffers + parts[1].trade_offs
    assert parts[2].counteroffers == whole.counteroffers
    assert [rule.relief for rule in parts[2].rules] == [rule.relief for rule in whole.rules]


def without_time(found: TuningResult) -> TuningResult:
    same = found.provenance.model_copy(update={"seconds": 0.0})
    return found.model_copy(update={"provenance": same})


# --- the command ----------------------------------------------------------------------------


def run(*arguments: str | Path, **environment: str) -> Result:
    clean = dict.fromkeys(("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM"))
    return CliRunner(env=clean | environment).invoke(
        main, ["explain", *map(str, arguments)], prog_name="cp-pricing"
    )


def test_the_command_writes_every_section() -> None:
    found = run(COULOMB, "--request", "small-team-high-included")
    assert (found.exit_code, found.stderr) == (0, "")
    words = " ".join(found.stdout.replace("\n  ", " ").split())
    for title, sentences in sections("small-team-high-included").items():
        assert f"\n\n{title}\n- " in found.stdout
        assert all(f"- {sentence}" in words for sentence in sentences)
    assert found.stdout.startswith("REJECTED  small-team-high-included ")


def test_the_customer_is_shown_the_plan_and_not_the_request() -> None:
    found = run(COULOMB, "--request", "small-team-high-included", "--for", "customer")
    assert found.exit_code == 0
    assert found.stdout.startswith("NOT OFFERED  Membership plus overage ")
    assert "small-team" not in found.stdout


def test_json_is_the_whole_result_or_the_customers_view() -> None:
    arguments = (COULOMB, "--request", "small-team-lower-price", "--format", "json")
    for_seller: dict[str, Any] = json.loads(run(*arguments).stdout)
    whole = json.loads(result("small-team-lower-price").model_dump_json())
    for document in (for_seller, whole):
        del document["provenance"]["seconds"]
    assert for_seller == whole
    for_customer = json.loads(run(*arguments, "--for", "customer").stdout)
    assert for_customer["price"] == {
        "usage_unit_price": "0.0000059",
        "quote": "USD 5.90 per 1M tokens",
    }
    assert not {"ltv", "rules", "request_id", "profile", "ladder"} & set(for_customer)


def test_the_only_request_need_not_be_named(tmp_path: Path) -> None:
    request = {"id": "one", "configuration": "membership-plus-overage", "profile": "small-team"}
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps({"requests": [request]}), encoding="utf-8")
    assert "  one ───" in run(EXAMPLE, "--requests", asked).stdout
    found = run(EXAMPLE)
    assert found.exit_code == 2
    assert "name one with --request: lower-price, lower-price-approval" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--request", "lower-prise"], "there is no `lower-prise`; did you mean `lower-price`?"),
        (["--request", "lower-price", "--lever", "prepaid"], "there is no `prepaid`; did you mean"),
        (["--request", "lower-price", "--lever", "usage_unit_price"], "no `usage_unit_price`"),
        (["--request", "lower-price", "--time-limit", "0"], "seconds above 0"),
    ],
)
def test_what_cannot_be_explained_is_a_fault(arguments: list[str], message: str) -> None:
    found = run(EXAMPLE, *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in " ".join(found.stderr.split())


@pytest.mark.parametrize("width", [60, 72, 100, 140])
@pytest.mark.parametrize("reader", ["seller", "customer"])
def test_no_line_is_longer_than_the_terminal_is_wide(width: int, reader: str) -> None:
    for more in ((), ("--lever", "included_tokens", "--lever", "contract_duration_months")):
        arguments = (EXAMPLE, "--request", "high-included", "--for", reader, *more)
        lines = run(*arguments, COLUMNS=str(width)).stdout.splitlines()
        assert lines
        assert max(map(len, lines)) <= width
        assert all(line == line.rstrip() for line in lines)


def test_an_undecided_request_ends_with_its_own_status() -> None:
    found = run(COULOMB, "--request", "scale-up-open-terms", "--time-limit", "0.000001")
    assert found.exit_code == 3
    assert found.stdout.startswith("UNKNOWN  scale-up-open-terms")
    assert "neither a yes nor a no" in found.stdout


# --- levers ---------------------------------------------------------------------------------


def lever(*arguments: str | Path) -> dict[str, Any]:
    (found,) = json.loads(run(*arguments, "--format", "json").stdout)["levers"]
    return dict(found)


def test_a_lever_has_the_price_that_the_request_would_get_with_each_value() -> None:
    name, field = "small-team-lower-price", "contract_duration_months"
    found = lever(COULOMB, "--request", name, "--lever", field)
    assert (found["field"], found["asked"], found["complete"]) == (field, "12", True)
    assert [row["value"] for row in found["rows"]] == ["1", "6", "12", "24", "36"]
    for row in found["rows"]:
        inputs = {**requests()[name].inputs, field: Fraction(row["value"])}
        alone = solve(pilot(), requests()[name].model_copy(update={"inputs": inputs}))
        assert row["quote"] == alone.quote
        assert (row["usage_unit_price"] is None) == (alone.decision == "rejected")
    assert [row["quote"] is None for row in found["rows"]] == [True, False, False, False, False]


def test_the_customers_lever_has_prices_and_no_more() -> None:
    arguments = (
        COULOMB,
        "--request",
        "small-team-two-years",
        "--lever",
        "contract_duration_months",
    )
    seller = lever(*arguments)
    customer = lever(*arguments, "--for", "customer")
    assert set(customer) == {"schema_version", "field", "asked", "complete", "rows"}
    for ours, theirs in zip(seller["rows"], customer["rows"], strict=True):
        assert set(theirs) == {"value", "price", "decided", "subject_to_confirmation"}
        assert (theirs["price"] or {}).get("quote") == ours["quote"]
        assert theirs["subject_to_confirmation"] == (ours["approver"] is not None)
    assert {row["approver"] for row in seller["rows"]} == {None, "deal-desk", "vp-sales"}
    text = run(*arguments, "--for", "customer").stdout
    assert "LTV" not in text
    assert "deal-desk" not in text
    assert "to be confirmed" in text


def test_the_lever_is_a_table_with_bars_where_there_is_room() -> None:
    arguments = (COULOMB, "--request", "small-team-high-included", "--lever", "included_tokens")
    wide = run(*arguments).stdout
    rows = [re.split(r" {2,}", line) for line in wide.splitlines()]
    assert ["6M tokens/month", "7.69", "1,187.63", "█████████▌"] in rows
    assert ["30M tokens/month (asked)", "-", "-"] in rows
    assert ["31M tokens/month to 40M tokens/month", "-", "-"] in rows
    assert "for some of its possible values" in wide
    narrow = run(*arguments, COLUMNS="80").stdout
    assert "█" not in narrow
    assert "7.69   1,187.63" in narrow


# --- solve ----------------------------------------------------------------------------------


def test_solve_shows_in_full_what_binds_and_what_more_would_take() -> None:
    arguments = ["solve", str(COULOMB), "--request", "small-team-lower-price"]
    program = CliRunner(env={"COLUMNS": "100"})
    plain, full = (
        program.invoke(main, [*arguments, *more]).stdout for more in ([], ["--detail", "full"])
    )
    assert "\nbinding  " not in plain
    assert re.search(r"^binding +earned-discount ", full, re.MULTILINE)
    assert "A limit of 26.38% would buy USD 5.89 per 1M tokens, none at all USD 5.17" in full
    assert "- The 12-month term is worth USD 316.01" in full


# --- interruption and progress --------------------------------------------------------------

# The program, with work that never ends in the place of one of its stages.
_STUCK = """
import sys, time
import cp_pricing.diagnosis as diagnosis
def stuck(*_):
    print("stuck", file=sys.stderr, flush=True)
    time.sleep(600)
setattr(diagnosis, {stage!r}, stuck)
from cli.main import main
main({arguments!r}, prog_name="cp-pricing")
"""


def stuck(stage: str, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    given = ["explain", str(COULOMB), *arguments]
    script = _STUCK.format(stage=stage, arguments=given)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment,
        cwd=ROOT,
    )


def interrupted(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """What a program that is stuck writes once it is interrupted."""
    assert process.stderr is not None
    first = process.stderr.readline()
    assert first == b"stuck\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    return out.decode(), err.decode()


def test_ctrl_c_shows_what_is_proven_so_far() -> None:
    name = "small-team-lower-price"
    out, err = interrupted(stuck("trade_offs", "--request", name))
    assert err == "interrupted while looking for what each commitment is worth\n"
    assert "INTERRUPTED: this is proven, but not all there is to say" in out
    words = " ".join(out.replace("\n  ", " ").split())
    for title in ("The answer", "Why not lower"):
        assert all(sentence in words for sentence in sections(name)[title])
    assert "What each commitment is worth" not in out
    assert "the search was stopped." in words


def test_ctrl_c_leaves_a_json_document() -> None:
    name = "small-team-high-included"
    out, err = interrupted(stuck("policy_edits", "--request", name, "--format", "json"))
    document = json.loads(out)
    assert "the search was stopped" in document["completeness"]["note"]
    assert len(document["counteroffers"]) == len(result(name).counteroffers)
    assert "interrupted while looking for edits of the policy" in err


def test_progress_is_shown_on_a_terminal() -> None:
    leader, follower = os.openpty()
    process = stuck("trade_offs", "--request", "small-team-lower-price", stderr=follower)
    os.close(follower)
    seen = b""
    while b"looking for what each commitment is worth" not in seen:
        seen += os.read(leader, 1024)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    os.close(leader)
    assert b"looking for" not in out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience", "shown"), [(60.0, []), (0.0, ["first", "second"])])
def test_progress_waits_until_it_is_worth_it(
    monkeypatch: pytest.MonkeyPatch, patience: float, shown: list[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("cli.progress.PATIENCE", patience)
    with Progress("first") as progress:
        time.sleep(0.2)
        progress.say("second")
        time.sleep(0.2)
    progress.say("third")
    written = terminal.getvalue()
    assert [text for text in ("first", "second", "third") if text in written] == shown


def test_without_a_terminal_there_is_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr("cli.progress.PATIENCE", 0.0)
    with Progress("first"):
        time.sleep(0.2)
    assert not pipe.getvalue()


def test_a_fault_of_interruptible_work_is_raised_where_it_is_waited_for() -> None:
    def work(tell: Callable[[str], None]) -> int:
        tell("one")
        raise LookupError("two")

    told: list[str] = []
    with pytest.raises(LookupError, match="two"):
        interruptible(work, told.append)
    assert told == ["one"]
    assert interruptible(lambda _: 4, told.append) == 4
