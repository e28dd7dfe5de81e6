"""Time of decisions about a rate card of four meters with three tiers each, beside one price.

    python benchmarks/rates.py [--quick]

Both price books have the same fees, terms, profile, policy and requests; in one there is one price
for one meter, in the other four meters, each with three graduated tiers. Many requests are decided
at once, in turn; then one by one with an allowance left open.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from measuring import Samples, machine, milliseconds, now, options, ratio, table

from cp_pricing import TuningRequest, load_price_book, solve, solve_many
from cp_pricing.book.loading import checked_request
from cp_pricing.book.price_book import PriceBook

METERS = ("input", "cached", "output", "search")
PLAN, PROFILE = "team", "product"
SINGLE, CARD = "one price", "a rate card"
_FIELDS = {SINGLE: "included_units", CARD: "included_units.input"}
_USAGE = ((4, 6), (10, 25), (20, 60), (45, 180))
_TIERS = ((5, "0.000004"), (25, "0.000003"), (None, "0.000002"))
_TUNABLE = """
      contract_duration_months: {values: [1, 6, 12, 24, 36]}
      minimum_monthly_turnover: {min: 0, max: 400, step: 10}
      prepaid_amount: {min: 0, max: 4000, step: 100}
      customer_funded_onboarding: {values: [false, true]}
"""
# As many rules, and of the kinds, as the pilot's policy has.
_POLICY = """
policy: rates
approvers: [deal-desk, vp-sales]
define:
  earned: 10% + 0.01 * contract_duration_months / 1 month
  monthly_commitment: max(minimum_monthly_turnover, prepaid_amount / contract_duration_months)
  up_front: profile.onboarding_cost + profile.acquisition_cost
  planned: "if profile.members_per_customer >= 20 members then 55% else 30%"
ltv: {horizon_months: 36, annual_discount_rate: 10%, min_improvement_rate: 1%}
rules:
  - {id: margin, require: gross_margin >= planned, effect: approval, approver: deal-desk}
  - {id: least-margin, require: gross_margin >= planned - 15%}
  - {id: worst-month, require: worst_case_monthly_margin >= 0 USD/month}
  - {id: payback, require: 12 months * expected_monthly_margin >= up_front}
  - id: earned-discount
    require: usage_price_discount <= earned
    effect: approval
    approver: deal-desk
  - {id: deep-discount, require: usage_price_discount <= 40%, effect: approval, approver: vp-sales}
  - id: price-lock
    when: contract_duration_months > 24 months
    require: usage_price_discount <= 45%
  - {id: bill-increase, require: expected_monthly_bill <= 1.2 * baseline.expected_monthly_bill}
  - {id: commitment, require: monthly_commitment <= 3 * baseline.expected_monthly_bill}
  - {id: prepaid-use, require: prepaid_amount <= contract_duration_months * expected_monthly_bill}
  - id: no-dearer
    when: request.preference == "lower_usage_price"
    require: usage_price_discount >= 0%
  - id: dearer
    when: request.preference != "lower_usage_price"
    require: usage_price_discount >= 0%
    effect: warn
  - id: flexibility
    when: reduced_cancellation_flexibility
    require: contract_duration_months >= 6 months
  - {id: credit, require: committed_value <= 90000 USD}
  - {id: bill-discount, require: bill_discount <= 50%, effect: approval, approver: vp-sales}
  - {id: some-bill, require: expected_monthly_bill >= 50 USD/month}
"""


def _catalog(*, card: bool) -> str:
    tiers = ", ".join(
        f"{{price: {price}}}" if end is None else f"{{up_to: {end}_000_000, price: {price}}}"
        for end, price in _TIERS
    )
    rate = f"{{included: 1_000_000, mode: graduated, tiers: [{tiers}]}}"
    if card:
        meters = ", ".join(f"{{id: {m}, unit: token, quote_per: 1_000_000}}" for m in METERS)
        head = f"meters: [{meters}]"
        price = "rates: {" + ", ".join(f"{meter}: {rate}" for meter in METERS) + "}"
        grid = "usage_discount: {min: 0%, max: 60%, step: 0.05%}"
        allowance = "included_units: {input: {min: 0, max: 20_000_000, step: 500_000}}"
    else:
        head = "unit: token\nquote_per: 1_000_000"
        price = "included_units: 4_000_000\n    usage_unit_price: 0.000003"
        grid = "usage_unit_price: {min: 0.0000012, max: 0.000003, tick: 0.0000000015}"
        allowance = "included_units: {min: 0, max: 20_000_000, step: 500_000}"
    return f"""
