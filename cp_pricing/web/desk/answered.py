"""An answer as the page shows it: what there is at once and, once it has been read in full, why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cp_pricing.asking.understood import understood as said_back
from cp_pricing.diagnosis.levers import lever_curve
from cp_pricing.model.month import Month, expected_month
from cp_pricing.report.cards import rates_only
from cp_pricing.report.charts.levers import Levers, LeverWords, levers_of
from cp_pricing.report.charts.price import NARROW, WIDE
from cp_pricing.report.charts.waterfall import Waterfall, waterfall
from cp_pricing.report.entries import ReadEntry
from cp_pricing.report.reasons import (
    Edit,
    Member,
    corrections,
    counteroffers,
    policy_edit,
    trade_offs,
)
from cp_pricing.report.rules import moves_table, rules_table
from cp_pricing.report.seller import conditions, members
from cp_pricing.report.sureness import Sureness, sureness_of
from cp_pricing.report.terms import facts, terms_table
from cp_pricing.telling.context import told_of
from cp_pricing.telling.screen import screen
from cp_pricing.web.desk.addresses import query_of
from cp_pricing.web.desk.forms import Understood
from cp_pricing.web.desk.taking import Taking
from cp_pricing.words import numbers as f
from cp_pricing.words.prices import price_words
from cp_pricing.words.sheet import Fact, Table, Tone
from cp_pricing.words.statuses import DECISIONS
from cp_pricing.words.tables import ladder_table, rank
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from cp_pricing.asking.question import Question
    from cp_pricing.results import RuleReport, TuningResult
    from cp_pricing.words.facts import Section

# As many as a small chart can show; each is a solve of its own.
_LEVER_VALUES = 25
_LEVER_WORDS = LeverWords("with approval", "no answer")
_DECISIVE = {"violated", "binding", "jointly_binding", "undecided"}


@dataclass(frozen=True, slots=True)
class Offered:
    """A table, and beside each row the question that takes it; none where there is nothing."""

    table: Table
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owned:
    """The rules of one owner, and whether any of them decides something."""

    owner: str
    about: str
    rules: Table
    decisive: bool


@dataclass(frozen=True, slots=True)
class Why:
    """What is known once an answer has been read in full; what is empty is left out."""

    lines: tuple[Fact, ...]
    counteroffers: Offered
    blocking_sets: tuple[tuple[Member, ...], ...]
    conflicts: tuple[tuple[Member, ...], ...]
    corrections: tuple[str, ...]
    moves: Table
    edits: tuple[Edit, ...]
    trade_offs: Table
    words: tuple[Section, ...]
    cut: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer; `said` is all of it in a line, for those who hear the page."""

    query: str
    understood: str
    said: str
    decision: str
    tone: Tone
    reason: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    ladder: Offered
    ladder_note: str
    owners: tuple[Owned, ...]
    rules_where: str
    terms: Table
    rates: tuple[Table, str] | None
    waterfalls: tuple[Waterfall, ...]
    sureness: Sureness | None
    why: Why | None
    levers: Levers | None
    levers_note: str
    digest: str
    seconds: str


def answered(
    understood: Understood, entry: ReadEntry, *, in_full: bool, lever: str = ""
) -> Answered:
    """A read result as the page shows it, with the price by one term, whose field is `lever`."""
    result, catalog = entry.result, entry.denomination
    decision, tone = DECISIONS[result.decision]
    taking = Taking(entry.deal.pricing.price_book, understood.question)
    offer = "answer" if result.configuration else "near miss"
    months = tuple(_months(entry))
    return Answered(
        query=query_of(understood.question),
        understood=said_back(entry.request, entry.deal.pricing.price_book),
        said=f"{capital(decision)}: {result.reason.replace('`', '')}",
        decision=decision,
        tone=tone,
        reason=capital(result.reason),
        facts=(*facts(entry, catalog), *_monthly(result, catalog.currency), *_sure(result)),
        warnings=(*understood.asked.tried, *result.warnings),
        ladder=_ladder(result, entry, taking),
        ladder_note=_ladder_note(result, entry),
        owners=tuple(_owners(entry)),
        rules_where=f"at the {offer}",
        terms=terms_table(entry, catalog),
        rates=rates_only(entry.sale, offer if entry.sale.offered else ""),
        waterfalls=_waterfalls(months, offer, catalog.currency),
        sureness=sureness_of(entry, catalog),
        why=_why(entry, taking) if in_full else None,
        levers=_levers(entry, lever) if lever else None,
        levers_note=_levers_note(entry),
        digest=result.provenance.price_book_digest[:12],
        seconds=f"{result.provenance.seconds * 1000:,.0f} ms",
    )


