"""One test case as plain data: a price book, and the one request that is put to it.

Everything here is canonical: Fractions in the base units of the specification (currency, usage
unit, month, member), never text.  `rendering` says the same in the words of the authored files.

An expression is a tuple whose first member names its kind:

    ("num", value, unit | None)   a literal: `value` as written, in `unit` (`USD/token`, `years`)
    ("pct", ratio)                a literal percentage, 7/20 for `35%`
    ("bool", value)               `true` or `false`
    ("text", value)               a quoted text, with which a fact is compared
    ("name", text)                a field, derived name, `baseline.X`, `profile.X`, parameter, ...
    ("neg", x)  ("abs", x)  ("+" | "-" | "*" | "/", x, y)
    ("min" | "max", x, y, ...)
    ("<" | "<=" | ">" | ">=" | "==" | "!=", x, y)
    ("between", x, low, high)     ("in" | "not in", x, choice, choice, ...)
    ("and" | "or" | "implies", x, y)   ("not", x)
    ("if", condition, then, otherwise)   numbers or conditions
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from tests.oracle.valuing.rates import ALLOWANCE, OVERRIDE, AllowanceKind, Card
from tests.oracle.valuing.usage import UNLIMITED, Meter, Units, Usage, scaled

Value: TypeAlias = Fraction | bool
Told: TypeAlias = Fraction | bool | str  # the value of a fact
Expr: TypeAlias = tuple[Any, ...]
# What one line of a profile's draws changes, by the profile's fields; of `costs` those named.
Draw: TypeAlias = Mapping[str, Any]
Effect: TypeAlias = Literal["reject", "approval", "warn"]
Preference: TypeAlias = Literal["lower_usage_price", "seller_ltv", "least_commitment"]
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
DISCOUNT = "usage_discount"
FLAGS = ("customer_funded_onboarding", "reduced_cancellation_flexibility")
# The seven fields that section 1 lets tune, and those of section 8, the price aside.
TUNABLE_FIELDS = (FIELDS[2], *FIELDS[4:])
TERM_FIELDS = (*FIELDS[:3], *FIELDS[4:])
PREFERENCE_FACT = "request.preference"
PREFERENCES: tuple[Preference, ...] = ("lower_usage_price", "seller_ltv", "least_commitment")
UNIT_COST = "variable_cost_per_unit"
COST_KEYS = (
    UNIT_COST,
    "service_cost_per_month",
    "payment_cost_rate",
    "onboarding_cost",
    "acquisition_cost",
)
LTV_RULE = "ltv-improvement"
CONFIDENCE = "ltv_confidence"
CONFIDENCE_RULE = "ltv-confidence"
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


def fields_of(meters: tuple[str, ...]) -> tuple[str, ...]:
    """The fields of a rate card, in field order; `rates.METER` is none of them."""
    allowances = (f"{ALLOWANCE}.{meter}" for meter in meters)
    return (*FIELDS[:2], *allowances, DISCOUNT, *FIELDS[4:])


@dataclass(frozen=True)
class Grid:
    """The values minimum, minimum + step, ... up to maximum (`tick` for prices)."""

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
    """One of the seller's models; `terms` has the ten fields, the allowance as authored.

    `references` are the ids of the models that a deal from it is measured against, None for all.
    A rate card has a `card`, and in `terms` the eight fields that are not in it. Bounds and inputs
    by meter have the names of rules: `included_units.METER`, and `rates.METER` for a flat price in
    the place of a rate.
    """

    id: str
    terms: Mapping[str, Value]
    allowance_kind: AllowanceKind = "bare"
    available_to: tuple[str, ...] | None = None
    tunable: Mapping[str, Grid | Choice] = field(default_factory=dict)
    references: tuple[str, ...] | None = None
    card: Card | None = None

    @property
    def price(self) -> str:
        """The field that the solver chooses."""
        return PRICE if self.card is None else DISCOUNT

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields, in field order."""
        return FIELDS if self.card is None else fields_of(self.card.meters)

    @property
    def term_fields(self) -> tuple[str, ...]:
        """All fields but the one that the solver chooses."""
        return tuple(name for name in self.fields if name != self.price)

    @property
    def asked_fields(self) -> tuple[str, ...]:
        """All that a request can ask for, in order: a rate card's overrides follow the discount."""
        if self.card is None:
            return FIELDS
        place = self.fields.index(DISCOUNT) + 1
        overrides = (f"{OVERRIDE}.{meter}" for meter in self.card.meters)
        return (*self.fields[:place], *overrides, *self.fields[place:])

    @property
    def usage_fields(self) -> tuple[str, ...]:
        """What a charge for usage rests on besides the price: allowances and overrides."""
        if self.card is None:
            return (ALLOWANCE,)
        return tuple(f"{name}.{m}" for m in self.card.meters for name in (ALLOWANCE, OVERRIDE))

    def canonical(self, members: Fraction) -> dict[str, Value]:
        """All fields for a customer of so many members (`platform_fee` before g)."""
        if self.card is not None:
            known = {**self.terms, **self.card.allowances(members), DISCOUNT: Fraction(0)}
            return {name: known[name] for name in self.fields}
        terms = dict(self.terms)
        if self.allowance_kind == "per_member":
            terms["included_units"] = Fraction(terms["included_units"]) * members
        if self.allowance_kind == "unlimited":
            terms["included_units"] = UNLIMITED
        return terms

    def is_for(self, profile: str) -> bool:
        """Whether a profile may have it."""
        return self.available_to is None or profile in self.available_to


