"""The reason for a decision in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from cp_pricing.fields import PRICE
from cp_pricing.results import Decision
from cp_pricing.telling.context import Told
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import named
from cp_pricing.words.rates import with_rates
from cp_pricing.words.terms import approving

# As many rules as fit on the line; the explanation has room for all.
FEW = 2


def reason_line(told: Told) -> str:
    """Why a result is what it is, in one line."""
    return _LINES[told.result.decision](told)


def undecided_line(reason: str) -> str:
    """The line of a request that could not be decided."""
    return f"not decided: {reason}"


def _price(told: Told, given: str) -> str:
    """The answer, and what it is given."""
    if told.result.configuration is None:
        return ""
    price = told.result.configuration.price
    asked = " as asked" if told.asks_price else ""
    if told.catalog.is_card:
        said = f"{f.quote(price, told.catalog)}{asked}{given}"
        return with_rates(said, told.main_rates)
    change = f.change(price, told.baseline.price)
    against = {"": "", "unchanged": ", as at list"}.get(change, f", {change} than at list")
    above = "above list: " if told.result.above_baseline_price else ""
    return f"{above}{f.quote(price, told.catalog)}{asked}{against}{given}"


def _rejected(told: Told) -> str:
    if told.basis.outside:
        asked = [
            f"{f.label(field, told.catalog)}"
            f" {f.field_value(field, told.request.inputs[field], told.catalog)}"
            for field in told.basis.outside
        ]
        return f"outside the tunable bounds: {f.listed(asked)}"
    if told.in_the_way:
        names = [named(rule) for rule in told.in_the_way]
        broken = f.listed(names) if len(names) <= FEW else f"{len(names)} of them"
        if told.asks_price:
            return f"not at {_asked_price(told)}: that breaks {broken.replace('them', 'the rules')}"
        return f"no {told.words.noun} satisfies all rules; the near miss breaks {broken}"
    if told.asks_price:
        return f"not at {_asked_price(told)}"
    return f"no {told.words.noun} satisfies all rules"


def _asked_price(told: Told) -> str:
    return f"{f.quote(Fraction(told.request.inputs[PRICE]), told.catalog)} as asked"


_LINES: Mapping[Decision, Callable[[Told], str]] = {
    "accepted": lambda told: _price(told, ", without any approval"),
    "requires_approval": lambda told: _price(told, f", once {approving(told.result.approvals)}"),
    "rejected": _rejected,
    "unknown": lambda told: undecided_line(told.basis.undecided),
}
