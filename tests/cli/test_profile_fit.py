"""`cp-pricing profile fit`: what it writes, says and refuses."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from cp_pricing.profiles.profile import Profiles, expected_units
from tests.support.command import ENVIRONMENT, run
from tests.support.histories import Written, write_history
from tests.support.places import PILOT

COULOMB_API = PILOT.parent / "coulomb-api"
FEW = ("--draws", "10")


@pytest.fixture
def history(tmp_path: Path) -> Written:
    return write_history(tmp_path)


def profiles(path: Path) -> Profiles:
    """The profiles of a file, as a price book reads them, but for their draws."""
    document = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    for profile in document["profiles"]:
        profile.pop("draws", None)
    return Profiles.model_validate(document)


def test_a_profile_and_its_draws_are_written(history: Written, tmp_path: Path) -> None:
    out = tmp_path / "fitted.yaml"
    done = run("profile", "fit", *history.arguments, *FEW, "--profile", "team", "--out", out)
    assert done.exit_code == 0, done.output
    (one,) = profiles(out).profiles
    assert one.id == "team"
    assert one.cohort is not None
    assert (one.cohort.customers, one.cohort.as_of) == (40, "2026-09-30")
    assert one.cohort.source == "subscriptions.csv and usage.csv"
    assert "    draws: team.draws.jsonl\n" in out.read_text()
    assert len((tmp_path / "team.draws.jsonl").read_text().splitlines()) == 10
    assert f"wrote {tmp_path / 'team.draws.jsonl'}, {out}" in done.stdout
    assert "10 draws, seed 1; the price response cannot be told from such data" in done.stdout
    assert "40 customers as of 2026-09-30" in done.stdout


def test_the_same_tables_and_seed_give_the_same_files(history: Written, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        out = tmp_path / name / "fitted.yaml"
        assert not run(
            "profile", "fit", *history.arguments, "--profile", "t", "--out", out
        ).exit_code
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two
    assert set(one) == {"fitted.yaml", "t.draws.jsonl.gz"}
    assert len(gzip.decompress(one["t.draws.jsonl.gz"]).splitlines()) == 200


def test_what_no_table_tells_is_from_the_price_book(history: Written, tmp_path: Path) -> None:
    out = tmp_path / "fitted.yaml"
    asked = ("--profile", "small-team", "--book", PILOT, "--out", out)
    done = run("profile", "fit", *history.arguments, *FEW, *asked)
    assert done.exit_code == 0, done.output
    (one,) = profiles(out).profiles
    (authored,) = (
        each for each in profiles(PILOT / "profiles.yaml").profiles if each.id == "small-team"
    )
    for key in ("price_response", "variable_cost_per_unit", "service_cost_per_month"):
        assert getattr(one, key) == getattr(authored, key)
    assert one.in_term_churn_multiplier == authored.in_term_churn_multiplier
    assert one.observed_on == "membership-plus-overage"
    assert one.members_per_customer != authored.members_per_customer  # the tables have seats
    assert "variable_cost_per_unit: 0.0000027 # of the price book" in out.read_text()


def test_costs_may_be_given(history: Written, tmp_path: Path) -> None:
    out = tmp_path / "fitted.yaml"
    costs = ("--cost", "service_cost_per_month=18.50", "--cost", "payment_cost_rate=2.9%")
    done = run("profile", "fit", *history.arguments, *FEW, "--profile", "t", *costs, "--out", out)
    assert done.exit_code == 0, done.output
    assert "service_cost_per_month: 18.5 # as it was given" in out.read_text()
    wrong = ("--cost", "service_costs=18")
    done = run("profile", "fit", *history.arguments, "--profile", "t", *wrong, "--out", out)
    assert done.exit_code == 2
    assert "there is no cost `service_costs`; did you mean `service_cost_per_month`?" in done.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["payment_cost_rate=3"], "a share from 0 to 1, like `2.9%`, not `3`; write `3%`"),
        (["payment_cost_rate=300"], "a share from 0 to 1, like `2.9%`, not `300`"),
        (
            ["payment_cost_rate=2.9 percent"],
            "a share from 0 to 1, like `2.9%`, not `2.9 percent`; write `2.9%`",
        ),
        (
            ["service_cost_per_month=5%"],
            "a number from 0 on, not `5%`; a percentage has no place here",
        ),
        (["onboarding_cost=1.5k"], "a number from 0 on, not `1.5k`; write `1500`"),
        (["acquisition_cost=-1"], "a number from 0 on, not `-1`"),
        (
            ["variable_cost_per_unit=3", "variable_cost_per_unit.input=4"],
            "`variable_cost_per_unit` is given for all use, and for one meter",
        ),
        (
            ["variable_cost_per_unit.input=4", "variable_cost_per_unit=3"],
            "`variable_cost_per_unit` is given for all use, and for one meter",
        ),
    ],
)
def test_a_cost_that_no_profile_can_have_is_refused(
    history: Written, tmp_path: Path, given: list[str], told: str
) -> None:
    out = tmp_path / "fitted.yaml"
    costs = [word for one in given for word in ("--cost", one)]
    done = run("profile", "fit", *history.arguments, "--profile", "t", *costs, "--out", out)
    assert done.exit_code == 2, done.output
    assert done.stderr.rstrip().endswith(told)
    assert not out.exists()


def test_a_profile_for_each_group(history: Written, tmp_path: Path) -> None:
    out = tmp_path / "fitted.yaml"
    done = run("profile", "fit", *history.arguments, *FEW, "--by", "segment", "--out", out)
    assert done.exit_code == 0, done.output
    assert [each.id for each in profiles(out).profiles] == ["small-team", "solo"]
    both = {path.name: path.read_text() for path in tmp_path.glob("*.draws.jsonl")}
    assert set(both) == {"small-team.draws.jsonl", "solo.draws.jsonl"}
    # A group by itself is fitted as it is among others.
    one = ("--by", "segment", "--profile", "solo", "--out", tmp_path / "one.yaml")
    assert run("profile", "fit", *history.arguments, *FEW, *one).exit_code == 0
    assert (tmp_path / "solo.draws.jsonl").read_text() == both["solo.draws.jsonl"]
    wrong = ("--by", "segment", "--profile", "sole", "--out", out)
    done = run("profile", "fit", *history.arguments, *FEW, *wrong)
    assert done.exit_code == 2
    assert "did you mean `solo`?" in done.stderr


def test_several_meters_are_those_of_the_catalog(tmp_path: Path) -> None:
    catalog = yaml.safe_load((COULOMB_API / "catalog.yaml").read_text())
    meters = tuple(each["id"] for each in catalog["meters"])
    history = write_history(tmp_path, meters=(*meters[:2], "steps"))
    out = tmp_path / "fitted.yaml"
    asked = ("--profile", "team", "--book", COULOMB_API, "--out", out)
    done = run("profile", "fit", *history.arguments, *FEW, *asked)
    assert done.exit_code == 0, done.output
    (one,) = profiles(out).profiles
    units = [scenario.units for scenario in one.monthly_usage]
    assert all(isinstance(each, Mapping) and tuple(each) == meters for each in units)
    assert "of a meter that the catalog lacks" in done.stdout
    history = write_history(tmp_path, meters=("steps",))
    done = run("profile", "fit", *history.arguments, *FEW, *asked)
    assert done.exit_code == 2
    assert "the usage says the meter `steps`, which the catalog lacks" in done.stderr


# --- nothing by halves ----------------------------------------------------------------------


def test_faults_are_told_and_nothing_is_written(history: Written, tmp_path: Path) -> None:
    text = history.usage.read_text().replace("units", "unit")
    history.usage.write_text(text)
    before = sorted(tmp_path.iterdir())
    asked = ("--profile", "team", "--out", tmp_path / "fitted.yaml")
    done = run("profile", "fit", *history.arguments, *asked)
    assert done.exit_code == 2
    assert "usage.csv:1:1: the table of usage has no column `units`" in done.stderr
    assert "hint: did you mean `unit`?" in done.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert (
        run("profile", "fit", *history.arguments, *FEW, *asked, "--column", "units=unit").exit_code
        == 0
    )


def test_the_files_are_written_together_or_not_at_all(history: Written, tmp_path: Path) -> None:
    out = tmp_path / "fitted.yaml"
    out.write_text("as it was")
    (tmp_path / "report.html").mkdir()
    (tmp_path / "team.draws.jsonl").mkdir()
    done = run("profile", "fit", *history.arguments, *FEW, "--profile", "team", "--out", out)
    assert done.exit_code == 74
    assert out.read_text() == "as it was"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_is_read_is_not_overwritten(history: Written) -> None:
    done = run("profile", "fit", *history.arguments, *FEW, "--profile", "t", "--out", history.usage)
    assert done.exit_code == 2
    assert "this would overwrite" in done.stderr
    assert history.usage.read_text().startswith("customer,month,units")


def test_a_profile_has_to_be_named(history: Written, tmp_path: Path) -> None:
    done = run("profile", "fit", *history.arguments, "--out", tmp_path / "fitted.yaml")
    assert done.exit_code == 2
    assert "say `--profile`, or `--by` for one of each group" in done.stderr


def test_an_id_has_to_be_one(history: Written, tmp_path: Path) -> None:
    for name in ("../team", "small team", ""):
        out = ("--profile", name, "--out", tmp_path / "fitted.yaml")
        done = run("profile", "fit", *history.arguments, *out)
        assert done.exit_code == 2
        assert f"`{name}` is no id" in done.stderr


def test_doubts_are_told(tmp_path: Path) -> None:
    # A third leaves with every anniversary, nobody in between; and only who was there in 2025.
    subscriptions, usage = ["customer,start,end"], ["customer,month,units"]
    for number in range(300):
        end = ("2025-02-01", "2026-02-01", "")[number % 3]
        subscriptions.append(f"c{number},2024-02-01,{end}")
        usage.append(f"c{number},2025-01,{number}")
    for name, lines in (("s.csv", subscriptions), ("u.csv", usage)):
        (tmp_path / name).write_text("\n".join(lines))
    tables = ("--subscriptions", tmp_path / "s.csv", "--usage", tmp_path / "u.csv")
    asked = ("--as-of", "2026-09-30", "--profile", "team", "--out", tmp_path / "fitted.yaml")
    done = run("profile", "fit", *tables, *asked, *FEW)
    assert done.exit_code == 0, done.output
    assert "the fitted survival is outside the 95% band" in done.stdout
    assert "nobody ended before 2025-02-01, where" in done.stdout
    curve = run("profile", "fit", *tables, *asked, *FEW, "--retention", "curve")
    assert "outside the 95% band" not in curve.stdout


@pytest.mark.parametrize("said", [False, True])
def test_a_group_without_a_row_of_use_is_warned_of(
    history: Written, tmp_path: Path, *, said: bool
) -> None:
    head, *rows = history.usage.read_text().splitlines()
    is_solo = [int(row[1:4]) % 2 == 1 for row in rows]
    of_solo = [f"{row.rpartition(',')[0]},0" for row, own in zip(rows, is_solo, strict=True) if own]
    of_teams = [row for row, own in zip(rows, is_solo, strict=True) if not own]
    history.usage.write_text("\n".join([head, *of_teams, *(of_solo if said else ())]))
    asked = ("--by", "segment", "--out", tmp_path / "f.yaml", "--report", tmp_path / "f.html")
    done = run("profile", "fit", *history.arguments, *FEW, *asked)
    assert done.exit_code == 0, done.output
    assert expected_units(profiles(tmp_path / "f.yaml").profiles[1]) == 0
    assert "use: 0 units a month, in 1 scenario of 134 customer-months" in done.stdout
    for text in (done.stdout, (tmp_path / "f.html").read_text()):
        assert text.count("none of the 134 customer-months has a row of use") == (not said)


def test_no_curve_is_counted_from_months_that_nobody_was_seen_in(tmp_path: Path) -> None:
    rows = [f"c{n},2024-01-01,{'2025-09-01' if n % 3 else ''}" for n in range(60)]
    (tmp_path / "s.csv").write_text("\n".join(["customer,start,end", *rows]))
    (tmp_path / "u.csv").write_text("customer,month,units\nc1,2025-08,5\n")
    tables = ("--subscriptions", tmp_path / "s.csv", "--usage", tmp_path / "u.csv")
    asked = ("--as-of", "2026-03-31", "--seen-from", "2025-06-01", "--profile", "team")
    out = ("--out", tmp_path / "fitted.yaml")
    done = run("profile", "fit", *tables, *asked, *FEW, *out, "--retention", "curve")
    assert done.exit_code == 2
    assert "a month of the curve has nobody who was seen in it" in done.stderr
    report = ("--report", tmp_path / "fit.html")
    assert run("profile", "fit", *tables, *asked, *FEW, *out, *report).exit_code == 0


def test_where_there_is_nothing_to_fit_that_is_said(history: Written, tmp_path: Path) -> None:
    head = history.usage.read_text().splitlines()[0]
    history.usage.write_text(f"{head}\nc001,2020-01,5\n")
    out = tmp_path / "fitted.yaml"
    done = run("profile", "fit", *history.arguments, "--profile", "team", "--out", out)
    assert done.exit_code == 2
    assert "no customer has a complete month of use" in done.stderr
    assert not out.exists()


def test_what_is_left_out_is_counted(history: Written, tmp_path: Path) -> None:
    with history.subscriptions.open("a") as file:
        file.write("z1,2025-03-01,2025-02-01,p,solo,1\nz2,2027-01-01,,p,solo,1\n")
    with history.usage.open("a") as file:
        file.write("nobody,2025-03,5\nz1,2025-03,5\n")
    out = tmp_path / "fitted.yaml"
    done = run("profile", "fit", *history.arguments, *FEW, "--profile", "team", "--out", out)
    assert done.exit_code == 0, done.output
    for said in (
        "1 subscriptions that end before they start, left out",
        "1 subscriptions that start after the last day of the data, left out",
        "1 customer-months of use without a subscription, left out",
        "1 customer-months of use of nobody who ever subscribed, left out",
    ):
        assert said in done.stdout


def test_a_missing_library_is_told_before_any_work(history: Written, tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['duckdb'] = None; from cli.main import run; run()"
    asked = (*history.arguments, "--profile", "team", "--out", tmp_path / "fitted.yaml")
    command = [sys.executable, "-c", hidden, "profile", "fit", *map(str, asked)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "a fit needs DuckDB, which is not installed" in done.stderr
    assert "pip install 'cp-pricing[data]'" in done.stderr


@pytest.mark.parametrize(
    ("book", "needed"), [("coulomb", {"numpy"}), ("posthog-style", set[str]())]
)
def test_no_other_command_loads_what_fits_need(book: str, needed: set[str]) -> None:
    """Numpy is loaded for draws alone."""
    loaded = "sorted({'duckdb', 'numpy', 'scipy'} & set(sys.modules))"
    code = (
        "import sys, json; from click.testing import CliRunner; from cli.main import main;"
        "CliRunner().invoke(main, ['profile', 'fit', '--help']);"
        f"CliRunner().invoke(main, ['policy', 'check', {book!r}]);"
        f"print(json.dumps({loaded}))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == needed
