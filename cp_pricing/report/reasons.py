"""Why an answer is not better or why there is none, what would be accepted, and what terms buy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from cp_pricing.report.entries import ReportEntry
from cp_pricing.report.parts import Cell, Table, heads
from cp_pricing.report.rules import outcome
from cp_pricing.results import (
    Approval,
    Correction,
    Counteroffer,
    Outcome,
    PolicyEdit,
    TradeOff,
)
from cp_pricing.words import numbers as f
from cp_pricing.words.terms import capital, changes_in_words, number_of

if TYPE_CHECKING:
    from cp_pricing.book.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Member:
    """A constraint in a conflict or a blocking set: its name and what it says."""

    kind: Literal["rule", "input", "bounds"]
    name: str
    about: str


def member(name: str, entry: ReportEntry, catalog: Catalog) -> Member:
    """A constraint by its id: a rule, `request:FIELD` or `tunable:FIELD`."""
    kind, colon, field = name.partition(":")
    if colon and kind == "request":
        asked = f.field_value(field, entry.request.inputs[field], catalog)
        return Member("input", f.label(field, catalog), f"asked: {asked}")
    if colon and kind == "tunable":
        bounds = entry.deal.offer.configuration.tunable.get(field)
        words = f.bounds_in_words(field, bounds, entry.deal.offer.canonical[field], catalog)
        return Member("bounds", f.label(field, catalog), f"possible: {words}")
    rule = next(rule for rule in entry.deal.pricing.rules if rule.id == name)
    return Member("rule", name, rule.description.strip() or rule.text)


def corrections(found: Sequence[Correction], catalog: Catalog) -> tuple[str, ...]:
    """What would have to change, each in a sentence."""
    return tuple(_correction(correction, catalog) for correction in found)


def _correction(correction: Correction, catalog: Catalog) -> str:
    fields = [f.label(field, catalog) for field in correction.fields]
    parts = [f"another value for {f.listed(fields)}"] if fields else []
    parts += [waiver(approval) for approval in correction.approvals]
    return f.listed(parts)


def waiver(approval: Approval) -> str:
    """Who waives what."""
    return f"`{approval.approver}` waives {f.listed([f'`{rule}`' for rule in approval.rules])}"


def shown(field: str, value: str | bool, catalog: Catalog) -> str:  # noqa: FBT001 - a value
    """A field's value, as results have it, in words."""
    return f.field_value(field, number_of(value), catalog)


def counteroffers(entry: ReportEntry, catalog: Catalog) -> Table:
    """Configurations that would be accepted, the nearest to the request first."""
    columns = heads("Change", ">Usage price", f">LTV, {catalog.currency}", "Decision")
    inputs = entry.request.inputs
    rows = (_counteroffer(offer, inputs, catalog) for offer in entry.result.counteroffers)
    return Table("Counteroffers", columns, tuple(rows))


def _counteroffer(
    offer: Counteroffer, inputs: Collection[str], catalog: Catalog
) -> tuple[Cell, ...]:
    free = offer.decision == "accepted"
    above = "above the catalog's price" if offer.above_baseline_price else ""
    who = "; ".join(f"{a.approver}: {', '.join(a.rules)}" for a in offer.approvals)
    return (
        Cell(capital(changes_in_words(offer, catalog, inputs))),
        Cell(offer.quote, above),
        Cell(f.grouped(offer.ltv, f.CENTS)),
        Cell(
            "accepted" if free else "requires approval", who, "good" if free else "warn", badge=True
        ),
    )


@dataclass(frozen=True, slots=True)
class Edit:
    """A line of the policy before and after, where it is, and what its change buys."""

    rule: str
    place: str
    old: str
    new: str
    buys: str


def policy_edits(found: Sequence[PolicyEdit], catalog: Catalog) -> tuple[Edit, ...]:
    """The changes of one policy limit that would each admit the request."""
    return tuple(
        Edit(
            edit.rule,
            f"{edit.source.file}:{edit.source.line}" if edit.source else "",
            edit.old,
            edit.new,
            outcome(edit.buys, catalog),
        )
        for edit in found
    )


def trade_offs(found: Sequence[TradeOff], price: Fraction, catalog: Catalog) -> Table:
    """What each commitment is worth beside the answer's usage `price` (currency/unit)."""
    columns = heads(
        "Commitment", ">Price without it", ">Price with more", f">LTV it brings, {catalog.currency}"
    )
    rows = tuple(_trade_off(trade_off, price, catalog) for trade_off in found)
    return Table("What the commitments are worth", columns, rows)


def _trade_off(trade: TradeOff, price: Fraction, catalog: Catalog) -> tuple[Cell, ...]:
    value, before = (shown(trade.field, v, catalog) for v in (trade.value, trade.baseline_value))
    return (
        Cell(capital(f.label(trade.field, catalog)), f"{value}; in the catalog {before}"),
        price_cell(trade.without, price, catalog),
        more_cell(trade, price, catalog),
        Cell(f.grouped(trade.ltv_worth, f.CENTS)),
    )


def price_cell(found: Outcome | None, price: Fraction, catalog: Catalog) -> Cell:
    """A usage price, and how far it is from the answer's."""
    if found is None:
        return Cell("no answer", tone="quiet")
    change = f.change(found.usage_unit_price, price)
    return Cell(f.quote(found.usage_unit_price, catalog), change)


def more_cell(trade: TradeOff, price: Fraction, catalog: Catalog) -> Cell:
    """The usage price with one step more of a commitment."""
    if trade.next_value is None:
        return Cell("–", tone="quiet")
    step = shown(trade.field, trade.next_value, catalog)
    cell = price_cell(trade.one_step_more, price, catalog)
    return replace(cell, note=f"{step}{f', {cell.note}' if cell.note else ''}")