def _waterfalls(months: Sequence[Month], offer: str, currency: str) -> tuple[Waterfall, ...]:
    name = offer if len(months) > 1 else "at list"
    return tuple(waterfall(months[-1], currency, name, size) for size in (WIDE, NARROW))


def _levers(entry: ReadEntry, field: str) -> Levers:
    """The price by one term."""
    curve, listed = lever_curve(entry.deal, field, _LEVER_VALUES), entry.baseline.terms.price
    return levers_of([curve], entry.denomination, listed, _LEVER_WORDS)


def _months(entry: ReadEntry) -> Iterator[Month]:
    """A month at list and, if there is one, of the answer or the near miss."""
    sale = entry.sale
    for terms in (sale.listed, sale.offered):
        if terms is not None:
            yield expected_month(sale.plan, terms, sale.profile)


def _monthly(result: TuningResult, currency: str) -> Iterator[Fact]:
    """Bill and margin a month against list, and what is committed to."""
    monthly, contract = result.monthly, result.contract
    for name, here, listed in (
        ("Bill a month", monthly.bill, monthly.list_bill),
        ("Margin a month", monthly.margin, monthly.list_margin),
    ):
        at_list = f"{f.money(listed, currency)} at list"
        yield Fact(name, None if here is None else f.money(here, currency), at_list)
    if contract is not None and result.configuration is not None:
        over = f.months(result.configuration.contract_duration_months)
        committed = f.money(contract.committed_value, currency)
        expected = f"of {f.money(contract.expected_value, currency)} expected over {over}"
        yield Fact("Committed", committed, expected)


def _sure(result: TuningResult) -> Iterator[Fact]:
    if result.confidence is not None and result.confidence.draws > 1:
        share = f.percentage(result.confidence.share)
        yield Fact("Draws that hold", share, f"of {result.confidence.draws} ways it could truly be")


# --- who could go how low -------------------------------------------------------------------


def _ladder(result: TuningResult, entry: ReadEntry, taking: Taking) -> Offered:
    steps = result.price_ladder or result.ladder
    told = result.model_copy(update={"ladder": steps})
    answer = result.configuration.price if result.configuration else None
    return Offered(
        ladder_table(told, entry.denomination),
        tuple("" if step.price == answer else _query(taking.level(step)) for step in steps),
    )


def _query(taken: Question | None) -> str:
    return "" if taken is None else query_of(taken)


def _ladder_note(result: TuningResult, entry: ReadEntry) -> str:
    if not result.price_ladder:
        return ""
    noun = price_words(entry.denomination).short
    return f"If the {noun} were not asked for, all else being the same."


# --- rules ----------------------------------------------------------------------------------


def _owners(entry: ReadEntry) -> Iterator[Owned]:
    """The rules by owner: first those of whom a rule decides."""
    result, when = entry.result, conditions(entry)
    by_owner: dict[str, list[RuleReport]] = {}
    for rule in sorted(result.rules, key=rank):
        by_owner.setdefault(rule.owner, []).append(rule)
    for owner, rules in by_owner.items():
        table = rules_table(
            result.model_copy(update={"rules": tuple(rules)}), entry.denomination, when
        )
        decisive = [rule for rule in rules if rule.status in _DECISIVE]
        count = f"{len(rules)} rule{'' if len(rules) == 1 else 's'}"
        about = f"{count}, {len(decisive)} decisive" if decisive else count
        yield Owned(owner or "nobody named", about, table, bool(decisive))


# --- why ------------------------------------------------------------------------------------


def _why(entry: ReadEntry, taking: Taking) -> Why:
    result, catalog = entry.result, entry.denomination
    book = entry.deal.pricing.price_book
    told = told_of(book, entry.request, result)
    price = result.configuration.price if result.configuration else Fraction(0)
    return Why(
        lines=tuple(line for line in screen(told) if line.name in _LINES),
        counteroffers=Offered(
            counteroffers(entry, catalog),
            tuple(query_of(taking.counteroffer(offer)) for offer in result.counteroffers),
        ),
        blocking_sets=members(result.blocking_sets, entry, catalog),
        conflicts=members(result.conflicts, entry, catalog),
        corrections=corrections(entry, catalog),
        moves=moves_table(result, catalog),
        edits=tuple(policy_edit(edit, catalog) for edit in result.policy_edits),
        trade_offs=trade_offs(result.trade_offs, price, catalog),
        words=entry.words,
        cut=result.completeness.note,
    )


# Of what a terminal shows on one screen: the rest stands above in figures.
_LINES = {"stopped by", "next step", "refused by", "instead", "next", "confidence"}


def _levers_note(entry: ReadEntry) -> str:
    level = entry.deal.usable_level
    approvers = entry.deal.pricing.price_book.policy.approvers
    reach = f"with approvals up to {approvers[level - 1]}" if level else "self-serve"
    return f"{capital(reach)}, solved anew for each value, with all else as asked."
