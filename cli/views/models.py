"""The models report as tables for a terminal, one block a profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli.views.tables import ruled_title, table_of, write
from cli.views.terminal import broken, plain
from cp_pricing.model.plans import BaselineFigures, ModelFigures, ModelsReport, ProfileModels
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination

BEST = "*"
_FIGURES = ("Bill/month", "Margin/month", "Gross margin")
# The widths of columns, the gap before or behind them included: a plan's id, the LTV from one.
_GAP, _ID, _BASELINE = 3, 27, 19
_FIGURES_WIDTH = sum(len(name) + _GAP for name in _FIGURES)


def show_models(console: Console, report: ModelsReport, catalog: Denomination) -> None:
    """Write one block a profile, and below them how to read the figures."""
    for profile in report.profiles:
        write(console, *_sections(profile, catalog, console.width))
    write(console, Text(), plain(_legend(report), "dim"))


def _sections(
    profile: ProfileModels, catalog: Denomination, width: int
) -> Iterator[RenderableType]:
    """The plans' figures with as many columns of LTV as there is room for, then further columns."""
    usage = f"expects {f.use(profile.expected_monthly_units, catalog)} a month"
    by_meter = not isinstance(profile.expected_monthly_units, Fraction)
    title = Text.assemble(plain(profile.profile, "bold"), "" if by_meter else f"  {usage}")
    yield Text()
    yield ruled_title(title)
    if by_meter:  # more than a title has room for
        yield plain(usage)
    if profile.cohort:
        yield plain(f"cohort: {f.cohort_in_words(profile.cohort)}", "dim")
    room = width - _ID
    first = min(len(profile.baselines), max(0, (room - _FIGURES_WIDTH) // _BASELINE))
    yield _table(profile, profile.baselines[:first], min(_ID, width - _FIGURES_WIDTH), figures=True)
    rest, each = profile.baselines[first:], max(1, room // _BASELINE)
    for start in range(0, len(rest), each):
        yield Text()
        yield _table(profile, rest[start : start + each], _ID, figures=False)
    for baseline in profile.baselines:
        yield from _in_draws(baseline)


def _in_draws(baseline: BaselineFigures) -> Iterator[RenderableType]:
    """How far the plans' lifetime values may be off, and how often each is the best reference."""
    if not baseline.in_draws:
        return
    table = table_of("Plan", ">>P10", ">>P50", ">>P90", ">>Best in")
    for plan, drawn in baseline.in_draws.items():
        values = (drawn.ltv.p10, drawn.ltv.p50, drawn.ltv.p90)
        amounts = (f.grouped(value, f.CENTS) for value in values)
        table.add_row(broken(plan, _ID - _GAP), *amounts, f.percentage(drawn.best))
    yield Text()
    yield plain(f"LTV from {baseline.baseline} over the draws of the profile")
    yield table


def _table(
    profile: ProfileModels, baselines: Sequence[BaselineFigures], id_width: int, *, figures: bool
) -> Table:
    table = table_of("Plan", *(f">>{name}" for name in _FIGURES if figures))
    for baseline in baselines:
        head = [Text("LTV from"), broken(baseline.baseline, _BASELINE - _GAP)]
        table.add_column(Text("\n").join(head), justify="right")
    for model in profile.models:
        own = _figures(model) if figures else []
        model_id = broken(model.configuration, id_width - _GAP)
        table.add_row(model_id, *own, *(_ltv(model, at) for at in baselines))
    if baselines:
        table.add_section()
        empty = [""] * (len(_FIGURES) if figures else 0)
        amounts = (Text(f"{f.grouped(at.required_ltv, f.CENTS)}  ", "bold") for at in baselines)
        table.add_row(Text("required LTV", "bold"), *empty, *amounts)
    return table


def _figures(model: ModelFigures) -> list[Text]:
    gross = "n/a" if model.gross_margin is None else f.percentage(model.gross_margin)
    margin = f.grouped(model.expected_monthly_margin, f.CENTS)
    loses = model.expected_monthly_margin < 0
    bill = f.grouped(model.expected_monthly_bill, f.CENTS)
    return [Text(bill), Text(margin, "red" if loses else ""), Text(gross, "red" if loses else "")]


def _ltv(model: ModelFigures, at: BaselineFigures) -> Text:
    """The lifetime value; a star marks the best reference, and blanks keep the digits aligned."""
    best = model.configuration == at.reference_configuration
    if model.configuration not in at.ltv:  # no reference of this plan
        return Text("-  ")
    text = f"{f.grouped(at.ltv[model.configuration], f.CENTS)} {BEST if best else ' '}"
    return Text(text, "bold green" if best else "")


def _legend(report: ModelsReport) -> str:
    return (
        f"Amounts are in {report.currency}. LTV: what a comparable customer is worth over"
        f" {f.months(report.horizon_months)}, each plan at list; churn responds to"
        " the plan's expected bill over that of the plan that a deal starts from. "
        f"{BEST} marks the best reference; with the policy's improvement on top it is the required"
        " LTV of a deal that starts from that plan."
    )
