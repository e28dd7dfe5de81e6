"""How sure a deal is, as a seller's report shows it: by the price, and what it may be worth."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from cp_pricing.confidence import ConfidenceCurve, ConfidenceReport
from cp_pricing.report.charts.confidence import ConfidenceChart, Reached, confidence_chart
from cp_pricing.report.entries import ReadEntry
from cp_pricing.results import LadderStep, TuningResult
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_head
from cp_pricing.words.sheet import Cell, Row, Table, heads
from cp_pricing.words.statuses import SELF_SERVE

_WIDE, _NARROW = 800, 330


class Sureness(NamedTuple):
    """A chart in two widths, unless there is one price alone, and its figures in tables."""

    charts: tuple[ConfidenceChart, ...]
    note: str
    spread: Table
    prices: Table


def sureness_of(entry: ReadEntry, catalog: Denomination) -> Sureness | None:
    """What to show of the draws; `None` for a profile that is taken as certain."""
    report, curve = entry.result.confidence, entry.result.confidence_curve
    if report is None or curve is None or report.draws == 1:
        return None
    policy = entry.deal.pricing.price_book.policy.ltv.confidence
    asked = policy.at_least if policy else None
    reached = list(_reached(entry.result, curve))
    sizes = (_WIDE, _NARROW) if curve.steps[0].price != curve.steps[-1].last_price else ()
    return Sureness(
        charts=tuple(confidence_chart(curve, reached, asked, catalog, size) for size in sizes),
        note=_note(entry, report),
        spread=_spread(report, catalog),
        prices=_prices(curve, catalog),
    )


def _note(entry: ReadEntry, report: ConfidenceReport) -> str:
    where = "answer" if entry.result.configuration else "near miss"
    return (
        f"The share of the {report.draws} draws of `{entry.request.profile}` in which the deal is"
        f" worth what is required there, all other terms as in the {where}."
    )


def _reached(result: TuningResult, curve: ConfidenceCurve) -> Iterator[Reached]:
    """The answer or near miss, and what the levels reach besides: each price once."""
    told: set[Fraction] = set()
    terms = result.shown_terms
    if terms is not None:
        told.add(terms.price)
        name, kind = ("answer", "answer") if result.configuration else ("near miss", "miss")
        yield Reached(name, kind, terms.price, curve.share_at(terms.price))
    for step in _other_steps(result):
        if step.price is not None and step.price not in told:
            told.add(step.price)
            name = step.approver or SELF_SERVE
            yield Reached(name, "listed", step.price, curve.share_at(step.price))


def _other_steps(result: TuningResult) -> tuple[LadderStep, ...]:
    # With open terms a level may have other ones, at which the curve says nothing.
    terms = {tuple(step.open.items()) for step in result.ladder if step.ltv is not None}
    return result.ladder if len(terms) <= 1 else ()


def _spread(report: ConfidenceReport, catalog: Denomination) -> Table:
    """What the deal may be worth."""
    columns = heads("", ">One in ten below", ">Half below", ">Nine in ten below")
    rows = (("Lifetime value", report.ltv), ("Above the best plan", report.improvement))
    return Table(
        f"What it may be worth, {catalog.currency}",
        columns,
        tuple(
            (Cell(name), *(Cell(f.grouped(v, f.CENTS)) for v in (each.p10, each.p50, each.p90)))
            for name, each in rows
        ),
    )


def _prices(curve: ConfidenceCurve, catalog: Denomination) -> Table:
    """What it takes to be sure."""
    columns = heads("Draws that hold", ">" + price_head([catalog], "Usage price"))

    def row(share: Fraction, price: Fraction | None) -> Row:
        quoted = "none" if price is None else f.quoted(price, catalog)
        return (Cell(f"at least {f.percentage(share)}"), Cell(quoted))

    rows = tuple(row(one.at_least, one.any_price) for one in curve.lowest)
    return Table("What it takes to be sure", columns, rows)
