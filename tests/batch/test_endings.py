"""Every failure of a batch has a word: streams, names, workers; what is complete is complete."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from cp_pricing.workers import NoWorkersError, Pool, Process
from tests.support.batch import lines_of, requests, solved, write_lines
from tests.support.places import ROOT

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="streams of Linux")


@pytest.fixture(name="asked")
def _asked(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "asked.jsonl", [*requests(3), "{"])


def in_a_shell(folder: Path, redirections: str, *options: str) -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -c \"from cli.main import main; main(prog_name='cp-pricing')\""
    command = f"{program} batch --requests {options[0]} --out o.jsonl --workers 1"
    command = f"{command} --detail decision {' '.join(options[1:])} {redirections}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("redirections", ["2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_complete_results_are_complete_whoever_hears_of_it(
    tmp_path: Path, asked: Path, redirections: str
) -> None:
    done = in_a_shell(tmp_path, redirections, str(asked), "--errors e.jsonl")
    assert done.returncode == 1  # one row failed
    assert len(lines_of(tmp_path / "o.jsonl")) == 3
    assert len(lines_of(tmp_path / "e.jsonl")) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asked.jsonl", "e.jsonl", "o.jsonl"]


def test_a_summary_that_cannot_be_written_is_no_failure_of_the_results(
    tmp_path: Path, asked: Path
) -> None:
    done = in_a_shell(tmp_path, ">/dev/full", str(asked), "--summary -")
    assert done.returncode == 74
    words = "error: no space left on device; the results are complete, but not the summary"
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(lines_of(tmp_path / "o.jsonl")) == 3


def test_standard_input_that_is_closed_is_told(tmp_path: Path) -> None:
    done = in_a_shell(tmp_path, "<&-", "-")
    assert done.returncode == 2
    assert "standard input:1:1: it is closed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_names_that_are_not_utf_8_are_told_in_their_bytes(tmp_path: Path, ending: str) -> None:
    folder = os.fsencode(tmp_path)
    for name, content in ((b"a\xff.jsonl", b"{"), (b"b\xff.csv", b"id,\xff\nx,y\n")):
        Path(os.fsdecode(os.path.join(folder, name))).write_bytes(content)  # noqa: PTH118 - bytes
    out, errors = (os.fsdecode(folder + b"/" + part + ending.encode()) for part in (b"o\xfe", b"e"))
    outcome = solved(str(tmp_path / "?[\udcff].*"), Path(out), errors=Path(errors))
    assert outcome.progress.failed == 2
    if ending == ".jsonl":
        files = [item["file"] for item in lines_of(Path(errors))]
        assert [file.rpartition("/")[2] for file in files] == ["a\\udcff.jsonl", "b\\udcff.csv"]


def test_a_summary_has_names_that_are_not_utf_8(tmp_path: Path, asked: Path) -> None:
    done = in_a_shell(
        tmp_path, "", str(asked), "--summary -", "--errors", "\"$(printf 'e\\377.csv')\""
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"] == "e\udcff.csv"


@dataclass(frozen=True)
class Unlucky:
    """Work that fails in a worker, in its beginning or at some item."""

    error: type[Exception]
    at_once: bool = False

    def prepared(self) -> Callable[[Sequence[int]], list[str]]:
        if self.at_once:
            raise self.error

        def done(items: Sequence[int]) -> list[str]:
            if 3 in items:
                raise self.error
            return [str(item) for item in items]

        return done

    def given_up(self, item: int, reason: str) -> list[str]:
        return [f"{item}: {reason}"]

    def joined(self, replies: Iterable[list[str]]) -> list[str]:
        return [part for reply in replies for part in reply]


@pytest.mark.parametrize("error", [MemoryError, OSError])
def test_what_a_worker_has_no_room_for_is_given_up(error: type[Exception]) -> None:
    with Pool(Unlucky(error), 1) as pool:
        found = [part for reply in pool.answers([[1, 2], [3, 4], [5]]) for part in reply]
    reason = f"given up after 3 tries by itself: {error.__name__}"
    assert found == ["1", "2", f"3: {reason}", "4", "5"]


@pytest.mark.parametrize("error", [MemoryError, OSError])
def test_workers_that_cannot_begin_say_why(
    error: type[Exception], capfd: pytest.CaptureFixture[str]
) -> None:
    words = f"no worker could be started: {error.__name__}"
    with Pool(Unlucky(error, at_once=True), 1) as pool, pytest.raises(NoWorkersError, match=words):
        list(pool.answers([[1]]))
    assert "Traceback" not in capfd.readouterr().err


def test_processes_that_cannot_be_made_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(Unlucky(OSError), 1)

    def refused(*_: object) -> Process:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refused)
    with pytest.raises(NoWorkersError, match="temporarily unavailable"), pool:
        pass
