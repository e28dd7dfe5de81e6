"""The customer's report: nothing that only the seller may see."""

from __future__ import annotations

import json
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cp_pricing import parse_requests, solve
from cp_pricing.book.price_book import PriceBook
from cp_pricing.profiles.customers import sized
from cp_pricing.profiles.profile import of_meter
from cp_pricing.report.entries import CustomerEntry, ReportEntry
from cp_pricing.report.page import customer_entries, customer_html
from cp_pricing.words import numbers as f
from tests.support.command import run
from tests.support.customer_figures import bill_at
from tests.support.places import EXAMPLE
from tests.support.reports import BOOK, REQUESTS, article, said, section


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


def entry_only(shown: CustomerEntry) -> CustomerEntry:
    """What the customer's report may rest on; all else fails when it is touched."""
    asked = SimpleNamespace(inputs=shown.request.inputs, open=shown.request.open)
    levers = tuple(
        lever._replace(points=tuple(p._replace(ltv=cast("Any", Forbidden())) for p in lever.points))
        for lever in shown.levers
    )
    return shown._replace(request=cast("Any", asked), levers=levers)


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
                meters=catalog.meters,
            )
        ),
    )


def test_the_customers_report_rests_on_nothing_that_only_the_seller_may_see(
    pages: dict[str, str], offers: tuple[CustomerEntry, ...]
) -> None:
    blind = customer_html(book_only(BOOK), [entry_only(shown) for shown in offers])
    assert blind == pages["customer"]


def test_the_guard_of_the_test_above_bites(offers: tuple[CustomerEntry, ...]) -> None:
    (point, *_) = entry_only(offers[0]).levers[0].points
    with pytest.raises(AssertionError):
        str(point.ltv)


def test_an_approval_that_is_given_is_shown_for_these_terms_only() -> None:
    asked = [request for request in REQUESTS if request.id == "lower-price-approval"]
    at_once, given = (
        customer_html(BOOK, list(customer_entries(BOOK, asked, approved=approved)))
        for approved in (False, True)
    )
    result = solve(BOOK, asked[0])
    assert result.decision == "requires_approval"
    assert result.quote is not None
    assert result.quote not in at_once
    assert result.quote in given
    assert "confirmed for you" not in at_once
    (entry,) = customer_entries(BOOK, asked, approved=True)
    (plain,) = customer_entries(BOOK, asked)
    for lever, other in zip(entry.levers, plain.levers, strict=True):
        pairs = zip(lever.points, other.points, strict=True)
        changed = [one for one, two in pairs if one != two]
        assert [(point.value, bool(point.level)) for point in changed] == [(lever.asked, True)]


NAMED = {
    "id": "named",
    "configuration": "membership-plus-overage",
    "profile": "small-team",
    "customer": {"name": "Alba Ltd", "members": 5, "monthly_units": 12_000_000},
    "inputs": {"contract_duration_months": 24, "minimum_monthly_turnover": 120},
    "preference": "lower_usage_price",
    "approval_mode": "self_serve_only",
}


def test_the_page_is_a_quote_with_name_date_validity_and_what_is_owed() -> None:
    asked = parse_requests(BOOK, json.dumps({"requests": [NAMED]}))
    offered = customer_entries(BOOK, asked, valid_until=date(2027, 1, 31))
    page = article(customer_html(BOOK, list(offered), dated=date(2026, 11, 24)), 1)
    (listed,) = page.classed("facts")
    facts = {fact.one("dt").text: fact.classed("value")[0].text for fact in listed.all("div")}
    assert facts["For"] == "Alba Ltd"
    assert facts["Date"] == "24 November 2026"
    assert facts["Valid until"] == "31 January 2027"
    assert facts["You commit to"] == "USD 2,880.00"  # 24 months of the minimum, above the fee


def test_the_page_has_the_bills_of_half_and_of_twice_the_use() -> None:
    asked = parse_requests(BOOK, json.dumps({"requests": [NAMED]}))
    (entry,) = customer_entries(BOOK, asked)
    rows = section(article(customer_html(BOOK, [entry]), 1), "Expected bill a month")
    assert entry.offered is not None
    profile = sized(BOOK.profile("small-team"), asked[0].size)
    assert [row[0] for row in rows] == [
        "half of what we expect6M tokens a month on average",
        "what we expect12M tokens a month on average",
        "twice what we expect24M tokens a month on average",
    ]
    for row, use in zip(rows, (Fraction(1, 2), Fraction(1), Fraction(2)), strict=True):
        bills = [bill_at(terms, profile, use) for terms in (entry.listed, entry.offered)]
        assert row[1:] == [f.money(bill, "USD") for bill in bills]


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
    values += [point.ltv for point in shown.frontier.points]
    values += [shown.baseline.bill, shown.baseline.margin, shown.baseline.ltv]
    values += [profile.acquisition_cost, profile.onboarding_cost, profile.service_cost_per_month]
    values += [of_meter(profile.variable_cost_per_unit, "") * BOOK.catalog.quote_per]
    values += [offer.ltv for offer in result.counteroffers]
    values += [trade.ltv_worth for trade in result.trade_offs]
    return {f.grouped(value, 2) for value in values if value is not None}


def public_figures(shown: CustomerEntry) -> set[str]:
    terms = (shown.listed, shown.offered)
    amounts = [value for term in terms if term for value in term.model_dump().values()]
    amounts += [offer.price.usage_unit_price for offer in shown.view.counteroffers]
    amounts += [p.price for lever in shown.levers for p in lever.points if p.price is not None]
    amounts += [bill for bill in (shown.view.bill, shown.view.list_bill) if bill is not None]
    amounts += list(shown.request.inputs.values())
    per = BOOK.catalog.quote_per
    numbers = [Fraction(amount) for amount in amounts if not isinstance(amount, bool)]
    return {f.grouped(n * factor, 2) for n in numbers for factor in (1, per)}


def test_no_name_and_no_figure_of_the_seller_is_in_the_customers_report(
    pages: dict[str, str], found: tuple[ReportEntry, ...], offers: tuple[CustomerEntry, ...]
) -> None:
    # The customer's own cost is no secret.
    text = said(pages["customer"]).lower().replace("onboarding at your own cost", "")
    leaked = {
        n for n in names_of_the_seller(BOOK) if re.search(rf"\b{re.escape(n.lower())}\b", text)
    }
    assert leaked == set()
    printed = set(re.findall(r"(?<![\d.,])\d[\d,]*\.\d+", text))
    secret = set().union(*(figures_of_the_seller(shown) for shown in found))
    secret -= set().union(*(public_figures(shown) for shown in offers))
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


def test_a_page_for_several_customers_warns_of_it(tmp_path: Path) -> None:
    out = tmp_path / "offer.html"
    asked = [NAMED, NAMED | {"id": "other", "customer": {"name": "Birch"}}]
    for requests, warned in ((asked[:1], False), (asked, True)):
        text = json.dumps({"requests": requests})
        done = run(
            "report", EXAMPLE, "--requests", "-", "--for", "customer", "--out", out, given=text
        )
        assert done.exit_code == 0
        assert ("several customers: Alba Ltd, Birch" in done.stderr) == warned
