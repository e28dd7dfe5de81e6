"""A fit in a few lines: what was found, on how much it rests, and what it does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from cp_pricing.fitting.draws import IN_TERM, REDUCED
from cp_pricing.fitting.job import Fitted
from cp_pricing.fitting.profile import FittedProfile
from cp_pricing.fitting.rounding import rounded
from cp_pricing.words import numbers as f

_DIGITS = 6
_NAMES = {IN_TERM: "in term", REDUCED: "with reduced flexibility"}


def told(found: Fitted) -> Iterator[str]:
    """The lines for a terminal."""
    for one in found.profiles:
        yield from _profile(found, one)
    for what, count in found.dropped.items():
        yield f"{count:,} {what}"
    plan = found.job.plan
    yield f"{plan.draws} draws, seed {plan.seed}; the price response cannot be told from such data"


def _profile(found: Fitted, one: FittedProfile) -> Iterator[str]:
    quality = one.quality
    yield (
        f"{one.id}: {one.customers:,} customers as of {one.as_of};"
        f" {quality.lost:,.0f} left in {quality.months_at_risk:,.0f} months at risk"
    )
    yield f"  retention: {retention_words(one)}"
    yield f"  use: {use_words(found, one)}"
    if one.quality.hold_out is not None:
        yield f"  hold-out: {hold_out_words(one)}"
    for what, count in quality.dropped.items():
        yield f"  {count:,} {what}"
    for warning in quality.warnings:
        yield f"  warning: {warning}"


def retention_words(one: FittedProfile) -> str:
    """The model with its numbers, what it was chosen over, and the multipliers that were fitted."""
    said = {
        "constant": lambda r: f"constant, {100 * r['monthly_churn']:.3g}% a month",
        "sbg": lambda r: f"sbg, alpha {r['alpha']}, beta {r['beta']}",
        "curve": lambda r: f"curve of {len(r['survival']) - 1} months",
    }
    retention = one.estimate.retention
    parts = [said[str(retention["model"])](retention)]
    compared = ", ".join(f"{each.family} {each.fit.aic:,.1f}" for each in one.quality.candidates)
    parts.append(f"AIC {compared}")
    factors = {IN_TERM: one.estimate.fit.in_term, REDUCED: one.estimate.fit.reduced}
    parts += [f"times {factors[key]:.3f} {_NAMES[key]}" for key in one.fitted]
    return "; ".join(parts)


def use_words(found: Fitted, one: FittedProfile) -> str:
    """The mean use by meter, and in how many scenarios it is."""
    means = [
        f"{f.grouped(Fraction(rounded(mean, _DIGITS)), _DIGITS if 0 < mean < 1 else 0)} {units}"
        for mean, units in zip(one.quality.mean_units, found.units(one), strict=True)
    ]
    months = f"{one.quality.customer_months:,} customer-months"
    scenarios = f"{len(one.usage)} scenario{'' if len(one.usage) == 1 else 's'}"
    return f"{' and '.join(means)} a month, in {scenarios} of {months}"


def hold_out_words(one: FittedProfile) -> str:
    """What the fit to the months before expected of the last ones, and what came."""
    trial = one.quality.hold_out
    if trial is None:
        return "there is too little to keep months from the fit"
    return (
        f"of {trial.at_risk:,.0f} months at risk in the last {trial.months} months,"
        f" {trial.expected:.1f} ± {2 * trial.spread:.1f} were expected to end,"
        f" and {trial.observed:.0f} did"
    )
