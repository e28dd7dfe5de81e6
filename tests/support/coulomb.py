"""The pilot price book for the oracle: its files and rules read without any of the solver's code.

Of the rule language only what the pilot uses is understood; anything else is an error here.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import yaml

from tests.oracle.case import (
    COMPARISONS,
    COST_KEYS,
    FIELDS,
    FLAGS,
    Case,
    Catalog,
    Choice,
    Configuration,
    Customer,
    Demand,
    Draw,
    Expr,
    Fact,
    Grid,
    Policy,
    Profile,
    Request,
    Rule,
    Value,
)
from tests.oracle.valuing.usage import UNLIMITED, Usage
from tests.support.places import PILOT

ALL_DRAWS = 200
UNITS = {"USD", "token", "tokens", "month", "months", "member", "members", "days"}
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d_]*(?:\.\d+)?)(?P<percent>%?)"
    r"|(?P<word>[A-Za-z_][\w.]*)|\"(?P<text>[^\"]*)\"|(?P<sign><=|>=|==|!=|[-+*/(),<>\[\]]))"
)


def text(name: str, draws: int = ALL_DRAWS) -> str:
    """One of the pilot's files; of draws, which are packed, the first of them."""
    if not name.endswith(".gz"):
        return (PILOT / name).read_text(encoding="utf-8")
    lines = gzip.decompress((PILOT / name).read_bytes()).decode().splitlines(keepends=True)
    return "".join(lines[:draws])


def tokens(source: str) -> list[tuple[str, str]]:
    """Kinds and texts: `number`, `percent`, `word`, `text`, `sign`."""
    found, place = [], 0
    while place < len(source.rstrip()):
        match = TOKEN.match(source, place)
        assert match, f"cannot read {source[place:]!r}"
        kind = match.lastgroup or ""
        if match["number"]:
            found.append(("percent" if match["percent"] else "number", match["number"]))
        else:
            found.append((kind, match[kind]))
        place = match.end()
    return found


class RuleText:
    """A recursive descent through one expression."""

    def __init__(self, source: str) -> None:
        self.rest = tokens(source)

    def parsed(self) -> Expr:
        expr = self.choice()
        assert not self.rest, f"cannot read {self.rest}"
        return expr

    def next_is(self, *texts: str) -> bool:
        return bool(self.rest) and self.rest[0][1] in texts

    def take(self, *texts: str) -> str:
        assert self.next_is(*texts) or not texts, f"{texts} expected at {self.rest}"
        return self.rest.pop(0)[1]

    def choice(self) -> Expr:
        """`if A then B else C`, or what stands without."""
        if not self.next_is("if"):
            return self.comparison()
        self.take("if")
        condition = self.choice()
        self.take("then")
        then = self.choice()
        self.take("else")
        return ("if", condition, then, self.choice())

    def comparison(self) -> Expr:
        left = self.binary(self.product, "+", "-")
        if self.next_is(*COMPARISONS):
            return (self.take(), left, self.binary(self.product, "+", "-"))
        if not self.next_is("in", "not"):
            return left
        kind = "not in" if self.take("in", "not") == "not" and self.take("in") else "in"
        self.take("[")
        choices = [self.binary(self.product, "+", "-")]
        while self.next_is(","):
            self.take(",")
            choices.append(self.binary(self.product, "+", "-"))
        self.take("]")
        return (kind, left, *choices)

    def product(self) -> Expr:
        return self.binary(self.atom, "*", "/")

    def binary(self, part: Callable[[], Expr], *signs: str) -> Expr:
        """A chain of operators of one rank, grouped from the left."""
        expr = part()
        while self.next_is(*signs):
            expr = (self.take(), expr, part())
        return expr

    def atom(self) -> Expr:
        kind, word = self.rest.pop(0)
        if kind == "text":
            return ("text", word)
        if kind == "percent":
            return ("pct", Fraction(word.replace("_", "")) / 100)
        if kind == "number":
            return ("num", Fraction(word.replace("_", "")), self.unit())
        if word in {"min", "max"} and self.next_is("("):
            self.take("(")
            left = self.choice()
            self.take(",")
            inner: Expr = (word, left, self.choice())
        elif word == "(":
            inner = self.choice()
        else:
            assert kind == "word", f"cannot read {word!r}"
            return ("name", word)
        self.take(")")
        return inner

    def unit(self) -> str | None:
        """The unit after a number: `USD`, or `USD/month`."""
        if not (self.rest and self.rest[0][1] in UNITS):
            return None
        unit = self.take()
        while self.next_is("/") and self.rest[1][1] in UNITS:
            unit += self.take() + self.take()
        return unit


def expression(source: str) -> Expr:
    """A rule's text as the oracle's expression."""
    return RuleText(source).parsed()


def number(written: str) -> Fraction:
    """A plain number or a percentage."""
    plain = written.replace("_", "")
    return Fraction(plain[:-1]) / 100 if plain.endswith("%") else Fraction(plain)


def value(name: str, written: str) -> Value:
    """A field's value as authored."""
    return written == "true" if name in FLAGS else number(written)


def configuration(node: Mapping[str, Any]) -> Configuration:
    terms = {name: value(name, node.get(name, "0")) for name in FIELDS if name != "included_units"}
    terms["contract_duration_months"] = number(node.get("contract_duration_months", "1"))
    allowance = node.get("included_units", "0")
    kind: Any = "bare"
    if isinstance(allowance, dict):
        ((kind, allowance),) = allowance.items()
    if allowance == "unlimited":
        kind = "unlimited"
    terms["included_units"] = UNLIMITED if kind == "unlimited" else number(allowance)
    tunable = {name: bounds(name, item) for name, item in node.get("tunable", {}).items()}
    available = tuple(node["available_to"]) if "available_to" in node else None
    references = tuple(node["references"]) if "references" in node else None
    return Configuration(node["id"], terms, kind, available, tunable, references)


