"""Traps that `policy check` tells, their figures against the oracle's."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from shutil import copytree

import pytest

from cp_pricing.authoring.doubts import doubts_about
from cp_pricing.authoring.traps import Trap, traps_in
from cp_pricing.model.pricing import Pricing
from tests.oracle.model import Market, Offer
from tests.support.command import run
from tests.support.coulomb import cases
from tests.support.doubts import examine_texts
from tests.support.places import PILOT

FILES = ("catalog.yaml", "profiles.yaml", "policy.yaml")


def texts_with(**changed: tuple[str, str]) -> dict[str, str]:
    """The pilot with a pattern in some files replaced."""
    texts = {name: (PILOT / name).read_text(encoding="utf-8") for name in FILES}
    for file, (pattern, new) in changed.items():
        texts[f"{file}.yaml"], times = re.subn(pattern, new, texts[f"{file}.yaml"])
        assert times
    return texts


def traps(code: str, seconds: float | None = None, **changed: tuple[str, str]) -> list[Trap]:
    """The traps of one kind in the pilot with some texts replaced."""
    pricing = Pricing(examine_texts(texts_with(**changed)).book)
    return [trap for trap in traps_in(pricing, seconds=seconds) if trap.code == code]


@pytest.mark.parametrize(
    "request_id", ["solo-prepaid-year", "scale-up-annual-prepaid", "scale-up-on-team-plan"]
)
def test_plans_that_their_own_policy_rejects_are_told_with_their_worth(request_id: str) -> None:
    case = cases()[request_id]
    plan, profile = case.request.configuration, case.request.profile
    own = Market(case).baseline.ltv
    worth = {
        each.id: Market(replace(case, request=replace(case.request, configuration=each.id)))
        for each in case.catalog.configurations
        if each.available_to is None or profile in each.available_to
    }
    best = max(worth, key=lambda name: worth[name].baseline.ltv)
    required = worth[best].baseline.ltv * Fraction("1.02") + 10
    (told,) = (
        trap
        for trap in traps("rejected-as-sold")
        if trap.message.startswith(f"`{plan}` as it is sold to `{profile}` ")
    )
    assert told.message.endswith(
        f"is rejected by `ltv-improvement`: it is worth USD {float(own):,.2f}, and beside `{best}`,"
        f" worth USD {float(worth[best].baseline.ltv):,.2f}, a deal must be worth"
        f" USD {float(required):,.2f}"
    )
    assert f"`references: [{plan}]`" in told.hint
    assert (told.kind, told.id) == ("plan", plan)


def test_a_plan_that_is_the_best_itself_is_no_trap() -> None:
    told = [trap.message for trap in traps("rejected-as-sold")]
    assert len(told) == 4
    assert not any("`membership-plus-overage` as it is sold to `small-team`" in t for t in told)


def test_other_rules_that_a_plan_breaks_at_list_price_have_their_figures() -> None:
    leeway = ("value: 10%\n    description: How far", "value: -10%\n    description: How far")
    start = (
        "`membership-plus-overage` as it is sold to `small-team` is rejected by `margin-floor`: "
    )
    told = [trap.message for trap in traps("rejected-as-sold", policy=leeway)]
    (margin,) = (message for message in told if message.startswith(start))
    own = Market(cases()["small-team-lower-price"]).baseline
    share = float(own.margin / own.bill) * 100
    assert margin.startswith(f"{start}{share:.0f}% where at least 70% is required")


def test_retention_that_was_observed_nowhere_is_told_once_a_profile() -> None:
    assert traps("not-observed-on") == []
    told = traps("not-observed-on", profiles=(r"    observed_on: .*\n", ""))
    assert [trap.message.split("`")[1] for trap in told] == ["small-team", "scale-up"]
    bills = {id_: Market(cases()[name]).baseline.bill for id_, name in BASELINES.items()}
    for plan, bill in bills.items():
        assert f"`{plan}` USD {float(bill):,.2f}" in told[1].message


BASELINES = {
    "membership-plus-overage": "scale-up-on-team-plan",
    "committed-annual": "scale-up-open-terms",
}


def test_a_prepayment_beyond_the_use_is_shown_by_a_deal() -> None:
    assert traps("prepayment-beyond-use", 30.0) == []
    rule = r"  - id: prepayment-fits-term\n(?:    .*\n)+"
    (trap,) = traps("prepayment-beyond-use", 30.0, policy=(rule, ""))
    shown = re.search(
        r"`pay-as-you-go` for `solo` could prepay USD ([\d.]+) .* use USD ([\d.]+) of it"
        r" \(USD ([\d.]+) per 1M tokens(?:, (\d+) months)?",
        trap.message,
    )
    assert shown
    prepaid, used, price, months = (Fraction(each or "1") for each in shown.groups())
    market = Market(cases()["solo-prepaid-year"])
    terms = {
        **market.baseline.fields,
        "usage_unit_price": price / 10**6,
        "contract_duration_months": months,
        "prepaid_amount": prepaid,
    }
    assert f"{float(Offer(terms, market).bill * months):.2f}" == f"{float(used):.2f}"
    assert prepaid > used
    assert "require: prepaid_amount <= contract_duration_months *" in trap.hint


def test_traps_are_told_at_the_plan_the_profile_and_the_rules() -> None:
    rule = r"  - id: prepayment-fits-term\n(?:    .*\n)+"
    texts = texts_with(profiles=(r"    observed_on: .*\n", ""), policy=(rule, ""))
    places = {
        (doubt.code, texts[doubt.issue.file].splitlines()[doubt.issue.line - 1])
        for doubt in doubts_about(examine_texts(texts), seconds=60).doubts
    }
    assert {
        ("rejected-as-sold", "  - id: committed-annual"),
        ("not-observed-on", "  - id: scale-up"),
        ("prepayment-beyond-use", "rules:"),
    } <= places


def test_faults_of_the_requests_are_faults_of_the_book(tmp_path: Path) -> None:
    book = copytree(PILOT, tmp_path / "book")
    requests = book / "tuning_requests.json"
    text = requests.read_text(encoding="utf-8").replace('"inputs"', '"input"', 1)
    requests.write_text(text, encoding="utf-8")
    done = run("policy", "check", book)
    assert done.exit_code == 2
    assert f"{requests}:6:5: unknown key `input`" in done.stdout
    assert "did you mean `inputs`?" in done.stdout
    requests.unlink()
    assert run("policy", "check", book).exit_code == 0
