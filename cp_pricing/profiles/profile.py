"""Profiles: groups of comparable customers, what they use, cost and how long they stay."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from constraints.text.nodes import Scalar
from constraints.text.numerals import decimal_string
from constraints.text.source import did_you_mean
from cp_pricing.files import shapes
from cp_pricing.files.models import (
    Fault,
    FrozenMapping,
    Gathered,
    Model,
    Some,
    listed,
    refuse,
    unheard_of,
)
from cp_pricing.files.scalars import plain_text, shown, value_fault
from cp_pricing.files.shapes import Also, Schema
from cp_pricing.files.values import Amount, Count, Identifier, Line, Positive, Ratio, Share, Units

SMALL_COHORT = 30

_ZERO, _ONE = Fraction(0), Fraction(1)


# An amount where there is one meter; by meter where there are several, and then zero of the others.
Measure: TypeAlias = Fraction | FrozenMapping[str, Fraction]


def _measure(adapter: TypeAdapter[Fraction]) -> PlainValidator:
    """Takes a number of one kind, or one for each meter."""

    def measured(value: object, info: ValidationInfo) -> Measure:
        if not isinstance(value, Mapping):
            return adapter.validate_python(value, context=info.context)
        gathered = Gathered()
        read: dict[str, Fraction] = {}
        for meter, amount in value.items():
            try:
                read[meter] = adapter.validate_python(amount, context=info.context)
            except ValidationError as error:
                gathered.take(error, meter)
        gathered.refuse()
        return FrozenMapping(read)

    return PlainValidator(measured)


def _by_meter(number: Schema) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [*number["anyOf"], shapes.by_meter(number)]})


UnitsByMeter: TypeAlias = Annotated[
    Measure, _measure(TypeAdapter(Units)), _by_meter(shapes.number(minimum=0))
]
AmountByMeter: TypeAlias = Annotated[
    Measure, _measure(TypeAdapter(Amount)), _by_meter(shapes.number(minimum=0))
]


def of_meter(measure: Measure, meter: str) -> Fraction:
    """The amount of one meter."""
    return measure if isinstance(measure, Fraction) else measure.get(meter, _ZERO)


def measure_faults(what: str, measure: object, meters: Collection[str]) -> Iterator[Fault]:
    """Of a key: a number where there are several meters, and meters that there are not."""
    if isinstance(measure, Mapping):
        for meter in measure:
            if meter not in meters:
                yield unheard_of((meter,), "meter", meter, meters)._replace(kind="key")
    elif measure is not None and len(meters) > 1 and not isinstance(measure, list | tuple):
        is_json = isinstance(measure, Scalar) and measure.is_json
        own = ", ".join(f'"{meter}": ...' if is_json else f"{meter}: ..." for meter in meters)
        yield Fault((), f"`{what}` is said by meter", f"write `{{{own}}}`")


def usage_faults(usage: object, meters: Collection[str]) -> Iterator[Fault]:
    """Of scenarios: units of meters that there are not, or of none where there are several."""
    for place, scenario in enumerate(usage if isinstance(usage, list | tuple) else ()):
        units = scenario.get("units") if isinstance(scenario, Mapping) else None
        for fault in measure_faults("units", units, meters):
            location = ("monthly_usage", place, "units", *fault.location)
            yield fault._replace(location=location)


def metered_faults(item: object, meters: Collection[str]) -> Iterator[Fault]:
    """Of a profile or a draw: use and costs of meters that there are not, or of none at all."""
    if not isinstance(item, Mapping):
        return
    cost = "variable_cost_per_unit"
    for fault in measure_faults(cost, item.get(cost), meters):
        yield fault._replace(location=(cost, *fault.location))
    yield from usage_faults(item.get("monthly_usage"), meters)


def of_these_meters(measure: Measure, meters: Sequence[str]) -> Measure:
    """The measure as a number where there is one meter."""
    return of_meter(measure, meters[0]) if len(meters) == 1 else measure


class UsageScenario(Model):
    """A customer-month with `units` of usage, which a share `weight` of them has."""

    weight: Share = Field(description="The share of customer-months with this use.")
    units: UnitsByMeter = Field(description="The units used in such a month, or so many by meter.")


class ConstantRetention(Model):
    """A share `monthly_churn` of the customers leaves in every month."""

    model: Annotated[Literal["constant"], BeforeValidator(plain_text)] = Field(
        "constant", description="The same share leaves every month."
    )
    monthly_churn: Share = Field(description="The share that leaves in a month.")


class SbgRetention(Model):
    """Shifted-beta-geometric: customers' own churn is Beta(alpha, beta) (Fader & Hardie 2007)."""

    model: Annotated[Literal["sbg"], BeforeValidator(plain_text)] = Field(
        "sbg", description="Shifted-beta-geometric (Fader & Hardie 2007)."
    )
    alpha: Positive = Field(description="Customers' own churn is Beta(alpha, beta).")
    beta: Positive = Field(description="Customers' own churn is Beta(alpha, beta).")


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

    model: Annotated[Literal["curve"], BeforeValidator(plain_text)] = Field(
        "curve", description="Shares that are still there, by month."
    )
    survival: Annotated[
        tuple[Annotated[Share, Also(description="A share.")], ...],
        AfterValidator(_survival),
        Also(minItems=2),
    ] = Field(
        description="The shares still there after 0, 1, 2, ... months: starts at 1, never rises."
    )


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
            if isinstance(value, Scalar) and value.is_json:
                hint = 'write `{"model": "constant", "monthly_churn": 0.03}`'
            raise value_fault(f"must be keys and values, not {shown(value)}", hint)
        return value
    if "model" not in value:
        refuse(
            Fault((key,), f"unknown key `{key}`", hint, "key")
            for key in value
            if (hint := did_you_mean(key, ["model"]))
        )
        raise value_fault("needs the key `model`", f"the models are {listed(_RETENTION_MODELS)}")
    name = plain_text(value["model"]) or ""
    if name not in _RETENTION_MODELS:
        hint = (
            did_you_mean(name, _RETENTION_MODELS) or f"the models are {listed(_RETENTION_MODELS)}"
        )
        message = f"there is no retention model {shown(value['model'])}"
        refuse([Fault(("model",), message, hint)])
    return _RETENTION_MODELS[name].model_validate(value, context=info.context)


