"""A case as the four authored files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction

from tests.oracle.case import (
    DISCOUNT,
    UNIT_COST,
    Case,
    Customer,
    Demand,
    Expr,
    Fact,
    Grid,
    Policy,
    Profile,
    Rule,
    Told,
    Value,
)
from tests.oracle.chance.books import often
from tests.oracle.valuing.usage import UNLIMITED, Units
from tests.oracle.writing.catalog_text import CatalogText
from tests.oracle.writing.draws_text import DrawsText
from tests.oracle.writing.scalars import mapping
from tests.oracle.writing.wording import decimal
from tests.oracle.writing.yaml_text import Node, Raw, YamlText


def render(case: Case) -> dict[str, str]:
    """File name to text, unpacked; the same case always gives the same texts."""
    return Rendering(case).files()


class Rendering(CatalogText):
    """Writes one case, with the ways of writing drawn from the case's seed."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.yaml = YamlText(self.rng)
        self.draws = DrawsText(case)

    def files(self) -> dict[str, str]:
        return {
            "catalog.yaml": self.yaml.document(self.catalog()),
            "profiles.yaml": self.yaml.document(self.profiles()),
            "policy.yaml": self.yaml.document(self.policy(self.case.policy)),
            "tuning_requests.json": self.requests(),
            **self.draws.files(),
        }

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
        if profile.draws:
            node["draws"] = self.draws.names[profile.id]
        if profile.observed_on is not None:
            node["observed_on"] = profile.observed_on
        node["monthly_usage"] = [
            {"weight": self.ratio(weight), "units": self.units(units)}
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
        node.update(self.costs(profile))
        return node

    def costs(self, profile: Profile) -> dict[str, Node]:
        node: dict[str, Node] = {}
        by_meter: dict[str, Node] = {}
        for name, cost in profile.costs.items():
            key, _, meter = name.partition(".")
            if meter:
                node[key] = by_meter
                by_meter[meter] = self.amount(cost)
            else:
                node[key] = self.ratio(cost) if key == "payment_cost_rate" else self.amount(cost)
        if UNIT_COST in profile.costs and self.names_only_meter():
            node[UNIT_COST] = {self.only_meter: node[UNIT_COST]}
        return node

    def units(self, units: Units) -> Node:
        """Units a month; a meter without use may be left out."""
        if isinstance(units, Fraction):
            plain = self.amount(units)
            return {self.only_meter: plain} if self.names_only_meter() else plain
        said = [(meter, amount) for meter, amount in units if amount or often(self.rng, 0.5)]
        return {meter: self.amount(amount) for meter, amount in said or units}

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
        node.update(self.effect(policy.ltv_effect, policy.ltv_approvers))
        if policy.confidence is not None:
            node["confidence"] = self.confidence(policy.confidence)
        return node

    def confidence(self, demand: Demand) -> dict[str, Node]:
        share: Node = self.ratio(demand.at_least)
        return {"at_least": share, **self.effect(demand.effect, demand.approvers)}

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
        deals = {"configurations": rule.configurations, "profiles": rule.profiles}
        named: dict[str, Node] = {key: list(ids) for key, ids in deals.items() if ids is not None}
        if named:
            node["applies_to"] = named
        for key in ("description", "owner"):
            if often(self.rng, 0.2):
                node[key] = self.text()
        return node

    # tuning_requests.json

    def requests(self) -> str:
        request = self.case.request
        entry = {
            "id": f'"{request.id}"',
            "configuration": f'"{request.configuration}"',
            "profile": f'"{request.profile}"',
            "inputs": mapping(self.inputs(request.inputs)),
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
            entry["monthly_units"] = self.json_units(customer.monthly_units)
        if customer.monthly_usage is not None:
            entry["monthly_usage"] = self.json_usage(customer.monthly_usage)
        return mapping(entry)

    def inputs(self, every: Mapping[str, Value]) -> dict[str, str]:
        """The inputs of a request, those of a rate card's allowances and overrides by meter."""
        entry: dict[str, str] = {}
        by_meter: dict[str, dict[str, str]] = {}
        for name, value in every.items():
            key, _, meter = name.partition(".")
            if not meter:
                entry[self.alias(key)] = (
                    self.json_discount(value) if key == DISCOUNT else self.json(value)
                )
                continue
            by_meter.setdefault(key, {})[meter] = self.json(value)
            entry[key] = mapping(by_meter[key])
            if len(self.case.catalog.meter_ids) == 1 and often(self.rng, 0.4):
                entry[key] = self.json(value)
        return entry

    def json_discount(self, value: Value) -> str:
        """A discount as JSON: a number or a percentage."""
        return (
            f'"{decimal(Fraction(value) * 100)}%"'
            if often(self.rng, 0.5)
            else decimal(Fraction(value))
        )

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
