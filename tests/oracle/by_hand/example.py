"""Self-check: the specification's example to the digit, then the mix of generated cases.

Run with `python -m tests.oracle.by_hand.example [CASES]`.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction as F  # noqa: N817 - many literals
from statistics import median
from typing import Any

from tests.oracle.answer import Answer
from tests.oracle.case import (
    FIELDS,
    ApprovalMode,
    Case,
    Catalog,
    Choice,
    Configuration,
    Grid,
    Policy,
    Preference,
    Profile,
    Request,
    Rule,
    Value,
)
from tests.oracle.enumeration import solve
from tests.oracle.generator import generate
from tests.oracle.writing.rendering import render


def terms(**given: Value) -> dict[str, Value]:
    """The ten fields, the specification's default where none is given."""
    flags = dict.fromkeys(FIELDS[-2:], False)
    return {**dict.fromkeys(FIELDS[:-2], F(0)), "contract_duration_months": F(1), **flags, **given}


BOUNDS: dict[str, Grid | Choice] = {
    "usage_unit_price": Grid(F("0.000002"), F("0.00002"), F("0.00000001")),
    "included_units": Grid(F(0), F(40_000_000), F(500_000)),
    "contract_duration_months": Choice((F(1), F(6), F(12), F(24), F(36))),
    "minimum_monthly_turnover": Grid(F(0), F(1000), F(10)),
    "prepaid_amount": Grid(F(0), F(10000), F(100)),
    "guaranteed_platform_fee": Grid(F(0), F(500), F(5)),
    "customer_funded_onboarding": Choice((False, True)),
    "reduced_cancellation_flexibility": Choice((False, True)),
}
FLAT = terms(platform_fee=F(79), included_units=F(3_000_000), usage_unit_price=F("0.00002"))
OVERAGE = terms(platform_fee=F(120), included_units=F(1_000_000), usage_unit_price=F("0.00001"))
CATALOG = Catalog(
    id="example",
    currency="USD",
    unit="token",
    quote_per=1_000_000,
    configurations=(
        Configuration("flat-membership", FLAT, "per_member"),
        Configuration("pay-as-you-go", terms(usage_unit_price=F("0.000012"))),
        Configuration("membership-plus-overage", OVERAGE, "per_member", tunable=BOUNDS),
    ),
)
PROFILE = Profile(
    id="small-team",
    members=F(5),
    usage=(
        (F("0.25"), F(3_000_000)),
        (F("0.40"), F(9_000_000)),
        (F("0.25"), F(18_000_000)),
        (F("0.10"), F(45_000_000)),
    ),
    retention=("constant", F("0.035")),
    in_term_multiplier=F("0.3"),
    reduced_multiplier=F("0.6"),
    price_response=(
        (F("0.8"), F("0.85")),
        (F("1.1"), F(1)),
        (F("1.4"), F("1.3")),
        (None, F("1.8")),
    ),
    costs={
        "variable_cost_per_unit": F("0.0000038"),
        "service_cost_per_month": F(18),
        "payment_cost_rate": F("0.029"),
        "onboarding_cost": F(450),
        "acquisition_cost": F(700),
    },
)
FLOOR = (">=", ("name", "usage_unit_price"), ("name", "price_floor"))
MARGIN = (">=", ("name", "gross_margin"), ("pct", F("0.3")))
HEAVY = (
    ">=",
    ("name", "worst_case_monthly_margin"),
    ("neg", ("num", F(60), "USD/month")),
)
DEEP = ("<=", ("name", "usage_price_discount"), ("pct", F("0.3")))
POLICY = Policy(
    id="example",
    approvers=("deal-desk", "vp-sales"),
    parameters={"price_floor": ("num", F("0.000004"), "USD/token")},
    define={},
    horizon=36,
    discount_rate=F("0.1"),
    improvement_rate=F("0.02"),
    rules=(
        Rule("price-floor", FLOOR),
        Rule("margin-floor", MARGIN),
        Rule("heavy-user-margin", HEAVY, None, "approval", ("deal-desk",)),
        Rule("deep-discount", DEEP, None, "approval", ("vp-sales",)),
    ),
)
COMMITTED: dict[str, Value] = {
    "contract_duration_months": F(24),
    "prepaid_amount": F(1200),
    "minimum_monthly_turnover": F(150),
    "customer_funded_onboarding": True,
    "reduced_cancellation_flexibility": True,
}


