"""Levers as a report shows them: a chart where a field makes a difference, else a remark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cp_pricing.diagnosis.levers import LeverCurve, LeverPoint
from cp_pricing.report.lever_charts import LeverChart, LeverWords, lever_charts, lever_point
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.statuses import without_answer
from cp_pricing.words.terms import capital


@dataclass(frozen=True, slots=True)
class Levers:
    """Charts of the fields that make a difference, and a sentence about each of the others."""

    charts: tuple[LeverChart, ...]
    remarks: tuple[str, ...]


def levers_of(
    levers: Sequence[LeverCurve], catalog: Denomination, listed: Fraction, words: LeverWords
) -> Levers:
    """What to show of some levers; `listed` is the catalog's usage price (currency/unit)."""
    telling = [lever for lever in levers if not _remark(lever, catalog, words)]
    charts = lever_charts(
        telling, catalog, listed, words, lambda lever: _described(lever, catalog, words)
    )
    return Levers(charts, tuple(_remarks(levers, catalog, words)))


def _remarks(
    levers: Sequence[LeverCurve], catalog: Denomination, words: LeverWords
) -> Iterator[str]:
    """One sentence for all fields of which there is the same to say."""
    names: dict[str, list[str]] = {}
    for lever in levers:
        if remark := _remark(lever, catalog, words):
            names.setdefault(remark, []).append(f.label(lever.field, catalog))
    for remark, fields in names.items():
        yield f"{capital(f.listed(fields))}: {remark}."


def _remark(lever: LeverCurve, catalog: Denomination, words: LeverWords) -> str:
    """What there is to say of a field that makes no difference; nothing of one that does."""
    kinds = {(point.status, point.price, bool(point.level)) for point in lever.points}
    if len(kinds) > 1:
        return ""
    tried = "" if lever.complete else " tried"
    point = lever.points[0]
    if point.price is not None:
        approval = f", {words.approval}" if point.level else ""
        return f"every value{tried} comes to {f.quote(point.price, catalog)}{approval}"
    return f"{without_answer(point.status, words.missing)} at any value{tried}"


def _described(lever: LeverCurve, catalog: Denomination, words: LeverWords) -> str:
    """The chart in words: the lowest price, the value asked for, and where there is none."""
    priced = [point for point in lever.points if point.price is not None]
    parts = []
    if priced:
        least = min(priced, key=lambda point: point.price or Fraction(0))
        parts.append(f"lowest at {lever_point(lever, least, catalog, words)}")
    asked = [point for point in lever.points if point.value == lever.asked]
    parts += [f"as asked at {lever_point(lever, point, catalog, words)}" for point in asked]
    missing = [point for point in lever.points if point.status == "infeasible"]
    if missing:
        parts.append(f"{words.missing} at {_extent(lever, missing, catalog)}")
    return f"{'; '.join(parts)}."


def _extent(lever: LeverCurve, points: Sequence[LeverPoint], catalog: Denomination) -> str:
    values = [f.field_value(lever.field, point.value, catalog) for point in points]
    if len(values) <= len(("one", "another")):
        return f.listed(values)
    return f"{len(values)} of {len(lever.points)} values, among them {values[0]} and {values[-1]}"
