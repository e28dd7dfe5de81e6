"""The names and units that a policy may use: fields, quantities, plans and meters of a catalog."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from constraints.language.dimensions import (
    ANY,
    Choice,
    Dimension,
    Interval,
    Symbol,
    Unit,
    Vocabulary,
)
from cp_pricing.book.facts import PREFERENCE, PREFERENCE_FACT
from cp_pricing.fields import (
    ALLOWANCE,
    BOOLEAN_FIELDS,
    CONFIDENCE,
    DISCOUNT,
    FIELDS,
    PRICE,
    base_name,
    by_meter,
    kind_of,
    names_by_meter,
    profile_names,
    quantities_of,
    quantity,
)
from cp_pricing.files.models import one_of
from cp_pricing.profiles.profile import of_meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cp_pricing.catalog.plans import Allowance, Catalog, Configuration
    from cp_pricing.profiles.profile import Profile

_NON_NEGATIVE = Interval(Fraction(0))
_BELOW_ONE = Interval(None, Fraction(1))
# What may stand under a fraction is never negative; a discount is never more than all of it.
_DERIVED_BOUNDS: Mapping[str, Interval] = {
    "expected_monthly_bill": _NON_NEGATIVE,
    "expected_monthly_cost": _NON_NEGATIVE,
    "expected_monthly_units": _NON_NEGATIVE,
    "expected_usage_charge": _NON_NEGATIVE,
    "list_usage_charge": _NON_NEGATIVE,
    "rate": _NON_NEGATIVE,
    DISCOUNT: _BELOW_ONE,
    "effective_unit_price": _NON_NEGATIVE,
    "committed_value": _NON_NEGATIVE,
    "usage_price_discount": _BELOW_ONE,
    "bill_discount": _BELOW_ONE,
    CONFIDENCE: Interval(Fraction(0), Fraction(1)),
}


def units_of(catalog: Catalog) -> dict[str, Unit]:
    """The units that may follow a number in a price book."""
    currency = Dimension.of(**{catalog.currency: 1})
    usage: dict[str, Unit] = {}
    for unit in catalog.units.values():
        usage |= dict.fromkeys((unit, f"{unit}s"), Unit(Dimension.of(**{unit: 1})))
    month, member = Dimension.of(month=1), Dimension.of(member=1)
    year = Unit(month, Fraction(12))
    return {
        catalog.currency: Unit(currency),
        **usage,
        "month": Unit(month),
        "months": Unit(month),
        "year": year,
        "years": year,
        "member": Unit(member),
        "members": Unit(member),
    }


def base_vocabulary(catalog: Catalog, profiles: Sequence[Profile]) -> Vocabulary:
    """Fields, derived quantities, `baseline.` and `profile.` names with their bounds."""
    bounds = dict(_DERIVED_BOUNDS)
    bounds |= _field_bounds(catalog, profiles)
    symbols: dict[str, Symbol] = {}
    lacking = lacked(catalog)
    for name in quantities_of(catalog.units):
        if len(lacking.get(name, ())) < len(catalog.configurations):
            kind = kind_of(name, catalog.currency, catalog.units)
            symbol = Symbol(kind, bounds.get(name) or _DERIVED_BOUNDS.get(base_name(name), ANY))
            symbols[name] = symbols[quantity(name)] = symbol
            if name != CONFIDENCE:
                symbols[f"baseline.{name}"] = symbol
    for name in profile_names(catalog.units):
        kind = kind_of(name, catalog.currency, catalog.units)
        symbols[name] = Symbol(kind, _hull(_profile_value(profile, name) for profile in profiles))
    symbols[PREFERENCE] = Symbol(Choice(PREFERENCE_FACT.values))
    wholes = frozenset({catalog.currency})
    return Vocabulary(symbols, units_of(catalog), wholes, dict(_instead(catalog, symbols)))


def _instead(catalog: Catalog, symbols: Collection[str]) -> Iterator[tuple[str, str]]:
    """What to write for names of other price books, whose plans or meters are of another kind."""
    meters = tuple(catalog.units)
    rates = [by_meter("rate", meter) for meter in meters]
    named = {PRICE: (DISCOUNT, *rates), DISCOUNT: ("usage_price_discount",)}
    if len(meters) > 1:
        named["effective_unit_price"] = tuple(rates)
        for name in names_by_meter():
            named[name] = tuple(by_meter(name, meter) for meter in meters)
    for name, others in named.items():
        for prefix in ("", "baseline."):
            known = [prefix + other for other in others if prefix + other in symbols]
            if prefix + name not in symbols and known:
                yield prefix + name, f"write {one_of(known)}"


def general_names(catalog: Catalog) -> dict[str, str]:
    """What all plans have in the place of what some lack."""
    named = {DISCOUNT: "usage_price_discount"}
    if len(catalog.units) == 1:
        named[PRICE] = by_meter("rate", next(iter(catalog.units)))
    return named


def lacked(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """The names that some plans do not have: the price of rate cards, the discount of others."""
    plans = catalog.configurations
    cards = tuple(plan.id for plan in plans if plan.is_card)
    others = tuple(plan.id for plan in plans if not plan.is_card)
    without = {PRICE: cards, DISCOUNT: others}
    return {name: ids for name, ids in without.items() if ids}


def _profile_value(profile: Profile, name: str) -> Fraction:
    """What a `profile.` name stands for; one with a meter for the amount of that meter."""
    attribute, _, meter = name.removeprefix("profile.").partition(".")
    value = getattr(profile, attribute)
    return of_meter(value, meter) if attribute == "variable_cost_per_unit" else Fraction(value)


def _hull(values: Iterable[Fraction]) -> Interval:
    numbers = list(values)
    return Interval(min(numbers), max(numbers)) if numbers else ANY


def _field_bounds(catalog: Catalog, profiles: Sequence[Profile]) -> dict[str, Interval]:
    """The hull of all values that a field can take in the catalog."""
    bounds: dict[str, Interval] = {}
    plans = catalog.configurations
    allowances = (by_meter(ALLOWANCE, meter) for meter in catalog.units)
    for name in (*FIELDS, *allowances):
        if name not in BOOLEAN_FIELDS:
            values = (value for plan in plans for value in _field_values(plan, name, profiles))
            bounds[name] = _hull(values)
    # The fee as charged is the greater of the listed and the guaranteed one.
    fee, guaranteed = bounds["platform_fee"], bounds["guaranteed_platform_fee"]
    bounds["platform_fee"] = fee.maximum(guaranteed)
    return bounds


def _field_values(
    configuration: Configuration, name: str, profiles: Sequence[Profile]
) -> list[Fraction]:
    if base_name(name) == ALLOWANCE:
        name, allowance = _allowance_of(configuration, name)
        members = [profile.members_per_customer for profile in profiles]
        values = [allowance.total(count) for count in members]
    elif name == PRICE and configuration.is_card:
        return []
    else:
        values = [Fraction(getattr(configuration, name))]
    bounds = configuration.tunable.get(name)
    return values if bounds is None else [*values, Fraction(bounds.low), Fraction(bounds.high)]


def _allowance_of(plan: Configuration, name: str) -> tuple[str, Allowance]:
    """An allowance by the name that its plan has for it: with a meter or, of the only one, not."""
    allowances = plan.allowances
    own = name if name in allowances else next(iter(allowances))
    return own, allowances[own]
