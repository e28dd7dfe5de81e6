"""The seller's report as texts and charts: everything that is known of each request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cp_pricing.report.cards import CardPart, card_part
from cp_pricing.report.charts.levers import Levers, LeverWords, levers_of
from cp_pricing.report.charts.price import NARROW, WIDE, PriceChart, price_chart
from cp_pricing.report.entries import ReadEntry, ReportEntry
from cp_pricing.report.limits import chart_data, limits_table
from cp_pricing.report.reasons import (
    Edit,
    Member,
    corrections,
    counteroffers,
    member,
    policy_edit,
    trade_offs,
)
from cp_pricing.report.rules import moves_table, rules_table
from cp_pricing.report.sureness import Sureness, sureness_of
from cp_pricing.report.terms import facts, terms_table
from cp_pricing.results import Decision
from cp_pricing.telling.screen import customer_and_facts
from cp_pricing.words import numbers as f
from cp_pricing.words.facts import Section
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_head, price_words
from cp_pricing.words.sheet import Fact, Row, Table, Tone, heads
from cp_pricing.words.statuses import DECISIONS, MODES, SELF_SERVE
from cp_pricing.words.tables import ladder_table, summary_row
from cp_pricing.words.terms import capital

if TYPE_CHECKING:
    from cp_pricing.book.policy import Rule
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.catalog.plans import Catalog

_COUNTED: dict[Decision, str] = {"requires_approval": "in need of approval"}
_LEVER_WORDS = LeverWords("with approval", "no answer")
# What is drawn beside the list: the answer, or else the near miss.
_OFFERS = {True: "answer", False: "near miss"}


class SellerRequest(NamedTuple):
    """One request; a table that is empty is `None` or has no rows, and is left out."""

    anchor: str
    name: str
    decision: str
    tone: Tone
    reason: str
    about: str
    facts: tuple[Fact, ...]
    words: tuple[Section, ...]
    card: CardPart | None
    terms: Table
    price: str
    charts: tuple[PriceChart, ...]
    chart_note: str
    beyond: bool
    limits: Table
    sureness: Sureness | None
    ladder: Table
    rules: Table
    rules_where: str
    moves: Table
    blocking_sets: tuple[tuple[Member, ...], ...]
    conflicts: tuple[tuple[Member, ...], ...]
    corrections: tuple[str, ...]
    counteroffers: Table
    policy_edits: tuple[Edit, ...]
    trade_offs: Table
    levers: Levers
    levers_note: str
    warnings: tuple[str, ...]
    cut: str
    provenance: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class SellerReport:
    """All requests of a price book, before them a summary of all."""

    title: str
    summary: str
    digest: str
    index: Table
    requests: tuple[SellerRequest, ...]


def seller_report(price_book: PriceBook, entries: Sequence[ReportEntry]) -> SellerReport:
    """Everything that is known of some requests, in their order."""
    catalog = price_book.catalog
    counts = Counter(entry.result.decision for entry in entries)
    words = [
        f"{counts[decision]} {_COUNTED.get(decision, word)}"
        for decision, (word, _) in DECISIONS.items()
        if counts[decision]
    ]
    total = f"{len(entries)} request{'' if len(entries) == 1 else 's'}"
    return SellerReport(
        title=catalog.name,
        summary=f"{total}: {', '.join(words)}" if words else total,
        digest=price_book.digest[:12],
        index=_index(entries, catalog.currency),
        requests=tuple(_request(number, entry) for number, entry in enumerate(entries, start=1)),
    )


# --- the index ------------------------------------------------------------------------------


def _index(entries: Sequence[ReportEntry], currency: str) -> Table:
    columns = heads(
        "Request",
        "Decision",
        ">" + price_head((entry.denomination for entry in entries), "Usage price"),
        f">LTV, {currency}",
        ">Required LTV",
        "Approvals",
    )
    rows = (_index_row(number, entry) for number, entry in enumerate(entries, start=1))
    return Table("All requests", columns, tuple(rows))


def _index_row(number: int, entry: ReportEntry) -> Row:
    listed = entry.baseline.terms.price
    name, *cells = summary_row(entry.result, listed, entry.denomination)
    return (name._replace(link=_anchor(number)), *cells)


def _anchor(number: int) -> str:
    # By its number: an id of a file may hold any character.
    return f"request-{number}"


# --- one request ----------------------------------------------------------------------------


def _request(number: int, entry: ReportEntry) -> SellerRequest:
    result, catalog = entry.result, entry.denomination
    decision, tone = DECISIONS[result.decision]
    data = chart_data(entry, catalog)
    several = len(entry.curve.points) > 1  # one price alone makes no curve
    sizes = (WIDE, NARROW) if several else ()
    price = result.configuration.price if result.configuration else Fraction(0)
    return SellerRequest(
        anchor=_anchor(number),
        name=result.request_id,
        decision=decision,
        tone=tone,
        reason=capital(result.reason),
        about=_about(entry),
        facts=tuple(facts(entry, catalog)),
        words=entry.words,
        card=card_part(entry.sale, result.request_id, _OFFERS[result.configuration is not None]),
        terms=terms_table(entry, catalog),
        price=price_words(catalog).noun,
        charts=tuple(price_chart(data, catalog, size) for size in sizes),
        chart_note=_chart_note(entry),
        beyond=entry.deal.usable_level < entry.deal.levels,
        limits=limits_table(entry, catalog),
        sureness=sureness_of(entry, catalog),
        ladder=ladder_table(result, catalog),
        rules=rules_table(result, catalog, conditions(entry)),
        moves=moves_table(result, catalog),
        rules_where="at the answer" if result.configuration else "at the near miss",
        blocking_sets=members(result.blocking_sets, entry, catalog),
        conflicts=members(result.conflicts, entry, catalog),
        corrections=corrections(entry, catalog),
        counteroffers=counteroffers(entry, catalog),
        policy_edits=tuple(policy_edit(edit, catalog) for edit in result.policy_edits),
        trade_offs=trade_offs(result.trade_offs, price, catalog),
        levers=levers_of(entry.levers, catalog, entry.baseline.terms.price, _LEVER_WORDS),
        levers_note=_levers_note(entry, catalog),
        warnings=result.warnings,
        cut=result.completeness.note,
        provenance=tuple(_provenance(entry, entry.deal.pricing.price_book.catalog)),
    )


def _about(entry: ReportEntry) -> str:
    request, aim = entry.request, price_words(entry.denomination).aim
    opened = f", open: {', '.join(request.open)}" if request.open else ""
    book = entry.deal.pricing.price_book
    whose = customer_and_facts(book, request, entry.result)
    said = "".join(f"; {fact.name} {fact.value}" for fact in whose)
    return (
        f"`{request.configuration}` for `{request.profile}`, {aim[request.preference]},"
        f" {MODES[request.approval_mode]}{opened}{said}"
    )


def conditions(entry: ReadEntry) -> dict[str, str]:
    """What the rules say of when they are in force, by id; of those that say something."""
    rules = entry.deal.pricing.price_book.policy.rules
    texts = {rule.id: " and ".join(filter(None, (_scope(rule), rule.when_text))) for rule in rules}
    return {name: text for name, text in texts.items() if text}


def _scope(rule: Rule) -> str:
    """What a rule is for, if not for every deal: `profile in [solo, small-team]`."""
    scope = rule.applies_to
    if scope is None:
        return ""
    parts = (("plan", scope.configurations), ("profile", scope.profiles))
    return " and ".join(f"{name} in [{', '.join(ids)}]" for name, ids in parts if ids)


def members(
    sets: Sequence[Sequence[str]], entry: ReadEntry, catalog: Denomination
) -> tuple[tuple[Member, ...], ...]:
    """The constraints of conflicts or of blocking sets."""
    return tuple(tuple(member(name, entry, catalog) for name in names) for names in sets)


# --- notes, provenance ----------------------------------------------------------------------


def _chart_note(entry: ReportEntry) -> str:
    if len(entry.curve.points) == 1:
        noun = price_words(entry.denomination).noun
        return f"The {noun} is not tunable, so there is no curve to draw."
    where = "answer" if entry.result.configuration else "near miss"
    note = f"All other terms are those of the {where if entry.answer else 'request'}."
    everywhere = sum(limits.holds == (entry.curve.bounds,) for limits in entry.curve.rules)
    if everywhere:
        note += (
            f" {everywhere} further rule{' holds' if everywhere == 1 else 's hold'} at every"
            f" {price_words(entry.denomination).short}."
        )
    if entry.deal.violations:
        note += f" No level admits a {price_words(entry.denomination).short}, since an input is"
        note += " outside its tunable bounds."
    if not entry.curve.exact:
        note += " A rule changes so often, or time was so short, that limits here are approximate."
    if not entry.frontier.complete:
        note += " Not all points of highest lifetime value could be proved in time."
    return note


def _levers_note(entry: ReportEntry, catalog: Denomination) -> str:
    level = entry.deal.usable_level
    approvers = entry.deal.pricing.price_book.policy.approvers
    reach = f"with approvals up to {approvers[level - 1]}" if level else SELF_SERVE
    least = "greatest" if catalog.is_card else "lowest"
    aim = least if entry.request.preference == "lower_usage_price" else "most valuable"
    basis = "" if catalog.is_card else f", in {catalog.currency} {f.quote_basis(catalog)}"
    return (
        f"Each point is the {aim} {price_words(catalog).noun} {reach}{basis}, solved anew with this"
        " one term changed and all else as asked."
    )


def _provenance(entry: ReportEntry, catalog: Catalog) -> Iterator[Fact]:
    result, cohort = entry.result, entry.deal.offer.profile.cohort
    yield Fact("price book", f"{catalog.name}, {result.provenance.price_book_digest}")
    if cohort:
        yield Fact("cohort", f.cohort_in_words(cohort))
    yield Fact("versions", ", ".join(f"{n} {v}" for n, v in result.provenance.versions.items()))
    yield Fact("solver status", result.provenance.solver_status)
    yield Fact("seconds", f"{result.provenance.seconds:.3f}")
