"""Bills once more, from the files that a case is written as: nothing of the oracle's is used.

What a catalog, a profile and a request say is read with PyYAML and added up by the sentences of
section 9, packages being opened one by one and tiers cut at their limits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction as F  # noqa: N817 - many literals
from itertools import pairwise
from typing import Any

import yaml

from tests.oracle.enumeration import solve
from tests.oracle.generator import generate_card
from tests.oracle.valuing.model import Market, Offer
from tests.oracle.writing.rendering import render

Node = Mapping[str, Any]
SEEDS = range(80)


def number(written: object) -> F:
    plain = str(written).replace("_", "")
    return F(plain[:-1]) / 100 if plain.endswith("%") else F(plain)


class Files:
    """A case as its four files say it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.catalog: Node = yaml.load(texts["catalog.yaml"], Loader=yaml.CBaseLoader)  # noqa: S506 - texts only
        profiles: Node = yaml.load(texts["profiles.yaml"], Loader=yaml.CBaseLoader)  # noqa: S506
        (self.request,) = json.loads(texts["tuning_requests.json"], parse_float=F)["requests"]
        self.customer: Node = self.request.get("customer", {})
        named = {one["id"]: one for one in profiles["profiles"]}
        self.profile: Node = named[self.request["profile"]]
        self.meters = [one["id"] for one in self.catalog.get("meters", [])] or [
            self.catalog["unit"]
        ]

    @property
    def members(self) -> F:
        own = self.profile.get("members_per_customer", "1")
        return number(self.customer.get("members", own))

    def plan(self, id_: str) -> Node:
        return next(one for one in self.catalog["configurations"] if one["id"] == id_)

    def amounts(self, written: Any) -> dict[str, F]:  # noqa: ANN401 - a number or a mapping
        """By meter; a plain number is that of the only one."""
        by_meter = written if isinstance(written, Mapping) else {self.meters[0]: written}
        return {meter: number(by_meter.get(meter, 0)) for meter in self.meters}

    def scenarios(self) -> list[tuple[F, dict[str, F]]]:
        """Weights, and units by meter, at this customer's size."""
        listed = self.customer.get("monthly_usage") or self.profile["monthly_usage"]
        found = [(number(one["weight"]), self.amounts(one["units"])) for one in listed]
        wanted = self.customer.get("monthly_units")
        if wanted is None:
            return found
        said = wanted if isinstance(wanted, Mapping) else {self.meters[0]: wanted}
        for meter in said:
            expected = sum(weight * units[meter] for weight, units in found)
            for _, units in found:
                units[meter] *= number(said[meter]) / expected
        return found

    def bill(self, id_: str, tuned: Mapping[str, Any]) -> F:
        """What a month is expected to bill; `tuned` are fields that differ from the plan."""
        plan = self.plan(id_)

        def field(name: str) -> F:
            return number(tuned.get(name, plan.get(name, "0")))

        fee = max(field("platform_fee"), field("guaranteed_platform_fee"))
        fees = fee + field("seat_fee") * self.members
        return sum(
            (
                weight
                * max(field("minimum_monthly_turnover"), fees + self.usage(plan, units, tuned))
                for weight, units in self.scenarios()
            ),
            F(0),
        )

    def usage(self, plan: Node, units: Mapping[str, F], tuned: Mapping[str, Any]) -> F:
        """The charges of one month."""
        if "rates" not in plan and len(self.meters) == 1:
            price = number(tuned.get("usage_unit_price", plan.get("usage_unit_price", "0")))
            included = tuned.get("included_units", plan.get("included_units", "0"))
            return price * self.beyond(units[self.meters[0]], included)
        kept = 1 - number(tuned.get("usage_discount", 0))
        total = F(0)
        for meter, rate in plan.get("rates", {}).items():
            included = tuned.get(f"included_units.{meter}", rate.get("included", "0"))
            charged = charge(rate, self.beyond(units[meter], included))
            discountable = rate.get("discountable", "true") == "true"
            if f"rates.{meter}" not in tuned:
                total += charged * kept if discountable else charged
        for name in (name for name in tuned if name.startswith("rates.")):
            meter = name.removeprefix("rates.")
            listed = plan.get("rates", {}).get(meter, {}).get("included", "0")
            included = tuned.get(f"included_units.{meter}", listed)
            total += number(tuned[name]) * self.beyond(units[meter], included)
        return total

    def beyond(self, used: F, included: Any) -> F:  # noqa: ANN401 - as written
        if included == "unlimited":
            return F(0)
        if isinstance(included, Mapping):
            ((kind, amount),) = included.items()
            included = number(amount) * (self.members if kind == "per_member" else 1)
        return max(F(0), used - number(included))


def charge(rate: Node, used: F) -> F:
    """Currency a month for so much use beyond the allowance."""
    if "price" in rate:
        return number(rate["price"]) * used
    if "package" in rate:
        opened, size = 0, number(rate["package"]["units"])
        while opened * size < used:
            opened += 1
        return opened * number(rate["package"]["price"])
    limits = sorted(number(tier["up_to"]) for tier in rate["tiers"] if "up_to" in tier)

    def price_just_below(point: F) -> F:
        return number(rate["tiers"][sum(limit < point for limit in limits)]["price"])

    if rate["mode"] == "volume":
        return price_just_below(used) * used
    ends = sorted({F(0), used, *(limit for limit in limits if limit < used)})
    return sum((price_just_below(b) * (b - a) for a, b in pairwise(ends)), F(0))


def flat(inputs: Node, meters: list[str]) -> dict[str, Any]:
    """Inputs under the names of rules; those by meter may be a plain number for the only one."""
    found: dict[str, Any] = {}
    for name, value in inputs.items():
        if name == "rates" or isinstance(value, Mapping):
            by_meter = value if isinstance(value, Mapping) else {meters[0]: value}
            found |= {f"{name}.{meter}": each for meter, each in by_meter.items()}
        else:
            found[name] = value
    return found


def test_bills_are_those_of_the_files() -> None:
    for seed in SEEDS:
        case = generate_card(seed, 1)
        files, market = Files(render(case)), Market(case)
        for plan in case.catalog.configurations:
            assert files.bill(plan.id, {}) == market.at_catalog_terms(plan).bill, (seed, plan.id)


def test_bills_of_answers_are_those_of_the_files() -> None:
    tried = 0
    for seed in SEEDS:
        case = generate_card(seed, 1)
        answer = solve(case)
        if answer.terms is None or case.configuration.card is None:
            continue
        files, card = Files(render(case)), case.configuration.card
        asked = flat(files.request["inputs"], files.meters)
        if len(card.meters) == 1 and "included_units" in asked:
            asked[f"included_units.{card.meters[0]}"] = asked.pop("included_units")
        chosen = {n: answer.terms[n] for n in ("usage_discount", *case.request.open)}
        offer = Offer(answer.terms, Market(case))
        assert files.bill(case.configuration.id, {**asked, **chosen}) == offer.bill, seed
        tried += 1
    assert tried > 30
