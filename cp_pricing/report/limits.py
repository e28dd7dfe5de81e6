"""Where on the scale of usage prices levels and rules draw their limits: a chart and a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cp_pricing.diagnosis.curves import PriceRange
from cp_pricing.report.charts.price import LaneData, PriceChartData, PriceMark, price_range
from cp_pricing.report.entries import ReportEntry
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words
from cp_pricing.words.sheet import Cell, Table, heads
from cp_pricing.words.statuses import SELF_SERVE, waiver
from cp_pricing.words.terms import capital


def chart_data(entry: ReportEntry, catalog: Denomination) -> PriceChartData:
    """The chart of LTV against usage price at the terms of the answer or the near miss."""
    currency, curve = catalog.currency, entry.curve
    required = f.money(curve.required, currency)
    name, words = entry.result.request_id, price_words(catalog)
    prices = f"{capital(words.short)}s"
    return PriceChartData(
        curve=curve,
        frontier=tuple((point.price, point.ltv) for point in entry.frontier.points),
        usable_level=entry.deal.usable_level,
        marks=tuple(_marks(entry)),
        lanes={
            f"{prices} that each level admits": list(_levels(entry)),
            f"{prices} at which each rule holds": list(_rules(entry)),
        },
        required_label=f"required {required}",
        title=f"Lifetime value by {words.noun}, {name}",
        description=_described(entry, catalog, required),
    )


def _marks(entry: ReportEntry) -> Iterator[PriceMark]:
    listed, answer = entry.baseline.terms.price, entry.answer
    if answer is None or answer.terms.price != listed:
        yield PriceMark("listed", "list", listed)
    if answer is not None:
        kind, label = ("answer", "answer") if entry.result.configuration else ("miss", "near miss")
        yield PriceMark(kind, label, answer.terms.price, answer.ltv)


def _levels(entry: ReportEntry) -> Iterator[LaneData]:
    for level in entry.curve.levels:
        usable = level.level <= entry.deal.usable_level
        tone = "free" if level.level == 0 else "approval" if usable else "other"
        yield LaneData(level.approver or SELF_SERVE, tone, level.feasible)


def _rules(entry: ReportEntry) -> Iterator[LaneData]:
    effects = {rule.id: rule.effect for rule in entry.deal.pricing.rules}
    for limits in entry.curve.rules:
        if limits.holds != (entry.curve.bounds,):
            yield LaneData(limits.rule, effects[limits.rule], limits.holds)


def _described(entry: ReportEntry, catalog: Denomination, required: str) -> str:
    terms = entry.result.configuration
    first, last = entry.curve.points[0], entry.curve.points[-1]
    if catalog.is_card:  # whose discounts go up as what is charged goes down
        first, last = last, first
    ends = " to ".join(f.money(point.ltv, catalog.currency) for point in (first, last))
    prices = price_range(entry.curve.bounds, catalog)
    parts = [f"From {prices} the lifetime value goes from {ends}; {required} is required."]
    for level in entry.curve.levels:
        admits = _ranges(level.feasible, catalog)
        parts.append(f"{level.approver or SELF_SERVE} admits {admits}.")
    if terms:
        parts.append(f"The answer is {f.quote(terms.price, catalog)}.")
    return " ".join(parts)


def limits_table(entry: ReportEntry, catalog: Denomination) -> Table:
    """The limits of the chart in figures, and the rules that hold at every usage price."""
    rules = {rule.id: rule for rule in entry.deal.pricing.rules}
    noun = price_words(catalog).noun
    rows = [
        (Cell(level.approver or SELF_SERVE), Cell("level"), Cell(_ranges(level.feasible, catalog)))
        for level in entry.curve.levels
    ]
    for limits in entry.curve.rules:
        rule = rules[limits.rule]
        who = waiver(rule.effect, rule.approvers)
        everywhere = limits.holds == (entry.curve.bounds,)
        text = f"every {noun}" if everywhere else _ranges(limits.holds, catalog)
        rows.append((Cell(limits.rule), Cell(who), Cell(text, tone="quiet" if everywhere else "")))
    return Table(f"Limits on the {noun}", heads("Level or rule", "Kind", "Holds at"), tuple(rows))


def _ranges(ranges: Sequence[PriceRange], catalog: Denomination) -> str:
    none = f"no {price_words(catalog).noun}"
    return f.listed([price_range(each, catalog) for each in ranges]) or none
