"""Bills of rate cards against `genai-prices`, which has prices of model APIs and a calculator.

Its prices are USD per 1M tokens, and its tokens of input include those that the cache served or
took; a rate card has a meter for each, and the input is what is left of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import cycle
from random import Random
from types import MappingProxyType

import pytest
import yaml
from genai_prices import Usage
from genai_prices.data import providers
from genai_prices.types import ModelPrice

from cp_pricing import PriceBook, parse_price_book
from tests.support.bills import bill_at_list
from tests.support.places import PRICE_LISTS

MILLION = 10**6
# Its names of a price and of a use, by our meter.
PRICES: Mapping[str, str] = MappingProxyType(
    {
        "input": "input_mtok",
        "cached_input": "cache_read_mtok",
        "cache_write": "cache_write_mtok",
        "output": "output_mtok",
    }
)
# Beside tokens: what a use of nothing but tokens is not asked for, and is not charged either.
APART = {"web_searches_kcount", "storage_searches_kcount"}
MODELS, MONTHS = 20, 10
PROFILES = """
profiles:
  - id: anybody
    monthly_usage: [{weight: 100%, units: {output: 0}}]
    retention: {model: constant, monthly_churn: 2%}
"""
POLICY = "{policy: none, ltv: {horizon_months: 12, annual_discount_rate: 10%}}"


@dataclass(frozen=True)
class Model:
    """A model with flat prices: its name, their prices, and those of our meters (USD per 1M)."""

    name: str
    theirs: ModelPrice
    ours: Mapping[str, Decimal]


def flat(name: str, prices: object) -> Model | None:
    """The model, unless its price depends on more than how many tokens there are of each kind."""
    if not isinstance(prices, ModelPrice):  # another price from some date or hour on
        return None
    named = {key: price for key, price in vars(prices).items() if price is not None}
    ours = {meter: named.pop(key) for meter, key in PRICES.items() if key in named}
    if not ({"input", "output"} <= ours.keys() and named.keys() <= APART and any(ours.values())):
        return None
    # Others are tiers by the tokens of a single request.
    if not all(isinstance(price, Decimal) for price in ours.values()):
        return None
    return Model(name, prices, ours)


def models() -> Iterator[Model]:
    """All such models."""
    for provider in providers:
        for model in provider.models:
            found = flat(f"{provider.id} {model.id}", model.prices)
            if found:
                yield found


def chosen() -> Iterator[Model]:
    """Twenty of them, with two, three and four meters in turn."""
    rng = Random(20)  # noqa: S311 - repeatable tests, not secrets
    by_size: dict[int, list[Model]] = {}
    for model in models():
        by_size.setdefault(len(model.ours), []).append(model)
    for size in by_size.values():
        rng.shuffle(size)
    sizes = cycle(sorted(by_size))
    return (by_size[next(sizes)].pop() for _ in range(MODELS))


CHOSEN = tuple(chosen())


def card(prices: Mapping[str, Decimal]) -> PriceBook:
    """A price book with a plan that has these prices."""
    rates = {meter: {"price": f"{price / MILLION:f}"} for meter, price in prices.items()}
    catalog = {
        "catalog": "card",
        "currency": "USD",
        "meters": [{"id": meter, "unit": "token", "quote_per": MILLION} for meter in PRICES],
        "configurations": [{"id": "card", "name": "Card", "rates": rates}],
    }
    text = yaml.safe_dump(catalog).replace("'", "")  # a number in quotes would be none
    return parse_price_book(
        {"catalog.yaml": text, "profiles.yaml": PROFILES, "policy.yaml": POLICY}
    )


def use(rng: Random, prices: Mapping[str, Decimal]) -> dict[str, int]:
    """A random month: from nothing to billions of tokens of each meter that is charged."""
    return {meter: rng.choice((0, rng.randrange(10 ** rng.randint(1, 10)))) for meter in prices}


def their_bill(model: Model, units: Mapping[str, int]) -> Fraction:
    """What the calculator of `genai-prices` says (USD)."""
    read, written = units.get("cached_input", 0), units.get("cache_write", 0)
    usage = Usage(
        input_tokens=units["input"] + read + written,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=units["output"],
    )
    return Fraction(model.theirs.calc_price(usage)["total_price"])


@pytest.mark.parametrize("model", CHOSEN, ids=lambda model: model.name)
def test_a_months_bill_is_the_calculators(model: Model) -> None:
    rng = Random(model.name)  # noqa: S311 - repeatable tests, not secrets
    book = card(model.ours)
    for _ in range(MONTHS):
        units = use(rng, model.ours)
        assert bill_at_list(book, "card", "anybody", units) == their_bill(model, units), units


def test_the_models_have_two_to_four_meters_and_are_of_several_providers() -> None:
    assert len({model.name for model in CHOSEN}) == MODELS
    assert {len(model.ours) for model in CHOSEN} == {2, 3, 4}
    assert len({model.name.split()[0] for model in CHOSEN}) > 5


def test_the_price_list_of_the_data_has_the_prices_of_the_package() -> None:
    catalog = yaml.safe_load((PRICE_LISTS / "model-api" / "catalog.yaml").read_text("utf-8"))
    (openai,) = (provider for provider in providers if provider.id == "openai")
    listed = {model.id: flat(model.id, model.prices) for model in openai.models}
    for plan in catalog["configurations"]:
        ours = {meter: Decimal(str(rate["price"])) for meter, rate in plan["rates"].items()}
        model = listed[plan["id"]]
        assert model
        assert ours == {meter: price / MILLION for meter, price in model.ours.items()}
