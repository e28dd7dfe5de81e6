"""`cp-pricing models` from end to end."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.support.books import example_in
from tests.support.command import run
from tests.support.places import EXAMPLE


def test_models_shows_every_model_and_where_the_requirement_comes_from() -> None:
    text = run("models", EXAMPLE).output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["flat-membership", "154.00", "80.80", "52.5%", "482.02"] in rows
    assert ["pay-as-you-go", "160.20", "86.82", "54.2%", "603.61"] in rows
    assert ["membership-plus-overage", "208.50", "133.72", "64.1%", "1,372.55 *"] in rows
    assert ["required LTV", "1,400.00"] in rows
    assert "small-team  expects 13.35M tokens a month" in text


def test_the_best_reference_is_marked_for_each_baseline() -> None:
    text = run("models", EXAMPLE, "--plan", "pay-as-you-go").output
    rows = [re.split(r" {2,}", line) for line in text.splitlines()]
    assert ["pay-as-you-go", "160.20", "86.82", "54.2%", "487.84"] in rows
    assert ["membership-plus-overage", "208.50", "133.72", "64.1%", "1,066.59 *"] in rows
    assert text.count(" *\n") == 1


def test_models_against_another_baseline() -> None:
    options = ["--plan", "pay-as-you-go", "--profile", "small-team", "--format", "json"]
    document = json.loads(run("models", EXAMPLE, *options).output)
    assert document["schema_version"] == 1
    (profile,) = document["profiles"]
    (baseline,) = profile["baselines"]
    assert baseline["baseline"] == "pay-as-you-go"
    assert baseline["reference_configuration"] == "membership-plus-overage"
    # The bill of membership-plus-overage is 130% of the baseline's, in the band with more churn.
    assert f"{float(baseline['reference_ltv']):.2f}" == "1066.59"
    assert set(baseline["ltv"]) == {model["configuration"] for model in profile["models"]}


def test_models_agrees_with_the_published_reference_values() -> None:
    answers = json.loads((EXAMPLE / "answers.json").read_text(encoding="utf-8"))["answers"]
    document = json.loads(run("models", EXAMPLE, "--format", "json").output)
    (baseline,) = document["profiles"][0]["baselines"]
    rounded = {name: f"{float(value):.2f}" for name, value in baseline["ltv"].items()}
    assert rounded == answers[0]["all_reference_ltv"]


def test_models_leaves_out_what_a_profile_cannot_have(tmp_path: Path) -> None:
    only = "platform_fee: 120\n    available_to: [small-team]"
    folder = example_in(tmp_path / "two", ("catalog.yaml", "platform_fee: 120", only))
    profiles = (folder / "profiles.yaml").read_text(encoding="utf-8")
    other = profiles.partition("profiles:\n")[2].replace("small-team", "solo")
    cohort = "    cohort: {customers: 12, as_of: 2026-03, source: billing}\n"
    (folder / "profiles.yaml").write_text(f"{profiles}\n{other.rstrip()}\n{cohort}", "utf-8")
    found = run("models", folder, "--format", "json")
    solo = json.loads(found.stdout)["profiles"][1]
    assert [model["configuration"] for model in solo["models"]] == [
        "flat-membership",
        "pay-as-you-go",
    ]
    assert solo["baselines"] == []
    assert solo["cohort"] == {"customers": 12, "as_of": "2026-03", "source": "billing"}
    assert "fewer than 30" in found.stderr
    table = run("models", folder).stdout
    assert "cohort: 12 customers as of 2026-03 (billing)" in table
    refused = run("models", folder, "--profile", "solo", "--plan", "membership-plus-overage")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "`membership-plus-overage` is not available to `solo`" in refused.stderr


def test_bad_input_for_models_is_reported_like_that_for_solve(broken_book: Path) -> None:
    found = run("models", broken_book)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.endswith("error: 3 faults; nothing was computed\n")
