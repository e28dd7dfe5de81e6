"""The meters of the usage as those of a catalog, in its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from constraints.text.source import InputError, Issue, Span, did_you_mean
from cp_pricing.fitting.tables.records import Records

STRANGE = "customer-months of use of a meter that the catalog lacks, left out"


def metered(records: Records, meters: Sequence[str], dropped: Counter[str]) -> Records:
    """The records with these meters; raises `InputError` where none of theirs is among them.

    Usage without a meter is that of the only one.
    """
    if records.meters == ("",) and len(meters) == 1:
        return replace(records, meters=tuple(meters))
    known = [meter for meter in records.meters if meter in meters]
    if not known:
        name = records.meters[0] if records.meters else ""
        said = f"the meter `{name}`" if name else "no meter"
        hint = did_you_mean(name, meters) or f"the meters are {', '.join(meters)}"
        message = (
            f"the usage says {said}, which the catalog lacks" if name else f"the usage says {said}"
        )
        raise InputError([Issue(Span(records.files[-1], 1, 1, 1, 1), message, hint)])
    numbers = np.array([meters.index(m) if m in meters else -1 for m in records.meters])
    placed = numbers[records.used_meter]
    rows = placed >= 0
    dropped[STRANGE] += int((~rows).sum())
    return replace(
        records,
        meters=tuple(meters),
        used_customer=records.used_customer[rows],
        used_month=records.used_month[rows],
        used_meter=placed[rows],
        used_units=records.used_units[rows],
    )
