"""Books so small that their answers are worked by hand.

No churn and no discounting over 12 months make a lifetime value 12 margins, without costs 12 bills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction as F  # noqa: N817 - many literals
from typing import Any

from tests.oracle.answer import Rung
from tests.oracle.by_hand.example import terms
from tests.oracle.case import (
    COST_KEYS,
    PRICE,
    Case,
    Catalog,
    Configuration,
    Expr,
    Fact,
    Grid,
    Policy,
    Profile,
    Request,
    Rule,
)

PLAN = Configuration(
    "plan",
    terms(platform_fee=F(100), usage_unit_price=F(2)),
    tunable={
        PRICE: Grid(F(0), F(4), F(1)),
        "platform_fee": Grid(F(0), F(200), F(25)),
        "minimum_monthly_turnover": Grid(F(0), F(400), F(100)),
        "prepaid_amount": Grid(F(0), F(1000), F(100)),
    },
)
USERS = Profile(
    "users", ((F(1), F(50)),), ("constant", F(0)), dict.fromkeys(COST_KEYS, F(0))
)  # 100 of fees and 50 units at 2: a bill of 200, an LTV of 2400


def name(text: str) -> Expr:
    return ("name", text)


def number(value: int) -> Expr:
    return ("num", F(value), None)


def text(value: str) -> Expr:
    return ("text", value)


def needs(id_: str, require: Expr, *approvers: str, when: Expr | None = None) -> Rule:
    return Rule(id_, require, when, "approval" if approvers else "reject", approvers)


def case_of(*rules: Rule, facts: Mapping[str, Fact] | None = None, **wish: Any) -> Case:  # noqa: ANN401 - a request's fields
    policy = Policy(
        "tiny", ("desk", "cfo", "ceo"), {}, {}, rules, 12, F(0), ltv_effect="warn",
        facts=facts or {},
    )  # fmt: skip
    plain = {"id": "r", "configuration": "plan", "profile": "users", "inputs": {}}
    request = Request(**{**plain, **wish})
    catalog = Catalog("tiny", "USD", "token", 1, (PLAN,))
    return Case(0, catalog, (USERS,), policy, request)


def with_plans(case: Case, *plans: Configuration) -> Case:
    return replace(case, catalog=replace(case.catalog, configurations=plans))


def with_profile(case: Case, **changes: Any) -> Case:  # noqa: ANN401 - a profile's fields
    return replace(case, profiles=(replace(USERS, **changes),))


def prices(ladder: Sequence[Rung]) -> list[F | None]:
    return [rung.usage_unit_price for rung in ladder]
