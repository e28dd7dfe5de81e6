"""The names that rules can use where a catalog has rate cards or meters (section 9)."""

from __future__ import annotations

from collections.abc import Sequence

from tests.oracle.case import DISCOUNT, PRICE, UNIT_COST
from tests.oracle.chance.vocabulary import (
    COMPARED,
    DIMENSIONS,
    KEPT,
    LISTED,
    OFFER_NAMES,
    PRODUCTS,
    PROFILE_NAMES,
    QUOTIENTS,
    RATE,
    RATIO,
    UNIT_PRICE,
    UNITS,
    VOLUME,
    Dim,
    Vocabulary,
    in_unit,
)
from tests.oracle.valuing.rates import ALLOWANCE
from tests.oracle.valuing.usage import Meter

# Those that there are only where there is one meter.
OF_ONE_METER = (ALLOWANCE, PRICE, "expected_monthly_units", "effective_unit_price")
CHARGES: dict[str, Dim] = {"expected_usage_charge": RATE, "list_usage_charge": RATE}


def units_of(meters: Sequence[Meter]) -> tuple[str, ...]:
    """The usage units of some meters, each once."""
    return tuple(dict.fromkeys(meter.unit for meter in meters))


def vocabulary(meters: Sequence[Meter], solved: str) -> Vocabulary:
    """The names of a configuration whose price is called so."""
    units = units_of(meters)
    places = range(len(units))
    offer = dict(OFFER_NAMES) | CHARGES
    profile = dict(PROFILE_NAMES)
    if len(meters) > 1:
        offer = {name: dim for name, dim in offer.items() if name not in OF_ONE_METER}
        del profile[f"profile.{UNIT_COST}"]
    if solved == DISCOUNT:
        offer.pop(PRICE, None)
        offer[DISCOUNT] = RATIO
    for meter in meters:
        place = units.index(meter.unit)
        price, volume = in_unit(UNIT_PRICE, place), in_unit(VOLUME, place)
        offer[f"rate.{meter.id}"] = price
        offer[f"{ALLOWANCE}.{meter.id}"] = offer[f"expected_monthly_units.{meter.id}"] = volume
        profile[f"profile.{UNIT_COST}.{meter.id}"] = price
    baseline = {f"baseline.{name}": dim for name, dim in offer.items()}
    rates = [(name, dim) for name, dim in offer.items() if name.startswith("rate.")]
    kept = [(name, dim) for name, dim in KEPT if name in offer]
    solved_ones = [(DISCOUNT, RATIO)] * 2 if solved == DISCOUNT else []
    others = [in_unit(dim, place) for place in places[1:] for dim in (UNIT_PRICE, VOLUME, UNITS)]
    return Vocabulary(
        names={**offer, **profile, **baseline},
        dimensions=(*DIMENSIONS, *others),
        products=_of_units(PRODUCTS, len(units)),
        quotients=_of_units(QUOTIENTS, len(units)),
        kept=(*kept, *rates, *solved_ones, ("expected_usage_charge", RATE)),
        compared=(*(RATIO, RATE), *(dim for dim in others if dim[0]), *others, *COMPARED),
        listed=(*LISTED, *(dim for dim in others if dim[2])),
    )


def _of_units(
    table: dict[Dim, Sequence[tuple[Dim, Dim]]], count: int
) -> dict[Dim, Sequence[tuple[Dim, Dim]]]:
    """Products or quotients, those with a usage unit for each of so many."""
    found: dict[Dim, list[tuple[Dim, Dim]]] = {}
    for made, pairs in table.items():
        for place in range(count):
            of_unit = found.setdefault(_placed(made, place), [])
            for left, right in pairs:
                pair = _placed(left, place), _placed(right, place)
                if pair not in of_unit or not place:
                    of_unit.append(pair)
    return dict(found)


def _placed(dim: Dim, place: int) -> Dim:
    return in_unit(dim, place) if dim[1] else dim
