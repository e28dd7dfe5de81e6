"""A disk or a memory that fails at every moment in turn; torn records and parts."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main
from constraints.text.source import InputError
from cp_pricing.batch.job import run
from cp_pricing.batch.unfinished import folder_of
from tests.batch_faults.disk import KINDS, Kind, failing
from tests.batch_faults.trial import attempt, files_in, plan_of, trial, undisturbed


@pytest.mark.parametrize(
    ("ending", "kind"),
    [*((".csv", kind) for kind in KINDS), (".parquet", "half"), (".jsonl.gz", "broken")],
)
def test_what_fails_at_any_moment_is_resumed_to_the_same_end(
    tmp_path: Path, ending: str, kind: Kind
) -> None:
    """As `python -m tests.batch_faults` does with several faults in a row."""
    plan = plan_of(tmp_path, ending)
    expected, moments = undisturbed(plan, tmp_path / "reference")
    assert sorted(expected) == ["apart/errors.csv", f"results{ending}"]
    assert moments > 40
    for moment in range(1, moments + 1):
        assert not trial(plan, expected, tmp_path / "trial", [(moment, kind)]), moment


def interrupted(tmp_path: Path) -> tuple[Path, dict[str, bytes]]:
    """A folder with an unfinished batch that has recorded something, and how it is to end."""
    plan = plan_of(tmp_path, ".csv")
    expected, moments = undisturbed(plan, tmp_path / "reference")
    folder = tmp_path / "trial"
    (folder / "apart").mkdir(parents=True)
    completed, _, _ = attempt(plan, folder, (moments * 2 // 3, "broken"), resume=False)
    assert not completed
    record = json.loads((folder / "results.csv.unfinished" / "record.json").read_bytes())
    assert record["progress"]["read"] > 3
    return folder, expected


def test_a_record_that_is_torn_or_edited_is_refused(tmp_path: Path) -> None:
    folder, expected = interrupted(tmp_path)
    plan = plan_of(tmp_path, ".csv")
    record = folder / "results.csv.unfinished" / "record.json"
    whole = record.read_bytes()
    torn = [whole[:length] for length in range(0, len(whole), 37)]
    torn += [b"[]", b"[" * 10**5, b'{"checksum": 1}', b"\xff\xfe", whole + b" "]
    torn += [
        whole.replace(b'"read": ', b'"read": 1'),
        whole.replace(b'"version": 2', b'"version": 1'),
    ]
    for content in torn:
        record.write_bytes(content)
        before = files_in(folder)
        with pytest.raises(InputError, match="in it is damaged"):
            run(plan.job(folder, resume=True), plan.engine())
        assert files_in(folder) == before
    record.write_bytes(whole)
    assert attempt(plan, folder, (0, "full"), resume=True)[0]
    assert files_in(folder) == expected


@pytest.mark.parametrize("name", ["results.part", "failures.part"])
def test_parts_that_are_not_as_they_were_left_are_refused(tmp_path: Path, name: str) -> None:
    folder, _ = interrupted(tmp_path)
    plan = plan_of(tmp_path, ".csv")
    part = folder / "results.csv.unfinished" / name
    whole = part.read_bytes()
    for content in (whole[:10], b"x" + whole[1:], b""):
        part.write_bytes(content)
        with pytest.raises(InputError, match=f"`{name}` in it is not as it was left"):
            run(plan.job(folder, resume=True), plan.engine())
        assert part.read_bytes() == content


@pytest.mark.parametrize("kind", ["full", "memory"])
def test_a_command_says_what_failed_and_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    plan = plan_of(tmp_path, ".jsonl", 3)
    monkeypatch.setattr("cp_pricing.batch.job.local", lambda _workers: plan.engine())
    out = tmp_path / "o.jsonl"
    command = ["batch", "--requests", str(plan.requests), "--out", str(out), "--detail", "decision"]
    with failing(12, kind):
        done = CliRunner().invoke(main, command, prog_name="cp-pricing")
    assert done.exit_code == 74
    reason = "no space left on device" if kind == "full" else "not enough memory"
    assert f"error: {reason}; what is done is kept: the same command with --resume" in done.stderr
    assert not out.exists()
    assert folder_of(out).exists()
    done = CliRunner().invoke(main, [*command, "--resume"], prog_name="cp-pricing")
    assert done.exit_code == 1
    assert len(out.read_bytes().splitlines()) == 3
    shutil.rmtree(tmp_path)


def test_a_folder_that_may_not_be_written_is_named_and_nothing_is_said_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, mode: int = 0o777) -> None:
        del mode
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refused)
    out = tmp_path / "o.jsonl"
    done = CliRunner().invoke(main, ["batch", "--out", str(out)], prog_name="cp-pricing")
    assert done.exit_code == 74
    assert done.stderr == f"error: {folder_of(out)}: permission denied; nothing was begun\n"
