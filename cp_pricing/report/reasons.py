"""Why an answer is not better or why there is none, what would be accepted, and what terms buy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from cp_pricing.exact import value_of
from cp_pricing.fields import solved_field
from cp_pricing.report.entries import ReadEntry
from cp_pricing.results import Approval, Correction, Counteroffer, Outcome, PolicyEdit, TradeOff
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_words
from cp_pricing.words.sheet import NOTHING, Cell, Row, Table, heads
from cp_pricing.words.tables import decision_cell
from cp_pricing.words.terms import capital, changes_in_words, other_terms


class Member(NamedTuple):
    """A constraint in a conflict or a blocking set: its name and what it says."""

    kind: Literal["rule", "input", "bounds"]
    name: str
    about: str


def member(name: str, entry: ReadEntry, catalog: Denomination) -> Member:
    """A constraint by its id: a rule, `request:FIELD` or `tunable:FIELD`."""
    kind, colon, shown = name.partition(":")
    field = solved_field(shown)
    if colon and kind == "request":
        asked = f.field_value(field, entry.request.inputs[field], catalog)
        return Member("input", f.label(field, catalog), f"asked: {asked}")
    if colon and kind == "tunable":
        bounds = entry.deal.offer.configuration.tunable.get(field)
        words = f.bounds_in_words(field, bounds, entry.deal.offer.canonical[field], catalog)
        return Member("bounds", f.label(field, catalog), f"possible: {words}")
    rule = next(rule for rule in entry.deal.pricing.rules if rule.id == name)
    return Member("rule", name, rule.description.strip() or rule.text)


def corrections(entry: ReadEntry, catalog: Denomination) -> tuple[str, ...]:
    """What would have to change, in each way that is enough: other terms, and who waives what."""
    return tuple(_correction(each, entry, catalog) for each in entry.result.corrections)


def _correction(correction: Correction, entry: ReadEntry, catalog: Denomination) -> str:
    instead = other_terms(correction.fields, entry.request.inputs, catalog)
    return f.listed([*filter(None, [instead]), *map(_waived, correction.approvals)])


def _waived(approval: Approval) -> str:
    return f"`{approval.approver}` waives {f.coded(approval.rules)}"


def counteroffers(entry: ReadEntry, catalog: Denomination) -> Table:
    """Terms that would be accepted, the nearest to the request first."""
    noun = capital(price_words(catalog).noun)
    columns = heads("Change", f">{noun}", f">LTV, {catalog.currency}", "Decision")
    inputs = entry.request.inputs
    rows = (_counteroffer(offer, inputs, catalog) for offer in entry.result.counteroffers)
    return Table("Counteroffers", columns, tuple(rows))


def _counteroffer(offer: Counteroffer, inputs: Collection[str], catalog: Denomination) -> Row:
    above = "above list" if offer.above_baseline_price else ""
    who = "; ".join(f"{a.approver}: {', '.join(a.rules)}" for a in offer.approvals)
    return (
        Cell(capital(changes_in_words(offer, catalog, inputs))),
        Cell(offer.quote, above),
        Cell(f.grouped(offer.ltv, f.CENTS)),
        decision_cell(offer.decision, who),
    )


class Edit(NamedTuple):
    """A line of the policy before and after, where it is, and what its change buys."""

    rule: str
    place: str
    old: str
    new: str
    buys: str


def policy_edit(edit: PolicyEdit, catalog: Denomination) -> Edit:
    """A change of one policy limit that would admit the request."""
    price, worth = edit.buys.price, f.money(edit.buys.ltv, catalog.currency)
    place = f"{edit.source.file}:{edit.source.line}" if edit.source else ""
    return Edit(edit.rule, place, edit.old, edit.new, f"{f.quote(price, catalog)}, LTV {worth}")


def trade_offs(trades: Sequence[TradeOff], price: Fraction, catalog: Denomination) -> Table:
    """What each commitment is worth beside the answer's usage `price` (currency/unit)."""
    what = capital(price_words(catalog).short)
    columns = heads(
        "Commitment",
        f">{what} without it",
        f">{what} with more",
        f">LTV it brings, {catalog.currency}",
    )
    rows = tuple(_trade_off(trade, price, catalog) for trade in trades)
    return Table("What the commitments are worth", columns, rows)


def _trade_off(trade: TradeOff, price: Fraction, catalog: Denomination) -> Row:
    value, before = (_shown(trade, v, catalog) for v in (trade.value, trade.baseline_value))
    more = NOTHING
    if trade.next_value is not None:
        more = _outcome(trade.one_step_more, price, catalog)
        step = _shown(trade, trade.next_value, catalog)
        more = more._replace(note=f"{step}, {more.note}" if more.note else step)
    return (
        Cell(capital(f.label(trade.field, catalog)), f"{value}; at list {before}"),
        _outcome(trade.without, price, catalog),
        more,
        Cell(f.grouped(trade.ltv_worth, f.CENTS)),
    )


def _shown(trade: TradeOff, value: str | bool, catalog: Denomination) -> str:  # noqa: FBT001 - a value
    return f.field_value(trade.field, value_of(value), catalog)


def _outcome(outcome: Outcome | None, price: Fraction, catalog: Denomination) -> Cell:
    """A usage price, and how far it is from the answer's."""
    if outcome is None:
        return Cell("no answer", tone="quiet")
    change = f.price_change(outcome.price, price, catalog)
    return Cell(f.quote(outcome.price, catalog), change)
