"""What a question was understood to ask, said back in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from constraints.text.numerals import decimal_string
from cp_pricing.book.facts import Facts, FactValue, NumberFact
from cp_pricing.book.price_book import PriceBook
from cp_pricing.book.requests import TuningRequest
from cp_pricing.catalog.plans import PlanDenomination
from cp_pricing.fields import PREFERENCES
from cp_pricing.profiles.customers import Customer
from cp_pricing.words import numbers as f
from cp_pricing.words.prices import price_words
from cp_pricing.words.statuses import MODES
from cp_pricing.words.terms import term


def understood(request: TuningRequest, book: PriceBook) -> str:
    """`membership-plus-overage for small-team: a 24-month term; approval allowed`."""
    head = f"{request.configuration} for {request.profile}"
    return f"{head}: {'; '.join(_parts(request, book))}"


def _parts(request: TuningRequest, book: PriceBook) -> Iterator[str]:
    catalog = book.denomination(request.configuration)
    yield f.listed([term(*entry, catalog) for entry in request.inputs.items()]) or "terms as listed"
    if request.open:
        fields = f.listed([f.label(field, catalog) for field in request.open])
        yield f"{fields} left open"
    if request.preference != PREFERENCES[0]:
        yield price_words(catalog).aim[request.preference]
    if request.approval_mode == "allow_approval":
        yield MODES[request.approval_mode]
    if customer := list(_customer(request.customer, catalog)):
        yield f"customer {', '.join(customer)}"
    yield from _facts(request.facts, book.policy.facts)


def _customer(customer: Customer, catalog: PlanDenomination) -> Iterator[str]:
    if customer.name is not None:
        yield customer.name
    if customer.members is not None:
        yield f"{f.exact(customer.members)} member{'' if customer.members == 1 else 's'}"
    if customer.monthly_units is not None:
        yield f"{f.use(customer.monthly_units, catalog)} a month"


def _facts(given: Mapping[str, FactValue], declared: Facts) -> Iterator[str]:
    for name, value in given.items():
        match value, declared[name]:
            case bool(), _:
                yield f"{name} {'yes' if value else 'no'}"
            case str(), _:
                yield f"{name} {value}"
            case _, NumberFact(unit=str(unit)):
                yield f"{name} {decimal_string(value)} {unit}"
            case _:
                yield f"{name} {decimal_string(value)}"
