"""`cp-pricing quote` from end to end: its answers, how it ends, and its faults."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from cp_pricing.files.texts import REQUESTS
from tests.support import docs
from tests.support.books import example_in
from tests.support.command import run
from tests.support.places import EXAMPLE, PILOT

DEAL = ("quote", "membership-plus-overage", "small-team")
OF_EXAMPLE = (*DEAL, "--book", EXAMPLE)
EARNED = ("term=2y", "prepaid=1.2k", "minimum=150", "onboarding=yes", "flexibility=yes")


def answers(output: str) -> list[dict[str, Any]]:
    """The results of a document, without the seconds that they took."""
    document = json.loads(output)
    assert document["schema_version"] == 1
    for result in document["results"]:
        del result["provenance"]["seconds"]
    return document["results"]  # type: ignore[no-any-return]


def ids_in(file: Path) -> list[str]:
    return [request["id"] for request in json.loads(file.read_text())["requests"]]


def rows_of(output: str) -> dict[str, list[str]]:
    """The table of offers: each row's cells by its name."""
    table = output.partition("Offers side by side\n")[2].partition("\n\n")[0]
    lines = (re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[2:])
    return {cells[0]: cells[1:] for cells in lines}


def test_json_is_what_solve_writes_for_the_same_request(tmp_path: Path) -> None:
    folder = example_in(tmp_path / "book")
    asked = run(*DEAL, *EARNED, "--book", folder, "--format", "json", "--save", "kept")
    solved = run("solve", folder, "--request", "kept", "--format", "json")
    assert (asked.exit_code, asked.stderr) == (0, f"kept in {folder / REQUESTS}: kept\n")
    assert answers(asked.stdout) == answers(solved.stdout)
    assert answers(asked.stdout)[0]["configuration"]["usage_unit_price"]


def test_a_request_of_the_book_has_the_same_answer_in_one_line() -> None:
    (asked,) = answers(run(*OF_EXAMPLE, *EARNED, "--format", "json").stdout)
    (solved,) = answers(
        run("solve", EXAMPLE, "--request", "lower-price", "--format", "json").stdout
    )
    assert asked | {"request_id": "lower-price"} == solved


def test_what_was_understood_stands_above_the_report() -> None:
    found = run(*OF_EXAMPLE, "included=12M", "term=2y", "price=9.50", "--approval")
    said = " ".join(found.stdout.partition("\n\n")[0].split())
    assert said == (
        "membership-plus-overage for small-team: 12M included tokens a month, a usage price of "
        "USD 9.50 per 1M tokens and a 24-month term; approval allowed"
    )
    assert re.search(r"^[A-Z ]+  offer ─", found.stdout, re.MULTILINE)


def test_offers_stand_side_by_side() -> None:
    others = ["--or", "term=36m price=7", "--or", "included=40M price="]
    asked = (*DEAL, "term=2y", "price=6.52", "--approval", *others)
    rows = rows_of(run(*asked).stdout)
    results = answers(run(*asked, "--format", "json").stdout)
    assert [result["request_id"] for result in results] == ["offer-1", "offer-2", "offer-3"]
    assert rows["term"] == ["24 months", "36 months", "24 months"]
    assert rows["usage price per 1M tokens"][:2] == ["USD 6.52", "USD 7.00"]
    assert rows["decision"] == [result["decision"].replace("_", " ") for result in results]
    for name, keys in {
        "bill a month": ("monthly", "bill"),
        "margin a month": ("monthly", "margin"),
        "committed value": ("contract", "committed_value"),
        "lifetime value": ("ltv", "tuned"),
    }.items():
        figures = [(result[keys[0]] or {}).get(keys[1]) for result in results]
        shown = ["-" if figure is None else f"USD {float(figure):,.2f}" for figure in figures]
        assert rows[name] == shown, name
    signers = [[approval["approver"] for approval in result["approvals"]] for result in results]
    accepted = [result["configuration"] is not None for result in results]
    assert rows["who signs"] == [
        (", ".join(who) or "nobody") if answered else "-"
        for who, answered in zip(signers, accepted, strict=True)
    ]


