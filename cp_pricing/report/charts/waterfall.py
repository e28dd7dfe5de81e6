"""The waterfall of a plan: from usage at list to the bill, by what each term changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from cp_pricing.model.month import Charge, Month
from cp_pricing.report.charts.geometry import CHARACTER, Axis, px
from cp_pricing.report.charts.price import Format
from cp_pricing.words import numbers as f
from cp_pricing.words.sheet import Cell, Row, Table, heads

_ROW, _BAR, _TOP, _EDGE = 30, 16, 12, 8
_LEAST = Fraction(1)
_DISCOUNT = "discount"


class Part(NamedTuple):
    """A part of a bill (currency/month); a `total` stands for itself, others change what it was."""

    name: str
    amount: Fraction
    total: bool = False


class Step(NamedTuple):
    """A row of the chart: a bar that begins and ends where the bill stands before and after it."""

    name: str
    text: str
    kind: str
    x: str
    width: str
    y: str
    name_x: str
    label_x: str
    join: str


class Waterfall(NamedTuple):
    """The chart in one format."""

    width: int
    height: int
    title: str
    description: str
    bar: int
    gutter: bool
    steps: tuple[Step, ...]


def parts_of(month: Month) -> tuple[Part, ...]:
    """A month from list to net; what changes nothing is left out, but for the discount."""
    usage = month.usage
    changes = {
        "allowance": usage.allowance,
        _DISCOUNT: usage.discount,
        "agreed prices": usage.agreed,
        "fees": month.fees,
        "up to the minimum": month.topped_up,
    }
    kept = (Part(name, amount) for name, amount in changes.items() if amount or name == _DISCOUNT)
    ends = (Part("usage at list", usage.at_list, total=True), Part("bill", month.bill, total=True))
    return (ends[0], *kept, ends[1])


def waterfall(month: Month, currency: str, name: str, size: Format) -> Waterfall:
    """The chart of a month, told of under a name, in one of the two formats."""
    parts = parts_of(month)
    steps = tuple(_steps(parts, size))
    told = ", ".join(f"{part.name} {_signed(part)}" for part in parts)
    return Waterfall(
        width=size.width,
        height=_TOP + _ROW * len(parts) * (1 if size.gutter else 2) + _EDGE,
        title=f"From list to net, {name}",
        description=f"In {currency} a month: {told}.",
        bar=_BAR,
        gutter=bool(size.gutter),
        steps=steps,
    )


def _steps(parts: tuple[Part, ...], size: Format) -> Iterator[Step]:
    """The rows from above, in so high lines as names need that have no gutter."""
    texts = [_signed(part) for part in parts]
    room = max(map(len, texts)) * CHARACTER + _EDGE
    stands = [Fraction(0), *(after for _, after in _ends(parts))]
    left = Fraction(size.gutter or _EDGE)
    axis = Axis(min(stands), max(stands) or _LEAST, left, Fraction(size.width - room))
    height = _ROW if size.gutter else 2 * _ROW
    for place, (part, text, (before, after)) in enumerate(
        zip(parts, texts, _ends(parts), strict=True)
    ):
        low, high = sorted((axis.at(before), axis.at(after)))
        top = _TOP + place * height + (height - _ROW)
        kind = "" if part.total else "free" if part.amount <= 0 else "approval"
        yield Step(
            name=part.name,
            text=text,
            kind=kind,
            x=px(low),
            width=px(max(high - low, _LEAST)),
            y=px(Fraction(top)),
            name_x=px(left - 10 if size.gutter else left),
            label_x=px(high + 6),
            join=axis.px(after),
        )


def _ends(parts: tuple[Part, ...]) -> list[tuple[Fraction, Fraction]]:
    """Where the bill stands before and after each part."""
    ends, stands = [], Fraction(0)
    for part in parts:
        before = Fraction(0) if part.total else stands
        stands = before + part.amount
        ends.append((before, stands))
    return ends


def _signed(part: Part) -> str:
    """An amount, with a sign where it is a change."""
    text = f.grouped(part.amount, f.CENTS)
    return text if part.total or part.amount <= 0 else f"+{text}"


def waterfall_table(months: Sequence[Month], currency: str, offer: str) -> Table:
    """The same in figures, of the plan at list and, if there is a second month, of an offer."""
    found = [{part.name: part for part in parts_of(month)} for month in months]
    order = [part.name for part in parts_of(_EVERYTHING)]
    names = [name for name in order if any(name in each for each in found)]
    rows: list[Row] = [(Cell(name), *(_cell(each.get(name)) for each in found)) for name in names]
    columns = heads(f"Part of a month, {currency}", ">At list", *[f">{offer}"][: len(months) - 1])
    return Table("From list to net", columns, tuple(rows))


def _cell(part: Part | None) -> Cell:
    return Cell(None, tone="quiet") if part is None else Cell(_signed(part))


# A month in which there is every part, in its order.
_EVERYTHING = Month({"": Charge(*map(Fraction, (1, 1, 1, 1)))}, Fraction(1), Fraction(1))
