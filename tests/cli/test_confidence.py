"""How sure a deal is, on the command line: of the pilot without its policy on it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from cp_pricing.files.texts import POLICY, PROFILES
from tests.support.command import run
from tests.support.places import PILOT

REQUEST = ("membership-plus-overage", "small-team", "term=2y")


@pytest.fixture(scope="module", name="book")
def _book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "coulomb"
    shutil.copytree(PILOT, folder, ignore=shutil.ignore_patterns("history"))
    for name, line in ((POLICY, "  confidence: .*\n"), (PROFILES, "    draws: so.*\n")):
        file = folder / name
        text, found = re.subn(f"^{line}", "", file.read_text("utf-8"), flags=re.MULTILINE)
        assert found == 1
        file.write_text(text, "utf-8")
    return folder


def test_another_confidence_is_tried_and_said(book: Path) -> None:
    policy = (book / "policy.yaml").read_bytes()
    done = run("quote", *REQUEST, "--book", book, "--confidence", "99%")
    assert done.exit_code == 0
    assert "the confidence asked for is 99% here, and the policy asks for none" in done.stdout
    assert "holds in 198 of 200 draws (99%)" in done.stdout
    assert "(`ltv-confidence`): 99%, where at least 99% is required" in done.stdout
    assert (book / "policy.yaml").read_bytes() == policy


def test_without_it_the_price_is_lower_and_less_sure(book: Path) -> None:
    results = [
        json.loads(run("quote", *REQUEST, "--book", book, "--format", "json", *more).stdout)
        for more in ((), ("--confidence", "99%"))
    ]
    (free,), (sure,) = (document["results"] for document in results)
    price = [float(one["configuration"]["usage_unit_price"]) for one in (free, sure)]
    share = [float(one["confidence"]["share"]) for one in (free, sure)]
    assert price[0] < price[1]
    assert share[0] < 0.99 <= share[1]
    assert sure["rules"][-1]["id"] == "ltv-confidence"
    assert free["provenance"]["price_book_digest"] != sure["provenance"]["price_book_digest"]


@pytest.mark.parametrize(
    ("written", "told"),
    [("150", "must not be above 1 (100%)"), ("0", "must be above zero"), ("most", "a percentage")],
)
def test_a_confidence_that_is_none_is_told_at_its_place(
    book: Path, written: str, told: str
) -> None:
    done = run("quote", *REQUEST, "--book", book, "--confidence", written)
    assert done.exit_code == 2
    assert f"`--confidence` {told}" in done.stderr or told in done.stderr
    assert "`at_least`" not in done.stderr
    assert not done.stdout


def test_it_is_not_kept_with_a_request(book: Path) -> None:
    done = run("quote", *REQUEST, "--book", book, "--confidence", "90%", "--save", "sure")
    assert done.exit_code == 2
    assert "a request cannot keep what is asked of all deals" in done.stderr


def test_models_tell_how_far_off_the_plans_may_be(book: Path) -> None:
    shown = run("models", book, "--profile", "small-team").stdout
    assert "LTV from membership-plus-overage over the draws of the profile" in shown
    done = run("models", book, "--format", "json").stdout
    profiles = {one["profile"]: one for one in json.loads(done)["profiles"]}
    (team,) = profiles["small-team"]["baselines"]
    drawn = team["in_draws"]
    assert drawn.keys() == team["ltv"].keys()
    assert sum(float(plan["best"]) for plan in drawn.values()) == 1
    for plan, worth in drawn.items():
        low, half, high = (float(worth["ltv"][name]) for name in ("p10", "p50", "p90"))
        assert low < half < high
        assert low < float(team["ltv"][plan]) < high
    assert all(one["in_draws"] is None for one in profiles["solo"]["baselines"])


def test_a_report_draws_it_for_the_seller_and_tells_no_customer(book: Path, tmp_path: Path) -> None:
    pages = {}
    for who in ("seller", "customer"):
        page = tmp_path / f"{who}.html"
        asked = ("--request", "small-team-two-years", "--for", who, "--out", page)
        assert run("report", book, *asked).exit_code == 0
        pages[who] = page.read_text("utf-8")
    assert "How sure it is" in pages["seller"]
    assert "Confidence by usage price" in pages["seller"]
    assert pages["seller"].count("What it may be worth, USD") >= 1
    for word in ("draws", "How sure", "onfidence"):
        assert word not in pages["customer"]


def test_a_policy_that_asks_is_warned_of_a_profile_taken_as_certain(book: Path) -> None:
    policy = book / "policy.yaml"
    before = policy.read_text("utf-8")
    asks = "\nltv:\n  confidence: {at_least: 90%}\n"
    policy.write_text(before.replace("\nltv:\n", asks), "utf-8")
    try:
        told = run("policy", "check", book).stdout
        solved = run("solve", book, "--request", "solo-prepaid-year", "--format", "json")
        (result,) = json.loads(solved.stdout)["results"]
    finally:
        policy.write_text(before, "utf-8")
    assert "warning: the profile `solo` has no draws" in told
    assert "`small-team` has no draws" not in told
    assert any("has no draws" in warning for warning in result["warnings"])
    assert (result["confidence"]["draws"], result["confidence"]["holds"]) == (1, 1)
