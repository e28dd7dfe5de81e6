"""Tables to profiles: what was asked, who belongs to which profile, and what all have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from constraints.text.source import InputError, Issue, Span, did_you_mean
from cp_pricing.files.values import is_identifier
from cp_pricing.fitting.draws import Entry
from cp_pricing.fitting.profile import FittedProfile, Plan, fitted_profile, group_of
from cp_pricing.fitting.tables.records import Records, Tables, records_of
from cp_pricing.fitting.use.meters import metered
from cp_pricing.fitting.writing import Told, draws_file, profiles_text
from cp_pricing.words import numbers

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook

_DEFAULT = "fitted"
STRANGERS = "customer-months of use of nobody who ever subscribed, left out"


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked: the tables, which profile, how to fit, and costs.

    Where the tables tell groups apart, `profile` picks one of these, and else names the only one.
    """

    tables: Tables
    plan: Plan
    profile: str | None = None
    book: PriceBook | None = None
    costs: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The profiles that came of a job, and what of the tables belongs to none of them."""

    job: Job
    profiles: tuple[FittedProfile, ...]
    dropped: Mapping[str, int]
    files_read: tuple[str, ...]

    @property
    def source(self) -> str:
        """The names of the files that the profiles are from."""
        return " and ".join(dict.fromkeys(Path(name).name for name in self.files_read))

    def told(self, one: FittedProfile) -> Told:
        """What no table tells of a profile."""
        book = self.job.book
        known = {each.id: each for each in book.profiles}.get(one.id) if book else None
        return Told(known, self.job.costs, self.source)

    def units(self, one: FittedProfile) -> tuple[str, ...]:
        """What the meters of a profile count, in the plural."""
        book = self.job.book
        if book is None:
            return tuple(meter or "units" for meter in one.meters)
        catalog = book.catalog.denomination()
        return tuple(numbers.plural(numbers.unit_of(meter, catalog)) for meter in one.meters)

    def files(self, out: Path, version: str) -> dict[Path, str | bytes]:
        """What is to be written: the draws beside the profiles, these last."""
        drawn = (draws_file(one) for one in self.profiles if one.draws)
        contents: dict[Path, str | bytes] = {out.with_name(name): draws for name, draws in drawn}
        profiles = [(one, self.told(one)) for one in self.profiles]
        contents[out] = profiles_text(profiles, list(self._heading(version)))
        return contents

    def _heading(self, version: str) -> Iterator[str]:
        plan = self.job.plan
        yield f"Fitted by cp-pricing {version} to {self.source}."
        yield f"{plan.draws} draws, seed {plan.seed}. Such tables tell neither how customers answer"
        yield "to prices nor what they cost: where this is here, it comes from elsewhere."


def fit(job: Job) -> Fitted:
    """The profiles of the tables; raises `InputError` with all their faults."""
    dropped: Counter[str] = Counter()
    records = records_of(job.tables)
    dropped[STRANGERS] += records.unsubscribed
    if job.book is not None:
        records = metered(records, [each.id for each in job.book.catalog.meters], dropped)
    plan = replace(job.plan, as_of=job.plan.as_of or records.last_day)
    profiles = tuple(
        fitted_profile(group_of(records, group, name), plan, job.book)
        for group, name in _ids(records, job).items()
    )
    return Fitted(job, profiles, dict(+dropped), records.files)


def _ids(records: Records, job: Job) -> dict[str, str]:
    """The id of each group's profile, made of its name where that is none."""
    if job.tables.by is None:
        return {"": job.profile or _DEFAULT}
    ids: dict[str, str] = {}
    for group in sorted(set(records.groups)):
        name = group if is_identifier(group) else _id_of(group)
        if other := next((each for each, id_ in ids.items() if id_ == name), None):
            message = f"the groups `{other}` and `{group}` would both be the profile `{name}`"
            raise InputError([Issue(Span(records.files[0], 1, 1, 1, 1), message, "rename one")])
        ids[group] = name
    if job.profile is None:
        return ids
    if job.profile not in ids.values():
        hint = did_you_mean(job.profile, ids.values()) or f"there are {', '.join(ids.values())}"
        message = f"no group would be the profile `{job.profile}`"
        raise InputError([Issue(Span(records.files[0], 1, 1, 1, 1), message, hint)])
    return {group: name for group, name in ids.items() if name == job.profile}


def _id_of(group: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", group).strip("-.").lower() or "other"
