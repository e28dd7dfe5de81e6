"""`cp-pricing explain`: what it writes for whom, its levers, and how it can be interrupted."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import main
from cp_pricing import solve
from cp_pricing.telling.story import ON_SCREEN
from tests.support.books import pilot
from tests.support.command import run
from tests.support.explained import requests, result, sections
from tests.support.places import EXAMPLE, PILOT

explain = partial(run, "explain")


def test_the_command_writes_every_section() -> None:
    found = explain(PILOT, "--request", "small-team-high-included")
    assert (found.exit_code, found.stderr) == (0, "")
    words = " ".join(found.stdout.replace("\n  ", " ").split())
    for title, sentences in sections("small-team-high-included").items():
        if title not in ON_SCREEN:
            assert f"\n\n{title}\n- " in found.stdout
            assert all(f"- {sentence}" in words for sentence in sentences)
    assert "\ninstead " in found.stdout
    assert "\nRule                  " in found.stdout
    assert found.stdout.startswith("REJECTED  small-team-high-included ")


def test_the_customer_is_shown_the_plan_and_not_the_request() -> None:
    found = explain(PILOT, "--request", "small-team-high-included", "--for", "customer")
    assert found.exit_code == 0
    assert found.stdout.startswith("NOT ON THESE TERMS  Membership plus overage ")
    assert "small-team" not in found.stdout


def test_json_is_the_whole_result_or_the_customers_view() -> None:
    arguments = (PILOT, "--request", "small-team-lower-price", "--format", "json")
    for_seller: dict[str, Any] = json.loads(explain(*arguments).stdout)
    whole = json.loads(result("small-team-lower-price").model_dump_json())
    for document in (for_seller, whole):
        del document["provenance"]["seconds"]
    assert for_seller == whole
    for_customer = json.loads(explain(*arguments, "--for", "customer").stdout)
    assert for_customer["price"] == {
        "usage_unit_price": "0.0000059",
        "quote": "USD 5.90 per 1M tokens",
    }
    assert not {"ltv", "rules", "request_id", "profile", "ladder"} & set(for_customer)


def test_the_only_request_need_not_be_named(tmp_path: Path) -> None:
    request = {"id": "one", "configuration": "membership-plus-overage", "profile": "small-team"}
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps({"requests": [request]}), encoding="utf-8")
    assert "  one ───" in explain(EXAMPLE, "--requests", asked).stdout
    found = explain(EXAMPLE)
    assert found.exit_code == 2
    assert "name one with --request: lower-price, lower-price-approval" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--request", "lower-prise"], "there is no `lower-prise`; did you mean `lower-price`?"),
        (["--request", "lower-price", "--lever", "prepayd"], "there is no `prepayd`; did you mean"),
        (["--request", "lower-price", "--lever", "usage_unit_price"], "no `usage_unit_price`"),
        (["--request", "lower-price", "--time-limit", "0"], "seconds above 0"),
    ],
)
def test_what_cannot_be_explained_is_a_fault(arguments: list[str], message: str) -> None:
    found = explain(EXAMPLE, *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in " ".join(found.stderr.split())


@pytest.mark.parametrize("width", [60, 72, 100, 140])
@pytest.mark.parametrize("reader", ["seller", "customer"])
def test_no_line_is_longer_than_the_terminal_is_wide(width: int, reader: str) -> None:
    for more in ((), ("--lever", "included_tokens", "--lever", "contract_duration_months")):
        arguments = (EXAMPLE, "--request", "high-included", "--for", reader, *more)
        lines = explain(*arguments, COLUMNS=str(width)).stdout.splitlines()
        assert lines
        assert max(map(len, lines)) <= width
        assert all(line == line.rstrip() for line in lines)


def test_an_undecided_request_ends_with_its_own_status() -> None:
    found = explain(PILOT, "--request", "scale-up-open-terms", "--time-limit", "0.000001")
    assert found.exit_code == 3
    assert found.stdout.startswith("UNKNOWN  scale-up-open-terms")
    assert "neither a yes nor a no" in found.stdout


# --- levers ---------------------------------------------------------------------------------


def lever(*arguments: str | Path) -> dict[str, Any]:
    (found,) = json.loads(explain(*arguments, "--format", "json").stdout)["levers"]
    return dict(found)


def test_a_lever_has_the_price_that_the_request_would_get_with_each_value() -> None:
    name, field = "small-team-lower-price", "contract_duration_months"
    found = lever(PILOT, "--request", name, "--lever", field)
    assert (found["field"], found["asked"], found["complete"]) == (field, "12", True)
    assert [row["value"] for row in found["rows"]] == ["1", "6", "12", "24", "36"]
    for row in found["rows"]:
        inputs = {**requests()[name].inputs, field: Fraction(row["value"])}
        alone = solve(pilot(), requests()[name].model_copy(update={"inputs": inputs}))
        assert row["quote"] == alone.quote
        assert (row["usage_unit_price"] is None) == (alone.decision == "rejected")
    assert [row["quote"] is None for row in found["rows"]] == [True, False, False, False, False]


def test_the_customers_lever_has_prices_and_no_more() -> None:
    arguments = (
        PILOT,
        "--request",
        "small-team-two-years",
        "--lever",
        "contract_duration_months",
    )
    seller = lever(*arguments)
    customer = lever(*arguments, "--for", "customer")
    given = lever(*arguments, "--for", "customer", "--approved")
    assert set(customer) == {"schema_version", "field", "asked", "complete", "rows"}
    for ours, theirs, confirmed in zip(
        seller["rows"], customer["rows"], given["rows"], strict=True
    ):
        assert set(theirs) == {"value", "price", "decided", "confirmed"}
        asked = theirs["value"] == customer["asked"]
        assert confirmed == (
            {**theirs, "price": {**theirs["price"], **confirmed["price"]}, "confirmed": True}
            if asked
            else theirs
        )
        assert ((confirmed["price"] or {}).get("quote") == ours["quote"]) >= asked
        assert theirs["confirmed"] is False
        # What an approver would concede is not seen.
        assert ((theirs["price"] or {}).get("quote") == ours["quote"]) == (not ours["approver"])
    assert {row["approver"] for row in seller["rows"]} == {None, "vp-sales"}
    # The deal desk has to sign these, too: only up to whom is told.
    head = explain(*arguments).stdout.splitlines()[2]
    assert re.split(r" {2,}", head)[:4] == ["Term", "USD per 1M tokens", "LTV, USD", "Up to"]
    text = explain(*arguments, "--for", "customer").stdout
    assert "LTV" not in text
    assert "deal-desk" not in text
    assert "Confirmed" not in text
    assert "Confirmed" in explain(*arguments, "--for", "customer", "--approved").stdout


@pytest.mark.parametrize("command", ["explain", "report"])
def test_approvals_are_given_for_customers_only(command: str) -> None:
    found = run(command, EXAMPLE, "--approved")
    assert found.exit_code == 2
    assert "`--approved` is for `--for customer`" in found.stderr


def test_the_lever_is_a_table_with_bars_where_there_is_room() -> None:
    arguments = (PILOT, "--request", "small-team-high-included", "--lever", "included_tokens")
    wide = explain(*arguments).stdout
    rows = [re.split(r" {2,}", line) for line in wide.splitlines()]
    assert ["6M tokens/month", "7.95", "1,239.15", "█" * 24] in rows
    assert ["30M tokens/month (this request)", "-", "-"] in rows
    assert ["31M tokens/month to 40M tokens/month", "-", "-"] in rows
    assert "for some of its possible values" in wide
    narrow = explain(*arguments, COLUMNS="80").stdout
    assert "█" not in narrow
    assert "7.95   1,239.15" in narrow


# --- solve ----------------------------------------------------------------------------------


def test_solve_shows_in_full_what_binds_and_what_more_would_take() -> None:
    arguments = ["solve", str(PILOT), "--request", "small-team-lower-price"]
    program = CliRunner(env={"COLUMNS": "100"})
    plain, full = (program.invoke(main, [*arguments, *more]).stdout for more in ([], ["--all"]))
    assert "\nbinding  " not in plain
    assert re.search(r"^binding +earned-discount ", full, re.MULTILINE)
    limit = "With a limit of 26.375% the price could be USD 5.89 per 1M tokens;"
    assert limit in full
    assert "- The 12-month term is worth USD 316.01" in full


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tern", "did you mean `term`?"),
        ("duration", "did you mean `contract_duration_months`?"),
        ("price", "known: included_units, contract_duration_months"),
    ],
)
def test_a_lever_has_the_names_of_a_quote(name: str, said: str) -> None:
    options = ["explain", "--request", "small-team-lower-price", "--lever", name]
    done = CliRunner().invoke(main, options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


FIELD = "contract_duration_months"


def test_a_lever_may_be_called_by_its_short_name() -> None:
    asked = ["explain", "--request", "small-team-lower-price", "--lever"]
    short, own = (CliRunner().invoke(main, [*asked, name]).stdout for name in ("term", FIELD))
    assert short == own != ""
