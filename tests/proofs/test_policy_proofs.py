"""Analysis, comparison and explanation of policies: small ones by hand, random ones by trying."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from cp_pricing import PriceBook, load_price_book, load_requests, pilot_folder
from cp_pricing.authoring.policy_tests import load_tests
from cp_pricing.authoring.rule_explanation import explain_rule
from cp_pricing.book.loading import parse_price_book
from cp_pricing.model.pricing import pricing_of
from cp_pricing.proofs.analysis import analyse, analyse_space
from cp_pricing.proofs.analysis_results import SpaceAnalysis
from cp_pricing.proofs.comparison import compare, compare_pair
from cp_pricing.proofs.impact import impacts_of, totals_of
from cp_pricing.workers import shared_out
from tests.support.analyses import dead_in
from tests.support.books import pilot, texts_of
from tests.support.command import run
from tests.support.places import PILOT, POSTHOG_STYLE

PAIR = ("plan", "team")
CATALOG = """
catalog: small
currency: USD
unit: call
quote_per: 1
configurations:
  - id: plan
    name: Plan
    usage_unit_price: 10
    tunable:
      usage_unit_price: {min: 1, max: 20, tick: 1}
      contract_duration_months: {values: [1, 12, 24]}
      prepaid_amount: {min: 0, max: 300, step: 100}
      customer_funded_onboarding: {values: [false, true]}
"""
PROFILES = """
profiles:
  - id: team
    monthly_usage: [{weight: 1, units: 10}]
    retention: {model: constant, monthly_churn: 5%}
    variable_cost_per_unit: 2
