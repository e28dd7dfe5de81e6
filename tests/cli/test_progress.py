"""Progress on a terminal, and Ctrl-C that keeps what is proven."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.console.progress import Progress, interruptible
from tests.support.command import ENVIRONMENT
from tests.support.explained import result, sections
from tests.support.places import PILOT, ROOT

# The program, with work that never ends in the place of one of its stages.
_STUCK = """
import sys, time
import cp_pricing.diagnosis.diagnosis as diagnosis
def stuck(*_):
    print("stuck", file=sys.stderr, flush=True)
    time.sleep(120)
setattr(diagnosis, {stage!r}, stuck)
from cli.main import main
main({arguments!r}, prog_name="cp-pricing")
"""


def stuck(
    stage: str, *arguments: str, stderr: int = subprocess.PIPE, command: str = "explain"
) -> subprocess.Popen[bytes]:
    given = [command, str(PILOT), *arguments]
    script = _STUCK.format(stage=stage, arguments=given)
    environment = {**ENVIRONMENT, "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment,
        cwd=ROOT,
    )


def interrupted(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """What a program that is stuck writes once it is interrupted."""
    assert process.stderr is not None
    # The price book's warnings may come first.
    assert any(line == b"stuck\n" for line in process.stderr)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    return out.decode(), err.decode()


def test_ctrl_c_shows_what_is_proven_so_far() -> None:
    name = "small-team-lower-price"
    out, err = interrupted(stuck("trade_offs", "--request", name, "--all"))
    assert err == "interrupted while looking for what each commitment is worth\n"
    assert "INTERRUPTED: this is proven, but not all there is to say" in out
    words = " ".join(out.replace("\n  ", " ").split())
    for title in ("Why not lower", "What an approval would buy"):
        assert all(sentence in words for sentence in sections(name)[title])
    assert "What each commitment is worth" not in out
    assert "the search was stopped." in words


def test_ctrl_c_leaves_a_json_document() -> None:
    name = "small-team-high-included"
    out, err = interrupted(stuck("policy_edits", "--request", name, "--format", "json"))
    document = json.loads(out)
    assert "the search was stopped" in document["completeness"]["note"]
    assert len(document["counteroffers"]) == len(result(name).counteroffers)
    assert "interrupted while looking for edits of the policy" in err


# The second of these is where the program gets stuck.
BOTH = ("--request", "small-team-lower-price", "--request", "small-team-high-included")


@pytest.mark.parametrize("output", ["table", "json", "jsonl"])
def test_ctrl_c_shows_the_requests_that_were_solved(output: str) -> None:
    process = stuck("policy_edits", *BOTH, "--detail", "full", "--format", output, command="solve")
    out, err = interrupted(process)
    assert err == "interrupted: 1 of 2 requests were solved\n"
    assert "small-team-high-included" not in out
    if output == "table":
        assert "small-team-lower-price" in out
        assert "USD 5.90 per 1M tokens" in out
    else:
        document = json.loads(out)
        (found,) = document["results"] if output == "json" else [document]
        assert found["quote"] == "USD 5.90 per 1M tokens"


def test_ctrl_c_leaves_a_report_as_it_was_and_says_what_is_decided(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("older")
    process = stuck("policy_edits", *BOTH, "--out", str(page), command="report")
    out, err = interrupted(process)
    decided, last = err.splitlines()
    assert decided.startswith("small-team-lower-price: accepted, USD 5.90 per 1M tokens")
    assert last == f"interrupted: 1 of 2 requests were solved, {page} is as it was"
    assert out == ""
    assert page.read_text() == "older"


def test_work_that_nobody_listens_to_ends() -> None:
    ended = threading.Event()

    def work(tell: Callable[[int], None]) -> None:
        try:
            while True:
                tell(1)
        finally:
            ended.set()

    def fail(_: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        interruptible(work, fail)
    assert ended.wait(timeout=30)


def test_progress_is_shown_on_a_terminal() -> None:
    leader, follower = os.openpty()
    process = stuck("trade_offs", "--request", "small-team-lower-price", stderr=follower)
    os.close(follower)
    seen = b""
    while b"looking for what each commitment is worth" not in seen:
        seen += os.read(leader, 1024)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    os.close(leader)
    assert b"looking for" not in out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def wait_for(arrived: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not arrived() and time.monotonic() < limit:
        time.sleep(0.01)


@pytest.mark.parametrize(("patience", "shown"), [(60.0, []), (0.0, ["first", "second"])])
def test_progress_waits_until_it_is_worth_it(
    monkeypatch: pytest.MonkeyPatch, patience: float, shown: list[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("cli.console.progress.PATIENCE", patience)
    with Progress("first") as progress:
        wait_for(lambda: "first" in terminal.getvalue() or not shown)
        progress.say("second")
        wait_for(lambda: "second" in terminal.getvalue() or not shown)
    progress.say("third")
    written = terminal.getvalue()
    assert [text for text in ("first", "second", "third") if text in written] == shown


def test_without_a_terminal_there_is_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr("cli.console.progress.PATIENCE", 0.0)
    with Progress("first"):
        time.sleep(0.2)
    assert not pipe.getvalue()


def test_a_fault_of_interruptible_work_is_raised_where_it_is_waited_for() -> None:
    def work(tell: Callable[[str], None]) -> int:
        tell("one")
        raise LookupError("two")

    told: list[str] = []
    with pytest.raises(LookupError, match="two"):
        interruptible(work, told.append)
    assert told == ["one"]
    assert interruptible(lambda _: 4, told.append) == 4
