"""The catalog of a case as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from tests.oracle.case import FIELDS, PRICE, Choice, Configuration, Grid, Value
from tests.oracle.chance.books import often
from tests.oracle.valuing.rates import OVERRIDE, Rate
from tests.oracle.valuing.usage import Meter
from tests.oracle.writing.scalars import Scalars
from tests.oracle.writing.yaml_text import Node, Raw


class CatalogText(Scalars):
    """Writes the catalog of a case."""

    def catalog(self) -> dict[str, Node]:
        catalog = self.case.catalog
        counted: dict[str, Node] = {"meters": [self.meter(each) for each in catalog.meters]}
        if not catalog.meters:
            counted = {"unit": catalog.unit, "quote_per": self.whole(catalog.quote_per)}
        return {
            "catalog": catalog.id,
            "currency": catalog.currency,
            **counted,
            "configurations": [self.configuration(each) for each in catalog.configurations],
        }

    def meter(self, meter: Meter) -> dict[str, Node]:
        return {"id": meter.id, "unit": meter.unit, "quote_per": self.whole(meter.quote_per)}

    def configuration(self, configuration: Configuration) -> dict[str, Node]:
        node: dict[str, Node] = {"id": configuration.id, "name": configuration.id.title()}
        if configuration.available_to is not None:
            node["available_to"] = list(configuration.available_to)
        if configuration.references is not None:
            node["references"] = list(configuration.references)
        names = [name for name in FIELDS if name in configuration.terms]
        if often(self.rng, 0.2):
            self.rng.shuffle(names)
        for name in names:
            value = configuration.terms[name]
            default = Fraction(1) if name == "contract_duration_months" else 0
            limited = name != "included_units" or configuration.allowance_kind != "unlimited"
            if value == default and limited and often(self.rng, 0.6):
                continue
            node[name] = self.field(configuration, name, value)
        if configuration.card is not None and configuration.card.rates:
            rates = configuration.card.rates
            node["rates"] = {meter: self.rate(rate) for meter, rate in rates.items()}
        if configuration.tunable:
            node["tunable"] = self.tunable(configuration.tunable)
        return node

    def tunable(self, every: Mapping[str, Grid | Choice]) -> dict[str, Node]:
        """Bounds of fields, those of a rate card's allowances and overrides by meter."""
        node: dict[str, Node] = {}
        by_meter: dict[str, dict[str, Node]] = {}
        for name, bounds in every.items():
            key, _, meter = name.partition(".")
            if meter:
                node[key] = by_meter.setdefault(key, {})
                by_meter[key][meter] = self.bounds(key, bounds)
            else:
                node[key] = self.bounds(key, bounds)
        return node

    def rate(self, rate: Rate) -> dict[str, Node]:
        """A meter's rate, its keys in any order."""
        node: dict[str, Node] = {}
        if rate.kind == "price":
            node["price"] = self.amount(rate.price)
        elif rate.kind == "package":
            package = {"units": self.amount(rate.units), "price": self.amount(rate.price)}
            node["package"] = package
        else:
            node["mode"], node["tiers"] = rate.kind, [self.tier(*tier) for tier in rate.tiers]
        if rate.included or rate.included_kind == "unlimited" or often(self.rng, 0.3):
            node["included"] = self.allowance(rate)
        if not rate.discountable or often(self.rng, 0.1):
            node["discountable"] = Raw("true" if rate.discountable else "false")
        keys = list(node)
        self.rng.shuffle(keys)
        return {key: node[key] for key in keys}

    def tier(self, limit: Fraction | None, price: Fraction) -> dict[str, Node]:
        upper: dict[str, Node] = {} if limit is None else {"up_to": self.amount(limit)}
        return {**upper, "price": self.amount(price)}

    def allowance(self, rate: Rate) -> Node:
        kind = rate.included_kind
        if kind == "unlimited":
            return Raw("unlimited")
        return self.amount(rate.included) if kind == "bare" else {kind: self.amount(rate.included)}

    def field(self, configuration: Configuration, name: str, value: Value) -> Node:
        kind = configuration.allowance_kind
        if name != "included_units" or kind == "bare":
            return self.value(name, value)
        return Raw("unlimited") if kind == "unlimited" else {kind: self.value(name, value)}

    def bounds(self, name: str, bounds: Grid | Choice) -> dict[str, Node]:
        if isinstance(bounds, Choice):
            return {"values": [self.value(name, value) for value in bounds.listed]}
        step = "tick" if name in {PRICE, OVERRIDE} else "step"
        keys = {"min": bounds.minimum, "max": bounds.maximum, step: bounds.step}
        return {key: self.value(name, value) for key, value in keys.items()}
