"""One test case as plain data: a price book, and the one request that is put to it.

Everything here is canonical: Fractions in the base units of the specification (currency, usage
unit, month, member), never text.  `rendering` says the same in the words of the authored files.

An expression is a tuple whose first member names its kind:

    ("num", value, unit | None)   a literal: `value` as written, in `unit` (`USD/token`, `years`)
    ("pct", ratio)                a literal percentage, 7/20 for `35%`
    ("bool", value)               `true` or `false`
    ("name", text)                a field, derived name, `baseline.X`, `profile.X`, parameter, ...
    ("neg", x)  ("abs", x)  ("+" | "-" | "*" | "/", x, y)
    ("min" | "max", x, y, ...)
    ("<" | "<=" | ">" | ">=" | "==" | "!=", x, y)
    ("between", x, low, high)     ("in", x, choice, choice, ...)
    ("and" | "or" | "implies", x, y)   ("not", x)
    ("if", condition, then, otherwise)   numbers or conditions
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

Value: TypeAlias = Fraction | bool
Expr: TypeAlias = tuple[Any, ...]
Effect: TypeAlias = Literal["reject", "approval", "warn"]
Preference: TypeAlias = Literal["lower_usage_price", "seller_ltv"]
ApprovalMode: TypeAlias = Literal["self_serve_only", "allow_approval"]

# Decision 1: these ten, in this order ("field order").
FIELDS = (
    "platform_fee",
    "seat_fee",
    "included_units",
    "usage_unit_price",
    "contract_duration_months",
    "minimum_monthly_turnover",
    "prepaid_amount",
    "guaranteed_platform_fee",
    "customer_funded_onboarding",
    "reduced_cancellation_flexibility",
)
PRICE = "usage_unit_price"
FLAGS = ("customer_funded_onboarding", "reduced_cancellation_flexibility")
# The seven fields that `inputs` and `open` may name.
TUNABLE_FIELDS = (FIELDS[2], *FIELDS[4:])
COST_KEYS = (
    "variable_cost_per_unit",
    "service_cost_per_month",
    "payment_cost_rate",
    "onboarding_cost",
    "acquisition_cost",
)
LTV_RULE = "ltv-improvement"
UNLIMITED = Fraction(10**15)  # decision 3
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True)
class Grid:
    """The values minimum, minimum + step, ... up to maximum (`tick` for the usage price)."""

    minimum: Fraction
    maximum: Fraction
    step: Fraction

    def values(self) -> tuple[Value, ...]:
        count = (self.maximum - self.minimum) // self.step + 1
        return tuple(self.minimum + self.step * index for index in range(count))


@dataclass(frozen=True)
class Choice:
    """The values that are listed."""

    listed: tuple[Value, ...]

    def values(self) -> tuple[Value, ...]:
        return self.listed


@dataclass(frozen=True)
class Configuration:
    """One of the seller's models; `terms` has the ten fields, the allowance as authored."""

    id: str
    terms: Mapping[str, Value]
    allowance_kind: Literal["bare", "per_customer", "per_member", "unlimited"] = "bare"
    available_to: tuple[str, ...] | None = None
    tunable: Mapping[str, Grid | Choice] = field(default_factory=dict)

    def canonical(self, members: Fraction) -> dict[str, Value]:
        """The ten fields for a customer of so many members (`platform_fee` before g)."""
        terms = dict(self.terms)
        if self.allowance_kind == "per_member":
            terms["included_units"] = Fraction(terms["included_units"]) * members
        if self.allowance_kind == "unlimited":
            terms["included_units"] = UNLIMITED
        return terms


@dataclass(frozen=True)
class Catalog:
    """The catalog file; `quote_per` in usage units."""

    id: str
    currency: str
    unit: str
    quote_per: int
    configurations: tuple[Configuration, ...]


@dataclass(frozen=True)
class Profile:
    """Comparable customers.

    `retention` is ("constant", churn), ("sbg", alpha, beta) or ("curve", 1, s1, s2, ...);
    `usage` pairs of weight and units a month; `price_response` pairs of upper bill ratio
    (None: no limit) and churn multiplier, None where the key is absent.
    """

    id: str
    usage: tuple[tuple[Fraction, Fraction], ...]
    retention: tuple[Any, ...]
    costs: Mapping[str, Fraction]
    members: Fraction = Fraction(1)
    in_term_multiplier: Fraction = Fraction(1)
    reduced_multiplier: Fraction = Fraction(1)
    price_response: tuple[tuple[Fraction | None, Fraction], ...] | None = None


@dataclass(frozen=True)
class Rule:
    """A rule of the policy."""

    id: str
    require: Expr
    when: Expr | None = None
    effect: Effect = "reject"
    approver: str | None = None


@dataclass(frozen=True)
class Policy:
    """The policy file; parameters are literals (`num`, `pct`, or `neg` of one)."""

    id: str
    approvers: tuple[str, ...]
    parameters: Mapping[str, Expr]
    define: Mapping[str, Expr]
    rules: tuple[Rule, ...]
    horizon: int
    discount_rate: Fraction
    improvement_rate: Fraction = Fraction(0)
    improvement_amount: Fraction = Fraction(0)
    ltv_effect: Effect = "reject"
    ltv_approver: str | None = None


@dataclass(frozen=True)
class Request:
    """A tuning request; `open` in any order."""

    id: str
    configuration: str
    profile: str
    inputs: Mapping[str, Value]
    open: tuple[str, ...] = ()
    preference: Preference = "lower_usage_price"
    approval_mode: ApprovalMode = "self_serve_only"


@dataclass(frozen=True)
class Case:
    """A price book and one request; `seed` also varies how the files are written."""

    seed: int
    catalog: Catalog
    profiles: tuple[Profile, ...]
    policy: Policy
    request: Request

    @property
    def configuration(self) -> Configuration:
        return next(c for c in self.catalog.configurations if c.id == self.request.configuration)

    @property
    def profile(self) -> Profile:
        return next(p for p in self.profiles if p.id == self.request.profile)
