"""Numbers and other scalars of a case as YAML, in the ways that mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from tests.oracle.case import DISCOUNT, Case, Value
from tests.oracle.chance.books import often
from tests.oracle.valuing.rates import is_allowance
from tests.oracle.valuing.usage import UNLIMITED, Units, Usage
from tests.oracle.writing.wording import Wording, decimal
from tests.oracle.writing.yaml_text import Raw

TEXTS = (
    "Never below landed cost",
    "Agreed with finance: Q3 review, #4",
    "it's the board's rule",
    'the "big" customers',
    "für alle Kunden – 50% off",
    "- no",
)
WHOLE = ("contract_duration_months",)


class Scalars:
    """Writes scalars; the ways of writing are drawn from the case's seed."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rng = Random(case.seed + 1)  # noqa: S311 - repeatable tests, not secrets
        self.words = Wording(self.rng)

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
        if is_allowance(name) and value == UNLIMITED:
            return Raw("unlimited")
        if name == DISCOUNT:
            return self.ratio(value)
        return self.whole(value) if name in WHOLE else self.amount(value)

    def text(self) -> str:
        return self.rng.choice(TEXTS)

    # Of a catalog with one meter, a plain number stands for that meter.

    @property
    def only_meter(self) -> str:
        return self.case.catalog.meter_ids[0]

    def names_only_meter(self) -> bool:
        """Whether to write a number by meter where a plain one would do: not in plain books."""
        cards = any(each.card for each in self.case.catalog.configurations)
        return cards and len(self.case.catalog.meter_ids) == 1 and often(self.rng, 0.5)

    # What requests and draws say as JSON.

    def json_units(self, units: Units) -> str:
        """Units a month."""
        if isinstance(units, Fraction):
            plain = decimal(units)
            return mapping({self.only_meter: plain}) if self.names_only_meter() else plain
        return mapping({meter: decimal(amount) for meter, amount in units})

    def json_usage(self, usage: Usage) -> str:
        """Usage scenarios."""
        months = (
            mapping({"weight": decimal(weight), "units": self.json_units(units)})
            for weight, units in usage
        )
        return f"[{', '.join(months)}]"


def mapping(entries: Mapping[str, str], gap: str = "") -> str:
    """A JSON object of values that are JSON already."""
    return "{" + ", ".join(f'{gap}"{key}": {value}' for key, value in entries.items()) + "}"
