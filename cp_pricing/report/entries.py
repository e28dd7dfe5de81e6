"""What a report is made from: requests solved in full, with the figures of their charts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from constraints.cpsat.budget import Shares
from constraints.language.expressions import Name, Value
from cp_pricing.diagnosis.curves import PriceCurve, price_curve
from cp_pricing.diagnosis.levers import (
    Frontier,
    LeverCurve,
    frontier,
    lever_curves,
    tunable_fields,
    with_approval,
)
from cp_pricing.fields import LIFETIME_VALUE, PRICE
from cp_pricing.model.deal import Deal
from cp_pricing.model.pricing import listed_quantities
from cp_pricing.model.terms import terms_of
from cp_pricing.report.cards import CardSale
from cp_pricing.results import Decision, TuningResult
from cp_pricing.telling.context import Told, told_of
from cp_pricing.telling.customer_view import CustomerView
from cp_pricing.telling.customer_words import explained_to_customer
from cp_pricing.telling.story import story
from cp_pricing.terms import AnyTerms
from cp_pricing.tuning import deal_of, self_serve, solve_for_customer, solved, undecided
from cp_pricing.words.facts import Section
from cp_pricing.workers import Each, shared_out

if TYPE_CHECKING:
    from constraints.language.evaluation import Evaluator
    from cp_pricing.book.price_book import PriceBook
    from cp_pricing.book.requests import TuningRequest
    from cp_pricing.catalog.plans import Configuration, PlanDenomination

# As long as the first request are all others taken to need, which do not have to begin anew.
_WORTH_SHARING: Final = 8.0
# The part of the time left by a decision that its reading may take; the charts need the rest.
_READING: Final = 0.5
# Of what is left then: the price curve, and after it the frontier, leave the rest to the levers.
_CURVE, _FRONTIER = 0.25, 0.25
# As many as a small chart can show; each is a solve of its own.
LEVER_VALUES: Final = 25


class Figures(NamedTuple):
    """A configuration's terms and what they come to: currency/month, a ratio, currency.

    `committed` is owed over the whole term (currency); `gross_margin` is `None` where the bill is
    zero.
    """

    terms: AnyTerms
    bill: Fraction
    margin: Fraction
    gross_margin: Fraction | None
    ltv: Fraction
    committed: Fraction


@dataclass(frozen=True, slots=True)
class SolvedEntry:
    """What a report of one request begins with: how it was decided."""

    deal: Deal
    result: TuningResult

    @property
    def request(self) -> TuningRequest:
        """What was asked for."""
        return self.deal.request

    @property
    def denomination(self) -> PlanDenomination:
        """What the numbers of its plan are in."""
        return self.deal.denomination

    @property
    def decision(self) -> Decision:
        """How the request was decided."""
        return self.result.decision

    @property
    def in_short(self) -> str:
        """The decision and its reason, in a line."""
        return f"{self.decision}, {self.result.reason}"


@dataclass(frozen=True, slots=True)
class ReadEntry(SolvedEntry):
    """A result in figures and words.

    `answer` are the figures of the answer, or of the near miss; `None` if undecided.
    """

    words: tuple[Section, ...]
    sale: CardSale
    baseline: Figures
    reference: Figures
    answer: Figures | None


class Charts(NamedTuple):
    """The curves of a request's charts."""

    curve: PriceCurve
    frontier: Frontier
    levers: tuple[LeverCurve, ...]


@dataclass(frozen=True, slots=True)
class ReportEntry(ReadEntry):
    """One request of a report: its result in figures and words, and the curves of its charts."""

    curve: PriceCurve
    frontier: Frontier
    levers: tuple[LeverCurve, ...]


class CustomerEntry(NamedTuple):
    """One request of a customer's report: no more than the customer may see.

    `listed` are the plan's own terms, `offered` those of the answer.
    """

    request: TuningRequest
    denomination: PlanDenomination
    sale: CardSale
    view: CustomerView
    listed: AnyTerms
    offered: AnyTerms | None
    levers: tuple[LeverCurve, ...]

    @property
    def decision(self) -> Decision:
        """How the request was decided."""
        return self.view.decision

    @property
    def in_short(self) -> str:
        """The decision in a word."""
        return self.decision


def entries(
    price_book: PriceBook, requests: Iterable[TuningRequest], *, time_limit: float = 30.0
) -> Iterator[ReportEntry]:
    """Each request solved in full, one by one, with `time_limit` seconds for all of it."""
    for request in requests:
        deal = deal_of(price_book, request, time_limit)
        yield entry(deal, solved(deal, "full", reading=_READING))


def shared_entries(
    price_book: PriceBook, requests: Sequence[TuningRequest], shares: Shares, workers: int
) -> Iterator[ReportEntry]:
    """As `entries`, where it pays by several processes, each request with its share of the time."""
    work = _Charted(price_book, tuple(requests), shares)
    answers = shared_out(work, range(len(requests)), workers, worth=_WORTH_SHARING)
    for request, (result, charts) in zip(requests, answers, strict=True):
        yield _with_charts(deal_of(price_book, request, 0), result, charts)


