"""`cp-pricing batch` from end to end: files, counts, exit statuses, progress, interruption."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from tests.support.batch import lines_of, refused, requests, solved, write_lines
from tests.support.command import ENVIRONMENT, run, started

FAST = ("--detail", "decision", "--workers", "1")


batch = partial(run, "batch")


def test_counts_summary_and_errors_agree(tmp_path: Path) -> None:
    asked = list(requests(12))
    asked[4]["profile"] = "small-teem"
    write_lines(tmp_path / "asked.jsonl", [*asked, "{"])
    out, errors, summary = (tmp_path / name for name in ("o.csv", "e.jsonl", "s.json"))
    files = ("--requests", tmp_path / "asked.jsonl", "--out", out, "--errors", errors)
    done = batch(*files, "--summary", summary, *FAST)
    assert done.exit_code == 1
    told = json.loads(summary.read_text(encoding="utf-8"))
    assert told["read"] == 13 == told["decided"] + told["failed"]
    assert told["failed"] == 2 == len(lines_of(errors))
    assert told["decided"] == sum(told["decisions"].values())
    assert told["decided"] == len(out.read_text(encoding="utf-8").splitlines()) - 1
    assert "13 read = 11 decided (" in done.stderr
    assert ") + 2 failed; " in done.stderr
    assert "did you mean `small-team`?" in lines_of(errors)[0]["hint"]
    assert not done.stdout


def test_without_a_file_of_errors_the_first_are_shown(tmp_path: Path) -> None:
    write_lines(tmp_path / "asked.jsonl", ["{"] * 12)
    done = batch("--requests", tmp_path / "asked.jsonl", "--out", tmp_path / "o.jsonl", *FAST)
    assert done.exit_code == 1
    shown = done.stderr.splitlines()
    assert shown[0].startswith(f"{tmp_path / 'asked.jsonl'}:1:2: ")
    assert len([line for line in shown if "asked.jsonl" in line]) == 10
    assert "... and 2 more; --errors FILE keeps them all" in shown
    assert not (tmp_path / "o.jsonl").read_text(encoding="utf-8")


def test_formulas_are_guarded_unless_csv_is_to_be_plain(tmp_path: Path) -> None:
    asked = [{**request, "id": "=1+1"} for request in requests(1)]
    write_lines(tmp_path / "asked.jsonl", [*asked, '{"id": "@x"}'])
    for options, mark in (((), "'"), (("--plain-csv",), "")):
        out, errors = tmp_path / "o.csv", tmp_path / "e.csv"
        files = ("--requests", tmp_path / "asked.jsonl", "--out", out, "--errors", errors)
        done = batch(*files, *options, *FAST)
        assert done.exit_code == 1
        assert out.read_text(encoding="utf-8").splitlines()[1].startswith(f"1,{mark}=1+1,")
        assert f",{mark}@x," in errors.read_text(encoding="utf-8")


def test_the_decimal_mark_of_a_table_is_an_option(tmp_path: Path) -> None:
    (tmp_path / "asked.csv").write_text(
        "id;configuration;profile;contract_duration_months;prepaid_amount;approval_mode\n"
        "x;membership-plus-overage;small-team;12;1.200;allow_approval\n"
    )
    files = ("--requests", tmp_path / "asked.csv", "--out", tmp_path / "o.jsonl")
    refused_both = batch(*files, *FAST)
    assert refused_both.exit_code == 1
    assert "`1.200` may be `1.2` or `1200`" in refused_both.stderr
    assert batch(*files, "--decimal", ",", *FAST).exit_code == 0
    (result,) = lines_of(tmp_path / "o.jsonl")
    assert result["configuration"]["prepaid_amount"] == "1200"


def test_quiet_says_nothing_and_the_summary_may_go_to_standard_output(tmp_path: Path) -> None:
    write_lines(tmp_path / "asked.jsonl", requests(2))
    files = ("--requests", tmp_path / "asked.jsonl", "--out", tmp_path / "o.jsonl")
    done = batch(*files, "--quiet", "--summary", "-", *FAST)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["read"] == 2
    assert not done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--requests", "none.csv", "--out", "o.csv"), "none.csv:1:1: file not found"),
        (("--out", "o.pdf"), "tells no format of results"),
        (("nowhere", "--out", "o.csv"), "folder not found"),
        (("--out", "o.csv", "--address", "127.0.0.1:1"), "add --engine ray"),
    ],
)
def test_bad_input_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = batch(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_standard_input_is_resumed_if_it_begins_with_the_same_requests(tmp_path: Path) -> None:
    lines = [json.dumps(request) for request in refused(20_000)]
    out = tmp_path / "o.jsonl"
    command = ("batch", "--requests", "-", "--out", out, *FAST)
    interrupted = started(*command, stdin=subprocess.PIPE)
    assert interrupted.stdin is not None
    record = tmp_path / "o.jsonl.unfinished" / "record.json"
    coming = iter(lines)
    while not (record.exists() and json.loads(record.read_text())["progress"]["read"]):
        interrupted.stdin.write("\n".join(islice(coming, 100)).encode() + b"\n")
        interrupted.stdin.flush()
        time.sleep(0.1)
    lines = lines[: len(lines) - len(list(coming)) + 50]
    interrupted.send_signal(signal.SIGINT)
    _, told = interrupted.communicate()
    assert interrupted.returncode == -signal.SIGINT
    assert b"the same command with --resume goes on" in told
    assert b"Traceback" not in told

    def again(given: list[str]) -> tuple[int, bytes]:
        process = started(*command, "--resume", stdin=subprocess.PIPE)
        _, said = process.communicate("\n".join(given).encode())
        return process.returncode, said

    status, said = again([lines[1], *lines[1:]])
    assert status == 2
    assert b"does not begin with the same requests" in said
    status, said = again(lines)
    assert status == 0
    assert b"resumed after " in said
    solved(write_lines(tmp_path / "asked.jsonl", lines), tmp_path / "whole.jsonl")
    assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_terminal_sees_progress(tmp_path: Path) -> None:
    write_lines(tmp_path / "asked.jsonl", refused(2_000))
    ours, theirs = pty.openpty()
    files = ("--requests", tmp_path / "asked.jsonl", "--out", tmp_path / "o.jsonl")
    process = started("batch", *files, *FAST, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.communicate()[0] == b""
    assert process.returncode == 0
    text = shown.decode()
    assert " read: " in text
    assert " rejected" in text
    assert "/s" in text
    assert "2,000 read = 2,000 decided (" in text


def test_help_loads_neither_models_nor_solver() -> None:
    code = (
        "import sys; from cli.main import main\n"
        "try: main(['batch', '--help'])\n"
        "except SystemExit: print(sorted({'pydantic', 'ortools', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "--resume" in done.stdout
