"""`cp-pricing solve` from end to end: its answers, how it ends, and its faults."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.books import example_in
from tests.support.command import PROGRAM, results, run, started
from tests.support.places import EXAMPLE, ROOT

IDS = ["lower-price", "lower-price-approval", "seller-ltv", "high-included"]


def asked(**changes: object) -> str:
    """A file of one request of the example."""
    request: dict[str, object] = {
        "id": "asked",
        "configuration": "membership-plus-overage",
        "profile": "small-team",
    }
    return json.dumps({"requests": [request | changes]})


def test_json_is_one_document_that_agrees_with_the_published_answers() -> None:
    found = run("solve", EXAMPLE, "--format", "json")
    assert (found.exit_code, found.stderr) == (0, "")
    document = json.loads(found.stdout)
    assert document["schema_version"] == 1
    answers = json.loads((EXAMPLE / "answers.json").read_text(encoding="utf-8"))["answers"]
    assert [result["request_id"] for result in document["results"]] == IDS
    for result, answer in zip(document["results"], answers, strict=True):
        terms = result["configuration"] or {"usage_unit_price": None}
        assert result["decision"] == answer["decision"]
        assert terms["usage_unit_price"] == answer["price"]
        assert [step["usage_unit_price"] for step in result["ladder"]] == answer["ladder"]
        assert f"{float(result['ltv']['required']):.4f}" == answer["required_ltv"]


def test_json_lines_hold_the_same_results_one_a_line() -> None:
    found = run("solve", EXAMPLE, "--format", "jsonl")
    document = json.loads(run("solve", EXAMPLE, "--format", "json").stdout)
    lines = results(found.stdout)
    assert len(lines) == len(IDS)
    for line, result in zip(lines, document["results"], strict=True):
        for part in (line, result):
            del part["provenance"]["seconds"]
        assert line == result


def test_json_is_utf_8_whatever_the_terminal_is(tmp_path: Path) -> None:
    margin = "    require: gross_margin"
    described = f"    description: Marge réelle\n{margin}"
    folder = example_in(tmp_path / "prix", ("policy.yaml", margin, described))
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    process = started("solve", folder, "--format", "json", environment=ascii_only)
    out, _ = process.communicate(timeout=60)
    assert "Marge réelle" in json.loads(out.decode("utf-8"))["results"][0]["rules"][1].values()
    process = started("solve", folder, "--rules", environment=ascii_only)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"Marge r\\xe9elle" in out


def test_requests_can_be_chosen_and_come_in_the_order_asked() -> None:
    chosen = ["--request", "seller-ltv", "--request", "lower-price", "--request", "seller-ltv"]
    found = run("solve", EXAMPLE, *chosen, "--format", "jsonl")
    assert [line["request_id"] for line in results(found.output)] == ["seller-ltv", "lower-price"]


def test_requests_come_from_a_file_or_from_standard_input(tmp_path: Path) -> None:
    text = asked(inputs={"contract_duration_months": 12})
    path = tmp_path / "asked.json"
    path.write_text(text, encoding="utf-8")
    from_file = run("solve", EXAMPLE, "--requests", path, "--format", "jsonl")
    piped = run("solve", EXAMPLE, "--requests", "-", "--format", "jsonl", given=text)
    lines = [results(found.stdout)[0] for found in (from_file, piped)]
    assert lines[0]["decision"] == "accepted"
    assert lines[0]["configuration"]["contract_duration_months"] == 12
    assert lines[0]["configuration"] == lines[1]["configuration"]


@pytest.mark.parametrize("command", ["solve", "report"])
def test_a_table_is_for_batch(command: str, tmp_path: Path) -> None:
    table, renamed = tmp_path / "asked by.csv", tmp_path / "asked.v2.json"
    table.write_text("id,configuration,profile\nx,team,small\n")
    said = run(command, EXAMPLE, "--requests", table)
    assert (said.exit_code, said.stdout) == (2, "")
    assert (
        f"{table}:1:1: tables, JSON Lines and packed files are for `batch` to read" in said.stderr
    )
    (hint,) = re.findall(r"hint: read it with cp-pricing (.*)", said.stderr)
    words = ["batch", str(EXAMPLE), "--requests", str(table), "--out", "results.csv"]
    assert shlex.split(hint) == words
    table.rename(renamed)
    assert "is not a JSON value" in run(command, EXAMPLE, "--requests", renamed).stderr
    assert "file not found" in run(command, EXAMPLE, "--requests", table).stderr


def test_without_a_price_book_the_pilot_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cp_pricing.files.shipped.pilot_folder", lambda: EXAMPLE)
    found = run("solve", "--format", "jsonl")
    assert [line["request_id"] for line in results(found.output)] == IDS


# --- how it ends ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 0),
        (["--fail-on", "rejected"], 1),
        (["--fail-on", "requires_approval"], 1),
        (["--fail-on", "unknown"], 0),
        (["--fail-on", "rejected", "--request", "lower-price"], 0),
        (["--fail-on", "unknown", "--fail-on", "rejected"], 1),
    ],
)
def test_decided_requests_end_with_0_unless_told_otherwise(options: list[str], status: int) -> None:
    found = run("solve", EXAMPLE, "--format", "jsonl", *options)
    assert found.exit_code == status
    assert results(found.stdout)


@pytest.mark.parametrize(
    ("options", "status"), [([], 3), (["--fail-on", "rejected"], 3), (["--fail-on", "unknown"], 1)]
)
def test_an_undecided_request_ends_with_3(options: list[str], status: int) -> None:
    limit = ["--time-limit", "0.000000001", "--request", "lower-price"]
    found = run("solve", EXAMPLE, "--format", "jsonl", *limit, *options)
    assert results(found.stdout)[0]["decision"] == "unknown"
    assert found.exit_code == status


def test_an_undecided_request_is_reported_as_such() -> None:
    found = run("solve", EXAMPLE, "--time-limit", "0.000000001", "--request", "lower-price")
    assert found.exit_code == 3
    assert "UNKNOWN  lower-price" in found.output
    assert "neither a yes nor a no" in found.output
    assert "not decided" in found.output


def test_all_faults_of_all_files_come_at_once_and_nothing_else(broken_book: Path) -> None:
    for output in ("table", "json", "jsonl"):
        found = run("solve", broken_book, "--format", output)
        assert (found.exit_code, found.stdout) == (2, "")
        for name in ("catalog.yaml", "policy.yaml", "profiles.yaml", "tuning_requests.json"):
            assert re.search(rf"{re.escape(str(broken_book / name))}:\d+:\d+: ", found.stderr)
        assert "  hint: did you mean `platform_fee`?" in found.stderr
        assert "    platform_fe: 79\n    ^~~~~~~~~~~\n" in found.stderr
        assert found.stderr.endswith("error: 4 faults; nothing was computed\n")
        assert "Traceback" not in found.stderr


def test_faults_of_standard_input_come_with_those_of_the_price_book(broken_book: Path) -> None:
    text = asked(profile="small-teem")
    found = run("solve", broken_book, "--requests", "-", given=text)
    assert (found.exit_code, found.stdout) == (2, "")
    assert re.search(
        r"^standard input:1:\d+: there is no profile `small-teem`$", found.stderr, re.MULTILINE
    )
    assert "did you mean `small-team`?" in found.stderr
    assert "platform_fe" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["solve", "nowhere-at-all"], "nowhere-at-all"),
        (["solve", EXAMPLE, "--requests", "nowhere.json"], "nowhere.json"),
        (["solve", EXAMPLE, "--request", "lower-pice"], "did you mean `lower-price`?"),
        (["solve", EXAMPLE, "--time-limit", "0"], "above 0"),
        (["solve", EXAMPLE, "--time-limit", "nan"], "above 0"),
        (["solve", EXAMPLE, "--format", "xml"], "xml"),
        (["solve", EXAMPLE, "--fail-on", "accepted"], "accepted"),
        (["models", "nowhere-at-all"], "nowhere-at-all"),
        (["models", EXAMPLE, "--profile", "small-teem"], "did you mean `small-team`?"),
        (["models", EXAMPLE, "--plan", "flat"], "there is no `flat`"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(arguments: list[str | Path], said: str) -> None:
    found = run(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_a_reader_who_stops_early_hears_nothing_more() -> None:
    for output in ("table", "jsonl"):
        process = started("solve", EXAMPLE, "--format", output)
        # Closed before anything is written: the solver is still being loaded.
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.stderr.close()
        assert (process.wait(timeout=60), err) == (141, b"")


def test_a_full_disk_is_said_in_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.fail("/dev/full is needed for this test")
    with full.open("wb") as disk:
        done = subprocess.run(
            [*PROGRAM, "solve", str(EXAMPLE)],
            stdout=disk,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    assert (done.returncode, done.stderr) == (74, b"error: no space left on device\n")


def test_an_interrupt_ends_quietly() -> None:
    process = started("solve", EXAMPLE, "--requests", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b" " * (1 << 20))  # more than a pipe holds: the program has begun to read
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    # Ended by the signal, which a shell shows as 130.
    assert (process.returncode, out, err) == (-signal.SIGINT, b"", b"")


def test_an_interrupt_is_pythons_own_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    run("models", EXAMPLE)
    assert signal.getsignal(signal.SIGINT) is before
