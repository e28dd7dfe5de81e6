"""The pilot price book with other price grids and other numbers of rules."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

from cp_pricing import (
    PriceBook,
    TuningRequest,
    parse_price_book,
    parse_requests,
    pilot_folder,
)

FILES = ("catalog.yaml", "profiles.yaml", "policy.yaml", "tuning_requests.json")
_GRID = "usage_unit_price: {min: 0.000002, max: 0.00002, tick: 0.00000001}"
# The pilot's own grid has 1,801 prices.
TICKS = {"91": "0.0000002", "1,801": "0.00000001", "1,000,001": "0.000000000018"}
# Requests of the pilot for the configuration whose grid is changed: accepted, rejected, by
# approval, for the seller's sake.
REQUESTS = (
    "small-team-lower-price",
    "small-team-high-included",
    "small-team-high-included-approval",
    "small-team-two-years",
    "small-team-deep-discount",
    "small-team-guaranteed-fee",
    "small-team-seller-ltv",
)


@dataclass(frozen=True)
class Size:
    """A price grid, named by its number of ticks, and a number of rules; neither: the pilot."""

    ticks: str = ""
    rules: int = 0

    @property
    def name(self) -> str:
        """What a table calls it."""
        return f"{self.ticks} ticks, {self.rules} rules" if self.rules else "the pilot, 16 rules"

    @property
    def requests(self) -> tuple[str, ...]:
        """The requests to be solved; none stands for all."""
        return REQUESTS if self.rules else ()


def certain_texts() -> dict[str, str]:
    """The texts of the pilot with its profiles taken as certain."""
    texts = {name: (pilot_folder() / name).read_text(encoding="utf-8") for name in FILES}
    for name, line in (("profiles.yaml", "    draws: .*"), ("policy.yaml", "  confidence: .*")):
        texts[name], found = re.subn(rf"^{line}\n", "", texts[name], flags=re.MULTILINE)
        if not found:
            raise ValueError(f"the pilot's {name} has no line to be taken out")
    return texts


def certain_pilot() -> tuple[PriceBook, tuple[TuningRequest, ...]]:
    """The pilot and its requests, with its profiles taken as certain."""
    texts = certain_texts()
    asked = texts.pop("tuning_requests.json")
    book = parse_price_book(texts)
    return book, parse_requests(book, asked)


def write(folder: Path, size: Size) -> Path:
    """Write a price book of a size into an empty folder, and return it."""
    texts = certain_texts()
    if size.rules:
        grid = _GRID.replace("0.00000001}", f"{TICKS[size.ticks]}}}")
        if _GRID not in texts["catalog.yaml"]:
            raise ValueError("the pilot's price grid is not the one to be replaced")
        texts["catalog.yaml"] = texts["catalog.yaml"].replace(_GRID, grid)
        texts["policy.yaml"] = with_rules(texts["policy.yaml"], size.rules)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def with_rules(policy: str, count: int) -> str:
    """A policy cut down to its first rules, or with more that are made up."""
    head, *own = policy.split("  - id: ")
    generator = random.Random(7)
    more = [_made_up(generator, place) for place in range(max(0, count - len(own)))]
    return head + "".join("  - id: " + rule for rule in (*own[:count], *more))


def _made_up(generator: random.Random, place: int) -> str:
    """A rule as companies have them by the hundred: a limit, often under a condition."""
    kind, require = generator.choice(
        [
            ("margin", f"gross_margin >= {generator.randint(20, 58)}%"),
            ("earnings", f"expected_monthly_margin >= {generator.randint(15, 60)} USD/month"),
            ("discount", f"usage_price_discount <= {generator.randint(20, 60)}%"),
            ("bill", f"bill_discount <= {generator.randint(20, 60)}%"),
            (
                "unit-price",
                f"effective_unit_price >= 0.00000{generator.randint(400, 700)} USD/token",
            ),
            (
                "contract-value",
                (
                    "contract_duration_months * expected_monthly_bill"
                    f" >= {generator.randint(1, 20) * 5} USD + prepaid_amount"
                ),
            ),
            (
                "overage-revenue",
                (
                    "usage_unit_price * (expected_monthly_units - included_units)"
                    f" <= {generator.randint(100, 400)} USD/month + minimum_monthly_turnover"
                ),
            ),
            (
                "loss",
                (
                    "abs(min(0 USD/month, worst_case_monthly_margin))"
                    f" <= {generator.randint(5, 200)} USD/month"
                ),
            ),
            (
                "prepaid-margin",
                (
                    f"prepaid_amount * {generator.randint(1, 9)}%"
                    " <= contract_duration_months * expected_monthly_margin"
                ),
            ),
            (
                "discount-or-commitment",
                (
                    f"usage_price_discount <= {generator.randint(10, 40)}%"
                    f" or committed_value >= {generator.randint(5, 12) * 100} USD"
                ),
            ),
        ]
    )
    when = generator.choice(
        [
            "",
            "",
            f"contract_duration_months >= {generator.choice([6, 12, 24])} months",
            f"included_units > {generator.randint(4, 30)}_000_000",
            f"prepaid_amount < {generator.randint(1, 10) * 100} USD",
            f"usage_unit_price < 0.00000{generator.randint(400, 900)} USD/token",
        ]
    )
    effect = generator.choices(
        [
            "effect: reject",
            "effect: approval\n    approver: deal-desk",
            "effect: approval\n    approver: vp-sales",
            "effect: warn",
        ],
        weights=[4, 3, 2, 1],
    )[0]
    lines = [f"{kind}-{place + 1}"]
    lines += [f"    when: {when}"] if when else []
    lines += [f"    require: {require}", f"    {effect}"]
    return "\n".join([*lines, f"    description: Made up to measure, {place + 1}.", ""])