Retention: TypeAlias = Annotated[
    ConstantRetention | SbgRetention | CurveRetention, BeforeValidator(_retention)
]


# Each band is one level of nesting in the lifetime value.
MAXIMUM_BANDS = 100


class PriceBand(Model):
    """The churn factor for expected bills up to a ratio of the expected bill at list."""

    bill_ratio_up_to: Ratio | None = Field(
        None, description="The band's limit, of the bill over that at list."
    )
    churn_multiplier: Ratio = Field(description="The factor on churn.")


def _bands(bands: tuple[PriceBand, ...]) -> tuple[PriceBand, ...]:
    limits = [band.bill_ratio_up_to for band in bands]
    faults = []
    if len(bands) > MAXIMUM_BANDS:
        message = f"there may be at most {MAXIMUM_BANDS} bands, and these are {len(bands)}"
        faults.append(Fault((MAXIMUM_BANDS,), message, "join some of them"))
    # All that is wrong with the bands is told at once, each fault at its own band.
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


Bands: TypeAlias = Annotated[Some[PriceBand], AfterValidator(_bands)]


class Cohort(Model):
    """The customers that a profile was estimated from."""

    customers: Count = Field(
        description=f"How many customers; below {SMALL_COHORT} and without draws, results carry a "
        "warning."
    )
    as_of: Line = Field("", description="The day of the figures.")
    source: Line = Field("", description="Where the figures are from.")


def without_draws(profile: str) -> str:
    """What to say of a profile (an id) of which it is not known how sure it is."""
    return (
        f"the profile `{profile}` has no draws: as far as the policy asks for confidence, it is"
        " taken as certain"
    )


