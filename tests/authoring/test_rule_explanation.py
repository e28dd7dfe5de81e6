"""What is not found of a rule's examples within the budget is said, and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Done

from cli.main import main
from constraints.cpsat.optimisation import Goal, Problem, Result
from cp_pricing.authoring.rule_explanation import explain_rule
from tests.support.books import coulomb_api, example_in, pilot

PAIRS = [("membership-plus-overage", "small-team"), ("membership-plus-overage", "scale-up")]
USED_UP = "its share of the budget of 1e-09 seconds was used up"
_best = Problem.best


RENEWALS = """policy: mine
facts:
  deal_type: {values: [new, renewal], default: new}
ltv: {horizon_months: 36, annual_discount_rate: 10%}
rules:
  - id: renewals
    when: deal_type == "renewal"
    require: usage_unit_price <= 0.0000001 USD/token
"""


def explained(*options: str) -> Done:
    return CliRunner().invoke(main, ["policy", "explain", "price-lock", *options])


def test_without_time_there_is_no_example_and_it_is_said() -> None:
    found = explain_rule(pilot(), "price-lock", PAIRS, budget=1e-9)
    assert (found.example, found.note) == (None, USED_UP)


def test_the_command_has_a_budget() -> None:
    done = explained("--budget", "1e-9")
    assert done.exit_code == 0
    assert f"none: {USED_UP}" in " ".join(done.stdout.split())


def test_that_no_deal_passes_is_not_said_where_it_is_not_proved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def first(problem: Problem, in_force: Iterable[str], goals: Sequence[Goal]) -> Result:
        result = _best(problem, in_force, goals)
        problem.solver.within(0)
        return result

    monkeypatch.setattr(Problem, "best", first)
    found = explain_rule(pilot(), "price-lock", PAIRS)
    assert found.example is not None
    assert found.example.admitted is None
    assert found.note.startswith("whether a deal passes is not known: its share of the budget")
    done = explained()
    told = " ".join(done.stdout.split())
    assert "whether a deal passes is not known" in told
    assert "no deal passes" not in told


def test_where_the_deal_that_passes_is_none_of_the_rule_nothing_is_said_to_hold(
    tmp_path: Path,
) -> None:
    folder = example_in(tmp_path / "book")
    (folder / "policy.yaml").write_text(RENEWALS, "utf-8")
    done = CliRunner().invoke(main, ["policy", "explain", "renewals", str(folder)])
    told = " ".join(done.stdout.split())
    assert "does not hold: USD 10.00 per 1M tokens <= USD 0.10 per 1M tokens" in told
    assert "the rule does not apply differs in deal_type: renewal to new" in told
    assert " holds: " not in told


def test_of_a_rate_card_names_are_said_by_meter_and_a_discount_as_one() -> None:
    found = explain_rule(coulomb_api(), "output-floor", [("scale", "platform")])
    assert found.words == (
        "the rate of output tokens is at least "
        "the profile's variable cost per output token times (1 plus the floor markup (15%))"
    )
    named = {use.name: (use.unit, use.stands_for) for use in found.names}
    assert named["rate.output"] == ("USD/token", "derived of the deal")
    assert named["profile.variable_cost_per_unit.output"][1] == "derived of the profile"
    assert found.example is not None
    ((field, asked, offered),) = (
        (change.field, change.asked, change.offered) for change in found.example.changes
    )
    assert (field, asked, offered) == ("usage_discount", "0.195", "0.19")


def test_an_allowance_is_a_field_of_the_deal_and_at_list() -> None:
    found = explain_rule(coulomb_api(), "allowance-needs-term", [("team", "product")])
    named = {use.name: use.stands_for for use in found.names}
    assert named["included_units.input"] == "field of the deal"
    assert named["baseline.included_units.input"] == "field at list"
    assert found.when_words is not None
    assert found.when_words.startswith("the included input tokens is above the included input")
    assert found.example is not None
    assert {change.field for change in found.example.changes} == {"included_units.input"}


def test_the_command_tells_of_a_rate_card() -> None:
    told = CliRunner().invoke(main, ["policy", "explain", "output-floor", "coulomb-api"])
    assert told.exit_code == 0
    words = " ".join(told.stdout.split())
    assert "differs in price of output tokens: USD 13.00 per 1M to USD 14.00 per 1M" in words
