"""Profiles: groups of comparable customers, what they use, cost and how long they stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from constraints.text.numerals import decimal_string
from constraints.text.source import did_you_mean
from cp_pricing.files.models import (
    Entries,
    Fault,
    Model,
    listed,
    not_empty,
    refuse,
    repeated,
)
from cp_pricing.files.values import (
    Amount,
    Count,
    Identifier,
    Line,
    Positive,
    Ratio,
    Share,
    Units,
    found,
    plain_text,
    value_fault,
)

SMALL_COHORT = 30

_ZERO, _ONE = Fraction(0), Fraction(1)


class UsageScenario(Model):
    """A customer-month with `units` of usage, which a share `weight` of them has."""

    weight: Share
    units: Units


class ConstantRetention(Model):
    """A share `monthly_churn` of the customers leaves in every month."""

    model: Annotated[Literal["constant"], BeforeValidator(plain_text)] = "constant"
    monthly_churn: Share


class SbgRetention(Model):
    """Shifted-beta-geometric: customers' own churn is Beta(alpha, beta) (Fader & Hardie 2007)."""

    model: Annotated[Literal["sbg"], BeforeValidator(plain_text)] = "sbg"
    alpha: Positive
    beta: Positive


def _survival(shares: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    if len(shares) < 2:  # noqa: PLR2004 - a hazard lies between two points
        raise value_fault("needs at least two points")
    if shares[0] != 1:
        refuse(
            [Fault((0,), f"the survival curve must start at 1, not {decimal_string(shares[0])}")]
        )
    refuse(
        Fault(
            (place,),
            f"the survival curve rises from {decimal_string(before)} to {decimal_string(after)}",
            "no customer comes back",
        )
        for place, (before, after) in enumerate(pairwise(shares), start=1)
        if after > before
    )
    return shares


class CurveRetention(Model):
    """The shares of customers that are still there after 0, 1, 2, ... months."""

    model: Annotated[Literal["curve"], BeforeValidator(plain_text)] = "curve"
    survival: Annotated[tuple[Share, ...], AfterValidator(_survival)]


_RETENTION_MODELS: Mapping[str, type[ConstantRetention | SbgRetention | CurveRetention]] = {
    "constant": ConstantRetention,
    "sbg": SbgRetention,
    "curve": CurveRetention,
}


def _retention(value: object, info: ValidationInfo) -> object:
    """The retention model that `model` names; one by one, for faults of that one alone."""
    if not isinstance(value, Mapping):
        if not isinstance(value, Model):
            hint = "write `{model: constant, monthly_churn: 3%}`"
            raise value_fault(f"must be keys and values, not {found(value)}", hint)
        return value
    if "model" not in value:
        raise value_fault("needs the key `model`", f"the models are {listed(_RETENTION_MODELS)}")
    name = plain_text(value["model"]) or ""
    if name not in _RETENTION_MODELS:
        hint = (
            did_you_mean(name, _RETENTION_MODELS) or f"the models are {listed(_RETENTION_MODELS)}"
        )
        message = f"there is no retention model {found(value['model'])}"
        refuse([Fault(("model",), message, hint)])
    return _RETENTION_MODELS[name].model_validate(value, context=info.context)


Retention: TypeAlias = Annotated[
    ConstantRetention | SbgRetention | CurveRetention, BeforeValidator(_retention)
]


class PriceBand(Model):
    """The churn factor for expected bills up to a ratio of the baseline's expected bill."""

    bill_ratio_up_to: Ratio | None = None
    churn_multiplier: Ratio


def _bands(bands: tuple[PriceBand, ...]) -> tuple[PriceBand, ...]:
    limits = [band.bill_ratio_up_to for band in bands]
    faults = []
    for place, limit in enumerate(limits[:-1]):
        if limit is None:
            faults.append(Fault((place,), "only the last band has no `bill_ratio_up_to`"))
    for place, (before, after) in enumerate(pairwise(limits), start=1):
        if before is not None and after is not None and after <= before:
            message = f"this band ends at {decimal_string(after)}, not above the one before it"
            faults.append(Fault((place, "bill_ratio_up_to"), message, "sort the bands by it"))
    if limits[-1] is not None:
        place = len(limits) - 1
        hint = "add a band with only a `churn_multiplier`, for all higher bills"
        faults.append(Fault((place, "bill_ratio_up_to"), "the last band must have no limit", hint))
    refuse(faults)
    return bands


class Cohort(Model):
    """The customers that a profile was estimated from."""

    customers: Count
    as_of: Line = ""
    source: Line = ""


def _weights(scenarios: tuple[UsageScenario, ...]) -> tuple[UsageScenario, ...]:
    total = sum((scenario.weight for scenario in scenarios), _ZERO)
    if total != 1:
        message = f"the weights sum to {decimal_string(total)}, not to 1"
        more, least = ("too much", total - 1) if total > 1 else ("missing", 1 - total)
        refuse([Fault((), message, f"{decimal_string(least)} is {more}")])
    return scenarios


class Profile(Model):
    """Comparable customers: money in the catalog's currency, usage in its unit, a month each."""

    id: Identifier
    members_per_customer: Positive = _ONE
    cohort: Cohort | None = None
    monthly_usage: Annotated[
        tuple[UsageScenario, ...], AfterValidator(not_empty), AfterValidator(_weights)
    ]
    retention: Retention
    in_term_churn_multiplier: Ratio = _ONE
    reduced_flexibility_churn_multiplier: Ratio = _ONE
    price_response: Annotated[
        tuple[PriceBand, ...], AfterValidator(not_empty), AfterValidator(_bands)
    ] = ()
    variable_cost_per_unit: Amount = _ZERO
    service_cost_per_month: Amount = _ZERO
    payment_cost_rate: Share = _ZERO
    onboarding_cost: Amount = _ZERO
    acquisition_cost: Amount = _ZERO


class Profiles(Model):
    """The profiles of a price book."""

    profiles: Annotated[tuple[Profile, ...], AfterValidator(not_empty)]

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """Profiles of one id."""
        del context
        return repeated(entries, "profiles")
