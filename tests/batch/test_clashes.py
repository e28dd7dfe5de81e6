"""No batch writes over what it reads, nor over what it has not made."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from constraints.text.source import InputError
from cp_pricing.authoring.workspace import new_price_book
from cp_pricing.batch import private
from cp_pricing.batch.private import LOCK, BusyError, PrivateFolder
from cp_pricing.batch.unfinished import NAMES, folder_of
from cp_pricing.files.clashes import same_file
from tests.support.batch import requests, solved, write_lines

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")
BASE = "policy: base\napprovers: []\nparameters: {}\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a price book whose policy extends a file elsewhere, and with requests."""
    new_price_book(tmp_path / "book")
    policy = tmp_path / "book" / "policy.yaml"
    (tmp_path / "book" / "base.yaml").write_text("policy: base\n")
    policy.write_text("extends: base.yaml\n" + policy.read_text())
    shutil.copy(tmp_path / "book" / "tuning_requests.json", tmp_path / "asked.json")
    (tmp_path / "book" / "policy_tests.yaml").write_text("tests: []\n")
    (tmp_path / "link.jsonl").symlink_to("asked.json")
    (tmp_path / "hard.jsonl").hardlink_to(tmp_path / "asked.json")
    (tmp_path / "hard.html").hardlink_to(tmp_path / "asked.json")
    (tmp_path / "policy.csv").symlink_to("book/policy.yaml")
    (tmp_path / "policy.pdf").symlink_to("book/policy.yaml")
    (tmp_path / "base.jsonl").symlink_to("book/base.yaml")
    (tmp_path / "tests.jsonl").symlink_to("book/policy_tests.yaml")
    (tmp_path / "far.jsonl").symlink_to("new.jsonl")
    (tmp_path / "same").symlink_to(".")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state(folder: Path) -> dict[str, bytes | str]:
    return {
        path.relative_to(folder).as_posix(): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() or path.is_symlink()
    }


def invoked(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="cp-pricing")


@pytest.mark.parametrize(
    "options",
    [
        ("--out", "link.jsonl"),
        ("--out", "hard.jsonl"),
        ("--out", "same/link.jsonl"),
        ("--out", "o.jsonl", "--errors", "link.jsonl"),
        ("--out", "o.jsonl", "--summary", "asked.json"),
        ("--out", "o.jsonl", "--summary", "book/../asked.json"),
        ("--out", "policy.csv"),
        ("--out", "base.jsonl"),
        ("--out", "tests.jsonl"),
        ("--out", "o.jsonl", "--summary", "book/catalog.yaml"),
        ("--out", "o.jsonl", "--summary", "book/tuning_requests.json"),
        ("--out", "o.jsonl", "--errors", "o.jsonl"),
        ("--out", "o.jsonl", "--errors", "same/o.jsonl"),
        ("--out", "o.jsonl", "--errors", "O.jsonl"),
        ("--out", "new.jsonl", "--errors", "far.jsonl"),
        ("--out", "o.jsonl", "--errors", "e.jsonl", "--summary", "e.jsonl"),
    ],
)
def test_what_is_read_or_written_already_is_refused(folder: Path, options: tuple[str, ...]) -> None:
    before = state(folder)
    done = invoked("batch", "book", "--requests", "asked.json", *options)
    assert done.exit_code == 2, done.output
    assert "would overwrite" in done.stderr or "would be written twice" in done.stderr
    assert state(folder) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "book", "--out", "policy.pdf"),
        ("report", "book", "--requests", "asked.json", "--out", "hard.html"),
        ("policy", "test", "book", "--junit", "book/catalog.yaml"),
        ("policy", "test", "book", "--junit", "tests.jsonl"),
    ],
)
def test_other_commands_refuse_it_as_well(folder: Path, arguments: tuple[str, ...]) -> None:
    tests = "tests:\n  - {name: a, request: {configuration: team, profile: small-team}, "
    (folder / "book" / "policy_tests.yaml").write_text(f"{tests}expect: {{decision: accepted}}}}\n")
    before = state(folder)
    done = invoked(*arguments)
    assert done.exit_code == 2, done.output
    assert "would overwrite" in done.stderr
    assert state(folder) == before


def test_a_new_price_book_is_not_written_through_links(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "policy.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    done = invoked("policy", "init", str(tmp_path / "book"))
    assert done.exit_code == 2
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_names_that_differ_are_not_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b", "x", "y"):
        (tmp_path / name).mkdir()
    assert not same_file(tmp_path / "x" / "o.csv", tmp_path / "y" / "o.csv")
    assert not same_file(tmp_path / "o.csv", tmp_path / "p.csv")
    (tmp_path / "o.csv").touch()
    assert not same_file(tmp_path / "o.csv", tmp_path / "p.csv")


def test_pipes_and_names_that_cannot_be_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    for given in (str(tmp_path / "pipe.jsonl"), "a\0b"):
        with pytest.raises(InputError):
            solved(given, tmp_path / "o.jsonl")
    asked = write_lines(tmp_path / "asked.jsonl", requests(1))
    with pytest.raises(InputError, match="NUL"):
        solved(asked, tmp_path / "o\0.jsonl")


# --- the folder of an unfinished batch ------------------------------------------------------


@pytest.fixture(name="asked")
def _asked(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "asked.jsonl", requests(3))


def test_files_of_others_stay_in_the_folder(tmp_path: Path, asked: Path) -> None:
    folder = folder_of(tmp_path / "o.csv")
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "mine").symlink_to(asked)
    for _ in range(2):
        solved(asked, tmp_path / "o.csv")
        assert sorted(path.name for path in folder.iterdir()) == ["mine", "notes.txt"]
        assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", [*NAMES, LOCK])
