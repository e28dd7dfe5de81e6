"""The seller's explanation in full: every finding in words, and every stage of the work."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from cp_pricing import solve
from cp_pricing.results import Completeness, NextStep, Outcome, RuleReport, TuningResult
from cp_pricing.telling.story import story
from cp_pricing.tuning import Stage
from cp_pricing.words.facts import described
from cp_pricing.words.reasons import WhatItsLimitCosts
from tests.support.books import pilot
from tests.support.explained import requests, result, retold, sections, told


def price(number: Fraction | None) -> str:
    assert number is not None
    return f"USD {float(number * 10**6):.2f}"


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
    about, named = told(request_id), 0
    for section in story(about):
        rows = [row for table in section.tables for row in table.rows]
        explained = {row[0].text for row in rows if row[-1].text}
        for line in section.sentences:
            for name in dict.fromkeys(re.findall(r"`([^`]+)`", line)):
                if name in rules:
                    named += 1
                    assert name in explained or f"`{name}` ({described(rules[name])})" in line
    assert named or about.basis.outside


@pytest.mark.parametrize("request_id", requests())
def test_everything_that_was_found_is_told(request_id: str) -> None:
    found = result(request_id)
    text = found.explanation
    # What several limits cost stands in a table beside the sentence.
    tables = [table for section in story(told(request_id)) for table in section.tables]
    said = "\n".join([text, *(str(c.text) for table in tables for row in table.rows for c in row)])
    for rule in found.rules:
        if rule.status == "binding":
            assert rule.relief is not None
            assert price(rule.relief.usage_unit_price) in said
        if rule.next_step is not None:
            assert price(rule.next_step.buys.usage_unit_price) in said
    for offer in found.counteroffers:
        assert offer.text[1:] in text
        assert f"(lifetime value USD {float(offer.ltv):,.2f})" in text
    for trade in found.trade_offs:
        assert f"USD {abs(float(trade.ltv_worth)):,.2f} of lifetime value" in text
    for edit in found.policy_edits:
        assert edit.source is not None
        assert f"{edit.source.file}:{edit.source.line}" in text
        assert f"`{edit.old}` would become `{edit.new}`" in text
    blocked = [
        line for line in text.splitlines() if re.search(r"stops? (a lower|a higher|less)", line)
    ]
    assert len(blocked) >= bool(found.blocking_sets)
    refused = " ".join(line for line in text.splitlines() if "cannot hold" in line)
    for conflict in found.conflicts:
        rules = {rule.id for rule in found.rules}.intersection(conflict)
        assert all(f"`{name}`" in refused for name in rules)


def test_why_not_lower_names_the_terms_the_rule_its_limit_and_what_would_buy_more() -> None:
    blocked, limit = sections("small-team-lower-price")["Why not lower"]
    assert blocked == (
        "With a 12-month term, a monthly minimum of USD 120 and a prepayment of USD 900,"
        " `earned-discount` (a discount on the usage price should be earned by what the customer"
        " commits to) is what stops a lower price."
    )
    assert limit == (
        "That rule stands at 26.25%, where at most 26.341% is allowed; with a limit of 26.375% the"
        " price could be USD 5.89 per 1M tokens; without the rule, USD 5.17 per 1M tokens."
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
    assert "; with 5M included tokens a month as at list the price would be " in allowance


def test_what_is_worth_more_is_told_by_its_lifetime_value() -> None:
    told = sections("small-team-seller-ltv")
    number, rules, bounds, limit = told["Why not worth more"]
    sure = "(the lifetime value is at least the required one with the confidence asked for)"
    assert number == "There are 2 obstacles, each of which alone stops a higher lifetime value."
    assert rules == (
        "With a 12-month term, `bill-increase` (a tuned deal should not raise the expected bill far"
        f" above that at list price) and `ltv-confidence` {sure} together stop a higher lifetime"
        " value."
    )
    assert bounds == (
        f"With a 12-month term, `ltv-confidence` {sure} and the range of usage prices, USD 2.00 to"
        " USD 20.00 per 1M tokens, together stop a higher lifetime value."
    )
    assert limit.endswith(
        "without the rule, USD 1,768.56 of lifetime value (at USD 9.78 per 1M tokens)."
    )
    assert (
        "of lifetime value (at USD 9.70 per 1M tokens)"
        in (told["What each commitment is worth"][0])
    )


def test_rules_that_say_the_same_share_a_sentence_and_a_table() -> None:
    sections = story(told("small-team-high-included"))
    (why,) = (section for section in sections if section.title == "Why it is rejected")
    assert why.sentences[1:8] == (
        "There are 13 conflicts, each of which alone rejects the request.",
        (
            "With 30M included tokens a month, `worst-month` and `allowance-fits-use` cannot hold"
            " at any usage price, each by itself."
        ),
        (
            "With 30M included tokens a month, `planned-margin`, `margin-floor`, `payback`,"
            " `ltv-improvement` and `ltv-confidence` cannot hold together with"
            " `no-dearer-than-list` (whoever asks for a lower usage price is not to pay more than"
            " the list price) at any usage price, each by itself."
        ),
        (
            "With 30M included tokens a month, `planned-margin`, `payback`, `ltv-improvement` and"
            " `ltv-confidence` cannot hold at any usage price from USD 2.00 to USD 20.00 per 1M"
            " tokens, each by itself."
        ),
        (
            "With 30M included tokens a month, `bill-increase` (a tuned deal should not raise the"
            " expected bill far above that at list price) and `ltv-confidence` (the lifetime value"
            " is at least the required one with the confidence asked for) cannot hold together at"
            " any usage price."
        ),
        (
            "With 30M included tokens a month and a 12-month term, `ltv-confidence` (the lifetime"
            " value is at least the required one with the confidence asked for) cannot hold at any"
            " usage price."
        ),
        (
            "At the near miss 7 rules fail: `planned-margin`, `margin-floor`, `worst-month`,"
            " `payback`, `allowance-fits-use`, `ltv-improvement` and `ltv-confidence`."
        ),
    )
    (table,) = why.tables
    rows = {row[0].text: [cell.text for cell in row[1:4]] for row in table.rows}
    assert len(rows) == 7
    assert rows["allowance-fits-use"] == [
        "30.00M tokens/month",
        "<= 22.05M tokens/month",
        "7.95M tokens/month",
    ]


def test_a_rejection_that_approval_would_change_says_whom_to_ask() -> None:
    told = sections("large-commitment")
    assert told["What would be accepted"][-1] == (
        "Keep what was asked for, and ask `deal-desk` to waive `earned-discount` (a discount on"
        " the usage price should be earned by what the customer commits to) and"
        " `commitment-fits-spend` (a customer should not commit to all of what comparable"
        " customers spend) and `vp-sales` to waive `deep-discount` (a deep discount on the usage"
        " price is for the vice president of sales to give), `price-lock` (a price that stays"
        " fixed for more than two years should not be discounted deeply) and `bill-increase` (a"
        " tuned deal should not raise the expected bill far above that at list price): accepted"
        " at USD 3.38 per 1M tokens (lifetime value USD 6,239.36)."
    )
    first = told["What would be accepted"][0]
    assert first.startswith("Any one of these would be enough: (1) ")
    assert "; (2) `deal-desk` waiving `commitment-fits-spend` (" in first


def test_the_least_change_of_a_rule_is_told_as_it_would_be_written() -> None:
    (edit,) = sections("large-minimum")["What the policy would have to say"]
    assert re.match(r"In the rule at policy\.yaml:\d+, `commitment-fits-spend` \(", edit)
    assert "* baseline.expected_monthly_bill + 8.18 USD/month`" in edit


def test_bounds_are_told_once_and_what_is_possible_follows() -> None:
    told = sections("small-team-out-of-bounds")
    term_bounds, prepaid_bounds = told["Why it is rejected"]
    assert term_bounds == (
        "Term: 18 months was asked for; possible is month to month, 6 months,"
        " 12 months, 24 months or 36 months."
    )
    assert prepaid_bounds == (
        "Prepayment: USD 950 was asked for; possible is USD 0 to USD 6,000 in steps of USD 100."
    )
    assert told["What to do next"][0].startswith(
        "Next: get `deal-desk` and `vp-sales` to agree, then propose to the customer to commit to"
        " 24 months instead of 18 and raise the prepayment from USD 950 to USD 1,000, at USD 5.40"
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
    text = retold("small-team-high-included", part)
    assert f"There may be more conflicts or corrections than these: {note}." in text
    offers = whole.model_copy(update={"completeness": Completeness(note="out of time")})
    text = retold("small-team-high-included", offers)
    assert "more counteroffers, edits or trade-offs than these: out of time." in text


def test_without_corrections_nothing_is_said_to_be_enough() -> None:
    whole = result("small-team-high-included")
    none = whole.model_copy(update={"corrections": ()})
    text = retold("small-team-high-included", none)
    assert "To change what the request asks for would not be enough." in text
    unknown = Completeness(conflicts=False, corrections=False, note="out of time")
    none = none.model_copy(update={"completeness": unknown})
    assert "not be enough" not in retold("small-team-high-included", none)


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
        approvers=(),
        condition="any",
        status="binding",
        left=Fraction(right),
        operator=operator,
        right=Fraction(right),
        slack=Fraction(0),
        unit="" if right == "0.30" else "USD",
        share=right == "0.30",
        next_step=NextStep(
            limit=Fraction(limit), change=abs(Fraction(limit) - Fraction(right)), buys=buys
        ),
        source=None,
    )
    catalog = pilot().catalog.denomination()
    words = WhatItsLimitCosts(rule, "lower_usage_price", catalog).buys()
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


def test_where_nothing_is_accepted_the_advice_is_not_to_ask_again() -> None:
    whole = result("small-team-high-included")
    none = whole.model_copy(update={"counteroffers": (), "corrections": ()})
    lines = retold(whole.request_id, none).splitlines()
    assert lines[-2:] == [
        "No terms that can reasonably be proposed would be accepted without an approval.",
        "Next: start from another plan.",
    ]
    cut = none.model_copy(update={"completeness": Completeness(note="out of time")})
    lines = retold(whole.request_id, cut).splitlines()
    assert lines[-1] == ("Next: ask again with another number of included tokens or another term.")
    asked = result("large-commitment").model_copy(update={"counteroffers": ()})
    text = retold("large-commitment", asked)
    assert text.endswith("\nNext: ask again with approval mode `allow_approval`.")
