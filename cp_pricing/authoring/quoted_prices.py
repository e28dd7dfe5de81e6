"""Usage prices as people write them: `5.90 USD per 1M tokens`, or `0.0000059 USD/token`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.language.checking import check
from constraints.language.dimensions import Dimension, Vocabulary
from constraints.language.evaluation import Evaluator
from constraints.language.expressions import names
from constraints.language.syntax import ExpressionError, parse
from constraints.text.nodes import Scalar
from constraints.text.numerals import parse_decimal
from constraints.text.source import did_you_mean
from constraints.text.spoken import SIZES
from cp_pricing.book.names import units_of
from cp_pricing.files.scalars import shown, value_fault
from cp_pricing.words.numbers import plural, quote

if TYPE_CHECKING:
    from cp_pricing.catalog.plans import Catalog

_PER = re.compile(
    r"(?P<amount>.+?)\s+per\s+(?P<quantity>[\d_,.]+\s*[kMBT]?)?\s*(?P<unit>[^\d\s].*)"
)
_AMOUNT = re.compile(r"(?:(?P<before>[A-Z]{3})\s+)?(?P<number>[\d_,.]+)(?:\s+(?P<after>[A-Z]{3}))?")


def price_from(value: object, catalog: Catalog) -> Fraction:
    """The price of one unit that an authored value says; a unit is needed.

    Raises a fault of the value where it is no usage price in the catalog's currency and unit.
    """
    text = value.text.strip() if isinstance(value, Scalar) else str(value).strip()
    per = _PER.fullmatch(text)
    price = _per_quantity(per, catalog) if per else _of_one_unit(value, text, catalog)
    if price is None:
        raise value_fault(f"must be a usage price, not {shown(value)}", _example(catalog))
    return price


def _example(catalog: Catalog, price: Fraction | None = None) -> str:
    seven = Fraction(7) / catalog.quote_per
    example = quote(seven if price is None else price, catalog.denomination())
    currency, number, rest = example.split(" ", 2)
    # In quotes, since the comma of `1,000` would end the value within braces.
    return f'write it like `"{number} {currency} {rest}"`'


def _per_quantity(per: re.Match[str], catalog: Catalog) -> Fraction | None:
    amount = _AMOUNT.fullmatch(per["amount"])
    quantity = _quantity(per["quantity"] or "1")
    if amount is None or quantity is None or not quantity:
        return None
    number = parse_decimal(amount["number"].replace(",", ""))
    currency = amount["before"] or amount["after"]
    if number is None or currency is None or (amount["before"] and amount["after"]):
        return None
    if currency != catalog.currency:
        raise value_fault(f"is in {currency}, and the catalog is in {catalog.currency}")
    units = {catalog.unit, f"{catalog.unit}s", plural(catalog.unit)}
    if per["unit"] not in units:
        hint = did_you_mean(per["unit"], units) or f"the usage unit is `{catalog.unit}`"
        raise value_fault(f"is per `{per['unit']}`, which is not the usage unit", hint)
    return number / quantity


def _quantity(text: str) -> Fraction | None:
    plain = text.replace(",", "").strip()
    suffix = plain[-1] if plain[-1:] in SIZES else ""
    number = parse_decimal(plain.removesuffix(suffix).strip())
    return None if number is None else number * SIZES[suffix]


def _of_one_unit(value: object, text: str, catalog: Catalog) -> Fraction | None:
    """A constant of the language, in currency per unit."""
    try:
        expression = parse(text)
    except ExpressionError:
        return None
    if names(expression):
        return None
    wanted = Dimension.of(**{catalog.currency: 1, catalog.unit: -1})
    checked, issues = check(expression, Vocabulary({}, units_of(catalog)))
    if issues:
        raise value_fault(f"is not a usage price: {issues[0].message}", issues[0].hint)
    price = Evaluator({}).number(checked.expression)
    if checked.kind == "bare":
        hint = _example(catalog, None if price is None else price / catalog.quote_per)
        raise value_fault(f"needs a unit: {shown(value)} of what?", hint)
    return price if checked.kind == wanted else None