@dataclass(frozen=True)
class Catalog:
    """The catalog file; `quote_per` in usage units.

    Where it has no `meters`, `unit` and `quote_per` are short for one.
    """

    id: str
    currency: str
    unit: str
    quote_per: int
    configurations: tuple[Configuration, ...]
    meters: tuple[Meter, ...] = ()

    @property
    def meter_ids(self) -> tuple[str, ...]:
        return tuple(meter.id for meter in self.meters) or (self.unit,)


@dataclass(frozen=True)
class Profile:
    """Comparable customers.

    `retention` is ("constant", churn), ("sbg", alpha, beta) or ("curve", 1, s1, s2, ...);
    `usage` pairs of weight and units a month; `price_response` pairs of upper bill ratio
    (None: no limit) and churn multiplier, None where the key is absent; `observed_on` is the
    configuration whose bill these ratios are taken against, None for the request's own.  Of several
    meters each has a cost of its own: `variable_cost_per_unit.METER`, 0 where there is none.
    `draws` are the ways the profile could truly be, () where none are known.
    """

    id: str
    usage: Usage
    retention: tuple[Any, ...]
    costs: Mapping[str, Fraction]
    members: Fraction = Fraction(1)
    in_term_multiplier: Fraction = Fraction(1)
    reduced_multiplier: Fraction = Fraction(1)
    price_response: tuple[tuple[Fraction | None, Fraction], ...] | None = None
    observed_on: str | None = None
    draws: tuple[Draw, ...] = ()

    def drawn(self, draw: Draw) -> Profile:
        """The profile as a draw has it; a cost by meter replaces the cost of every meter."""
        changed: Mapping[str, Fraction] = draw.get("costs", {})
        keys = {name.partition(".")[0] for name in changed}
        kept = {name: c for name, c in self.costs.items() if name.partition(".")[0] not in keys}
        return replace(self, **{**draw, "costs": {**kept, **changed}})

    def unit_cost(self, meter: str) -> Fraction:
        """Currency a unit of a meter."""
        only = self.costs.get(UNIT_COST, Fraction(0))
        return self.costs.get(f"{UNIT_COST}.{meter}", only)