catalog: rates
currency: USD
{head}
configurations:
  - id: {PLAN}
    name: Team
    platform_fee: 99
    {price}
    tunable:
      {grid}
      {allowance}{_TUNABLE}
"""


def _profiles(*, card: bool) -> str:
    def units(low: int, high: int) -> str:
        if not card:
            return f"{low + high}_000_000"
        each = (
            f"{meter}: {low + high // (place + 1)}_000_000" for place, meter in enumerate(METERS)
        )
        return "{" + ", ".join(each) + "}"

    months = ", ".join(f"{{weight: 25%, units: {units(*pair)}}}" for pair in _USAGE)
    cost = "0.0000008"
    costs = "{" + ", ".join(f"{meter}: {cost}" for meter in METERS) + "}" if card else cost
    return f"""
profiles:
  - id: {PROFILE}
    monthly_usage: [{months}]
    retention: {{model: constant, monthly_churn: 3%}}
    in_term_churn_multiplier: 0.5
    price_response:
      - {{bill_ratio_up_to: 0.9, churn_multiplier: 0.9}}
      - {{bill_ratio_up_to: 1.1, churn_multiplier: 1}}
      - {{churn_multiplier: 1.4}}
    variable_cost_per_unit: {costs}
    service_cost_per_month: 12
    payment_cost_rate: 3%
    onboarding_cost: 400
    acquisition_cost: 300
"""


def book(folder: Path, *, card: bool) -> PriceBook:
    """One of the two price books, written into an empty folder."""
    texts = {
        "catalog.yaml": _catalog(card=card),
        "profiles.yaml": _profiles(card=card),
        "policy.yaml": _POLICY,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_price_book(folder)


def requests(price_book: PriceBook, count: int, opened: str = "") -> list[TuningRequest]:
    """Requests of random terms, the same for both books but for what is `opened`."""
    rng = random.Random(count)
    drawn = []
    for number in range(count):
        inputs = {
            "contract_duration_months": rng.choice((1, 6, 12, 24, 36)),
            "minimum_monthly_turnover": 10 * rng.randrange(41),
            "prepaid_amount": 100 * rng.randrange(41),
            "customer_funded_onboarding": rng.random() < 0.5,
        }
        asked = {
            "id": f"r{number}",
            "configuration": PLAN,
            "profile": PROFILE,
            "inputs": inputs,
            "approval_mode": rng.choice(("self_serve_only", "allow_approval")),
            "open": [opened] if opened else [],
        }
        drawn.append(checked_request(price_book, asked))
    return drawn


def main() -> None:
    """Print the ratios first."""
    chosen = options((__doc__ or "").splitlines()[0]).parse_args()
    count, rounds = (20, 2) if chosen.tiny else (200, 3) if chosen.quick else (2_000, 7)
    print(machine())
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        books = {SINGLE: book(Path(one), card=False), CARD: book(Path(other), card=True)}
        many, opened = _many(books, count, rounds), _opened(books, max(2, count // 10))
    cost = {name: many.median(name).cpu for name in books}
    print(f"decisions of many: {CARD} / {SINGLE} = {ratio(cost[CARD], cost[SINGLE])}\n")
    rows = [
        [name, milliseconds(cost[name]), milliseconds(opened.median(name).wall)] for name in books
    ]
    print(table(["", "of many, ms each", "an allowance open, ms (median)"], rows))


def _many(books: Mapping[str, PriceBook], count: int, rounds: int) -> Samples:
    """Many decisions at once, the books in turn."""
    samples = Samples()
    asked = {name: requests(own, count) for name, own in books.items()}
    for _ in range(rounds):
        for name, own in books.items():
            start = now()
            decided = sum(1 for _ in solve_many(own, asked[name], detail="decision"))
            samples.add(name, (now() - start) / decided)
    return samples


def _opened(books: Mapping[str, PriceBook], count: int) -> Samples:
    """One decision after another, an allowance left to the solver."""
    samples = Samples()
    for name, own in books.items():
        for request in requests(own, count, _FIELDS[name]):
            samples.time(name, partial(solve, own, request, detail="decision"))
    return samples


if __name__ == "__main__":
    main()
