"""Faults that lie between catalog and profiles, and what is valid but doubtful."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cp_pricing.book.policy import Policy
from cp_pricing.catalog.plans import Catalog
from cp_pricing.fields import ALLOWANCE, RATES, UNLIMITED, meter_of
from cp_pricing.files.models import Entries, Fault, texts_of, unheard_of
from cp_pricing.profiles.profile import SMALL_COHORT, Profile, metered_faults, without_draws


def ids_in(entries: Entries | None, key: str) -> list[str] | None:
    """The ids of the items in a list, valid otherwise or not; `None` unless all can be read."""
    items = None if entries is None else entries.get(key)
    if not isinstance(items, list):
        return None
    ids = [text for text, _ in texts_of(items)]
    # With one id unreadable, whatever names it would be called unheard of.
    read = [text for text in ids if text is not None]
    return read if len(read) == len(ids) else None


def availability_faults(catalog: Entries, profiles: list[str]) -> Iterator[Fault]:
    """Faults of the catalog: plans that are available to profiles unheard of."""
    for place, available in enumerate(_available_to(catalog)):
        for index, name in enumerate(available or ()):
            if name not in profiles:
                location = ("configurations", place, "available_to", index)
                yield unheard_of(location, "profile", name, profiles)


def unserved_faults(catalog: Entries, profiles: list[str]) -> Iterator[Fault]:
    """Faults of the profiles: those that no plan is available to."""
    available = list(_available_to(catalog))
    # A plan for all serves everybody; and after a slip in a name, nobody knows who was meant.
    if None in available or any(availability_faults(catalog, profiles)):
        return
    served = {name for names in available for name in names or ()}
    for place, profile in enumerate(profiles):
        if profile not in served:
            hint = "add it to the `available_to` of one in the catalog"
            message = f"no plan is available to `{profile}`"
            yield Fault(("profiles", place, "id"), message, hint)


def _available_to(catalog: Entries) -> Iterator[list[str] | None]:
    """For each plan the profiles that it names; `None` if it is available to all."""
    items = catalog.get("configurations")
    for item in items if isinstance(items, list) else ():
        named = item.get("available_to") if isinstance(item, dict) else None
        if not isinstance(named, list):
            yield None
        else:
            yield [text or "" for text, _ in texts_of(named, part=None)]


def observation_faults(profiles: Entries, configurations: list[str]) -> Iterator[Fault]:
    """Faults of the profiles: retention observed on plans unheard of."""
    for place, (name, _) in enumerate(texts_of(profiles.get("profiles"), "observed_on")):
        if name and name not in configurations:
            location = ("profiles", place, "observed_on")
            yield unheard_of(location, "plan", name, configurations)


def scope_faults(
    policy: Entries, configurations: list[str] | None, profiles: list[str] | None
) -> Iterator[Fault]:
    """Faults of the policy: rules for plans and profiles unheard of."""
    ids_of = {"configurations": ("plan", configurations), "profiles": ("profile", profiles)}
    rules = policy.get("rules")
    for place, rule in enumerate(rules if isinstance(rules, list) else ()):
        scope = rule.get("applies_to") if isinstance(rule, dict) else None
        for key, (kind, ids) in ids_of.items():
            named = scope.get(key) if isinstance(scope, dict) else None
            for index, (name, _) in enumerate(texts_of(named, part=None)):
                if name and ids is not None and name not in ids:
                    location = ("rules", place, "applies_to", key, index)
                    yield unheard_of(location, kind, name, ids)


def allowance_faults(catalog: Catalog, profiles: tuple[Profile, ...]) -> Iterator[Fault]:
    """Faults of the catalog: allowances that some profile's members make too large."""
    for place, configuration in enumerate(catalog.configurations):
        here = ("configurations", place)
        for profile in profiles:
            if not configuration.is_available_to(profile.id):
                continue
            for field, allowance in configuration.allowances.items():
                total = allowance.total(profile.members_per_customer)
                if not allowance.unlimited and total >= UNLIMITED:
                    meter = meter_of(field)
                    location = (RATES, meter, "included") if meter else (ALLOWANCE,)
                    message = f"the allowance of `{profile.id}` reaches 10^15 units"
                    yield Fault((*here, *location), message, "write `unlimited` for no limit")


def meter_faults(profiles: Entries, meters: Collection[str]) -> Iterator[Fault]:
    """Faults of the profiles: use and costs of meters that there are not, or of none at all."""
    items = profiles.get("profiles")
    for place, item in enumerate(items if isinstance(items, list) else ()):
        for fault in metered_faults(item, meters):
            yield fault._replace(location=("profiles", place, *fault.location))


def doubts(profiles: tuple[Profile, ...], policy: Policy) -> Iterator[Fault]:
    """Warnings about the profiles: cohorts too small to tell much, or of which nobody knows."""
    for place, profile in enumerate(profiles):
        if profile.draws is None and policy.mentions_confidence:
            hint = "`cp-pricing profile fit` makes draws from subscriptions and usage"
            yield Fault(("profiles", place, "id"), without_draws(profile.id), hint)
        cohort = profile.cohort if profile.draws is None else None
        if cohort and cohort.customers < SMALL_COHORT:
            location = ("profiles", place, "cohort", "customers")
            message = (
                f"profile `{profile.id}` rests on {cohort.customers} customers, "
                f"fewer than {SMALL_COHORT}"
            )
            yield Fault(location, message, "take its results as a rough guide")
