"""A book of rate cards so small that its answers are worked by hand: the specification's rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from typing import Any

from tests.oracle.by_hand.example import terms
from tests.oracle.by_hand.tiny import USERS, case_of, with_plans
from tests.oracle.case import (
    DISCOUNT,
    PRICE,
    Case,
    Choice,
    Configuration,
    Grid,
    Profile,
    Rule,
    Value,
)
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.valuing.rates import Card, Rate
from tests.oracle.valuing.usage import Meter

METERS = ("input", "output", "messages", "storage")
# The rates of the specification's example.
OUTPUT = (
    (F(10_000_000), F("0.000015")),
    (F(100_000_000), F("0.000012")),
    (None, F("0.00001")),
)
RATES = {
    "input": Rate("price", F("0.000003"), included=F(1_000_000), included_kind="per_member"),
    "output": Rate("graduated", tiers=OUTPUT),
    "messages": Rate("package", F(8), units=F(1000), discountable=False),
}
FEES = {
    key: value
    for key, value in terms(platform_fee=F(100)).items()
    if key not in {"included_units", PRICE}
}
TUNABLE: Mapping[str, Grid | Choice] = {
    DISCOUNT: Grid(F("-0.2"), F("0.6"), F("0.2")),
    "included_units.input": Grid(F(0), F(6_000_000), F(1_000_000)),
    "rates.output": Grid(F(0), F("0.00002"), F("0.00001")),
    "rates.storage": Grid(F(0), F(2), F(1)),
    "minimum_monthly_turnover": Grid(F(0), F(1000), F(100)),
}
PLAN_OF_RATES = Configuration("plan", FEES, card=Card(METERS, RATES), tunable=TUNABLE)
FEES_ONLY = Configuration(
    "plan", {**FEES, "platform_fee": F(0)}, card=Card(METERS, {}), tunable=TUNABLE
)
# Three members use 10 million input, 30 million output, 2500 messages: at list 7 million at 3 a
# million are 21, 150 and 240 for output are 390, and three packages are 24.
USED = (("input", F(10_000_000)), ("output", F(30_000_000)), ("messages", F(2500)))
TEAM = replace(USERS, members=F(3), usage=((F(1), USED),))
LISTED = 100 + 21 + 390 + 24


def card_case(
    *rules: Rule,
    card: Configuration = PLAN_OF_RATES,
    who: Profile = TEAM,
    **wish: Any,  # noqa: ANN401 - a request's fields
) -> Case:
    """A case of four meters."""
    case = with_plans(case_of(*rules, **wish), card)
    meters = tuple(Meter(meter, "token") for meter in METERS)
    return replace(case, profiles=(who,), catalog=replace(case.catalog, meters=meters))


def offer_of(case: Case, **changes: Value) -> Offer:
    """The baseline with other terms, `.` being written `__`."""
    market = Market(case)
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return Offer({**market.baseline.raw, **named}, market)