"""
POLICY = """
policy: small
approvers: [desk, boss]
ltv: {horizon_months: 12, annual_discount_rate: 0%, effect: warn}
rules:
"""
FLOOR = "  - {id: floor, require: usage_unit_price >= 5 USD/call}\n"
TERM = "  - {id: term, require: contract_duration_months >= 12 months}\n"


def small(*rules: str) -> PriceBook:
    policy = POLICY + "".join(rules) if rules else POLICY.replace("rules:", "rules: []")
    texts = {"catalog.yaml": CATALOG, "profiles.yaml": PROFILES, "policy.yaml": policy}
    return parse_price_book(texts)


def analysed_rules(*rules: str) -> SpaceAnalysis:
    return analyse_space(small(*rules), *PAIR)


def told(analysis: SpaceAnalysis) -> set[tuple[str, tuple[str, ...]]]:
    """What is found about rules; the LTV rule of these policies only warns."""
    return {(f.kind, f.rules) for f in analysis.findings if f.field is None}


def changed_pilot(changes: Mapping[str, str]) -> PriceBook:
    texts = texts_of(PILOT)
    for old, new in changes.items():
        assert any(old in text for text in texts.values()), old
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    return parse_price_book(texts)


invoke = partial(run, "policy")


# --- analysis, by hand -----------------------------------------------------------------------


def test_rules_that_all_decide_leave_nothing_to_say() -> None:
    analysis = analysed_rules(FLOOR, TERM)
    assert ("never_met", ("floor",)) not in told(analysis)
    verdicts = {rule.rule: rule.verdict for rule in analysis.rules}
    assert (verdicts["floor"], verdicts["term"]) == ("decides", "decides")
    witness = next(rule.witness for rule in analysis.rules if rule.rule == "floor")
    assert witness is not None
    assert witness.configuration.price < 5
    assert "floor" in witness.broken


def test_a_weaker_rule_is_shadowed_by_a_stricter_one() -> None:
    weaker = "  - {id: weaker, require: usage_unit_price >= 3 USD/call}\n"
    analysis = analysed_rules(weaker, FLOOR)
    (finding,) = (f for f in analysis.findings if f.kind == "shadowed")
    assert finding.rules == ("weaker", "floor")
    assert finding.proof.members == ("floor",)
    without = finding.proof.without["floor"]
    assert without.configuration.price < 3
    assert "weaker" in dead_in(analysis)
    assert "floor" not in dead_in(analysis)


def test_a_rule_that_two_others_imply_together() -> None:
    prepaid = "  - {id: prepaid, require: prepaid_amount >= 200}\n"
    sum_ = "  - {id: sum, require: usage_unit_price * 100 calls + prepaid_amount >= 700}\n"
    analysis = analysed_rules(FLOOR, prepaid, sum_)
    (finding,) = (f for f in analysis.findings if f.kind == "implied")
    assert finding.rules == ("sum", "floor", "prepaid")
    without = finding.proof.without
    assert set(without) == {"floor", "prepaid"}
    assert without["floor"].configuration.price < 5
    assert without["prepaid"].configuration.prepaid_amount < 200


def test_rules_without_any_work_within_the_bounds() -> None:
    idle = "  - {id: idle, require: usage_unit_price <= 20}\n"
    never = "  - {id: never, when: contract_duration_months > 24, require: prepaid_amount > 0}\n"
    wish = "  - {id: wish, require: usage_unit_price >= 21, effect: warn}\n"
    found = told(analysed_rules(idle, never, wish))
    assert ("always_met", ("idle",)) in found
    assert ("never_applies", ("never",)) in found
    assert ("never_met", ("wish",)) in found
    assert ("always_met", ("never",)) not in found


def test_contradictions_are_minimal_and_say_up_to_which_level_they_hold() -> None:
    low = "  - {id: low, require: usage_unit_price <= 4, effect: approval, approver: desk}\n"
    analysis = analysed_rules(FLOOR, TERM, low)
    assert [report.status for report in analysis.levels] == ["empty", "open", "open"]
    (contradiction,) = (f for f in analysis.findings if f.kind == "contradiction")
    assert set(contradiction.rules) == {"floor", "low"}
    assert contradiction.level == 0
    assert set(contradiction.proof.without) == {"floor", "low"}
    (empty,) = (f for f in analysis.findings if f.kind == "no_deals")
    assert empty.level == 0


def test_what_can_still_come_out() -> None:
    low = "  - {id: low, require: usage_unit_price <= 9, effect: approval, approver: boss}\n"
    analysis = analysed_rules(FLOOR, TERM, low)
    ends = {
        (found.name, found.level): [found.least.value, found.greatest.value]
        for found in analysis.ranges
    }
    assert ends["usage_unit_price", 0] == [Fraction(5), Fraction(9)]
    assert ends["usage_unit_price", 2] == [Fraction(5), Fraction(20)]
    assert ends["contract_duration_months", 0] == [Fraction(12), Fraction(24)]
    assert ends["prepaid_amount", 0] == [Fraction(0), Fraction(300)]
    assert all(r.least.status == "exact" for r in analysis.ranges)


def test_a_field_that_can_never_matter() -> None:
    verdicts = {found.field: found.matters for found in analysed_rules(FLOOR).fields}
    assert verdicts["customer_funded_onboarding"] is False  # onboarding costs nothing here
    assert verdicts["usage_unit_price"] is True
    assert verdicts["prepaid_amount"] is True


def test_the_baselines_own_value_counts_though_it_is_off_the_grid() -> None:
    catalog = CATALOG.replace("    tunable:", "    prepaid_amount: 50\n    tunable:")
    rule = "  - {id: odd, require: prepaid_amount != 50}\n"
    texts = {"catalog.yaml": catalog, "profiles.yaml": PROFILES, "policy.yaml": POLICY + rule}
    (verdict,) = (
        found
        for found in analyse_space(parse_price_book(texts), *PAIR).rules
        if found.rule == "odd"
    )
    assert verdict.verdict == "decides"


def test_without_a_budget_nothing_is_claimed() -> None:
    analysis = analyse_space(small(FLOOR, FLOOR.replace("floor", "again")), *PAIR, budget=1e-9)
    assert analysis.findings == ()
    assert analysis.undecided
    assert {rule.verdict for rule in analysis.rules} == {"undecided"}


# --- comparison, by hand ---------------------------------------------------------------------


def relations(old: PriceBook, new: PriceBook) -> list[str]:
    return [level.relation for level in compare_pair(old, new, *PAIR).levels]


def test_one_rule_more_is_stricter_and_one_less_is_looser() -> None:
    assert relations(small(FLOOR), small(FLOOR, TERM)) == ["stricter"] * 3
    assert relations(small(FLOOR, TERM), small(FLOOR)) == ["looser"] * 3
    assert relations(small(FLOOR), small(TERM)) == ["incomparable"] * 3
    assert relations(small(FLOOR), small(FLOOR)) == ["equivalent"] * 3


def test_the_same_said_otherwise_is_equivalent() -> None:
    otherwise = "  - {id: other, require: not usage_unit_price < 5 USD/call}\n"
    assert relations(small(FLOOR), small(otherwise)) == ["equivalent"] * 3
    idle = "  - {id: idle, require: usage_unit_price <= 20}\n"
    assert relations(small(FLOOR), small(FLOOR, idle)) == ["equivalent"] * 3


def test_levels_are_compared_one_by_one() -> None:
    waived = FLOOR.replace("}", ", effect: approval, approver: desk}")
    assert relations(small(FLOOR), small(waived)) == ["equivalent", "looser", "looser"]


def test_bounds_are_part_of_what_is_compared() -> None:
    policy = POLICY + FLOOR
    wider = CATALOG.replace("max: 20", "max: 25").replace("[1, 12, 24]", "[12, 24]")
    texts = {"catalog.yaml": wider, "profiles.yaml": PROFILES, "policy.yaml": policy}
    (level, *_) = compare_pair(small(FLOOR), parse_price_book(texts), *PAIR).levels
    # One month stays possible: it is the baseline's own value.
    assert level.relation == "looser"
    assert level.newly is not None
    assert level.newly.refused_by == ("tunable:usage_unit_price",)
    assert level.newly.new.configuration.price > 20


def test_witnesses_are_read_under_both() -> None:
    found = compare(small(FLOOR), small(TERM))
    (pair,) = found.pairs
    lost, won = pair.levels[0].no_longer, pair.levels[0].newly
    assert lost is not None
    assert won is not None
    assert lost.refused_by == ("term",)
    assert "floor" not in lost.old.broken
    assert "term" in lost.new.broken
    assert won.refused_by == ("floor",)
    assert [(c.kind, c.name, c.change) for c in found.changes] == [
        ("rule", "floor", "removed"),
        ("rule", "term", "added"),
    ]


def test_impact_names_the_rule_that_did_it() -> None:
    new = changed_pilot({"value: 15%": "value: 12%", "value: 40%": "value: 35%"})
    requests = load_requests(pilot())
    impacts = {i.request: i for i in impacts_of(pilot(), new, requests)}
    lower = impacts["small-team-lower-price"]
    assert lower.price_moved == Fraction("0.00000024")
    assert lower.because == ("earned-discount",)
    assert not lower.flips
    assert impacts["small-team-seller-ltv"].unchanged
    assert impacts["small-team-two-years"].new.approvers == ("deal-desk", "vp-sales")
    totals = totals_of(list(impacts.values()))
    assert totals.requests == len(requests)
    assert totals.by_rule["earned-discount"] >= 1
    assert totals.dearer == sum((i.price_moved or 0) > 0 for i in impacts.values())


def test_a_flip_is_told_with_its_rule() -> None:
    limit = "value: 25_000 USD\n    description: The largest commitment"
    new = changed_pilot({limit: limit.replace("25_000", "10_000")})
    requests = [r for r in load_requests(pilot()) if r.id == "scale-up-annual-prepaid"]
    (impact,) = impacts_of(pilot(), new, requests)
    assert (impact.old.decision, impact.new.decision) == ("accepted", "rejected")
    assert impact.because == ("credit-check",)
    assert totals_of([impact]).flips == {"accepted to rejected": 1}


# --- explanation -----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [rule.id for rule in pilot().policy.rules])
def test_examples_are_on_both_sides_of_every_rule_of_the_pilot(rule: str) -> None:
    found = explain_rule(pilot(), rule, [("membership-plus-overage", "small-team")])
    assert found.example is not None, found.note
    assert rule in found.example.refused.broken
    assert found.example.admitted is not None
    assert rule not in found.example.admitted.broken
    force = {r.id for r in pricing_of(pilot()).rules if r.effect == "reject"}
    assert not force & set(found.example.admitted.broken)
    assert found.words
    assert found.names


def test_explanation_in_words_with_units_and_tests() -> None:
    pairs = [("membership-plus-overage", "small-team")]
    found = explain_rule(pilot(), "price-lock", pairs, load_tests(pilot()))
    assert found.words == "the usage price discount is at most the price lock limit (25%)"
    assert found.when_words == "the term is above 24 months"
    units = {use.name: use.unit for use in found.names}
    assert units["contract_duration_months"] == "month"
    assert units["usage_price_discount"] == "a ratio"
    assert [test.name for test in found.tests] == [
        "a price locked for three years is not discounted deeply"
    ]
    assert found.owner == "sales-operations"
    assert found.example is not None
    assert [change.field for change in found.example.changes] == ["usage_unit_price"]


# --- the commands ----------------------------------------------------------------------------


def test_analyze_as_json_has_every_witness() -> None:
    done = invoke("analyze", POSTHOG_STYLE, "--plan", "pay-as-you-go", "--format", "json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    profiles = [space["profile"] for space in document["spaces"]]
    assert profiles == ["startup", "scale-up", "heavy-storage"]
    dead = ["published-discount", "prepayment-is-for-the-contract"]
    assert document["dead_everywhere"] == dead
    for space in document["spaces"]:
        for finding in space["findings"]:
            proof = finding["proof"]
            if finding["kind"] != "never_met":
                assert set(proof["without"]) == set(proof["members"])


def test_compare_of_files_and_its_exit_status(tmp_path: Path) -> None:
    old = pilot_folder() / "policy.yaml"
    new = tmp_path / "draft.yaml"
    new.write_text(old.read_text(encoding="utf-8").replace("value: 40%", "value: 35%"), "utf-8")
    only = ("--plan", "pay-as-you-go")
    same = invoke("compare", old, old, *only, "--fail-on", "stricter")
    assert same.exit_code == 0
    assert "The two policies say the same." in same.stdout
    stricter = invoke("compare", old, new, *only, "--fail-on", "stricter")
    assert stricter.exit_code == 1
    assert "deep_discount_limit" in stricter.stdout
    assert "(deep-discount)" in stricter.stdout
    alone = invoke("compare", new, new)
    assert alone.exit_code == 2
    assert "there are no catalog.yaml and profiles.yaml beside this policy" in alone.stderr
    assert invoke("compare", new, new, "--in", pilot_folder(), *only).exit_code == 0


def test_compare_with_requests_shows_what_moves(tmp_path: Path) -> None:
    new = tmp_path / "draft.yaml"
    text = (pilot_folder() / "policy.yaml").read_text(encoding="utf-8")
    new.write_text(text.replace("value: 15%", "value: 12%"), "utf-8")
    requests = pilot_folder() / "tuning_requests.json"
    only = ("--plan", "pay-as-you-go", "--profile", "solo")
    done = invoke("compare", pilot_folder(), new, "--requests", requests, *only)
    assert done.exit_code == 0
    assert "USD 5.90 to USD 6.14" in done.stdout
    assert "16 requests: " in done.stdout


def test_a_rule_that_is_not_there_is_an_input_error() -> None:
    done = invoke("explain", "earnd-discount")
    assert done.exit_code == 2
    assert "did you mean `earned-discount`?" in done.stderr
    assert invoke("explain", "price-lock", "--profile", "small-team").exit_code == 0
    assert invoke("analyze", "--profile", "smal-team").exit_code == 2


# --- what takes long --------------------------------------------------------------------------


def test_shared_out_an_analysis_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    always = partial(shared_out, worth=0.0)
    monkeypatch.setattr("cp_pricing.proofs.analysis.shared_out", always)
    book = load_price_book(POSTHOG_STYLE)
    told: list[SpaceAnalysis] = []
    shared = analyse(book, workers=2, tell=told.append)
    assert list(shared.spaces) == told
    alone = analyse(book)
    assert [untimed(space) for space in shared.spaces] == [untimed(s) for s in alone.spaces]


def untimed(space: SpaceAnalysis) -> SpaceAnalysis:
    return space.model_copy(update={"seconds": 0})


def test_a_rule_is_not_said_to_refuse_what_it_never_refuses(tmp_path: Path) -> None:
    catalog = "catalog: a\ncurrency: EUR\nunit: call\nquote_per: 1\nconfigurations:\n"
    plan = "{{id: {}, name: A, usage_unit_price: {}, tunable: {{usage_unit_price: {}}}}}"
    plans = [
        plan.format("one", 0.5, "{min: 0.4, max: 0.6, tick: 0.1}"),
        plan.format("two", 0.1, "{min: 0.1, max: 0.1, tick: 0.1}"),
    ]
    (tmp_path / "catalog.yaml").write_text(catalog + "".join(f"  - {one}\n" for one in plans))
    (tmp_path / "profiles.yaml").write_text(
        "profiles:\n  - id: p\n    monthly_usage: [{weight: 1, units: 10}]\n"
        "    retention: {model: constant, monthly_churn: 5%}\n"
    )
    policy = (
        "policy: a\nltv: {horizon_months: 1, annual_discount_rate: 0%}\nrules:\n"
        "  - {id: floor, require: usage_unit_price >= 0 EUR/call}\n"
    )
    (tmp_path / "policy.yaml").write_text(policy)
    done = invoke("analyze", tmp_path)
    # Nothing of the second plan is worth enough, so that there the floor has nothing to refuse.
    assert "no deal passes without approval: no deal meets ltv-improvement\n" in done.stdout
    assert "\nfloor refuses nothing in any of these.\n" in done.stdout
    only = invoke("analyze", tmp_path, "--plan", "two").stdout
    assert "\nWithout floor nothing would pass either.\n" in only
    assert "Each rule refuses" not in only + done.stdout
