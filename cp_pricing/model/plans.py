"""The plans at list against every profile: where `required_ltv` comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from constraints.language.expressions import Name
from cp_pricing.confidence import Quantiles
from cp_pricing.exact import Exact, ExactByMeter
from cp_pricing.model.certainty import quantiles
from cp_pricing.model.pricing import Pricing
from cp_pricing.profiles.profile import Cohort, expected_use
from cp_pricing.results import SCHEMA_VERSION
from cp_pricing.terms import ResultModel

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.model.draws.drawn import Draws
    from cp_pricing.profiles.profile import Profile


class ModelFigures(ResultModel):
    """A configuration at its catalog terms: bill and margin in currency/month.

    `gross_margin` is a ratio, `None` where the bill is zero.
    """

    configuration: str
    name: str
    expected_monthly_bill: Exact
    expected_monthly_margin: Exact
    gross_margin: Exact | None


class PlanInDraws(ResultModel):
    """A plan's lifetime value at list over the draws, in currency.

    `best` is the share of draws in which it is the best reference.
    """

    ltv: Quantiles
    best: Exact


class BaselineFigures(ResultModel):
    """What is required of a deal that starts from `baseline`; lifetime values in currency.

    `ltv` is of each configuration at its own catalog terms, its price response taken against the
    baseline's expected bill. `in_draws` is `None` for a profile without draws.
    """

    baseline: str
    ltv: dict[str, Exact]
    reference_configuration: str
    reference_ltv: Exact
    required_ltv: Exact
    in_draws: dict[str, PlanInDraws] | None = None


class ProfileModels(ResultModel):
    """The configurations available to a profile, and the baselines that its customers can tune."""

    profile: str
    cohort: Cohort | None
    expected_monthly_units: ExactByMeter
    models: tuple[ModelFigures, ...]
    baselines: tuple[BaselineFigures, ...]


class ModelsReport(ResultModel):
    """The comparison for every profile; amounts are in `currency`, LTV over `horizon_months`."""

    schema_version: Literal[1] = SCHEMA_VERSION
    price_book_digest: str
    currency: str
    unit: str
    horizon_months: int
    profiles: tuple[ProfileModels, ...]


def models_report(
    price_book: PriceBook, *, profiles: Sequence[str] = (), baselines: Sequence[str] = ()
) -> ModelsReport:
    """The report for some profiles (all, if none is named) and some baselines.

    Without `baselines` they are the configurations with tunable bounds. A baseline that is not
    available to a profile is left out there; raises `KeyError` for an unknown id.
    """
    pricing = Pricing(price_book)
    names = profiles or [profile.id for profile in price_book.profiles]
    chosen = baselines or _tunable(price_book)
    return ModelsReport(
        price_book_digest=price_book.digest,
        currency=price_book.catalog.currency,
        unit=price_book.catalog.unit,
        horizon_months=price_book.policy.ltv.horizon_months,
        profiles=tuple(
            _profile_models(pricing, price_book.profile(name), chosen) for name in names
        ),
    )


def _tunable(price_book: PriceBook) -> list[str]:
    configurations = price_book.catalog.configurations
    return [item.id for item in configurations if item.tunable]


def _profile_models(pricing: Pricing, profile: Profile, baselines: Sequence[str]) -> ProfileModels:
    price_book = pricing.price_book
    return ProfileModels(
        profile=profile.id,
        cohort=profile.cohort,
        expected_monthly_units=expected_use(profile),
        models=tuple(
            _model_figures(pricing, item.id, profile.id)
            for item in price_book.available(profile.id)
        ),
        baselines=tuple(
            _baseline_figures(pricing, name, profile.id)
            for name in baselines
            if price_book.configuration(name).is_available_to(profile.id)
        ),
    )


def _model_figures(pricing: Pricing, configuration: str, profile: str) -> ModelFigures:
    # At its own catalog terms: nothing is tuned here.
    evaluator = pricing.offer(configuration, profile).evaluator({})
    return ModelFigures(
        configuration=configuration,
        name=pricing.price_book.configuration(configuration).name,
        expected_monthly_bill=evaluator.number(Name("expected_monthly_bill")) or Fraction(0),
        expected_monthly_margin=evaluator.number(Name("expected_monthly_margin")) or Fraction(0),
        gross_margin=evaluator.number(Name("gross_margin")),
    )


def _baseline_figures(pricing: Pricing, baseline: str, profile: str) -> BaselineFigures:
    offer = pricing.offer(baseline, profile)
    return BaselineFigures(
        baseline=baseline,
        ltv=dict(offer.all_ltv),
        reference_configuration=offer.reference.configuration,
        reference_ltv=offer.reference.ltv,
        required_ltv=offer.reference.required,
        in_draws=_in_draws(offer.confidence.draws, offer.all_ltv) if offer.profile.draws else None,
    )


def _in_draws(draws: Draws, plans: Iterable[str]) -> dict[str, PlanInDraws]:
    best = draws.best()
    return {
        plan: PlanInDraws(ltv=quantiles(draws.listed(plan)), best=Fraction(best[plan], len(draws)))
        for plan in plans
    }
