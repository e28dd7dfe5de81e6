"""A request that is on record as the question that asks it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.text.spoken import unmistakable
from cp_pricing.asking.names import SHORT_PREFERENCES, short_names
from cp_pricing.asking.question import Question
from cp_pricing.fields import PREFERENCES, solved_field
from cp_pricing.web.desk.controls import Term
from cp_pricing.web.desk.forms import fact_written

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.profiles.profile import Measure


def recalled(book: PriceBook, request: TuningRequest) -> Question:
    """The question of a request to a price book; months of a customer's own cannot be asked."""
    plan = book.configuration(request.configuration)
    catalog = book.denomination(plan.id)
    names = {solved_field(field): name for name, field in short_names(plan).items()}
    aims = {aim: short for short, aim in SHORT_PREFERENCES.items()}
    customer = request.customer
    return Question(
        plan=plan.id,
        profile=request.profile,
        terms=[
            f"{names[field]}={Term(names[field], field, catalog).written(value)}"
            for field, value in request.inputs.items()
        ],
        opened=[names[field] for field in request.open],
        preference=None if request.preference == PREFERENCES[0] else aims[request.preference],
        approval=request.approval_mode == "allow_approval",
        customer=customer.name,
        members=None if customer.members is None else unmistakable(customer.members),
        usage=_use(customer.monthly_units),
        facts=[f"{name}={fact_written(value)}" for name, value in request.facts.items()],
    )


def _use(units: Measure | None) -> str | None:
    """The expected use as `--usage` takes it: a number, or one for each meter."""
    match units:
        case None:
            return None
        case Fraction():
            return unmistakable(units)
        case _:
            return ",".join(_by_meter(units))


def _by_meter(units: Mapping[str, Fraction]) -> Iterator[str]:
    return (f"{meter}={unmistakable(own)}" for meter, own in units.items())
