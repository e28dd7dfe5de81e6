"""Fitted profiles as files: profiles.yaml, and the draws of each beside it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cp_pricing.fitting.draws import Entry, flow, line_of, multipliers_of, scenario_entry
from cp_pricing.fitting.profile import FittedProfile

if TYPE_CHECKING:
    from cp_pricing.profiles.profile import Profile

# Above it, a file of draws is packed, to a third.
_PACKED_FROM = 32_768
_WIDTH = 88

COSTS = (
    "variable_cost_per_unit",
    "service_cost_per_month",
    "payment_cost_rate",
    "onboarding_cost",
    "acquisition_cost",
)
_MULTIPLIERS = ("in_term_churn_multiplier", "reduced_flexibility_churn_multiplier")


@dataclass(frozen=True, slots=True)
class Told:
    """What no table tells of a profile: a profile of a book, and costs that take precedence."""

    known: Profile | None
    costs: Mapping[str, Entry]
    source: str
    """Which tables the profile is from, for its cohort."""


def draws_file(fitted: FittedProfile) -> tuple[str, bytes]:
    """The name and the bytes of a file of draws; packed where that is much shorter."""
    lines = [line_of(draw, fitted.meters, fitted.fitted) for draw in fitted.draws]
    content = "".join(f"{line}\n" for line in lines).encode()
    name = f"{fitted.id}.draws.jsonl"
    if len(content) < _PACKED_FROM:
        return name, content
    return f"{name}.gz", gzip.compress(content, 9, mtime=0)


def profiles_text(fitted: Sequence[tuple[FittedProfile, Told]], heading: Sequence[str]) -> str:
    """The text of a profiles.yaml, below a comment of some lines."""
    lines = [*(f"# {line}".rstrip() for line in heading), "profiles:"]
    for one, told in fitted:
        lines += ["", *_profile(one, told)] if lines[-1] != "profiles:" else _profile(one, told)
    return "".join(f"{line}\n" for line in lines)


def _profile(one: FittedProfile, told: Told) -> Iterator[str]:
    yield f"  - id: {_plain(one.id)}"
    if one.members is not None:
        yield f"    members_per_customer: {_plain(one.members)}"
    cohort: dict[str, Entry] = {
        "customers": Decimal(one.customers),
        "as_of": one.as_of.isoformat(),
        "source": told.source,
    }
    yield f"    cohort: {_plain(cohort)}"
    if one.draws:
        yield f"    draws: {_plain(draws_file(one)[0])}"
    yield "    monthly_usage:"
    for scenario in one.usage:
        yield f"      - {_plain(scenario_entry(scenario, one.meters))}"
    if one.observed_on is not None:
        yield f"    observed_on: {_plain(one.observed_on)}"
    yield from _wrapped("    retention: ", _plain(one.estimate.retention))
    yield from _multipliers(one, told.known)
    yield from _costs(told)


def _multipliers(one: FittedProfile, known: Profile | None) -> Iterator[str]:
    fitted = multipliers_of(one.estimate)
    for key in _MULTIPLIERS:
        if key in one.fitted:
            yield f"    {key}: {_plain(fitted[key])}"
        elif known is not None and getattr(known, key) != 1:
            yield f"    {key}: {_plain(getattr(known, key))} # of the price book, not fitted"


def _costs(told: Told) -> Iterator[str]:
    known = told.known
    if known is not None and known.price_response:
        yield "    price_response: # of the price book: no history of sales can tell it"
        for band in known.price_response:
            limit = (
                {} if band.bill_ratio_up_to is None else {"bill_ratio_up_to": band.bill_ratio_up_to}
            )
            yield f"      - {_plain({**limit, 'churn_multiplier': band.churn_multiplier})}"
    for key in COSTS:
        if key in told.costs:
            yield f"    {key}: {_plain(told.costs[key])} # as it was given"
        elif known is not None and getattr(known, key):
            yield f"    {key}: {_plain(getattr(known, key))} # of the price book"


def _plain(value: Entry) -> str:
    return flow(value, as_json=False)


def _wrapped(key: str, text: str) -> Iterator[str]:
    """A value behind its key, a long list of numbers in lines that can be read."""
    if len(key) + len(text) <= _WIDTH or "[" not in text:
        yield key + text
        return
    before, _, rest = text.partition("[")
    inside, _, after = rest.rpartition("]")
    yield f"{key}{before}["
    line = ""
    for part in inside.split(", "):
        if len(line) + len(part) > _WIDTH - 8:
            yield f"      {line.rstrip()}"
            line = ""
        line += f"{part}, "
    yield f"      {line.removesuffix(', ')}"
    yield f"    ]{after}"
