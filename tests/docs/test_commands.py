"""Every command that a help text or a page shows is run, in a folder made for it."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet

from cli.main import main
from cli.quotes import acting
from cp_pricing.authoring.workspace import new_price_book
from tests.support.commands import examples, parsed
from tests.support.desk import make_record, token_for
from tests.support.places import ROOT
from tests.support.quotes import NOW

# It needs a cluster.
ON_A_CLUSTER = "my-prices --requests asked.parquet --out results.parquet --engine ray"
LEFT_OUT = {f"cp-pricing batch {ON_A_CLUSTER} --address 10.0.0.1:6379"}
# What else they end with than 0, and why.
STATUS = {
    "cp-pricing solve my-prices --format jsonl --fail-on rejected": 1,  # one is
    "cp-pricing policy test my-prices --coverage --min-coverage 90": 1,  # of one test
    "cp-pricing quotes verify Q-2026-0001.1 --book my-prices": 1,  # which has other plans
    "cp-pricing policy analyze": 3,  # in the seconds that it is given here
    "cp-pricing quote membership-plus-overage small-team incl=12M term=soon"
    " --param one_year_credt=10%": 2,  # which the page shows
    "cp-pricing quote team product price=3 included=20M --usage 200M --book coulomb-api": 2,
}
# The pilot in full takes long, and is run elsewhere.
ONE = ["--request", "small-team-lower-price"]
QUICKER = {
    "cp-pricing policy analyze": ["--budget", "1"],
    "cp-pricing policy test": ["-k", "earn"],
    "cp-pricing policy test --coverage": ["-k", "earn"],
    "cp-pricing report": ONE,
    "cp-pricing report --out report.html": ONE,
    "cp-pricing solve --detail full --format json": ONE,
}
# Names that stand for the reader's own.
STAND_INS = {"ID": "small-team-high-included", "acme": "a-year-ahead"}
# They do not end by themselves; tests/cli/test_serve.py runs one.
SERVING = "cp-pricing serve"
SHOWN = {command for _, command in examples() if not command.startswith(SERVING)}
COMMANDS = sorted(SHOWN - LEFT_OUT)
TESTS = """\
tests:
  - name: a prepaid year
    request:
      configuration: team
      profile: small-team
      inputs: {contract_duration_months: 12, prepaid_amount: 600}
    expect: {decision: accepted}
"""


@pytest.fixture(scope="session", name="ready")
def _ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the examples name: price books, policies and requests."""
    folder = tmp_path_factory.mktemp("ready")
    book = folder / "my-prices"
    new_price_book(book)
    asked = {
        **json.loads((book / "tuning_requests.json").read_text())["requests"][0],
        "id": "asked",
    }
    (book / "policy_tests.yaml").write_text(TESTS)
    for name in ("prices-2026", "prices-2027", "prices/emea"):
        shutil.copytree(book, folder / name)
    shutil.copytree(ROOT / "data" / "posthog-style", folder / "data" / "posthog-style")
    make_record(folder)
    (folder / "shared").mkdir()
    for name in ("policy", "old-policy", "draft", "old", "new", "shared/base"):
        shutil.copy(book / "policy.yaml", folder / f"{name}.yaml")
    line = json.dumps(asked)
    (folder / "asked.json").write_text(f'{{"requests": [{line}]}}')
    (folder / "asked-1.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    (folder / "export-requests").write_text(f"{line}\n")
    row = {name: value for name, value in asked.items() if name != "inputs"} | asked["inputs"]
    (folder / "asked.csv").write_text(f"{','.join(row)}\n{','.join(map(str, row.values()))}\n")
    parquet.write_table(pa.Table.from_pylist([row]), folder / "asked.parquet")
    _copy_history(folder)
    return folder


def _copy_history(folder: Path) -> None:
    history = ROOT / "data" / "coulomb" / "history"
    subscriptions = history / "subscriptions.csv"
    shutil.copy(subscriptions, folder / "subs.csv")
    parquet.write_table(csv.read_csv(subscriptions), folder / "subs.parquet")
    shutil.copy(history / "usage.csv", folder)
    (folder / "usage").mkdir()
    shutil.copy(history / "usage.csv", folder / "usage")
    page = (ROOT / "docs" / "profiles-from-data.md").read_text(encoding="utf-8")
    for name, table in re.findall(r"^```csv (\S+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        (folder / name).write_text(table)


def test_examples_are_found_wherever_they_stand() -> None:
    places = {where for where, _ in examples()}
    assert {"cp-pricing", "cp-pricing batch", "cp-pricing policy test", "README.md"} <= places
    assert len(COMMANDS) > 50
    assert {command for _, command in examples()} >= LEFT_OUT | STATUS.keys() | QUICKER.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_shown_can_be_run(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    folder = tmp_path / "fresh"
    if "policy init" in command:
        folder.mkdir()
    else:
        shutil.copytree(ready, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(acting, "now", lambda: NOW)
    arguments, given = parsed(command)
    if token := token_for(arguments, folder):
        monkeypatch.setenv("CP_PRICING_TOKEN", token)
    arguments = [STAND_INS.get(argument, argument) for argument in arguments]
    arguments += QUICKER.get(command, [])
    with (given or Path(os.devnull)).open("rb") as file:
        done = CliRunner().invoke(main, arguments, input=file, prog_name="cp-pricing")
    assert done.exit_code == STATUS.get(command, 0), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("name", ["coulomb", "template", "posthog-style"])
def test_every_shipped_book_is_a_batch(tmp_path: Path, name: str) -> None:
    book = ROOT / "data" / name
    for out in ("by-default.jsonl", "piped.jsonl"):
        options = ["--detail", "decision", "--workers", "1", "--out", str(tmp_path / out)]
        options += ["--requests", "-"] if out == "piped.jsonl" else []
        with (book / "tuning_requests.json").open("rb") as file:
            done = CliRunner().invoke(main, ["batch", str(book), *options], input=file)
        assert done.exit_code == 0, done.output
        asked = json.loads((book / "tuning_requests.json").read_bytes())["requests"]
        assert len((tmp_path / out).read_bytes().splitlines()) == len(asked)
