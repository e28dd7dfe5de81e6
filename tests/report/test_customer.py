"""The customer's report: nothing that only the seller may see."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cp_pricing.book.price_book import PriceBook
from cp_pricing.report.entries import Figures, ReportEntry
from cp_pricing.report.page import report_html
from cp_pricing.words import numbers as f
from tests.support.reports import (
    BOOK,
    said,
)


class Forbidden:
    """A value that fails whatever is done with it."""

    def _fail(self, *_: object) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError("the customer's report reads what only the seller may see")

    __getattr__ = __str__ = __repr__ = __iter__ = __len__ = __bool__ = __format__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __add__ = __radd__ = __sub__ = __rsub__ = _fail
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = __abs__ = __int__ = _fail

    def __eq__(self, other: object) -> bool:
        return bool(self._fail(other))

    def __hash__(self) -> int:
        return int(self._fail())


def only(model: Any, names: set[str], **changes: object) -> Any:  # noqa: ANN401 - any model
    """A model of which nothing can be read but some of its fields."""
    fields = type(model).model_fields
    assert names | set(changes) <= set(fields)
    kept = {name: getattr(model, name) for name in names} | changes
    return type(model).model_construct(**{name: Forbidden() for name in fields} | kept)


def entry_only(shown: ReportEntry) -> ReportEntry:
    """What the customer's report may rest on; all else fails when it is touched."""
    secret = cast("Any", Forbidden())
    deal = SimpleNamespace(
        request=SimpleNamespace(inputs=shown.request.inputs, open=shown.request.open)
    )
    levers = tuple(
        replace(
            lever,
            points=tuple(
                replace(point, ltv=secret, level=point.level and 99) for point in lever.points
            ),
        )
        for lever in shown.levers
    )
    return ReportEntry(
        deal=cast("Any", deal),
        result=only(shown.result, {"configuration"}),
        words=secret,
        view=shown.view,
        baseline=Figures(shown.baseline.terms, secret, secret, secret, secret),
        reference=secret,
        answer=secret,
        curve=secret,
        frontier=secret,
        levers=levers,
    )


def book_only(book: PriceBook) -> PriceBook:
    catalog = book.catalog
    return cast(
        "PriceBook",
        SimpleNamespace(
            catalog=SimpleNamespace(
                name=catalog.name,
                currency=catalog.currency,
                unit=catalog.unit,
                quote_per=catalog.quote_per,
            )
        ),
    )


def test_the_customers_report_rests_on_nothing_that_only_the_seller_may_see(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    blind = report_html(book_only(BOOK), [entry_only(shown) for shown in found], "customer")
    assert blind == pages["customer"]


def test_the_guard_of_the_test_above_bites(found: tuple[ReportEntry, ...]) -> None:
    with pytest.raises((AssertionError, AttributeError)):
        report_html(book_only(BOOK), [entry_only(found[0])], "seller")
    with pytest.raises(AssertionError):
        str(entry_only(found[0]).result.ltv)


def names_of_the_seller(book: PriceBook) -> set[str]:
    policy = book.policy
    names = {policy.name, *policy.approvers, *policy.parameters, *policy.define, "ltv-improvement"}
    names |= {text for rule in policy.rules for text in (rule.id, rule.owner, rule.description)}
    names |= {rule.require_text for rule in policy.rules}
    for profile in book.profiles:
        names.add(profile.id)
        names |= {profile.cohort.source} if profile.cohort else set()
    for configuration in book.catalog.configurations:
        names.add(configuration.id)
    names |= {"lifetime", "LTV", "margin", "cost", "churn", "approver", "waive", "policy", "rule"}
    names |= {"reference", "self-serve", "frontier", book.digest[:12]}
    return names - {"", book.catalog.name}


def figures_of_the_seller(shown: ReportEntry) -> set[str]:
    """Amounts of the seller's as they would be printed; prices that are quoted are no secret."""
    result, profile = shown.result, shown.deal.offer.profile
    ltv = result.ltv
    values = [ltv.tuned, ltv.reference, ltv.required, ltv.improvement, shown.curve.required]
    values += [step.ltv for step in result.ladder]
    values += [value for rule in result.rules for value in (rule.left, rule.slack)]
    values += [point.ltv for point in shown.frontier]
    values += [shown.baseline.bill, shown.baseline.margin, shown.baseline.ltv]
    values += [profile.acquisition_cost, profile.onboarding_cost, profile.service_cost_per_month]
    values += [profile.variable_cost_per_unit * BOOK.catalog.quote_per]
    values += [offer.ltv for offer in result.counteroffers]
    values += [trade.ltv_worth for trade in result.trade_offs]
    return {f.grouped(value, 2) for value in values if value is not None}


def public_figures(shown: ReportEntry) -> set[str]:
    terms = (shown.baseline.terms, shown.result.shown_terms)
    amounts = [value for term in terms if term for value in term.model_dump().values()]
    amounts += [offer.configuration.usage_unit_price for offer in shown.result.counteroffers]
    amounts += [p.price for lever in shown.levers for p in lever.points if p.price is not None]
    amounts += list(shown.request.inputs.values())
    per = BOOK.catalog.quote_per
    numbers = [Fraction(amount) for amount in amounts if not isinstance(amount, bool)]
    return {f.grouped(n * factor, 2) for n in numbers for factor in (1, per)}


def test_no_name_and_no_figure_of_the_seller_is_in_the_customers_report(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    # The customer's own cost is no secret.
    text = said(pages["customer"]).lower().replace("onboarding at your own cost", "")
    leaked = {
        n for n in names_of_the_seller(BOOK) if re.search(rf"\b{re.escape(n.lower())}\b", text)
    }
    assert leaked == set()
    printed = set(re.findall(r"(?<![\d.,])\d[\d,]*\.\d+", text))
    secret = set().union(*(figures_of_the_seller(shown) for shown in found))
    secret -= set().union(*(public_figures(shown) for shown in found))
    assert len(secret) > 30
    assert printed & secret == set()


def test_those_names_and_figures_are_in_the_sellers_report(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    text = said(pages["seller"])
    assert {"deep-discount", "vp-sales", "lifetime", "margin", "small-team"} <= {
        name for name in names_of_the_seller(BOOK) if name in text
    }
    assert f.grouped(found[0].result.ltv.required, 2) in text