def bounds(name: str, node: Mapping[str, Any]) -> Grid | Choice:
    if "values" in node:
        return Choice(tuple(value(name, item) for item in node["values"]))
    step = node["tick"] if name == "usage_unit_price" else node["step"]
    return Grid(number(node["min"]), number(node["max"]), number(step))


def retention(node: Mapping[str, Any]) -> tuple[Any, ...]:
    keys = {"constant": ("monthly_churn",), "sbg": ("alpha", "beta"), "curve": ("survival",)}
    found = [node[key] for key in keys[node["model"]]]
    numbers = [item for each in found for item in (each if isinstance(each, list) else [each])]
    return node["model"], *(number(item) for item in numbers)


def usage(nodes: Sequence[Mapping[str, Any]]) -> Usage:
    return tuple((number(one["weight"]), number(one["units"])) for one in nodes)


def draw(line: str) -> Draw:
    """One of a profile's draws, which in the pilot change retention and use."""
    node = json.loads(line, parse_float=str, parse_int=str)
    return {"retention": retention(node["retention"]), "usage": usage(node["monthly_usage"])}


def profile(node: Mapping[str, Any], draws: int) -> Profile:
    bands = (
        (number(band["bill_ratio_up_to"]) if "bill_ratio_up_to" in band else None,
         number(band["churn_multiplier"]))
        for band in node["price_response"]
    )  # fmt: skip
    return Profile(
        id=node["id"],
        usage=usage(node["monthly_usage"]),
        retention=retention(node["retention"]),
        costs={key: number(node.get(key, "0")) for key in COST_KEYS},
        members=number(node["members_per_customer"]),
        in_term_multiplier=number(node.get("in_term_churn_multiplier", "1")),
        reduced_multiplier=number(node.get("reduced_flexibility_churn_multiplier", "1")),
        price_response=tuple(bands),
        observed_on=node.get("observed_on"),
        draws=tuple(map(draw, text(node["draws"], draws).splitlines())),
    )


def policy(node: Mapping[str, Any]) -> Policy:
    ltv = node["ltv"]
    return Policy(
        id=node["policy"],
        approvers=tuple(node["approvers"]),
        parameters={name: expression(item["value"]) for name, item in node["parameters"].items()},
        define={name: expression(item) for name, item in node["define"].items()},
        rules=tuple(rule(item) for item in node["rules"]),
        horizon=int(ltv["horizon_months"]),
        discount_rate=number(ltv["annual_discount_rate"]),
        improvement_rate=number(ltv["min_improvement_rate"]),
        improvement_amount=number(ltv["min_improvement_amount"].removesuffix(" USD")),
        facts={name: fact(item) for name, item in node.get("facts", {}).items()},
        confidence=demand(ltv["confidence"]),
    )


def demand(node: Mapping[str, Any]) -> Demand:
    return Demand(number(node["at_least"]), node["effect"], (node["approver"],))


def fact(node: Mapping[str, Any]) -> Fact:
    default = node.get("default")
    if "values" in node:
        return Fact(tuple(node["values"]), default=default)
    if "min" not in node:
        return Fact(default=None if default is None else default == "true")
    grid = Grid(number(node["min"]), number(node["max"]), number(node.get("step", "1")))
    return Fact(grid, node["unit"], None if default is None else number(default))


def rule(node: Mapping[str, Any]) -> Rule:
    when = expression(node["when"]) if "when" in node else None
    effect = node.get("effect", "reject")
    signers = node.get("approver", [])
    approvers = (signers,) if isinstance(signers, str) else tuple(signers)
    return Rule(node["id"], expression(node["require"]), when, effect, approvers)


def request(node: Mapping[str, Any]) -> Request:
    inputs = {
        "included_units" if name == "included_tokens" else name: item
        for name, item in node["inputs"].items()
    }
    return Request(
        id=node["id"],
        configuration=node["configuration"],
        profile=node["profile"],
        inputs=inputs,
        open=tuple(node.get("open", ())),
        preference=node["preference"],
        approval_mode=node["approval_mode"],
        customer=customer(node.get("customer", {})),
        facts=node.get("facts", {}),
    )


def customer(node: Mapping[str, Any]) -> Customer:
    uses = node.get("monthly_usage")
    return Customer(
        name=node.get("name"),
        members=node.get("members"),
        monthly_units=node.get("monthly_units"),
        monthly_usage=uses and tuple((use["weight"], use["units"]) for use in uses),
    )


def plain(name: str) -> dict[str, Any]:
    """A YAML file with every scalar as its text."""
    read: dict[str, Any] = yaml.load(text(name), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    return read


@cache
def cases(draws: int = ALL_DRAWS) -> dict[str, Case]:
    """The pilot's requests by id, each as a case of the oracle, with the first draws."""
    catalog = plain("catalog.yaml")
    configurations = tuple(configuration(node) for node in catalog["configurations"])
    quote_per = int(number(catalog["quote_per"]))
    market = Catalog(
        catalog["catalog"], catalog["currency"], catalog["unit"], quote_per, configurations
    )
    profiles = tuple(profile(node, draws) for node in plain("profiles.yaml")["profiles"])
    rules = policy(plain("policy.yaml"))
    document = json.loads(text("tuning_requests.json"), parse_int=Fraction, parse_float=Fraction)
    nodes = document["requests"]
    return {node["id"]: Case(0, market, profiles, rules, request(node)) for node in nodes}
