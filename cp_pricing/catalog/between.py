"""Faults between the parts of a catalog's text: meters, units, rates and references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from constraints.text.source import nearest_to
from cp_pricing.catalog.rates import is_meter
from cp_pricing.catalog.tunables import tunable_faults
from cp_pricing.fields import ALLOWANCE, PRICE
from cp_pricing.files.models import Entries, Fault, texts_of, unheard_of
from cp_pricing.files.scalars import as_written, plain_text

_UNITS = ("unit", "meters")


def reference_faults(entries: Entries) -> Iterator[Fault]:
    """Plans that a deal is measured against and that there are not."""
    items = entries.get("configurations")
    ids = [id_ for id_, _ in texts_of(items) if id_]
    for place, item in enumerate(items if isinstance(items, list | tuple) else ()):
        named = item.get("references") if isinstance(item, Mapping) else ()
        for index, (name, _) in enumerate(texts_of(named, part=None)):
            if name and name not in ids:
                location = ("configurations", place, "references", index)
                yield unheard_of(location, "plan", name, ids)


def unit_faults(entries: Entries) -> Iterator[Fault]:
    """No unit of usage, or two ways to say it; and one that is the currency."""
    if "meters" not in entries:
        meant = {nearest_to(key, _UNITS) for key in entries}
        if "unit" not in entries and meant.isdisjoint(_UNITS):
            yield Fault((), "missing key `unit`", "add `unit: ...`")
    else:
        for key in ("unit", "quote_per"):
            if key in entries:
                message = f"`{key}` has no place beside `meters`"
                yield Fault((key,), message, "say it of each meter", "key")
    currency = plain_text(entries.get("currency"))
    if currency and currency == plain_text(entries.get("unit")):
        yield Fault(("unit",), "the usage unit must not be the currency")
    for place, (unit, _) in enumerate(texts_of(entries.get("meters"), "unit")):
        if unit and unit == currency:
            yield Fault(("meters", place, "unit"), "the usage unit must not be the currency")


def rate_faults(entries: Entries) -> Iterator[Fault]:
    """Rates of meters that there are not; and prices of one unit where there are several."""
    meters = [id_ or "" for id_, _ in texts_of(entries.get("meters"))]
    ids = meters or [unit for unit in (plain_text(entries.get("unit")),) if unit]
    # With an id at fault, nobody knows which names are right.
    if len({*ids}) < len(ids) or not all(map(is_meter, ids)):
        return
    items = entries.get("configurations")
    for place, item in enumerate(items if isinstance(items, list | tuple) else ()):
        if not isinstance(item, Mapping):
            continue
        here = ("configurations", place)
        rates = item.get("rates")
        for name in rates if isinstance(rates, Mapping) and ids else ():
            if name not in ids:
                fault = unheard_of((*here, "rates", name), "meter", name, ids)
                yield fault._replace(kind="key")
        if len(meters) > 1 and "rates" not in item:
            yield from (
                fault._replace(location=(*here, *fault.location))
                for fault in _of_one_meter(item, meters[0])
            )
        if ids and isinstance(tunable := item.get("tunable"), Mapping):
            is_card = "rates" in item or len(meters) > 1
            for fault in tunable_faults(tunable, ids, is_card=is_card):
                yield fault._replace(location=(*here, "tunable", *fault.location))


def _of_one_meter(plan: Mapping[str, object], meter: str) -> Iterator[Fault]:
    """What a plan says as in a catalog of one meter, in one of several."""
    for key, instead in ((ALLOWANCE, "{{price: ..., included: {}}}"), (PRICE, "{{price: {}}}")):
        value = plan.get(key)
        if key in plan and not isinstance(value, list | tuple):  # what a list is, it is told itself
            rate = instead.format(as_written(value))
            hint = f"write `rates: {{{meter}: {rate}}}`, and so of each meter"
            yield Fault((key,), f"`{key}` is for a catalog of one meter", hint, "key")