def test_a_parameter_that_is_tried_is_said_in_every_answer() -> None:
    asked = (*DEAL, "term=1y", "prepaid=900", "--param", "one_year_credit=10%")
    said = "`one_year_credit` is 10% here, and 15% in the policy"
    before = (PILOT / "policy.yaml").read_bytes()
    assert f"tried: {said}" in run(*asked).stdout
    assert f"tried: {said}" in run(*asked, "--or", "term=2y").stdout
    (result,) = answers(run(*asked, "--format", "json").stdout)
    assert said in result["warnings"]
    (plain,) = answers(run(*asked[:-2], "--format", "json").stdout)
    digests = [each["provenance"]["price_book_digest"] for each in (result, plain)]
    assert digests[0] != digests[1]
    assert (PILOT / "policy.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["price=12"], 0),
        (["price=2.50"], 0),
        (["price=2.50", "--fail-on", "rejected"], 1),
        (["price=12", "--or", "price=2.50", "--fail-on", "rejected"], 1),
        (["--time-limit", "0.000000001"], 3),
        (["--time-limit", "0.000000001", "--fail-on", "unknown"], 1),
        (["--time-limit", "0"], 2),
    ],
)
def test_it_ends_as_solve_does(options: list[str], status: int) -> None:
    assert run(*OF_EXAMPLE, *options, "--format", "json").exit_code == status


def test_all_faults_are_shown_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    folder = example_in(tmp_path / "book")
    before = (folder / REQUESTS).read_bytes()
    found = run(*DEAL, "incl=12M", "term=soon", "--book", folder, "--save", "seller-ltv")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "quote membership-plus-overage small-team incl=12M term=soon" in found.stderr
    assert found.stderr.count("command line:1:") == 3
    assert "  hint: did you mean `included`? it may be 0 to 40M tokens/month" in found.stderr
    assert found.stderr.endswith("error: 3 faults; nothing was computed\n")
    assert (folder / REQUESTS).read_bytes() == before


def test_faults_of_the_price_book_come_as_ever(broken_book: Path) -> None:
    found = run(*DEAL, "--book", broken_book)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "catalog.yaml" in found.stderr


def test_a_request_is_kept_with_the_files_mode_and_once_only(tmp_path: Path) -> None:
    folder = example_in(tmp_path / "book")
    file = folder / REQUESTS
    file.chmod(0o640)
    before = ids_in(file)
    asked = (*DEAL, "term=2y", "--or", "term=6", "--book", folder, "--save", "acme")
    assert run(*asked).exit_code == 0
    assert ids_in(file) == [*before, "acme-1", "acme-2"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert "there is a request `acme-2` already" in run(*asked).stderr
    assert ids_in(file) == [*before, "acme-1", "acme-2"]
    assert {path.name for path in folder.iterdir()} == {path.name for path in EXAMPLE.iterdir()}


def test_a_file_that_cannot_be_written_ends_with_74(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = example_in(tmp_path / "book")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    found = run(*DEAL, "--book", folder, "--save", "acme")
    assert (found.exit_code, found.stdout) == (74, "")
    assert "no space left on device" in found.stderr
    assert (folder / REQUESTS).read_bytes() == (EXAMPLE / REQUESTS).read_bytes()


REFUSED = [each.text for each in docs.blocks("docs/quote.md") if each.text.startswith("$ ")]


@pytest.mark.parametrize("place", range(2))
def test_the_page_shows_the_faults_as_they_are(place: int) -> None:
    assert len(REFUSED) == 2
    line, _, faults = REFUSED[place].partition("\n")
    found = run(*line.removeprefix("$ cp-pricing ").split())
    assert (found.exit_code, found.stdout, found.stderr) == (2, "", faults)
