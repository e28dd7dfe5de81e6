"""Which whole months of the calendar each customer was there, and what they used in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from cp_pricing.fitting.months import calendar_month, first_whole_month
from cp_pricing.fitting.retention.exposure import Integers
from cp_pricing.fitting.stays import Stay
from cp_pricing.fitting.tables.records import Records
from cp_pricing.fitting.use.scenarios import Months

UNSUBSCRIBED = "customer-months of use without a subscription, left out"
PARTIAL = (
    "customer-months of use that are not complete (the first, the last, the running), left out"
)
UNUSED = "customer-months without a row of use, counted as no use"
# More months than any table has; a customer and a month make one number with it.
_SPAN = 1 << 17


def covered(
    records: Records, stays: Sequence[Stay], until_month: int, dropped: Counter[str]
) -> Months:
    """The complete customer-months from the first to the last that the usage tells of.

    `until_month` is the first month of the calendar that is not complete. Counts what is left out.
    """
    customers = np.array([stay.customer for stay in stays], dtype=np.int64)
    begins = np.array([calendar_month(stay.start) for stay in stays], dtype=np.int64)
    firsts = np.array([first_whole_month(stay.start) for stay in stays], dtype=np.int64)
    ends = np.array([calendar_month(s.end) if s.end else _SPAN for s in stays], dtype=np.int64)
    used = records.used_month
    low, high = records.told or (_SPAN, 0)
    whole = _months(
        customers, np.maximum(firsts, low), np.minimum(ends, min(high + 1, until_month))
    )
    keys = records.used_customer * _SPAN + used
    places = np.searchsorted(whole, keys)
    inside = np.append(whole, -1)[places] == keys
    units = np.zeros((len(whole), len(records.meters)))
    units[places[inside], records.used_meter[inside]] = records.used_units[inside]
    has_row = np.zeros(len(whole), dtype=bool)
    has_row[places[inside]] = True
    dropped[UNUSED] += int((~has_row).sum())
    # A month that a stay touches without filling it is not complete; any other is of no stay.
    over = np.array([first_whole_month(s.end) if s.end else _SPAN for s in stays], dtype=np.int64)
    touched = _months(customers, np.maximum(begins, low), np.minimum(over, high + 1))
    outside = np.unique(keys[~inside])
    places = np.searchsorted(touched, outside)
    partial = (np.append(touched, -1)[places] == outside).sum()
    dropped[PARTIAL] += int(partial)
    dropped[UNSUBSCRIBED] += int(len(outside) - partial)
    return Months(whole // _SPAN, whole % _SPAN, units)


def _months(customers: Integers, firsts: Integers, ends: Integers) -> Integers:
    """Every month of some stretches, one number for a customer and a month.

    In order, since the stays are by customer and start.
    """
    counts = np.maximum(ends - firsts, 0)
    begin = np.repeat(np.cumsum(counts) - counts, counts)
    months = np.repeat(firsts, counts) + np.arange(counts.sum()) - begin
    keys: Integers = np.repeat(customers, counts) * _SPAN + months
    return keys