def example(
    id_: str,
    inputs: Mapping[str, Value],
    preference: Preference = "lower_usage_price",
    mode: ApprovalMode = "self_serve_only",
) -> Case:
    """One of the example's requests."""
    request = Request(id_, "membership-plus-overage", "small-team", inputs, (), preference, mode)
    return Case(0, CATALOG, (PROFILE,), POLICY, request)


CASES = (
    example("lower-price", COMMITTED),
    example("lower-price-approval", COMMITTED, mode="allow_approval"),
    example("seller-ltv", {"contract_duration_months": F(12)}, "seller_ltv"),
    example("high-included", {"included_units": F(30_000_000)}),
)
# Decision, price, LTV to 4 decimals, approvals, ladder: from the specification's example.
CHEAP = ("0.000007", "0.000007", "0.000004")
EXPECTED = {
    "lower-price": ("accepted", "0.000007", "2620.8101", [], CHEAP),
    "lower-price-approval": (
        "requires_approval",
        "0.000004",
        "2049.8471",
        ["deep-discount"],
        CHEAP,
    ),
    "seller-ltv": ("accepted", "0.00001942", "3382.8938", [], ("0.00001942",) * 3),
    "high-included": ("rejected", None, None, [], (None,) * 3),
}
REFERENCE = ("membership-plus-overage", "1372.5493", "1400.0002")


def _fraction(text: str | None) -> F | None:
    return None if text is None else F(text)


def disagreements(id_: str, answer: Answer) -> list[str]:
    """Where an answer differs from the specification's, one line each."""
    decision, price, ltv, rules, ladder = EXPECTED[id_]
    reference, reference_ltv, required = REFERENCE
    expected: dict[str, Any] = {
        "decision": (decision, answer.decision),
        "price": (_fraction(price), answer.usage_unit_price),
        "ltv": (_fraction(ltv), None if answer.ltv is None else round(answer.ltv, 4)),
        "approvals": (rules, [rule for _, asked in answer.approvals for rule in asked]),
        "ladder": ([_fraction(p) for p in ladder], [r.usage_unit_price for r in answer.ladder]),
        "reference": (reference, answer.reference_configuration),
        "reference_ltv": (F(reference_ltv), round(answer.reference_ltv, 4)),
        "required_ltv": (F(required), round(answer.required_ltv, 4)),
    }
    return [
        f"{id_}: {what} is {found}, not {wanted}"
        for what, (wanted, found) in expected.items()
        if wanted != found
    ]


def check_example() -> list[str]:
    """All disagreements with the specification's example."""
    return [line for case in CASES for line in disagreements(case.request.id, solve(case))]


def survey(count: int) -> str:
    """The mix of decisions over generated cases, and the processor time that a case takes."""
    decisions: Counter[str] = Counter()
    seconds: dict[str, list[float]] = {"generate": [], "render": [], "solve": []}
    for seed in range(count):
        started = time.process_time()
        case = generate(seed)
        generated = time.process_time()
        render(case)
        rendered = time.process_time()
        decisions[solve(case).decision] += 1
        solved = time.process_time()
        seconds["generate"].append(generated - started)
        seconds["render"].append(rendered - generated)
        seconds["solve"].append(solved - rendered)
    mix = ", ".join(f"{name} {n / count:.1%}" for name, n in decisions.most_common())
    times = ", ".join(
        f"{what} {median(took) * 1000:.1f} ms (most {max(took) * 1000:.0f})"
        for what, took in seconds.items()
    )
    return f"{count} cases: {mix}; median {times}"


def main() -> int:
    wrong = check_example()
    sys.stdout.write("\n".join(wrong or ["example: all four answers agree"]) + "\n")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    sys.stdout.write(survey(count) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
