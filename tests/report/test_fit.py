"""The page of a fit: what it says, that it stands alone, and that texts stay texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from cp_pricing.book.loading import load_price_book
from cp_pricing.fitting.job import Fitted, Job, fit
from cp_pricing.fitting.profile import Plan
from cp_pricing.fitting.tables.records import Tables
from cp_pricing.report.fit import fit_html, fit_report
from tests.support.command import run
from tests.support.histories import UNTIL, write_history
from tests.support.places import PILOT
from tests.support.reports import parsed


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    history = write_history(tmp_path_factory.mktemp("history"), customers=80)
    tables = Tables(str(history.subscriptions), str(history.usage))
    book = load_price_book(PILOT)
    return fit(Job(tables, Plan(UNTIL, draws=30), "small-team", book))


def test_the_page_stands_alone_and_says_what_there_is_to_say(found: Fitted) -> None:
    page = fit_html(found)
    root = parsed(page)
    text = root.text
    assert root.one("h1").text == "small-team fitted"
    for said in (
        "From subscriptions.csv and usage.csv; 30 draws with the seed 1.",
        "How customers answer to prices is not fitted",
        "Costs and price response of small-team are those of the price book's profile.",
        "Who is still there",
        "as counted (Kaplan-Meier)",
        "The last months, kept from the fit",
        "What the scenarios make of a bill",
        "still there after 12 months",
        "customer-months of use that are not complete",
    ):
        assert said in text
    assert "http" not in page.replace("http-equiv", "")
    assert len(root.all("svg")) == 4  # the chart and its legend


def test_the_figures_are_those_of_the_fit(found: Fitted) -> None:
    (part,) = fit_report(found).profiles
    (one,) = found.profiles
    assert part.facts[0].value == "80"
    assert [row[0].text for row in part.bills.rows] == [bill.plan for bill in one.quality.bills]
    assert len(part.scenarios.rows) == len(one.usage)
    assert [row[0].text for row in part.models.rows] == ["constant", "sbg"]
    assert part.chart.description.startswith(f"After {len(one.quality.survival.share) - 1} months")
    for row in part.draws.rows:
        low, middle, high = (
            float((cell.text or "").replace(",", "").rstrip("%")) for cell in row[1:]
        )
        assert low <= middle <= high


def test_names_of_files_and_plans_stay_texts(tmp_path: Path) -> None:
    history = write_history(tmp_path)
    hostile = tmp_path / "<img src=x>.csv"
    history.subscriptions.rename(hostile)
    page = tmp_path / "fit.html"
    asked = ("--profile", "team", "--draws", "0", "--out", tmp_path / "f.yaml", "--report", page)
    tables = ("--subscriptions", hostile, "--usage", history.usage)
    done = run("profile", "fit", *tables, *asked)
    assert done.exit_code == 0, done.output
    root = parsed(page.read_text())
    assert root.all("img") == []
    assert "<img src=x>.csv" in root.text
    assert "has no price response, and no costs: add what is missing by hand" in root.text
