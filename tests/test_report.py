"""The HTML report: what is in it, what must not be, and whether everybody can read it."""

from __future__ import annotations

import base64
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cp_pricing import formatting as f
from cp_pricing.justifications import Remark
from cp_pricing.narrative import Section
from cp_pricing.price_book import PriceBook, load
from cp_pricing.report import MissingTemplatesError, entries, report_html, templates, write
from cp_pricing.report_data import Figures, ReportEntry, entry, shown_terms
from cp_pricing.results import (
    Outcome,
    PolicyEdit,
    SourcePlace,
)
from tests.report_support import Element, contrast, parsed, said, themes

FOLDER = Path(__file__).parent / "data" / "example"
BOOK, REQUESTS = load(FOLDER)
BOTH = pytest.mark.parametrize("audience", ["seller", "customer"])


@pytest.fixture(scope="module")
def found() -> tuple[ReportEntry, ...]:
    return tuple(entries(BOOK, REQUESTS))


@pytest.fixture(scope="module")
def pages(found: tuple[ReportEntry, ...]) -> dict[str, str]:
    return {
        "seller": report_html(BOOK, found, "seller"),
        "customer": report_html(BOOK, found, "customer"),
    }


def article(page: str, place: int) -> Element:
    return next(e for e in parsed(page).all("article") if e.attributes["id"] == f"request-{place}")


def section(element: Element, heading: str) -> list[list[str]]:
    """The rows of the table with a caption."""
    table = next(t for t in element.all("table") if t.one("caption").text == heading)
    return [[cell.text for cell in row.all("th", "td")] for row in table.one("tbody").all("tr")]


# --- what is in it --------------------------------------------------------------------------


def test_the_index_lists_every_request_with_its_decision_and_figures(pages: dict[str, str]) -> None:
    rows = section(parsed(pages["seller"]).one("nav"), "All requests")
    assert [row[0].split("membership")[0] for row in rows] == [r.id for r in REQUESTS]
    assert [row[1] for row in rows] == ["accepted", "requires approval", "accepted", "rejected"]
    assert [row[2] for row in rows] == ["7.0030% lower", "4.0060% lower", "19.4294.2% higher", "–"]
    assert [row[3] for row in rows] == ["2,620.81", "2,049.85", "3,382.89", "–"]
    assert {row[4] for row in rows} == {"1,400.00"}
    assert [row[5] for row in rows] == ["none", "vp-sales", "none", "–"]


