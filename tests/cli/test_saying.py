"""Words on a terminal: nothing in them controls it, and nobody has to hear them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from constraints.text.source import printable
from tests.support.command import ENVIRONMENT, PROGRAM, run
from tests.support.places import EXAMPLE, ROOT, TEMPLATE

HOSTILE = "a\x1b]0;owned\x07\x9b31m\u202eb"


def test_printable_leaves_nothing_that_controls_a_terminal() -> None:
    assert printable("Ελλάδα 1 €") == "Ελλάδα 1 €"
    assert printable(HOSTILE) == "a ]0;owned  31m b"
    assert printable("caf\udce9\n") == "caf\\udce9 "
    assert all(printable(chr(code)).isprintable() for code in range(0x3000))


@pytest.mark.parametrize(
    "command",
    [
        "solve {}",
        "solve --requests {}",
        "solve --format {}",
        "solve --{}",
        "solve . {}",
        "{}",
        "explain --request {}",
        "models --profile {}",
        "report --out {}/x",
        "batch --out {}.jsonl --requests {}",
        "batch --out {}",
        "policy schema {}",
        "policy {}",
        "policy check {}",
        "policy fmt {}",
        "policy compare {} {}",
        "policy test -k {}",
        "policy explain {}",
        "completion {}",
    ],
)
def test_arguments_are_told_without_their_control_characters(command: str) -> None:
    done = run(*(word.format(HOSTILE) for word in command.split()))
    assert done.exit_code == 2
    told = done.output.replace("\n", "")
    assert told.isprintable(), command


def test_names_of_files_are_told_without_their_control_characters(tmp_path: Path) -> None:
    for name in (HOSTILE, os.fsdecode(b"caf\xe9")):
        folder = tmp_path / name
        commands: tuple[list[str | Path], ...] = (
            ["policy", "init", folder],
            ["policy", "check", folder],
            ["policy", "fmt", folder, "--diff"],
            ["policy", "schema", "--out", folder],
            ["solve", folder],
            ["report", folder, "--out", folder / "report.html"],
            ["batch", folder, "--out", folder / "results.jsonl"],
        )
        for command in commands:
            done = run(*command)
            assert done.exit_code == 0, done.output
            assert done.output.replace("\n", "").isprintable()


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", "2>&- <&-"])
def test_nobody_has_to_hear_what_is_said(tmp_path: Path, closed: str) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "book")
    cases = {
        "models book": 0,
        "solve nowhere": 2,
        "solve --bad-option": 2,
        "nothing": 2,
        "report book --request high-included --out report.html": 0,
    }
    for words, status in cases.items():
        assert _status(words, closed, tmp_path) == status, words
    assert (tmp_path / "report.html").stat().st_size > 0


@pytest.mark.parametrize("words", ["--help", "--version", "models book", "completion bash"])
def test_a_full_disk_is_no_fault_of_ours(tmp_path: Path, words: str) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "book")
    assert _status(words, ">/dev/full", tmp_path) == 74


def test_what_has_been_written_stays_written(tmp_path: Path) -> None:
    for words in ("policy init new", "policy schema --out schemas"):
        assert _status(words, ">/dev/full", tmp_path) == 0, words
    shutil.copy(TEMPLATE / "policy.yaml", tmp_path / "policy.yaml")
    text = (tmp_path / "policy.yaml").read_text("utf-8")
    (tmp_path / "policy.yaml").write_text(text.replace(">=", ">=  "), "utf-8")
    assert _status("policy fmt policy.yaml", ">/dev/full", tmp_path) == 0
    assert (tmp_path / "policy.yaml").read_text("utf-8") == text


def _status(words: str, streams: str, folder: Path) -> int:
    """The exit status of the program with its streams as a shell makes them."""
    shell = ["bash", "-c", f'"$@" {streams}', "bash", *PROGRAM, *words.split()]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(shell, cwd=folder, env=environment, check=False, timeout=120)
    return done.returncode