def weights_sum_to_one(
    scenarios: tuple[UsageScenario, ...] | None,
) -> tuple[UsageScenario, ...] | None:
    """The scenarios, refused unless their weights sum to exactly 1."""
    if scenarios is None:
        return None
    total = sum((scenario.weight for scenario in scenarios), _ZERO)
    if total != 1:
        message = f"the weights sum to {decimal_string(total)}, not to 1"
        more, least = ("too much", total - 1) if total > 1 else ("missing", 1 - total)
        refuse([Fault((), message, f"{decimal_string(least)} is {more}")])
    return scenarios


class Profile(Model):
    """Comparable customers: money in the catalog's currency, usage in its unit, a month each."""

    id: Identifier = Field(description="By which requests and catalogs name it.")
    members_per_customer: Positive = Field(_ONE, description="Seats that a customer pays for.")
    cohort: Cohort | None = Field(None, description="Where the profile comes from.")
    monthly_usage: Annotated[Some[UsageScenario], AfterValidator(weights_sum_to_one)] = Field(
        description="Customer-months; the weights sum to 1."
    )
    retention: Retention = Field(description="Who leaves when, in one of three ways.")
    observed_on: Line | None = Field(
        None,
        description="Id of the plan on which the retention was observed: price response "
        "is taken against its bill; without it, against that of the plan asked for.",
    )
    draws: Line | None = Field(
        None,
        description="File beside this one, a line for each way in which the profile could truly "
        "be: JSON with `retention`, `monthly_usage` or others of these keys.",
    )
    in_term_churn_multiplier: Ratio = Field(
        _ONE, description="Factor on churn while under contract."
    )
    reduced_flexibility_churn_multiplier: Ratio = Field(
        _ONE,
        description="A further factor, under contract, with reduced cancellation flexibility.",
    )
    price_response: Bands = Field(
        (), description="How churn answers to the bill: bands, the last without a limit."
    )
    variable_cost_per_unit: AmountByMeter = Field(
        _ZERO, description="Cost of each unit used, in currency, or that by meter."
    )
    service_cost_per_month: Amount = Field(
        _ZERO, description="Cost of serving one customer, in currency a month."
    )
    payment_cost_rate: Share = Field(
        _ZERO, description="What collecting the bill costs, a share of it."
    )
    onboarding_cost: Amount = Field(
        _ZERO, description="Once, unless the customer pays for it, in currency."
    )
    acquisition_cost: Amount = Field(_ZERO, description="Once, in currency.")


def expected_units(profile: Profile, meter: str = "") -> Fraction:
    """The expected use of one customer, in units a month, of a meter or of the only one."""
    scenarios = profile.monthly_usage
    return sum((one.weight * of_meter(one.units, meter) for one in scenarios), _ZERO)


def expected_use(profile: Profile) -> Measure:
    """The expected use of one customer a month, by meter where there are several."""
    if all(isinstance(scenario.units, Fraction) for scenario in profile.monthly_usage):
        return expected_units(profile)
    named = (one.units for one in profile.monthly_usage if not isinstance(one.units, Fraction))
    meters = dict.fromkeys(meter for units in named for meter in units)
    return FrozenMapping({meter: expected_units(profile, meter) for meter in meters})


def with_meters(profile: Profile, meters: Sequence[str]) -> Profile:
    """The profile with numbers in place of measures by meter, where there is one meter."""
    cost, usage = profile.variable_cost_per_unit, profile.monthly_usage
    measures = (cost, *(scenario.units for scenario in usage))
    if len(meters) > 1 or all(isinstance(measure, Fraction) for measure in measures):
        return profile
    usage = tuple(
        scenario.model_copy(update={"units": of_these_meters(scenario.units, meters)})
        for scenario in usage
    )
    cost = of_these_meters(cost, meters)
    return profile.model_copy(update={"monthly_usage": usage, "variable_cost_per_unit": cost})


class Profiles(Model):
    """The profiles of a price book."""

    profiles: Some[Profile] = Field(description="The profiles, at least one.")
    unique: ClassVar[Mapping[str, str | None]] = {"profiles": "id"}
