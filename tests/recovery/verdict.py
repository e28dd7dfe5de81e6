"""What many fits say together: bias by its standard error, coverage by its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from tests.recovery.trial import Found

LEAST, MOST = 0.76, 0.84
SMALL = {"use": 300}
"""Below so many customers an interval of the bootstrap is too narrow: more where a few use most."""
_SMALL = 100
_SPREADS = 3.0


def summary(found: Sequence[Found]) -> tuple[list[str], list[str]]:
    """A line for each quantity, family and size, and what of it is out of bounds."""
    lines = ["quantity  family    customers  cases     bias           covered"]
    wrong: list[str] = []
    keys = sorted({(each.quantity, each.family, each.customers) for each in found})
    for quantity, family, customers in keys:
        key = (quantity, family, customers)
        own = [each for each in found if (each.quantity, each.family, each.customers) == key]
        lines.append(_line(quantity, family, str(customers), own))
    for quantity in sorted({each.quantity for each in found}):
        limit = SMALL.get(quantity, _SMALL)
        for is_small in (True, False):
            own = [e for e in found if e.quantity == quantity and (e.customers < limit) == is_small]
            name = f"<{limit}" if is_small else f">={limit}"
            lines.append(_line(quantity, "all", name, own))
            if own and not is_small:
                wrong += _faults(quantity, own)
    return lines, wrong


def _faults(quantity: str, own: Sequence[Found]) -> list[str]:
    bias, error, covered = _figures(own)
    faults = []
    if abs(bias) > _SPREADS * error:
        faults.append(f"{quantity}: a bias of {bias:+.2%} ± {error:.2%}")
    # Of few cases the share itself is uncertain.
    slack = 2 * sqrt(0.16 / len(own)) if len(own) < 400 else 0
    if not LEAST - slack <= covered <= MOST + slack:
        faults.append(f"{quantity}: {covered:.1%} of the truths are within 80% of the draws")
    return faults


def _figures(own: Sequence[Found]) -> tuple[float, float, float]:
    errors = np.array([each.error for each in own])
    spread = float(errors.std(ddof=1)) / sqrt(len(errors)) if len(errors) > 1 else float("inf")
    return float(errors.mean()), spread, float(np.mean([each.covered for each in own]))


def _line(quantity: str, family: str, customers: str, own: Sequence[Found]) -> str:
    begin = f"{quantity:9} {family:9} {customers:>9} {len(own):6}"
    if not own:
        return begin
    bias, error, covered = _figures(own)
    return f"{begin} {bias:+8.2%} ±{error:5.2%} {covered:8.1%}"
