"""The customer of a request: its own size in place of a comparable customer's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from cp_pricing.files.models import Entries, Fault, FrozenMapping, Model, Some
from cp_pricing.files.values import Line, Positive
from cp_pricing.profiles.profile import (
    Measure,
    Profile,
    UnitsByMeter,
    UsageScenario,
    expected_units,
    of_these_meters,
    weights_sum_to_one,
)

_ONE = Fraction(1)

# What a deal is valued by: members, units a month, and scenarios, each where it is given.
Size: TypeAlias = tuple[Fraction | None, Measure | None, tuple[UsageScenario, ...] | None]
AVERAGE: Size = (None, None, None)


class Customer(Model):
    """Who asks, and how large: `monthly_units` scales the profile's use to this expected one."""

    name: Line | None = Field(None, description="For people.")
    members: Positive | None = Field(None, description="Seats that this customer pays for.")
    monthly_units: UnitsByMeter | None = Field(
        None,
        description="Expected units a month, or those by meter; the profile's scenarios are "
        "scaled to it.",
    )
    monthly_usage: Annotated[Some[UsageScenario] | None, AfterValidator(weights_sum_to_one)] = (
        Field(None, description="This customer's own months, in place of the profile's.")
    )

    @classmethod
    def faults_between(cls, entries: Entries, context: object) -> Iterable[Fault]:
        """A customer's usage given in two ways."""
        del context
        if entries.get("monthly_units") is not None and entries.get("monthly_usage") is not None:
            message = "`monthly_usage` says already how much is used"
            yield Fault(("monthly_units",), message, "remove one of them", "key")

    @property
    def size(self) -> Size:
        """What of it changes a value."""
        return (self.members, self.monthly_units, self.monthly_usage)


def measured(customer: Customer, meters: Sequence[str]) -> Customer:
    """The customer with numbers in place of measures by meter, where there is one meter."""
    units, usage = customer.monthly_units, customer.monthly_usage
    changes: dict[str, object] = {}
    if isinstance(units, Mapping):
        changes["monthly_units"] = of_these_meters(units, meters)
    if usage is not None:
        changes["monthly_usage"] = tuple(
            scenario.model_copy(update={"units": of_these_meters(scenario.units, meters)})
            for scenario in usage
        )
    return customer.model_copy(update=changes) if changes else customer


def sized(profile: Profile, size: Size) -> Profile:
    """A profile with a customer's own size; its scenarios must expect some use to be scaled."""
    return sizing(profile, size)(profile)


def sizing(average: Profile, size: Size) -> Callable[[Profile], Profile]:
    """What gives a profile, or a draw of it, a customer's own size.

    A draw is scaled by as much as the profile itself, which is its `average`.
    """
    members, units, usage = size
    own: dict[str, object] = {} if members is None else {"members_per_customer": members}
    if usage is not None:
        own["monthly_usage"] = usage
    if units is None:
        return lambda profile: profile.model_copy(update=own) if own else profile
    by_meter: Mapping[str, Fraction] = {}
    other = _ONE
    if isinstance(units, Fraction):
        other = units / expected_units(average)
    else:
        by_meter = {meter: one / expected_units(average, meter) for meter, one in units.items()}
    return lambda profile: profile.model_copy(
        update={**own, "monthly_usage": _scaled_by(profile, by_meter, other)}
    )


def scaled(profile: Profile, factor: Fraction) -> tuple[UsageScenario, ...]:
    """A profile's scenarios with `factor` times their units."""
    return _scaled_by(profile, {}, factor)


def _scaled_by(
    profile: Profile, factors: Mapping[str, Fraction], other: Fraction = _ONE
) -> tuple[UsageScenario, ...]:
    """A profile's scenarios scaled meter by meter; those without a factor by `other`."""

    def units(measure: Measure) -> Measure:
        if isinstance(measure, Fraction):
            return measure * other
        return FrozenMapping(
            {meter: own * factors.get(meter, other) for meter, own in measure.items()}
        )

    return tuple(
        UsageScenario.model_construct(weight=scenario.weight, units=units(scenario.units))
        for scenario in profile.monthly_usage
    )
