"""What is solved, in the words for it: a usage price or, of a rate card, a discount on usage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from cp_pricing.fields import Preference
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination


class PriceWords(NamedTuple):
    """How people speak of what is solved, and of more of it.

    `noun` is a usage price or discount, `short` the same in a sentence about one, `stands` how
    the list does.
    """

    noun: str
    short: str
    better: Mapping[Preference, str]
    could_be: Mapping[Preference, str]
    aim: Mapping[Preference, str]
    why_not: Mapping[Preference, str]
    with_approval: Mapping[Preference, str]
    back_to_list: str
    offer: str
    below_list: str


_OF_WORTH: Final[Mapping[str, Mapping[Preference, str]]] = {
    "better": {
        "seller_ltv": "a higher lifetime value",
        "least_commitment": "less commitment",
    },
    "could_be": {
        "seller_ltv": "there could be",
        "least_commitment": "less commitment would do",
    },
    "why_not": {
        "seller_ltv": "Why not worth more",
        "least_commitment": "Why not less commitment",
    },
    "with_approval": {"seller_ltv": "more with", "least_commitment": "less with"},
}


def _priced(name: str, words: str) -> Mapping[Preference, str]:
    """The words for each preference, of which only those for the price are its own."""
    return {"lower_usage_price": words, **_OF_WORTH[name]}


_PRICE: Final = PriceWords(
    noun="usage price",
    short="price",
    better=_priced("better", "a lower price"),
    could_be=_priced("could_be", "the price could be"),
    aim={
        "lower_usage_price": "lowest usage price",
        "seller_ltv": "highest lifetime value",
        "least_commitment": "least commitment at the asked price",
    },
    why_not=_priced("why_not", "Why not lower"),
    with_approval=_priced("with_approval", "lower with"),
    back_to_list="What would bring the price back to list",
    offer="our price is",
    below_list="that is why we can go below our list price",
)
_DISCOUNT: Final = PriceWords(
    noun="usage discount",
    short="discount",
    better=_priced("better", "a greater discount"),
    could_be=_priced("could_be", "the discount could be"),
    aim={
        "lower_usage_price": "greatest usage discount",
        "seller_ltv": "highest lifetime value",
        "least_commitment": "least commitment at the asked discount",
    },
    why_not=_priced("why_not", "Why no greater discount"),
    with_approval=_priced("with_approval", "more off with"),
    back_to_list="What would bring usage back to list rates",
    offer="our offer is",
    below_list="that is why we can go below our list rates",
)


def price_words(catalog: Denomination) -> PriceWords:
    """The words for what is solved of a plan."""
    return _DISCOUNT if catalog.is_card else _PRICE


def price_head(catalogs: Iterable[Denomination], name: str = "") -> str:
    """The head of a column of usage prices, of discounts, or of both: each says what it is."""
    kinds = {catalog.is_card: catalog for catalog in catalogs}
    plain = kinds.get(False)
    if plain is None:
        return "Discount" if kinds else name
    basis = f"{plain.currency} {f.quote_basis(plain)}"
    head = f"{name}, {basis}" if name else basis
    return f"{head}, or discount" if True in kinds else head


def price_name(catalogs: Iterable[Denomination]) -> str:
    """The head of a column of prices and discounts that say themselves what they are."""
    kinds = {catalog.is_card for catalog in catalogs}
    return {frozenset({True}): "Discount", frozenset({True, False}): "Price or discount"}.get(
        frozenset(kinds), "Usage price"
    )


def price_cell(price: Fraction, catalog: Denomination) -> str:
    """A usage price below such a head: `7.00`; a discount: `15%`."""
    if catalog.is_card:
        return f.quoted(price, catalog)
    return f.exact(price * catalog.quote_per, f.CENTS)
