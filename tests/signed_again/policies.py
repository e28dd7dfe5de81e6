"""Random policies of rules whose sides can be read off a result, and random requests."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from cp_pricing import PriceBook, TuningRequest, TuningResult, parse_price_book
from cp_pricing.book.loading import checked_request
from cp_pricing.terms import Terms
from tests.support.books import texts_of
from tests.support.places import EXAMPLE

LISTED = Fraction(1, 100000)
APPROVERS = ("deal-desk", "vp-sales", "cfo")
COMPARED: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
OPPOSITE = {"<=": ">", "<": ">=", ">=": "<", ">": "<=", "==": "!=", "!=": "=="}


def _terms(result: TuningResult) -> Terms:
    assert isinstance(result.configuration, Terms)
    return result.configuration


def _field(name: str) -> Callable[[TuningResult], Fraction]:
    return lambda result: Fraction(getattr(_terms(result), name))


def _discount(result: TuningResult) -> Fraction:
    return 1 - Fraction(_terms(result).usage_unit_price) / LISTED


# A quantity as a rule names it, what it is in a result, and the limits that it is compared with.
QUANTITIES: Mapping[str, tuple[Callable[[TuningResult], Fraction], tuple[str, ...]]] = {
    "contract_duration_months": (
        _field("contract_duration_months"),
        ("6 month", "12 month", "24 month"),
    ),
    "prepaid_amount": (_field("prepaid_amount"), ("0 USD", "500 USD", "1_200 USD")),
    "usage_price_discount": (_discount, ("5%", "15%", "25%", "35%")),
    "expected_monthly_margin": (
        lambda result: result.monthly.margin or Fraction(0),
        ("60 USD/month", "90 USD/month", "120 USD/month"),
    ),
    "expected_monthly_bill": (
        lambda result: result.monthly.bill or Fraction(0),
        ("120 USD/month", "160 USD/month", "200 USD/month"),
    ),
}
# What a discount may be, as something else earns it: both of its sides move.
EARNED = "contract_duration_months / 120 month"


def number(limit: str) -> Fraction:
    plain = limit.split(" ", maxsplit=1)[0].replace("_", "")
    return Fraction(plain[:-1]) / 100 if plain.endswith("%") else Fraction(plain)


@dataclass(frozen=True)
class Part:
    """A comparison of a rule: a quantity, and a limit or (`None`) what its term earns."""

    quantity: str
    operator: str
    limit: str | None
    negated: bool = False

    @property
    def text(self) -> str:
        plain = f"{self.quantity} {self.operator} {self.limit or EARNED}"
        return f"not ({plain})" if self.negated else plain

    def sides(self, result: TuningResult) -> tuple[Fraction, Fraction]:
        if self.quantity == "ltv":
            return result.ltv.tuned or Fraction(0), result.ltv.required
        left = QUANTITIES[self.quantity][0](result)
        if self.limit is not None:
            return left, number(self.limit)
        return left, Fraction(_terms(result).contract_duration_months) / 120

    @property
    def wanted(self) -> str:
        """The comparison that has to hold."""
        return OPPOSITE[self.operator] if self.negated else self.operator

    def holds(self, result: TuningResult) -> bool:
        return COMPARED[self.wanted](*self.sides(result))


@dataclass(frozen=True)
class Rule:
    """A rule: its parts, how they are joined, and who all have to sign."""

    id: str
    joined: str
    parts: tuple[Part, ...]
    approvers: tuple[str, ...]

    @property
    def text(self) -> str:
        return f" {self.joined} ".join(part.text for part in self.parts)

    def holds(self, result: TuningResult) -> bool:
        every = all if self.joined == "and" else any
        return every(part.holds(result) for part in self.parts)


# The rule that every policy has.
BUILT_IN = Rule("ltv-improvement", "and", (Part("ltv", ">=", None),), ("ceo",))


def drawn_part(draw: random.Random) -> Part:
    quantity = draw.choice(list(QUANTITIES))
    limit: str | None = draw.choice(QUANTITIES[quantity][1])
    if quantity == "usage_price_discount" and draw.random() < 0.5:
        limit = None
    return Part(quantity, draw.choice(list(COMPARED)), limit, negated=draw.random() < 0.2)


def drawn_rules(draw: random.Random) -> tuple[Rule, ...]:
    own = tuple(
        Rule(
            f"rule-{place}",
            draw.choice(("and", "or")),
            tuple(drawn_part(draw) for _ in range(draw.choice((1, 1, 2, 3)))),
            tuple(sorted(draw.sample(APPROVERS, draw.choice((1, 1, 2))), key=APPROVERS.index)),
        )
        for place in range(draw.randint(2, 5))
    )
    return (*own, BUILT_IN)


def moved(rules: tuple[Rule, ...], draw: random.Random) -> tuple[Rule, ...]:
    """The same rules, of which some have other numbers for their limits."""

    def other(part: Part) -> Part:
        if part.limit is None or draw.random() < 0.7:
            return part
        limit = draw.choice(QUANTITIES[part.quantity][1])
        return Part(part.quantity, part.operator, limit, negated=part.negated)

    return tuple(
        Rule(rule.id, rule.joined, tuple(map(other, rule.parts)), rule.approvers) for rule in rules
    )


def book_of(rules: tuple[Rule, ...]) -> PriceBook:
    lines = [
        "policy: drawn",
        f"approvers: [{', '.join(APPROVERS)}, ceo]",
        "ltv: {horizon_months: 12, annual_discount_rate: 10%, effect: approval, approver: ceo}",
        "rules:",
    ]
    for rule in rules[:-1]:
        lines += [
            f"  - id: {rule.id}",
            f"    require: {rule.text}",
            "    effect: approval",
            f"    approver: [{', '.join(rule.approvers)}]",
        ]
    return parse_price_book({**texts_of(EXAMPLE), "policy.yaml": "\n".join(lines) + "\n"})


def drawn_inputs(draw: random.Random) -> dict[str, object]:
    return {
        "usage_unit_price": Fraction(draw.choice(range(500, 1100, 50)), 10**8),
        "contract_duration_months": draw.choice((1, 6, 12, 24, 36)),
        "prepaid_amount": draw.choice((0, 400, 500, 1200)),
    }


def varied(inputs: dict[str, object], draw: random.Random) -> dict[str, object]:
    """The inputs again, or with another value for one of them, or all drawn anew."""
    other = drawn_inputs(draw)
    changed = draw.choice((*([name] for name in other), [], list(other)))
    return {**inputs, **{name: other[name] for name in changed}}


def request_of(book: PriceBook, inputs: dict[str, object]) -> TuningRequest:
    return checked_request(
        book,
        {
            "id": "drawn",
            "configuration": "membership-plus-overage",
            "profile": "small-team",
            "inputs": inputs,
            "approval_mode": "allow_approval",
        },
    )