@dataclass(frozen=True)
class _Charted(Each[int, tuple[TuningResult, "Charts"]]):
    """The work of a report: results and charts of requests, by their places."""

    price_book: PriceBook
    requests: tuple[TuningRequest, ...]
    shares: Shares

    def answer(self, item: int) -> tuple[TuningResult, Charts]:
        request, limit = self.requests[item], self.shares.of_piece(item)
        deal = deal_of(self.price_book, request, limit)
        result = solved(deal, "full", reading=_READING)
        return result, charts_of(deal, result)

    def given_up(self, item: int, reason: str) -> tuple[TuningResult, Charts]:
        request = self.requests[item]
        result = undecided(self.price_book, request, reason)
        return result, charts_of(deal_of(self.price_book, request, 0), result)


def customer_entries(
    price_book: PriceBook,
    requests: Iterable[TuningRequest],
    *,
    approved: bool = False,
    valid_until: date | None = None,
    time_limit: float = 30.0,
) -> Iterator[CustomerEntry]:
    """Each request as its customer may see it, with `time_limit` seconds for all of it.

    With `approved`, the approvals that the answers need are given; the offers stand until
    `valid_until`.
    """
    for request in requests:
        shares = Shares(time_limit, 2)  # the answer, and its levers
        limit = shares.next()
        result = solve_for_customer(price_book, request, approved=approved, time_limit=limit)
        told = told_of(price_book, request, result)
        yield CustomerEntry(
            request=request,
            denomination=told.catalog,
            sale=sale_of(deal_of(price_book, request, limit), told, result.configuration),
            view=explained_to_customer(told, valid_until),
            listed=told.baseline,
            offered=result.configuration,
            levers=tuple(_customer_levers(price_book, request, result, shares.next())),
        )


def _customer_levers(
    price_book: PriceBook, request: TuningRequest, result: TuningResult, time_limit: float
) -> Iterator[LeverCurve]:
    """The self-serve price by lever, and that of an answer whose approvals are given."""
    deal = deal_of(price_book, self_serve(request), time_limit)
    for curve in lever_curves(deal, tunable_fields(deal), LEVER_VALUES):
        yield with_approval(curve, result)


def entry(deal: Deal, result: TuningResult) -> ReportEntry:
    """A request with its result, and the figures of its charts."""
    return _with_charts(deal, result, charts_of(deal, result))


def charts_of(deal: Deal, result: TuningResult) -> Charts:
    """The curves of a request's charts."""
    terms = result.shown_terms
    with deal.solver.part(_CURVE):
        curve = price_curve(deal, _opened(deal, terms), [terms.price] if terms else [])
    with deal.solver.part(_FRONTIER):
        front = frontier(deal)
    return Charts(curve, front, lever_curves(deal, tunable_fields(deal), LEVER_VALUES))


def _with_charts(deal: Deal, result: TuningResult, charts: Charts) -> ReportEntry:
    read = read_entry(deal, result)
    return ReportEntry(
        deal=deal,
        result=result,
        words=read.words,
        sale=read.sale,
        baseline=read.baseline,
        reference=read.reference,
        answer=read.answer,
        curve=charts.curve,
        frontier=charts.frontier,
        levers=charts.levers,
    )


def read_entry(deal: Deal, result: TuningResult) -> ReadEntry:
    """A request with its result in figures and words; nothing more is solved."""
    plan, terms = deal.offer.configuration, result.shown_terms
    told = told_of(deal.pricing.price_book, deal.request, result)
    answer = None
    if terms:
        fixed = {**deal.offer.canonical, **deal.space.fixed, **_opened(deal, terms)}
        answer = figures(deal.offer.evaluator({**fixed, PRICE: terms.price}), plan)
    return ReadEntry(
        deal=deal,
        result=result,
        words=story(told),
        sale=sale_of(deal, told, terms),
        baseline=figures(deal.offer.evaluator({}), plan),
        reference=_reference(deal),
        answer=answer,
    )


def _opened(deal: Deal, terms: AnyTerms | None) -> dict[str, Value]:
    """The values of the open fields in some terms."""
    found = fields_of(terms) if terms else {}
    return {name: found[name] for name in deal.request.open if name in found}


def sale_of(deal: Deal, told: Told, offered: AnyTerms | None) -> CardSale:
    """What is sold to whom, at list and as it is offered."""
    offer = deal.offer
    return CardSale(offer.configuration, offer.profile, deal.denomination, told.baseline, offered)


def fields_of(terms: AnyTerms) -> dict[str, Value]:
    """The fields of some terms as an evaluator takes them."""
    values = {name: terms.value(name) for name in terms.fields}
    return {
        name: value if isinstance(value, bool) else Fraction(value)
        for name, value in values.items()
    }


def _reference(deal: Deal) -> Figures:
    """The reference configuration at its own terms, its churn as the baseline's bill has it."""
    offer = deal.offer
    configuration = deal.pricing.price_book.configuration(offer.reference.configuration)
    own = listed_quantities(configuration, offer.profile)
    return figures(offer.evaluator(own), configuration)


def figures(evaluator: Evaluator, plan: Configuration) -> Figures:
    """A plan at an evaluator's field values."""

    def number(name: str) -> Fraction:
        return evaluator.number(Name(name)) or Fraction(0)

    return Figures(
        terms_of(evaluator, plan),
        number("expected_monthly_bill"),
        number("expected_monthly_margin"),
        evaluator.number(Name("gross_margin")),
        number(LIFETIME_VALUE),
        number("committed_value"),
    )
