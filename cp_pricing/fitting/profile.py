"""A profile of comparable customers, fitted: from the records to all that is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from constraints.text.source import InputError, Issue, Span
from cp_pricing.fitting.draws import IN_TERM, REDUCED, Resample, Resampling
from cp_pricing.fitting.holdout import HoldOut, hold_out
from cp_pricing.fitting.months import calendar_month, day_after
from cp_pricing.fitting.retention.estimation import (
    LEAST_LOST,
    Candidate,
    Estimate,
    Estimator,
    Wanted,
    candidates,
    chosen,
    multipliers_to_fit,
)
from cp_pricing.fitting.retention.exposure import exposure_of
from cp_pricing.fitting.retention.likelihood import Multipliers
from cp_pricing.fitting.retention.survival import Survival, kaplan_meier
from cp_pricing.fitting.rounding import rounded
from cp_pricing.fitting.stays import Window, segments_of, stays_of
from cp_pricing.fitting.tables.records import Records
from cp_pricing.fitting.use.bills import ComparedBill, compared_bills
from cp_pricing.fitting.use.coverage import UNUSED, covered
from cp_pricing.fitting.use.scenarios import (
    Leaf,
    Scenario,
    by_customer,
    leaves_of,
    scenarios_of,
)
from cp_pricing.profiles.profile import SMALL_COHORT

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook

DEFAULT_SCENARIOS, MOST_SCENARIOS = 8, 64
MOST_APART = 0.01
"""How far an expected bill of the scenarios may be from that of all months."""
_SEAT_DIGITS = 4
_MOSTLY = 0.9
# Fewer that are missing may be chance: that of seven or more is 0.1%.
_SUSPICIOUS = 7.0
_OUTSIDE = 0.25


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a fit: the last day of the data, the model, how many scenarios and draws.

    Without a day it is the last that a start or a month of use tells of.
    """

    as_of: date | None = None
    seen_from: date | None = None
    retention: Wanted = "auto"
    scenarios: int | None = None
    draws: int = 200
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a profile fits, and what it rests on."""

    survival: Survival
    candidates: tuple[Candidate, ...]
    bills: tuple[ComparedBill, ...]
    hold_out: HoldOut | None
    months_at_risk: float
    lost: float
    customer_months: int
    mean_units: tuple[float, ...]
    dropped: Mapping[str, int]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FittedProfile:
    """A profile as it was fitted; `fitted` are the multipliers that the data tell of."""

    id: str
    customers: int
    as_of: date
    estimate: Estimate
    usage: tuple[Scenario, ...]
    meters: tuple[str, ...]
    members: Fraction | None
    observed_on: str | None
    fitted: tuple[str, ...]
    draws: tuple[Resample, ...]
    quality: Quality


class Group(NamedTuple):
    """The records of comparable customers, and the id of their profile."""

    id: str
    records: Records


def fitted_profile(group: Group, plan: Plan, book: PriceBook | None) -> FittedProfile:
    """The profile of a group; raises `InputError` where there is nothing to fit."""
    return _Fitting(group, plan, book).profile()


class _Fitting:
    """One fit, and what there is to say of it on the way."""

    def __init__(self, group: Group, plan: Plan, book: PriceBook | None) -> None:
        self.id, self.records = group
        self.plan, self.book = plan, book
        self.as_of = plan.as_of or self.records.last_day
        self.window = Window(day_after(self.as_of), plan.seen_from)
        self.known = {one.id: one for one in book.profiles}.get(self.id) if book else None
        self.warnings: list[str] = []
        found = stays_of(self.records.subscriptions, self.window.until)
        self.stays, self.dropped = found.stays, found.dropped
        self.exposure = exposure_of(segments_of(self.stays, self.window, self.dropped))
        self._refuse_unless(len(self.exposure.customer), "no customer was seen for a whole month")
        last = calendar_month(self.window.until)
        self.months = covered(self.records, self.stays, last, self.dropped)
        self._refuse_unless(len(self.months), "no customer has a complete month of use")
        if self.dropped[UNUSED] == len(self.months):
            self.warnings.append(
                f"none of the {len(self.months):,} customer-months has a row of use, and all count"
                " as no use: are customers called the same in both tables?"
            )
        self.counts = self.exposure.counts()

    def _refuse_unless(self, number: int | np.bool_, message: str) -> None:
        if not number:
            span = Span(self.records.files[0], 1, 1, 1, 1)
            raise InputError([Issue(span, f"of `{self.id}`: {message}")])

    def profile(self) -> FittedProfile:
        given = self._multipliers()
        tried = candidates(self.counts, given)
        estimator = chosen(self.plan.retention, self.counts, tried, given)
        if self.plan.retention == "curve":
            seen = (self.counts.at_risk.sum(0)[: estimator.length] > 0).all()
            self._refuse_unless(seen, "a month of the curve has nobody who was seen in it")
        estimate = estimator.estimate(self.counts)
        leaves, usage, compared = self._usage()
        observed_on = self._observed_on()
        self._doubt(estimate)
        return FittedProfile(
            id=self.id,
            customers=self._customers,
            as_of=self.as_of,
            estimate=estimate,
            usage=usage,
            meters=self.records.meters,
            members=self._members(),
            observed_on=observed_on,
            fitted=tuple(_fitted(given)),
            draws=tuple(self._draws(estimator, leaves)),
            quality=Quality(
                survival=kaplan_meier(self.counts),
                candidates=tried,
                bills=compared,
                hold_out=hold_out(self.stays, self.window, self.counts, estimator, self.months),
                months_at_risk=float(self.counts.at_risk.sum()),
                lost=float(self.counts.lost.sum()),
                customer_months=len(self.months),
                mean_units=tuple(float(each) for each in self.months.units.mean(0)),
                dropped=dict(+self.dropped),
                warnings=tuple(self.warnings),
            ),
        )

    def _draws(self, estimator: Estimator, leaves: Sequence[Leaf]) -> Iterator[Resample]:
        customers = len(self.records.groups)
        use = by_customer(self.months, leaves, customers)
        resampling = Resampling(self.exposure, estimator, use, customers)
        return resampling.draws(self.plan.draws, self.plan.seed, self.id)

    @property
    def _customers(self) -> int:
        return len({stay.customer for stay in self.stays})

    # --- retention --------------------------------------------------------------------------

    def _multipliers(self) -> Multipliers:
        """What the data tell of multipliers, or the price book where they tell nothing."""
        known = (1.0, 1.0)
        if (one := self.known) is not None:
            known = (
                float(one.in_term_churn_multiplier),
                float(one.reduced_flexibility_churn_multiplier),
            )
        terms = (part.term_months or 1 for stay in self.stays for part in stay.parts)
        return multipliers_to_fit(self.counts, known) if max(terms) > 1 else Multipliers(*known)

    # --- usage ------------------------------------------------------------------------------

    def _usage(self) -> tuple[tuple[Leaf, ...], tuple[Scenario, ...], tuple[ComparedBill, ...]]:
        """As few scenarios as keep every expected bill, or as many as were asked for."""
        members, units = self._members() or Fraction(1), self.months.units
        plans = self.book.available(self.id) if self.book else ()
        number = begun = self.plan.scenarios or DEFAULT_SCENARIOS
        first: ComparedBill | None = None
        while True:
            leaves = leaves_of(units, number)
            usage = scenarios_of(units, leaves)
            compared = compared_bills(plans, members, units, usage)
            worst = max(compared, key=lambda bill: bill.apart, default=None)
            first = first or worst
            is_last = self.plan.scenarios is not None or number >= MOST_SCENARIOS
            if worst is None or worst.apart <= MOST_APART or is_last:
                break
            number *= 2
        if first and number > begun:
            self.warnings.append(f"{number} scenarios are taken: {_apart(first, begun)}")
        if worst and worst.apart > MOST_APART:
            self.warnings.append(_apart(worst, number))
        return leaves, usage, compared

    # --- what else the tables tell ----------------------------------------------------------

    def _members(self) -> Fraction | None:
        """The mean of the seats that customers had last."""
        seats = [stay.parts[-1].seats for stay in self.stays if stay.parts[-1].seats is not None]
        if seats:
            return Fraction(rounded(fsum(seats) / len(seats), _SEAT_DIGITS))
        return self.known.members_per_customer if self.known else None

    def _observed_on(self) -> str | None:
        """The plan of most customers, if the catalog has it."""
        known = self.known.observed_on if self.known else None
        plans = Counter(stay.parts[-1].plan for stay in self.stays)
        most, count = max(plans.items(), key=lambda pair: (pair[1], pair[0]))
        if self.book is None or most not in {each.id for each in self.book.catalog.configurations}:
            return known
        if count < _MOSTLY * len(self.stays):
            self.warnings.append(
                f"only {count / len(self.stays):.0%} of the stays are on `{most}`, the plan that"
                " `observed_on` names: the retention is that of a mixture"
            )
        if known is not None and known != most:
            self.warnings.append(f"most stays are on `{most}`, where the book has `{known}`")
        return most

    def _doubt(self, estimate: Estimate) -> None:
        lost, survival = self.counts.lost.sum(), kaplan_meier(self.counts)
        fitted = estimate.weighted_survival(len(survival.at_risk))
        outside = ((fitted < survival.low) | (fitted > survival.high)).sum()
        if outside > _OUTSIDE * len(fitted):
            self.warnings.append(
                f"in {outside} of {len(fitted) - 1} months the fitted survival is outside the 95%"
                " band of what was counted: see what `--retention curve` says"
            )
        if self._customers < SMALL_COHORT:
            self.warnings.append(f"there are only {self._customers} customers")
        if lost < LEAST_LOST:
            told = f"only {lost:.0f} customers" if lost else "nobody"
            self.warnings.append(f"{told} left in the months that count: the churn is a guess")
        first_end = min((stay.end for stay in self.stays if stay.end), default=None)
        if self.window.seen_from is None and first_end is not None:
            early = [stay for stay in self.stays if stay.start < first_end]
            before = exposure_of(segments_of(early, Window(first_end), Counter())).counts()
            missing = (before.at_risk * estimate.hazards(before.periods)).sum()
            if missing > _SUSPICIOUS:
                self.warnings.append(
                    f"nobody ended before {first_end}, where {missing:.0f} should have: if the"
                    " tables have only customers who were there on some day, give that day as"
                    " `--seen-from`"
                )


def _apart(bill: ComparedBill, scenarios: int) -> str:
    return (
        f"with {scenarios} scenarios, the expected bill of `{bill.plan}` is {bill.apart:.1%} from"
        " that of all months"
    )


def _fitted(multipliers: Multipliers) -> Iterator[str]:
    if multipliers.in_term is None:
        yield IN_TERM
    if multipliers.reduced is None:
        yield REDUCED


# --- groups ---------------------------------------------------------------------------------


def group_of(records: Records, group: str, id_: str) -> Group:
    """The records of the customers of one group, numbered anew."""
    inside = np.array([each == group for each in records.groups], dtype=bool)
    known = records.used_customer >= 0
    if inside.all() and known.all():
        return Group(id_, records)
    numbers = np.where(inside, np.cumsum(inside) - 1, -1)
    rows = known & inside[records.used_customer]
    own = replace(
        records,
        subscriptions=tuple(
            each._replace(customer=int(numbers[each.customer]))
            for each in records.subscriptions
            if inside[each.customer]
        ),
        groups=tuple(each for each in records.groups if each == group),
        used_customer=numbers[records.used_customer[rows]],
        used_month=records.used_month[rows],
        used_meter=records.used_meter[rows],
        used_units=records.used_units[rows],
    )
    return Group(id_, own)