def test_each_request_is_an_article_with_its_decision_quote_and_words(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    for place, shown in enumerate(found, start=1):
        text = article(pages["seller"], place).text
        result = shown.result
        assert result.request_id in text
        assert (result.quote or "none") in text
        assert result.explanation
        for sentence in result.explanation.splitlines():
            assert sentence.replace("`", "") in text
        assert result.provenance.price_book_digest in text


def test_terms_stand_beside_the_baseline_the_request_and_the_reference(
    pages: dict[str, str],
) -> None:
    rows = section(article(pages["seller"], 1), "Terms")
    assert len(rows) == 14
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["prepaid amount"] == ["USD 0", "USD 1,200", "USD 1,200"]
    assert by_name["contract duration"] == ["month to month", "24 months", "24 months"]
    assert by_name["usage price"] == [
        "USD 10.00 per 1M tokens",
        "to be found",
        "USD 7.00 per 1M tokens",
    ]
    assert by_name["lifetime value, USD"] == ["1,372.55", "–", "2,620.81"]


def test_a_reference_that_is_not_the_baseline_has_a_column_of_its_own() -> None:
    book, requests = load(Path(__file__).parents[1] / "data" / "coulomb")
    request = next(r for r in requests if r.configuration == "pay-as-you-go")
    shown = entry(book, request, next(entries(book, [request])).result)
    page = report_html(book, [shown])
    reference = shown.result.ltv.reference_configuration
    assert reference != "pay-as-you-go"
    heads = [h.text for h in article(page, 1).one("article").all("th") if "scope" in h.attributes]
    assert f"Reference: {reference}" in heads
    by_name = {row[0]: row[1:] for row in section(article(page, 1), "Terms")}
    assert by_name["lifetime value, USD"][-1] == f.grouped(shown.result.ltv.reference, 2)


def test_every_rule_has_its_sides_slack_status_and_place(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    rows = section(article(pages["seller"], 1), "Rules")
    assert len(rows) == len(found[0].result.rules) == 5
    by_name = {row[0].partition(" ")[0].partition("(")[0]: row for row in rows}
    assert by_name["deep-discount"][1:] == [
        "bindingvp-sales may waive it",
        "30% ≤ 30%",
        "0.0 points",
    ]
    assert by_name["heavy-user-margin"][2].endswith("≥ -60.00USD/month")
    assert by_name["margin-floor"][0] == "margin-floor(policy.yaml:12)gross_margin >= 30%"
    assert by_name["price-floor"][2:] == ["7.00 ≥ 4.00USD per 1M tokens", "+3.00"]


def test_reasons_remedies_and_worth_are_there_where_the_result_has_them(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    headings = {
        "blocking_sets": "Why not better",
        "conflicts": "Why not at all",
        "corrections": "What would have to change",
        "counteroffers": "Counteroffers",
        "policy_edits": "Changes of the policy that would admit it",
        "trade_offs": "What the commitments are worth",
        "warnings": "",
    }
    seen = set[str]()
    for place, shown in enumerate(found, start=1):
        page = article(pages["seller"], place)
        texts = {h.text for h in page.all("h3")}
        for field, heading in headings.items():
            filled = bool(getattr(shown.result, field))
            seen |= {field} if filled else set()
            assert not heading or (heading in texts) == filled, (place, field)
    assert {"blocking_sets", "conflicts", "corrections", "counteroffers", "trade_offs"} <= seen


def test_each_conflict_is_a_box_with_its_members_in_words(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    result = found[3].result
    page = article(pages["seller"], 4)
    boxes = [box for e in page.classed("members") for box in e.children if not isinstance(box, str)]
    assert len(boxes) == len(result.conflicts)
    for members, box in zip(result.conflicts, boxes, strict=True):
        assert len(box.all("li")) == len(members) + 1
        for name in members:
            assert name in box.text or name.startswith(("request:", "tunable:"))
    if any("request:included_units" in members for members in result.conflicts):
        assert "included tokens asked: 30M tokens/month" in page.text


def test_an_edit_of_the_policy_is_shown_as_the_line_before_and_after(
    found: tuple[ReportEntry, ...],
) -> None:
    edit = PolicyEdit(
        rule="margin-floor",
        old="gross_margin >= 30%",
        new="gross_margin >= 21%",
        change=Fraction(9, 100),
        unit="",
        buys=Outcome(usage_unit_price=Fraction(7, 10**6), ltv=Fraction(1500)),
        source=SourcePlace(file="policy.yaml", line=12),
    )
    result = found[3].result.model_copy(update={"policy_edits": (edit,)})
    page = article(report_html(BOOK, [replace(found[3], result=result)]), 1)
    assert page.one("del").text == edit.old
    assert page.one("ins").text == edit.new
    assert "policy.yaml:12" in page.text
    assert "buys USD 7.00 per 1M tokens, LTV USD 1,500.00" in page.text


def test_a_search_that_was_cut_short_is_said_to_be(found: tuple[ReportEntry, ...]) -> None:
    cut = found[3].result.completeness.model_copy(update={"note": "50 conflicts are enough"})
    result = found[3].result.model_copy(update={"completeness": cut})
    page = report_html(BOOK, [replace(found[3], result=result)])
    assert "there may be more: 50 conflicts are enough." in parsed(page).one("body").text


def test_a_warning_is_shown_before_the_words(found: tuple[ReportEntry, ...]) -> None:
    result = found[0].result.model_copy(update={"warnings": ("mind the `step`",)})
    page = article(report_html(BOOK, [replace(found[0], result=result)]), 1)
    (warnings,) = page.classed("warnings")
    assert warnings.text == "mind the step"
    assert page.text.index("mind the") < page.text.index("In words")


@BOTH
def test_an_undecided_request_is_neither_accepted_nor_rejected(
    found: tuple[ReportEntry, ...], audience: str
) -> None:
    result = found[0].result.model_copy(
        update={
            "decision": "unknown",
            "reason": "not decided: out of time",
            "configuration": None,
            "quote": None,
            "rules": (),
            "approvals": (),
            "trade_offs": (),
            "blocking_sets": (),
            "ltv": found[0].result.ltv.model_copy(update={"tuned": None, "improvement": None}),
        }
    )
    page = report_html(BOOK, [entry(BOOK, REQUESTS[0], result)], cast("Any", audience))
    badge = article(page, 1).classed("badge")[0]
    assert badge.text == {"seller": "unknown", "customer": "not decided yet"}[audience]
    assert "unknown" in badge.attributes["class"]
    assert "USD 7.00" not in article(page, 1).one("header").text


def test_the_same_requests_give_the_same_bytes(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    again = tuple(entries(BOOK, REQUESTS[:1]))
    one = report_html(BOOK, found[:1])
    seconds = re.compile(r"<dt>seconds</dt><dd>[\d.]+</dd>")
    assert seconds.sub("", report_html(BOOK, again)) == seconds.sub("", one)
    assert report_html(BOOK, again, "customer") == report_html(BOOK, found[:1], "customer")


# --- charts ---------------------------------------------------------------------------------


def test_the_price_chart_has_required_value_feasible_range_and_limits(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    for place, shown in enumerate(found, start=1):
        charts = article(pages["seller"], place).classed("wide")
        chart = next(e for e in charts if e.tag == "svg")
        assert f"required USD {f.grouped(shown.curve.required, 2)}" in chart.text
        admitted = sum(len(level.feasible) for level in shown.curve.levels)
        limited = [rule for rule in shown.curve.rules if rule.holds != (shown.curve.bounds,)]
        stretches = sum(len(rule.holds) for rule in limited)
        assert len(chart.classed("bar")) == admitted + stretches
        assert len(chart.classed("shade")) == len(shown.curve.levels[0].feasible)
        assert all(rule.rule in chart.text for rule in limited)
        assert len(chart.classed("curve")) == len({point.band for point in shown.curve.points})


def test_the_answer_is_where_the_axes_say_it_is(pages: dict[str, str]) -> None:
    chart = next(e for e in article(pages["seller"], 1).classed("wide") if e.tag == "svg")
    axis = {e.text: float(e.attributes["x"]) for e in chart.classed("axis")[1].all("text")}
    per_unit = (axis["20"] - axis["10"]) / 10
    expected = axis["10"] + (7 - 10) * per_unit
    (dot,) = [circle for circle in chart.all("circle") if "answer" in circle.attributes["class"]]
    assert float(dot.attributes["cx"]) == pytest.approx(expected, abs=0.2)


def test_lever_charts_mark_the_request_and_values_without_an_answer(
    pages: dict[str, str], found: tuple[ReportEntry, ...]
) -> None:
    for place, shown in enumerate(found, start=1):
        for audience in ("seller", "customer"):
            page = article(pages[audience], place)
            charts = [e for e in page.all("figure") if e.all("figcaption")[0].text]
            for lever in shown.levers:
                name = f.label(lever.field, BOOK.catalog)
                drawn = [c for c in charts if c.all("title")[0].text == f"Usage price by {name}"]
                if not drawn:
                    assert name in page.text.lower()
                    continue
                (chart,) = drawn
                priced = [point for point in lever.points if point.price is not None]
                assert len(chart.classed("point")) == len(priced)
                assert len(chart.classed("cross")) == len(lever.points) - len(priced)
                assert len(chart.classed("ring")) == 1
                assert f.quote(priced[0].price or Fraction(0), BOOK.catalog) in chart.text


# --- what a customer must not see -----------------------------------------------------------


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
    terms = (shown.baseline.terms, shown_terms(shown.result))
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


# --- texts that are not to be trusted -------------------------------------------------------

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"


@BOTH
def test_texts_of_a_price_book_stay_texts(found: tuple[ReportEntry, ...], audience: str) -> None:
    shown = found[0]
    rules = tuple(
        rule.model_copy(update={"description": HOSTILE, "owner": HOSTILE})
        for rule in shown.result.rules
    )
    result = shown.result.model_copy(
        update={
            "request_id": HOSTILE,
            "reason": f"`{HOSTILE}`",
            "warnings": (HOSTILE,),
            "rules": rules,
        }
    )
    words = (Section(HOSTILE, (Remark(HOSTILE), Remark(f"`{HOSTILE}`"))),)
    view = shown.view.model_copy(update={"plan": HOSTILE})
    book = BOOK.model_copy(update={"catalog": BOOK.catalog.model_copy(update={"name": HOSTILE})})
    shown = replace(shown, result=result, words=words, view=view)
    page = report_html(book, [shown], cast("Any", audience))
    root = parsed(page)
    assert len(root.all("script")) == 1
    assert root.all("img") == []
    assert HOSTILE in root.one("h1").text
    assert HOSTILE in article(page, 1).text


@BOTH
def test_only_the_pages_own_style_and_script_may_run(pages: dict[str, str], audience: str) -> None:
    root = parsed(pages[audience])
    policy = next(e.attributes["content"] for e in root.all("meta") if "http-equiv" in e.attributes)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = root.one(tag).children
        digest = base64.b64encode(sha256(cast("str", text).encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    for element in root.walk():
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]


# --- one file that everybody can read -------------------------------------------------------


@BOTH
def test_nothing_is_fetched(pages: dict[str, str], audience: str) -> None:
    assert not re.search(r"(?i)https?:|//[a-z]|@import|url\(", pages[audience])
    for element in parsed(pages[audience]).walk():
        assert "src" not in element.attributes
        if "href" in element.attributes:
            assert element.attributes["href"].startswith(("#", "data:,"))


@BOTH
def test_ids_are_unique_and_every_reference_resolves(pages: dict[str, str], audience: str) -> None:
    elements = list(parsed(pages[audience]).walk())
    ids = [e.attributes["id"] for e in elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    references = [e.attributes["href"][1:] for e in elements if e.tag == "a"]
    for name in ("aria-labelledby", "aria-describedby"):
        references += " ".join(e.attributes.get(name, "") for e in elements).split()
    assert len(references) > 20
    assert set(references) <= set(ids)


@BOTH
def test_a_reader_without_sight_finds_the_way(pages: dict[str, str], audience: str) -> None:
    root = parsed(pages[audience])
    assert root.one("html").attributes["lang"] == "en"
    assert len(root.all("h1")) == len(root.all("main")) == len(root.all("nav")) == 1
    first = root.one("body").all("a", "button", "summary")[0]
    assert first.attributes["href"] == "#content"
    assert root.one("main").attributes["id"] == "content"
    levels = [int(e.tag[1]) for e in root.walk() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for found_article in root.all("article"):
        assert found_article.attributes["aria-labelledby"]


@BOTH
def test_tables_and_charts_say_what_they_are(pages: dict[str, str], audience: str) -> None:
    root = parsed(pages[audience])
    for table in root.all("table"):
        assert table.one("caption").text
        heads = table.one("thead").all("th")
        assert all(h.attributes["scope"] == "col" and h.text for h in heads)
        for row in table.one("tbody").all("tr"):
            cells = row.all("th", "td")
            assert len(cells) == len(heads)
            assert cells[0].attributes.get("scope") == "row"
    boxes = root.classed("scroll")
    assert len(boxes) == len(root.all("table"))
    assert all(box.attributes["tabindex"] == "0" and box.attributes["aria-label"] for box in boxes)
    for chart in root.all("svg"):
        if chart.attributes.get("aria-hidden") == "true":
            continue
        assert chart.attributes["role"] == "img"
        title, description = (chart.all(tag)[0] for tag in ("title", "desc"))
        assert len(description.text) > 20
        named = chart.attributes["aria-labelledby"].split()
        assert named == [title.attributes["id"], description.attributes["id"]]


PAIRS = [
    *((text, ground) for text in ("text", "muted", "accent") for ground in ("card", "page")),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "unknown")),
    *((tone, "card") for tone in ("good", "warn", "bad", "unknown")),
    ("text", "accent-soft"),
    ("muted", "accent-soft"),
    ("accent", "good-soft"),
    ("text", "good-soft"),
    ("text", "warn-soft"),
]
SHAPES = [
    *((shape, "card") for shape in ("accent", "edge", "good", "warn", "bad", "unknown")),
    *((shape, "page") for shape in ("accent", "edge", "good", "warn", "unknown")),
    ("accent", "warn-soft"),
    ("bad", "good-soft"),
    ("bad", "warn-soft"),
]


@BOTH
def test_every_colour_stands_out_in_both_themes(pages: dict[str, str], audience: str) -> None:
    found = themes(pages[audience])
    assert len(found) == 3
    light, *dark = found.values()
    assert dark[0] == dark[1]
    assert light != dark[0]
    for theme in (light, dark[0]):
        for text, ground in PAIRS:
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
        for shape, ground in SHAPES:
            assert contrast(theme[shape], theme[ground]) >= 3, (shape, ground)


def test_the_contrast_is_that_of_the_guideline() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@BOTH
def test_it_can_be_printed_and_folded_parts_too(pages: dict[str, str], audience: str) -> None:
    style = "".join(map(str, parsed(pages[audience]).one("style").children))
    printed = style[style.index("@media print") :]
    assert "details-content" in printed
    assert "break-before: page" in printed


def test_the_report_is_small(pages: dict[str, str]) -> None:
    assert len(pages["seller"].encode()) / len(REQUESTS) < 80_000


# --- writing it -----------------------------------------------------------------------------


def test_a_page_replaces_the_older_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")
    write("new €\n", target)
    assert target.read_bytes() == "new €\n".encode()
    assert list(tmp_path.iterdir()) == [target]


def test_a_page_that_cannot_be_written_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    target.write_text("old", encoding="utf-8")

    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write("new", target)
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_links_are_followed_and_the_mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    target, link = tmp_path / "real.html", tmp_path / "link.html"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    write("new", link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


# --- the command ----------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
        start = f"{code}\nfrom cli.main import main\nmain(prog_name='cp-pricing')"
        return subprocess.run(
            [sys.executable, "-c", start, "report", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )

    return run


def test_the_command_writes_the_customers_report(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    chosen = ("--request", "high-included", "--for", "customer", "--out", "offer.html")
    done = command(str(FOLDER), *chosen)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("wrote offer.html (")
    page = (tmp_path / "offer.html").read_text(encoding="utf-8")
    assert "not available on these terms" in said(page)
    assert len(parsed(page).all("article")) == 1


def test_without_jinja2_the_command_says_how_to_get_it(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = command(str(FOLDER), code="import sys; sys.modules['jinja2'] = None")
    assert done.returncode == 1
    assert "pip install 'cp-pricing[report]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_jinja2_python_callers_are_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingTemplatesError, match="needs Jinja2"):
        templates()


@pytest.mark.parametrize(
    ("arguments", "said_then"),
    [
        (["--out", "no/where.html"], "there is no folder `no`"),
        (["--request", "lower-prise"], "did you mean `lower-price`?"),
        (["--for", "auditor"], "auditor"),
        (["--time-limit", "0"], "above 0"),
    ],
)
def test_bad_options_are_refused_before_anything_is_solved(
    command: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    arguments: list[str],
    said_then: str,
) -> None:
    done = command(str(FOLDER), *arguments)
    assert done.returncode == 2
    assert said_then in done.stderr
    assert list(tmp_path.iterdir()) == []
