"""What a customer may ask for otherwise than it is offered: terms within bounds, its own size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from constraints.language.expressions import Value
from cp_pricing.asking.names import tunable
from cp_pricing.catalog.plans import Configuration
from cp_pricing.catalog.tunables import Bounds
from cp_pricing.fields import PRICE, FieldName
from cp_pricing.profiles.customers import Customer
from cp_pricing.quotes.solved import Solved

MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Choice:
    """A term by its short name, what it may be, and what it is in the offer."""

    name: str
    field: FieldName
    bounds: Bounds
    offered: Value


@dataclass(frozen=True, slots=True)
class Size:
    """Members, or the units a month of a meter, and what the customer has said of them, if any."""

    name: str
    said: Fraction | None


def choices_of(solved: Solved) -> tuple[Choice, ...]:
    """The tunable terms of an offer, the price first; none where nothing is offered."""
    plan, terms = (
        solved.book.configuration(solved.request.configuration),
        solved.result.configuration,
    )
    if terms is None:
        return ()
    found = [Choice(*term, terms.value(term[1])) for term in tunable(plan)]
    return tuple(sorted(found, key=lambda choice: choice.field != PRICE))


def sizes_of(solved: Solved) -> tuple[Size, ...]:
    """The sizes that a plan's price depends on, as far as the customer itself has said them."""
    plan = solved.book.configuration(solved.request.configuration)
    return tuple(_sizes(plan, solved.request.customer))


def _sizes(plan: Configuration, customer: Customer) -> Iterator[Size]:
    if _counts_members(plan):
        yield Size(MEMBERS, customer.members)
    units = customer.monthly_units
    for meter in plan.meters:
        own = units.get(meter) if isinstance(units, Mapping) else units
        yield Size(meter, own)


def _counts_members(plan: Configuration) -> bool:
    per_member = any(one.per_member is not None for one in plan.allowances.values())
    return bool(plan.seat_fee) or "seat_fee" in plan.tunable or per_member