@dataclass(frozen=True)
class Customer:
    """This customer's own size; what is None is as the profile has it."""

    name: str | None = None
    members: Fraction | None = None
    monthly_units: Units | None = None
    monthly_usage: Usage | None = None

    def of(self, profile: Profile, known: Profile | None = None) -> Profile:
        """The profile, or a draw of the one that is `known`, at this customer's size.

        A draw's units are multiplied by the factor of the profile's own.
        """
        usage = self.monthly_usage or profile.usage
        if self.monthly_units is not None:
            usage = scaled(usage, self.monthly_units, (known or profile).usage)
        members = profile.members if self.members is None else self.members
        return replace(profile, usage=usage, members=members)


@dataclass(frozen=True)
class Fact:
    """What a policy declares of a fact: its texts, its numbers in a unit, or None for yes or no.

    Without a default (None) every request has to say it.
    """

    values: tuple[str, ...] | Grid | None = None
    unit: str = ""
    default: Told | None = None

    def admitted(self) -> tuple[Told, ...]:
        """All its values."""
        if self.values is None:
            return (False, True)
        return self.values.values() if isinstance(self.values, Grid) else self.values


@dataclass(frozen=True)
class Rule:
    """A rule of the policy; `approvers` must all sign where it is waived, in any order.

    It is for deals from some configurations, and by customers of some profiles; None for all.
    """

    id: str
    require: Expr
    when: Expr | None = None
    effect: Effect = "reject"
    approvers: tuple[str, ...] = ()
    configurations: tuple[str, ...] | None = None
    profiles: tuple[str, ...] | None = None

    def is_for(self, configuration: str, profile: str) -> bool:
        """Whether it is in force for a deal at all."""
        plans, customers = self.configurations, self.profiles
        return (plans is None or configuration in plans) and (
            customers is None or profile in customers
        )


@dataclass(frozen=True)
class Demand:
    """The share of the draws in which a deal has to be worth enough, above 0 and at most 1."""

    at_least: Fraction
    effect: Effect = "reject"
    approvers: tuple[str, ...] = ()


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
    ltv_approvers: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    confidence: Demand | None = None

    @property
    def mentions_confidence(self) -> bool:
        """Whether a share of the draws is asked for, or named, anywhere."""
        whens = (rule.when for rule in self.rules if rule.when is not None)
        every = (*self.define.values(), *(rule.require for rule in self.rules), *whens)
        return self.confidence is not None or any(_names(expr, CONFIDENCE) for expr in every)


def _names(expr: Expr, name: str) -> bool:
    """Whether a name stands in an expression."""
    if expr == ("name", name):
        return True
    return any(_names(part, name) for part in expr if isinstance(part, tuple))


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
    customer: Customer = Customer()
    facts: Mapping[str, Told] = field(default_factory=dict)

    @property
    def asks_for_price(self) -> bool:
        return not {PRICE, DISCOUNT}.isdisjoint(self.inputs)


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
    def _authored(self) -> Profile:
        """The profile as its file has it."""
        return next(p for p in self.profiles if p.id == self.request.profile)

    @property
    def profile(self) -> Profile:
        """The profile at this customer's size."""
        return self.request.customer.of(self._authored)

    @property
    def draws(self) -> tuple[Profile, ...]:
        """The ways the profile could be, at this customer's size: itself where none are known."""
        own, customer = self._authored, self.request.customer
        return tuple(customer.of(own.drawn(draw), own) for draw in own.draws) or (self.profile,)

    @property
    def tells_confidence(self) -> bool:
        """Whether a result says in how many draws it holds."""
        return bool(self._authored.draws) or self.policy.mentions_confidence

    @property
    def facts(self) -> dict[str, Told]:
        """The facts of the request, with the defaults of the policy."""
        told = {PREFERENCE_FACT: self.request.preference, **self.request.facts}
        for name, fact in self.policy.facts.items():
            if fact.default is not None:
                told.setdefault(name, fact.default)
        return told
