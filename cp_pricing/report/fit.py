"""How good fitted profiles are, as a page: curves, a trial, bills, draws, and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.fitting.telling import hold_out_words, retention_words, use_words
from cp_pricing.report.charts.survival import SurvivalChart, SurvivalData, survival_chart
from cp_pricing.report.page import html
from cp_pricing.words import numbers as f
from cp_pricing.words.sheet import Cell, Fact, Row, Table, heads
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from cp_pricing.fitting.draws import Resample
    from cp_pricing.fitting.job import Fitted
    from cp_pricing.fitting.profile import FittedProfile

_DIGITS = 6
_YEAR = 12
_RANKS = (10, 50, 90)
# A bill that is further off than this is pointed out.
_APART = 0.01


class FitPart(NamedTuple):
    """One profile; a table without rows is left out."""

    anchor: str
    name: str
    lead: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    chart: SurvivalChart
    models: Table
    hold_out: str
    trial: Table
    scenarios: Table
    bills: Table
    draws: Table
    dropped: Table


class FitReport(NamedTuple):
    """All profiles of a fit, and what no table can tell of any of them."""

    title: str
    subtitle: str
    untold: tuple[str, ...]
    dropped: Table
    profiles: tuple[FitPart, ...]


def fit_html(found: Fitted) -> str:
    """The page; raises `MissingExtraError` without Jinja2."""
    return html("fit", fit_report(found))


def fit_report(found: Fitted) -> FitReport:
    """What there is to say of each profile."""
    names = [one.id for one in found.profiles]
    plan = found.job.plan
    return FitReport(
        title=f"{f.listed(names)} fitted",
        subtitle=f"From {found.source}; {plan.draws} draws with the seed {plan.seed}",
        untold=tuple(_untold(found)),
        dropped=_dropped(found.dropped),
        profiles=tuple(_part(n, found, one) for n, one in enumerate(found.profiles, start=1)),
    )


def _untold(found: Fitted) -> Iterator[str]:
    yield (
        "How customers answer to prices is not fitted: in a history, whoever paid more also"
        " differed in other ways, and no table tells the two apart."
    )
    for one in found.profiles:
        told = found.told(one)
        if told.known is not None:
            yield f"Costs and price response of `{one.id}` are those of the price book's profile."
        else:
            given = f"the costs {f.listed(list(told.costs))}" if told.costs else "no costs"
            yield f"`{one.id}` has no price response, and {given}: add what is missing by hand."


def _part(number: int, found: Fitted, one: FittedProfile) -> FitPart:
    quality, survival = one.quality, one.quality.survival
    months = len(survival.share) - 1
    fitted = one.estimate.weighted_survival(months)
    data = SurvivalData(
        *(list(map(float, each)) for each in (survival.share, survival.low, survival.high, fitted))
    )
    return FitPart(
        anchor=f"profile-{number}",
        name=one.id,
        lead=f"{capital(retention_words(one))}. {use_words(found, one)}.",
        facts=tuple(_facts(one)),
        warnings=quality.warnings,
        chart=survival_chart(data),
        models=_models(one),
        hold_out=capital(hold_out_words(one)),
        trial=_trial(found, one),
        scenarios=_scenarios(found, one),
        bills=_bills(found, one),
        draws=_draws(found, one),
        dropped=_dropped(quality.dropped),
    )


def _facts(one: FittedProfile) -> Iterator[Fact]:
    quality = one.quality
    yield Fact("customers", f"{one.customers:,}", f"as of {one.as_of}")
    yield Fact("left", f"{quality.lost:,.0f}", f"in {quality.months_at_risk:,.0f} months at risk")
    yield Fact("customer-months of use", f"{quality.customer_months:,}")
    if one.members is not None:
        yield Fact("seats of a customer", f.grouped(one.members, 2).removesuffix(".00"))


def _models(one: FittedProfile) -> Table:
    rows = tuple(
        (
            Cell(each.family),
            Cell(f"{each.fit.log_likelihood:,.2f}"),
            Cell(str(each.fit.parameters)),
            Cell(f"{each.fit.aic:,.2f}"),
        )
        for each in one.quality.candidates
    )
    columns = heads("Who leaves when", ">Log-likelihood", ">Parameters", ">AIC, less is better")
    return Table("What was compared", columns, rows)


def _trial(found: Fitted, one: FittedProfile) -> Table:
    trial = one.quality.hold_out
    if trial is None:
        return Table("The last months", (), ())
    rows: list[Row] = [
        (
            Cell("customers who end"),
            Cell(f"{trial.expected:.1f}", f"give or take {2 * trial.spread:.1f}"),
            Cell(f"{trial.observed:.0f}"),
        )
    ]
    pairs = zip(found.units(one), trial.use_before, trial.use_then, strict=False)
    rows += [(Cell(f"{units} a month"), _number(a), _number(b)) for units, a, b in pairs]
    columns = heads("", ">By the months before", f">In the last {trial.months} months")
    return Table("The last months", columns, tuple(rows))


def _scenarios(found: Fitted, one: FittedProfile) -> Table:
    columns = heads("Share of months", *(f">{units}" for units in found.units(one)))
    rows = tuple(
        (
            Cell(f.percentage(Fraction(each.weight))),
            *(_number(float(units)) for units in each.units),
        )
        for each in one.usage
    )
    return Table("Use in scenarios", columns, rows)


def _bills(found: Fitted, one: FittedProfile) -> Table:
    book = found.job.book
    currency = book.catalog.currency if book else ""
    columns = heads("Plan", f">All months, {currency}", ">Scenarios", ">Apart")
    rows = tuple(
        (
            Cell(bill.plan),
            Cell(f"{bill.raw:,.2f}"),
            Cell(f"{bill.fitted:,.2f}"),
            Cell(f"{bill.apart:.2%}", tone="warn" if bill.apart > _APART else ""),
        )
        for bill in one.quality.bills
    )
    return Table("Expected bill of a month at list", columns, rows)


def _draws(found: Fitted, one: FittedProfile) -> Table:
    if not one.draws:
        return Table("Draws", (), ())
    rows = [
        _drawn(f"still there after {months} months", one, _share_after(months), "{:.1%}")
        for months in (_YEAR, 2 * _YEAR)
    ]
    for place, units in enumerate(found.units(one)):
        rows.append(_drawn(f"{units} a month", one, _mean_of(place), "{:,.6g}"))
    columns = heads("", *(f">{rank}% are below" for rank in _RANKS))
    return Table("The profile as it could be", columns, tuple(rows))


def _drawn(name: str, one: FittedProfile, value: Callable[[Resample], float], form: str) -> Row:
    values = sorted(value(draw) for draw in one.draws)
    ranks = [values[-(-len(values) * rank // 100) - 1] for rank in _RANKS]
    return (Cell(name), *(Cell(form.format(each)) for each in ranks))


def _share_after(months: int) -> Callable[[Resample], float]:
    return lambda draw: float((1 - draw.estimate.hazards(months)[0]).prod())


def _mean_of(place: int) -> Callable[[Resample], float]:
    return lambda draw: float(sum(each.weight * each.units[place] for each in draw.usage))


def _dropped(counts: Mapping[str, int]) -> Table:
    rows = tuple((Cell(what), Cell(f"{count:,}")) for what, count in counts.items())
    return Table("What was left out or read in another way", heads("What", ">How many"), rows)


def _number(value: float) -> Cell:
    return Cell(f"{value:,.{_DIGITS}g}" if value < 1 else f"{value:,.0f}")
