"""Draws: ways the profile could truly be, from weighted resamples of its customers.

The Bayesian bootstrap (Rubin 1981): each customer has an exponential weight, the same for how long
they stayed and for what they used, so that what goes together stays together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from zlib import crc32

import numpy as np

from constraints.text.numerals import decimal_string
from cp_pricing.fitting.retention.estimation import DIGITS, Estimate, Estimator
from cp_pricing.fitting.retention.exposure import Exposure, Floats
from cp_pricing.fitting.rounding import rounded
from cp_pricing.fitting.use.scenarios import Scenario, UsageByCustomer

IN_TERM = "in_term_churn_multiplier"
REDUCED = "reduced_flexibility_churn_multiplier"
Entry: TypeAlias = "str | Decimal | Fraction | Mapping[str, Entry] | Sequence[Entry]"
# What YAML takes for a text without quotes: a word that is none of its own, or a day.
_PLAIN = re.compile(
    r"(?!(?:true|false|null)$)[a-z_][a-z0-9_.-]*(?: [a-z0-9_.-]+)*|\d{4}-\d{2}-\d{2}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Resample:
    """One way the profile could be: how customers stay and what they use."""

    estimate: Estimate
    usage: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class Resampling:
    """What is resampled, and how each resample is estimated."""

    exposure: Exposure
    estimator: Estimator
    usage: UsageByCustomer
    customers: int

    def draws(self, number: int, seed: int, name: str) -> Iterator[Resample]:
        """So many draws for a profile's name; the first are the same whatever their number."""
        for place in range(number):
            weights = _weights(self.customers, (seed, crc32(name.encode()), place))
            estimate = self.estimator.estimate(self.exposure.counts(weights))
            yield Resample(estimate, self.usage.drawn(weights))


def _weights(customers: int, seed: tuple[int, int, int]) -> Floats:
    """Exponential weights with the mean 1.

    NumPy promises of this generator, and of none of its newer ones, that its numbers stay the same
    in every version; on other machines they may differ in their last bit.
    """
    return np.random.RandomState(list(seed)).standard_exponential(customers)


# --- as lines of a file ---------------------------------------------------------------------


def line_of(draw: Resample, meters: Sequence[str], fitted: Collection[str]) -> str:
    """A draw as a line of JSON; `fitted` are the multipliers that the data tell of."""
    entries: dict[str, Entry] = {
        "retention": draw.estimate.retention,
        "monthly_usage": [scenario_entry(each, meters) for each in draw.usage],
    }
    known = multipliers_of(draw.estimate)
    return flow(entries | {key: known[key] for key in fitted}, as_json=True)


def scenario_entry(scenario: Scenario, meters: Sequence[str]) -> dict[str, Entry]:
    """A scenario as files have it: units as a number, or by meter where there are several."""
    if len(meters) == 1:
        return {"weight": scenario.weight, "units": scenario.units[0]}
    return {"weight": scenario.weight, "units": dict(zip(meters, scenario.units, strict=True))}


def multipliers_of(estimate: Estimate) -> dict[str, Decimal]:
    """The multipliers by the names that a profile has for them."""
    return {
        IN_TERM: rounded(estimate.fit.in_term, DIGITS),
        REDUCED: rounded(estimate.fit.reduced, DIGITS),
    }


def flow(value: Entry, *, as_json: bool) -> str:
    """A value in one line, as JSON, or as YAML, where keys and plain words bear no quotes."""
    gap = "" if as_json else " "
    match value:
        case Mapping():
            parts = (
                f"{_text(k, as_json)}:{gap}{flow(v, as_json=as_json)}" for k, v in value.items()
            )
            return f"{{{f',{gap}'.join(parts)}}}"
        case str():
            return _text(value, as_json)
        case Sequence():
            return f"[{f',{gap}'.join(flow(each, as_json=as_json) for each in value)}]"
        case _:
            return decimal_string(Fraction(value))


def _text(text: str, as_json: bool) -> str:  # noqa: FBT001 - how, not whether
    return json.dumps(text, ensure_ascii=False) if as_json or not _PLAIN.fullmatch(text) else text
