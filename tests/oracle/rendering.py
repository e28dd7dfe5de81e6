"""A case as the four authored files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random

from tests.oracle.books import often
from tests.oracle.case import (
    FIELDS,
    UNLIMITED,
    Case,
    Choice,
    Configuration,
    Customer,
    Expr,
    Fact,
    Grid,
    Policy,
    Profile,
    Rule,
    Told,
    Value,
)
from tests.oracle.wording import Wording, decimal
from tests.oracle.yaml_text import Node, Raw, YamlText

TEXTS = (
    "Never below landed cost",
    "Agreed with finance: Q3 review, #4",
    "it's the board's rule",
    'the "big" customers',
    "für alle Kunden – 50% off",
    "- no",
)
WHOLE = ("contract_duration_months",)


def render(case: Case) -> dict[str, str]:
    """File name to text; the same case always gives the same texts."""
    return Rendering(case).files()


class Rendering:
    """Writes one case, with the ways of writing drawn from the case's seed."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rng = Random(case.seed + 1)  # noqa: S311 - repeatable tests, not secrets
        self.words = Wording(self.rng)
        self.yaml = YamlText(self.rng)

    def files(self) -> dict[str, str]:
        return {
            "catalog.yaml": self.yaml.document(self.catalog()),
            "profiles.yaml": self.yaml.document(self.profiles()),
            "policy.yaml": self.yaml.document(self.policy(self.case.policy)),
            "tuning_requests.json": self.requests(),
        }

    # Scalars

    def amount(self, number: Fraction) -> Raw:
        """A number as YAML."""
        text = self.words.number(number)
        if often(self.rng, 0.02) and number != 0:
            text = decimal(number * 1000) + self.rng.choice(("e-3", "E-3", "e-03"))
        return Raw(text)

    def whole(self, number: int | Fraction) -> Raw:
        """An integer as YAML."""
        plain = str(int(number))
        return Raw(f"{int(number):_}" if often(self.rng, 0.4) else plain)

    def ratio(self, number: Fraction) -> Raw:
        """A ratio as YAML: `35%` or `0.35`."""
        if often(self.rng, 0.5):
            return Raw(self.words.number(number * 100) + "%")
        return self.amount(number)

    def value(self, name: str, value: Value) -> Raw:
        """A field's value as YAML."""
        if isinstance(value, bool):
            return Raw("true" if value else "false")
        if name == "included_units" and value == UNLIMITED:
            return Raw("unlimited")
        return self.whole(value) if name in WHOLE else self.amount(value)

    def text(self) -> str:
        return self.rng.choice(TEXTS)

    # catalog.yaml

    def catalog(self) -> dict[str, Node]:
        catalog = self.case.catalog
        return {
            "catalog": catalog.id,
            "currency": catalog.currency,
            "unit": catalog.unit,
            "quote_per": self.whole(catalog.quote_per),
            "configurations": [self.configuration(each) for each in catalog.configurations],
        }

    def configuration(self, configuration: Configuration) -> dict[str, Node]:
        node: dict[str, Node] = {"id": configuration.id, "name": configuration.id.title()}
        if configuration.available_to is not None:
            node["available_to"] = list(configuration.available_to)
        if configuration.references is not None:
            node["references"] = list(configuration.references)
        names = list(FIELDS)
        if often(self.rng, 0.2):
            self.rng.shuffle(names)
        for name in names:
            value = configuration.terms[name]
            default = Fraction(1) if name == "contract_duration_months" else 0
            limited = name != "included_units" or configuration.allowance_kind != "unlimited"
            if value == default and limited and often(self.rng, 0.6):
                continue
            node[name] = self.field(configuration, name, value)
        if configuration.tunable:
            items = configuration.tunable.items()
            node["tunable"] = {name: self.bounds(name, bounds) for name, bounds in items}
        return node

    def field(self, configuration: Configuration, name: str, value: Value) -> Node:
        kind = configuration.allowance_kind
        if name != "included_units" or kind == "bare":
            return self.value(name, value)
        return Raw("unlimited") if kind == "unlimited" else {kind: self.value(name, value)}

    def bounds(self, name: str, bounds: Grid | Choice) -> dict[str, Node]:
        if isinstance(bounds, Choice):
            return {"values": [self.value(name, value) for value in bounds.listed]}
        step = "tick" if name == "usage_unit_price" else "step"
        keys = {"min": bounds.minimum, "max": bounds.maximum, step: bounds.step}
        return {key: self.value(name, value) for key, value in keys.items()}

    # profiles.yaml

    def profiles(self) -> dict[str, Node]:
        return {"profiles": [self.profile(each) for each in self.case.profiles]}

    def profile(self, profile: Profile) -> dict[str, Node]:
        node: dict[str, Node] = {"id": profile.id}
        if profile.members != 1 or often(self.rng, 0.5):
            node["members_per_customer"] = self.amount(profile.members)
        if often(self.rng, 0.3):
            size = str(self.rng.choice((12, 30, 250)))
            node["cohort"] = {"customers": Raw(size), "as_of": "2025-06-30", "source": self.text()}
        if profile.observed_on is not None:
            node["observed_on"] = profile.observed_on
        node["monthly_usage"] = [
            {"weight": self.ratio(weight), "units": self.amount(units)}
            for weight, units in profile.usage
        ]
        node["retention"] = self.retention(profile)
        for name, factor in (
            ("in_term_churn_multiplier", profile.in_term_multiplier),
            ("reduced_flexibility_churn_multiplier", profile.reduced_multiplier),
        ):
            if factor != 1 or often(self.rng, 0.5):
                node[name] = self.ratio(factor)
        if profile.price_response is not None:
            node["price_response"] = [self.band(*band) for band in profile.price_response]
        rates = ("payment_cost_rate",)
        for name, cost in profile.costs.items():
            node[name] = self.ratio(cost) if name in rates else self.amount(cost)
        return node

    def band(self, limit: Fraction | None, multiplier: Fraction) -> dict[str, Node]:
        upper: dict[str, Node] = {} if limit is None else {"bill_ratio_up_to": self.ratio(limit)}
        return {**upper, "churn_multiplier": self.ratio(multiplier)}

    def retention(self, profile: Profile) -> dict[str, Node]:
        model, *numbers = profile.retention
        if model == "constant":
            return {"model": model, "monthly_churn": self.ratio(numbers[0])}
        if model == "sbg":
            return {
                "model": model,
                "alpha": self.amount(numbers[0]),
                "beta": self.amount(numbers[1]),
            }
        return {"model": model, "survival": [self.ratio(alive) for alive in numbers]}

    # policy.yaml

    def policy(self, policy: Policy) -> dict[str, Node]:
        node: dict[str, Node] = {"policy": policy.id, "approvers": list(policy.approvers)}
        if policy.parameters:
            items = policy.parameters.items()
            node["parameters"] = {name: self.parameter(value) for name, value in items}
        if policy.facts:
            node["facts"] = {name: self.fact(fact) for name, fact in policy.facts.items()}
        if policy.define:
            node["define"] = {n: self.words.expression(e) for n, e in policy.define.items()}
        node["ltv"] = self.lifetime_value(policy)
        node["rules"] = [self.rule(rule) for rule in policy.rules]
        return node

    def parameter(self, value: Expr) -> Node:
        """A parameter, alone or with a description."""
        positive = value[1] if value[0] == "neg" else value
        sign = "-" if value[0] == "neg" else ""
        unit = positive[2] if positive[0] == "num" else None
        number = positive[1] * (100 if positive[0] == "pct" else 1)
        text = sign + self.words.number(number) + ("%" if positive[0] == "pct" else "")
        node: Node = f"{text} {unit}" if unit else Raw(text)
        return {"value": node, "description": self.text()} if often(self.rng, 0.5) else node

    def lifetime_value(self, policy: Policy) -> dict[str, Node]:
        node: dict[str, Node] = {
            "horizon_months": self.whole(policy.horizon),
            "annual_discount_rate": self.ratio(policy.discount_rate),
            "min_improvement_rate": self.ratio(policy.improvement_rate),
        }
        amount = policy.improvement_amount
        if amount or often(self.rng, 0.5):
            unit = f"{self.words.number(amount)} {self.case.catalog.currency}"
            node["min_improvement_amount"] = unit if often(self.rng, 0.5) else self.amount(amount)
        return {**node, **self.effect(policy.ltv_effect, policy.ltv_approvers)}

    def fact(self, fact: Fact) -> dict[str, Node]:
        """A fact's declaration; one without a default has a description, so as not to be empty."""
        node: dict[str, Node] = {}
        if isinstance(fact.values, Grid):
            grid = fact.values
            node = {"unit": fact.unit, "min": self.amount(grid.minimum)}
            node["max"] = self.amount(grid.maximum)
            if grid.step != 1 or often(self.rng, 0.3):
                node["step"] = self.amount(grid.step)
        elif fact.values is not None:
            node = {"values": list(fact.values)}
        if fact.default is not None:
            node["default"] = self.told(fact.default)
        if fact.default is None or often(self.rng, 0.3):
            node["description"] = self.text()
        return node

    def told(self, value: Told) -> Node:
        """A fact's value as YAML."""
        if isinstance(value, str):
            return value
        return Raw("true" if value else "false") if isinstance(value, bool) else self.amount(value)

    def effect(self, effect: str, approvers: Sequence[str]) -> dict[str, Node]:
        if effect == "reject" and often(self.rng, 0.5):
            return {}
        if not approvers:
            return {"effect": effect}
        listed = len(approvers) > 1
        return {"effect": effect, "approver": list(approvers) if listed else approvers[0]}

    def rule(self, rule: Rule) -> dict[str, Node]:
        node: dict[str, Node] = {"id": rule.id}
        if rule.when is not None:
            node["when"] = self.words.expression(rule.when)
        node["require"] = self.words.expression(rule.require)
        node.update(self.effect(rule.effect, rule.approvers))
        for key in ("description", "owner"):
            if often(self.rng, 0.2):
                node[key] = self.text()
        return node

    # tuning_requests.json

    def requests(self) -> str:
        request = self.case.request
        inputs = {self.alias(name): self.json(value) for name, value in request.inputs.items()}
        entry = {
            "id": f'"{request.id}"',
            "configuration": f'"{request.configuration}"',
            "profile": f'"{request.profile}"',
            "inputs": mapping(inputs),
        }
        if request.open or often(self.rng, 0.2):
            entry["open"] = "[" + ", ".join(f'"{name}"' for name in request.open) + "]"
        defaults = {"preference": "lower_usage_price", "approval_mode": "self_serve_only"}
        for key, default in defaults.items():
            chosen = getattr(request, key)
            if chosen != default or often(self.rng, 0.5):
                entry[key] = f'"{chosen}"'
        if request.customer != Customer():
            entry["customer"] = self.customer(request.customer)
        if request.facts:
            entry["facts"] = mapping({n: self.json_told(v) for n, v in request.facts.items()})
        inner = mapping(entry, "\n  " if often(self.rng, 0.5) else "")
        return mapping({"requests": f"[{inner}]"}) + "\n"

    def customer(self, customer: Customer) -> str:
        """This customer's own size as JSON."""
        entry: dict[str, str] = {}
        if customer.name is not None:
            entry["name"] = self.json_told(customer.name)
        if customer.members is not None:
            entry["members"] = decimal(customer.members)
        if customer.monthly_units is not None:
            entry["monthly_units"] = decimal(customer.monthly_units)
        if customer.monthly_usage is not None:
            months = (
                mapping({"weight": decimal(weight), "units": decimal(units)})
                for weight, units in customer.monthly_usage
            )
            entry["monthly_usage"] = f"[{', '.join(months)}]"
        return mapping(entry)

    def json_told(self, value: Told) -> str:
        """A text or a fact's value as JSON."""
        if isinstance(value, str):
            return json.dumps(value, ensure_ascii=often(self.rng, 0.5))
        return self.json(value)

    def alias(self, name: str) -> str:
        """`included_tokens` for `included_units`, at times."""
        other = f"included_{self.case.catalog.unit}s"
        return other if name == "included_units" and often(self.rng, 0.5) else name

    def json(self, value: Value) -> str:
        """A field's value as JSON."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return '"unlimited"' if value == UNLIMITED else decimal(value)


def mapping(entries: Mapping[str, str] | Sequence[tuple[str, str]], gap: str = "") -> str:
    """A JSON object of values that are JSON already."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    return "{" + ", ".join(f'{gap}"{key}": {value}' for key, value in pairs) + "}"