@pytest.mark.parametrize("kind", ["link", "hard link", "file", "folder"])
def test_files_of_others_with_our_names_are_refused(
    tmp_path: Path, asked: Path, name: str, kind: str
) -> None:
    folder = folder_of(tmp_path / "o.csv")
    folder.mkdir()
    (tmp_path / "precious").write_text("mine")
    match kind:
        case "link":
            (folder / name).symlink_to(tmp_path / "precious")
        case "hard link":
            (folder / name).hardlink_to(tmp_path / "precious")
        case "file":
            (folder / name).write_text("mine")
        case _:
            (folder / name).mkdir()
    before = state(tmp_path)
    for resume in (False, True):
        with pytest.raises(InputError, match="in it"):
            solved(asked, tmp_path / "o.csv", resume=resume)
        assert state(tmp_path) == before


def test_a_link_or_a_file_is_no_folder_of_ours(tmp_path: Path, asked: Path) -> None:
    (tmp_path / "theirs").mkdir()
    folder_of(tmp_path / "o.csv").symlink_to("theirs")
    folder_of(tmp_path / "p.csv").write_text("mine")
    for name in ("o.csv", "p.csv"):
        with pytest.raises(InputError, match="a folder of its own"):
            solved(asked, tmp_path / name)
    assert not list((tmp_path / "theirs").iterdir())


NAMES_OF_TEST = ("record.json", "results.part")


def test_the_lock_is_held_until_the_folder_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "o.unfinished"
    ours, theirs = (PrivateFolder(path, NAMES_OF_TEST) for _ in range(2))
    ours.take()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    (path / "record.json").write_text("{}")
    unlink, tried = os.unlink, []

    def unlinked(name: Path) -> None:
        if Path(name).name != LOCK:
            with pytest.raises(BusyError):
                PrivateFolder(path, NAMES_OF_TEST).take()
        tried.append(Path(name).name)
        unlink(name)

    rmdir = os.rmdir

    def removed(name: Path) -> None:
        theirs.take()  # the lock has just gone: another may begin, in a folder that then stays
        rmdir(name)

    monkeypatch.setattr(os, "unlink", unlinked)
    monkeypatch.setattr(os, "rmdir", removed)
    ours.remove()
    assert tried == [*NAMES_OF_TEST, LOCK]
    assert [part.name for part in path.iterdir()] == [LOCK]
    with pytest.raises(BusyError):
        ours.take()
    monkeypatch.undo()
    theirs.remove()
    assert not path.exists()


def test_a_lock_of_a_folder_that_has_gone_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another batch removes its folder between our opening of the lock and taking it."""
    path = tmp_path / "o.unfinished"
    opened, count = private.opened_by_us, 0

    def late(name: Path) -> object:
        nonlocal count
        count += 1
        file = opened(name)
        if count == 1:
            shutil.rmtree(path)
        return file

    monkeypatch.setattr(private, "opened_by_us", late)
    folder = PrivateFolder(path, NAMES_OF_TEST)
    folder.take()
    assert count == 2
    assert (path / LOCK).exists()
    folder.remove()


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_results_get_the_mode_that_new_files_have(
    tmp_path: Path, asked: Path, mask: int, mode: int
) -> None:
    before = os.umask(mask)
    try:
        solved(asked, tmp_path / "o.csv", errors=tmp_path / "e.csv")
        assert stat.S_IMODE((tmp_path / "o.csv").stat().st_mode) == mode
        assert stat.S_IMODE((tmp_path / "e.csv").stat().st_mode) == mode
        (tmp_path / "o.csv").chmod(0o604)
        solved(asked, tmp_path / "o.csv")
        assert stat.S_IMODE((tmp_path / "o.csv").stat().st_mode) == 0o604
    finally:
        os.umask(before)


def test_files_are_on_the_disk_before_they_get_their_names(
    tmp_path: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole files of other commands go the same way."""
    synced: set[int] = set()
    fsync, replace = os.fsync, os.replace

    def noted(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        fsync(handle)

    def renamed(old: Path, new: Path) -> None:
        assert os.stat(old).st_ino in synced, new  # noqa: PTH116 - as `os.replace` is called
        synced.discard(Path(new).parent.stat().st_ino)
        replace(old, new)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "replace", renamed)
    solved(asked, tmp_path / "o.csv.gz", errors=tmp_path / "e.csv")
    assert tmp_path.stat().st_ino in synced
    new_price_book(tmp_path / "book")
    assert (tmp_path / "book").stat().st_ino in synced
