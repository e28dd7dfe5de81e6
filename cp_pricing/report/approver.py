"""The approvers' report: who is asked to sign what, what it waives, and what the deal is worth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from constraints.language.expressions import Value
from cp_pricing.exact import value_of
from cp_pricing.fields import PRICE
from cp_pricing.model.deal import Deal
from cp_pricing.report.cards import rates_only
from cp_pricing.report.entries import Figures, SolvedEntry, fields_of, figures, sale_of
from cp_pricing.results import Approval, Decision, LadderStep, TuningResult
from cp_pricing.telling.context import basis_of, told_of
from cp_pricing.telling.screen import who_asks
from cp_pricing.tuning import deal_of, solved
from cp_pricing.words import numbers as f
from cp_pricing.words.numbers import Denomination
from cp_pricing.words.prices import price_name, price_words
from cp_pricing.words.rates import main_rates, rates_of, with_rates
from cp_pricing.words.sheet import NOTHING, Cell, Fact, Row, Table, heads
from cp_pricing.words.tables import differing_terms, shortfalls

if TYPE_CHECKING:
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest

# What is said in one line of the requests that nobody has to sign, by their decision.
_UNSIGNED: dict[Decision, str] = {
    "accepted": "No signature is needed for {}.",
    "rejected": "Rejected as asked, so that there is nothing to sign: {}.",
    "unknown": "Not decided in time: {}.",
}


@dataclass(frozen=True, slots=True)
class ApproverEntry(SolvedEntry):
    """A request as it was decided, and its figures at list, with its approvals and without any.

    `alone` is the best that nobody has to approve; `None` where there is no such answer.
    """

    listed: Figures
    answer: Figures | None
    alone: Figures | None

    @property
    def signers(self) -> tuple[str, ...]:
        """Who is asked, from the lowest level up."""
        return tuple(approval.approver for approval in self.result.approvals)


def approver_entries(
    price_book: PriceBook, requests: Iterable[TuningRequest], *, time_limit: float = 30.0
) -> Iterator[ApproverEntry]:
    """Each request with what its approvals change, with `time_limit` seconds for it."""
    for request in requests:
        deal = deal_of(price_book, request, time_limit)
        result = solved(deal, "rules")
        evaluated, plan = deal.offer.evaluator, deal.offer.configuration
        terms, alone = result.configuration, _alone(deal, result)
        yield ApproverEntry(
            deal=deal,
            result=result,
            listed=figures(deal.offer.listed, plan),
            answer=figures(evaluated(fields_of(terms)), plan) if terms else None,
            alone=figures(evaluated(alone), plan) if alone else None,
        )


def _alone(deal: Deal, result: TuningResult) -> dict[str, Value]:
    """The best fields without any approval; empty if there are none.

    Where the price was asked, it is the best price that takes no approval.
    """
    step = _first_step(result)
    if step.price is None:
        return {}
    opened = {name: value_of(value) for name, value in step.open.items()}
    return {**deal.request.inputs, **opened, PRICE: step.price}


def _first_step(result: TuningResult) -> LadderStep:
    return (result.price_ladder or result.ladder)[0]


# --- the report -----------------------------------------------------------------------------


class ApproverRequest(NamedTuple):
    """One request that somebody has to sign."""

    anchor: str
    name: str
    ask: str
    about: tuple[Fact, ...]
    waived: Table
    worth: Table
    without: str
    rates: tuple[Table, str] | None
    terms: Table
    warnings: tuple[str, ...]
    signers: tuple[Approval, ...]


@dataclass(frozen=True, slots=True)
class ApproverReport:
    """The requests that somebody has to sign, by who is asked; of the others a line each kind."""

    title: str
    subtitle: str
    index: Table
    requests: tuple[ApproverRequest, ...]
    others: tuple[str, ...]


def approver_report(
    price_book: PriceBook,
    entries: Sequence[ApproverEntry],
    approvers: Collection[str] = (),
    dated: date | None = None,
) -> ApproverReport:
    """What some approvers are asked for on the day `dated`, or all of them if none is named."""
    wanted = approvers or price_book.policy.approvers
    asked = [entry for entry in entries if not set(wanted).isdisjoint(entry.signers)]
    numbered = {entry.request.id: f"request-{n}" for n, entry in enumerate(asked, start=1)}
    day = f"{f.day(dated)}. " if dated else ""
    index = _index(asked, [who for who in price_book.policy.approvers if who in wanted], numbered)
    return ApproverReport(
        title=price_book.catalog.name,
        subtitle=f"{day}Price book {price_book.digest[:12]}",
        index=index,
        requests=tuple(
            _request(numbered[entry.request.id], entry, entry.denomination) for entry in asked
        ),
        others=tuple(_others(entries, asked)),
    )


def _index(asked: Sequence[ApproverEntry], wanted: Sequence[str], anchors: dict[str, str]) -> Table:
    """A row for each approver and request, by approver."""
    rows = tuple(
        _signature(approval, entry, anchors[entry.request.id])
        for who in wanted
        for entry in asked
        for approval in entry.result.approvals
        if approval.approver == who
    )
    price = price_name(entry.denomination for entry in asked)
    return Table("Who is asked", heads("Approver", "Request", "To waive", f">{price}"), rows)


def _signature(approval: Approval, entry: ApproverEntry, anchor: str) -> Row:
    request = entry.request
    return (
        Cell(approval.approver),
        Cell(request.id, request.customer.name or "", link=anchor),
        Cell(", ".join(approval.rules)),
        Cell(entry.result.quote),
    )


def _others(entries: Sequence[ApproverEntry], asked: Sequence[ApproverEntry]) -> Iterator[str]:
    """What became of the requests that are not told of: one line for all alike."""
    for decision, sentence in _UNSIGNED.items():
        names = f.coded(entry.request.id for entry in entries if entry.decision == decision)
        if names:
            yield sentence.format(names)
    told = {entry.request.id for entry in asked}
    left = [each for each in entries if each.signers and each.request.id not in told]
    if left:
        yield f"Asked of other approvers: {f.coded(entry.request.id for entry in left)}."


def _request(anchor: str, entry: ApproverEntry, catalog: Denomination) -> ApproverRequest:
    result = entry.result
    waived = {name for approval in result.approvals for name in approval.rules}
    told = told_of(entry.deal.pricing.price_book, entry.request, result)
    return ApproverRequest(
        anchor=anchor,
        name=entry.request.id,
        ask=_ask(entry, catalog),
        about=(Fact("plan", entry.deal.offer.configuration.name), *who_asks(told)),
        waived=shortfalls((rule for rule in result.rules if rule.id in waived), catalog)._replace(
            caption="Rules to waive"
        ),
        worth=_worth(entry, catalog),
        without=_without(entry, catalog),
        rates=rates_only(sale_of(entry.deal, told, result.configuration), "answer"),
        terms=differing_terms(result, told.baseline, catalog),
        warnings=result.warnings,
        signers=result.approvals,
    )


def _ask(entry: ApproverEntry, catalog: Denomination) -> str:
    """Who is asked for which price."""
    listed = entry.listed.terms.price
    price = entry.answer.terms.price if entry.answer else listed
    change = f.price_change(price, listed, catalog)
    against = ", as at list" if change == "unchanged" else f", {change} than at list"
    are = "is" if len(entry.signers) == 1 else "are"
    quote = f.quote(price, catalog)
    if entry.answer and catalog.is_card:
        against = ""
        meters = basis_of(entry.result).meters
        quote = with_rates(quote, main_rates(rates_of(entry.answer.terms), meters, catalog))
    return f"{f.coded(entry.signers)} {are} asked to approve {quote}{against if change else ''}."


def _without(entry: ApproverEntry, catalog: Denomination) -> str:
    """What can be had without the approvals."""
    if entry.alone is None:
        undecided = _first_step(entry.result).status == "unknown"
        missing = "nothing could be decided" if undecided else "there is no deal"
        return f"Without it {missing} on these terms."
    price = f.quote(entry.alone.terms.price, catalog)
    return f"Without it the best that can be offered on these terms is {price}."


def _worth(entry: ApproverEntry, catalog: Denomination) -> Table:
    """The figures of the deal with the approvals, without them, and at list."""
    columns = (entry.answer, entry.alone, entry.listed)
    price = price_words(catalog).noun
    rows = tuple(
        (Cell(name), *(NOTHING if each is None else Cell(shown(each, catalog)) for each in columns))
        for name, shown in {price: _price, **_FIGURES}.items()
    )
    names = heads("Figure", ">With the approval", ">Without it", ">At list")
    return Table("What the deal is worth", names, rows)


def _price(each: Figures, catalog: Denomination) -> str:
    return f.quote(each.terms.price, catalog)


_FIGURES: dict[str, Callable[[Figures, Denomination], str]] = {
    "expected bill a month": lambda each, catalog: f.money(each.bill, catalog.currency),
    "expected margin a month": lambda each, catalog: f.money(each.margin, catalog.currency),
    "gross margin": lambda each, _: (
        "n/a" if each.gross_margin is None else f.percentage(each.gross_margin)
    ),
    "committed value": lambda each, catalog: f.money(each.committed, catalog.currency),
    "lifetime value": lambda each, catalog: f.money(each.ltv, catalog.currency),
}
