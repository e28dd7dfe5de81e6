"""What is read: regular files of the price book's folder and no others, up to a size."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from constraints.text.source import InputError
from cp_pricing.book.loading import load, load_price_book
from cp_pricing.files.reading import DEFAULT_MAXIMUM, SETTING
from tests.support.command import run
from tests.support.places import EXAMPLE

ELSEWHERE = "root:x:0:0:a line of another file"
FILES = ("catalog.yaml", "profiles.yaml", "policy.yaml", "tuning_requests.json")
OUTSIDE = "this leads out of the price book's folder"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A price book, with a secret beside its folder."""
    (tmp_path / "secret.yaml").write_text(f"{ELSEWHERE}: [\n")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "book"))


def faults(folder: Path, root: Path | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder, policy_root=root)
    return [issue.message for issue in caught.value.issues]


@pytest.mark.parametrize("path", ["../secret.yaml", "../nothing.yaml", "sub/../../secret.yaml"])
def test_what_is_extended_stays_inside(book: Path, path: str) -> None:
    (book / "policy.yaml").write_text(f"extends: {path}\n")
    assert faults(book) == [f"`{path}`: {OUTSIDE}"]
    told = run("policy", "check", book)
    assert ELSEWHERE not in told.output
    assert "did you mean" not in told.output


def test_a_base_may_not_lead_on_to_what_is_outside(book: Path) -> None:
    (book / "shared").mkdir()
    (book / "policy.yaml").write_text("extends: shared/base.yaml\n")
    (book / "shared" / "base.yaml").write_text("extends: ../../secret.yaml\n")
    assert f"`../../secret.yaml`: {OUTSIDE}" in faults(book)


@pytest.mark.parametrize("name", FILES)
def test_no_file_of_a_price_book_is_a_link_to_what_is_outside(book: Path, name: str) -> None:
    (book / name).unlink()
    (book / name).symlink_to("../secret.yaml")
    assert OUTSIDE in faults(book)
    for command in (["solve"], ["policy", "check"], ["batch", "--out", str(book / "r.jsonl")]):
        done = run(*command, book)
        assert ELSEWHERE not in done.output
        assert done.exit_code == 2


def test_links_within_the_folder_are_followed(book: Path) -> None:
    (book / "versions").mkdir()
    for name in FILES:
        (book / name).rename(book / "versions" / name)
        (book / name).symlink_to(Path("versions", name))
    assert load(book)[1]


def test_the_folder_itself_may_be_a_link(book: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(book)
    assert load(tmp_path / "link")[1]


@pytest.mark.parametrize(
    "command",
    ["solve", "models", "explain --request high-included", "policy check", "policy analyze --help"],
)
def test_a_root_lets_bases_be_shared(book: Path, tmp_path: Path, command: str) -> None:
    shared = tmp_path / "shared.yaml"
    (book / "policy.yaml").rename(shared)
    (book / "policy.yaml").write_text("extends: ../shared.yaml\n")
    if "--help" in command:
        assert "--policy-root" in run(*command.split()).output
        return
    assert run(*command.split(), book).exit_code == 2
    assert run(*command.split(), book, "--policy-root", tmp_path).exit_code in {0, 3}


def test_a_root_is_no_licence_for_the_rest(book: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (book / "policy.yaml").write_text("extends: ../secret.yaml\n")
    assert faults(book, tmp_path / "shared") == [f"`../secret.yaml`: {OUTSIDE}"]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(path.parent)  # the name of a socket may not be long
        server.bind(path.name)
        os.chdir(before)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_pipe, _socket, _device])
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_file_is_told_and_not_waited_for(
    book: Path, name: str, make: Callable[[Path], None]
) -> None:
    (book / name).unlink()
    make(book / name)
    assert faults(book, Path("/")) == ["this is a pipe, a socket or a device, not a file"]


@pytest.mark.parametrize(
    "command",
    [
        "solve --requests {}",
        "report --requests {}",
        "policy test --tests {}",
        "policy compare {} .",
        "batch --out r.jsonl --requests {}",
        "policy fmt {}",
        "policy check {}",
    ],
)
def test_no_command_waits_for_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(shutil.copytree(EXAMPLE, tmp_path / "here"))
    os.mkfifo("pipe")
    (tmp_path / "here" / "policy_tests.yaml").unlink(missing_ok=True)
    words = command.format("pipe").split()
    folder = [] if words[0] == "policy" and words[1] != "test" else ["."]
    done = run(*words, *folder)
    assert done.exit_code == 2
    assert "pipe:1:1: this is " in done.output


def test_a_file_has_a_maximum_size(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (book / "catalog.yaml").stat().st_size
    monkeypatch.setenv(SETTING, str(size - 1))
    assert f"this is larger than {size - 1:,} bytes" in faults(book)
    monkeypatch.setenv(SETTING, "1" * 18)
    load_price_book(book)
    monkeypatch.setenv(SETTING, "16 MB")
    assert set(faults(book)) == {f"{SETTING} must be a number of bytes, not `16 MB`"}
    monkeypatch.delenv(SETTING)
    with (book / "catalog.yaml").open("ab") as catalog:
        catalog.truncate(DEFAULT_MAXIMUM + 1)
    assert f"this is larger than {DEFAULT_MAXIMUM:,} bytes" in faults(book)


def test_standard_input_has_a_maximum_size(book: Path) -> None:
    done = run("solve", book, "--requests", "-", given=" " * 5_000, **{SETTING: "4999"})
    assert done.exit_code == 2
    assert "standard input:1:1: this is larger than 4,999 bytes" in done.output


@pytest.mark.parametrize("text", ['"a\\0b.yaml"', '"a\\eb.yaml"', '"\\ud800.yaml"'])
def test_a_base_has_a_name_that_a_file_can_have(book: Path, text: str) -> None:
    (book / "policy.yaml").write_text(f"extends: {text}\n")
    (message,) = faults(book)
    assert message.isprintable()
    assert "not found" not in message


def test_names_that_no_file_can_have_are_not_found(book: Path) -> None:
    for name in ("a\0b", "\ud800"):
        with pytest.raises(InputError) as caught:
            load(book, name)
        assert [issue.message for issue in caught.value.issues] == ["this is no name of a file"]
        with pytest.raises(InputError):
            load(name)


@pytest.mark.parametrize(
    "words", ["solve {}", "policy fmt {}", "policy compare {} {}", "batch {} --out out"]
)
def test_a_name_too_long_for_the_system_is_bad_input(words: str) -> None:
    refusal = run(*words.replace("{}", "y" * 300).split())
    assert (refusal.exit_code, refusal.stdout) == (2, "")
    assert refusal.stderr.startswith("y" * 300 + ":1:1: ")


@pytest.mark.parametrize("length", [300, 245])
def test_results_under_a_name_too_long_for_the_system_are_refused(book: Path, length: int) -> None:
    # The shorter one is too long for the folder of what is unfinished.
    name = "y" * length + ".jsonl"
    refusal = run("batch", str(book), "--out", str(book / name))
    assert (refusal.exit_code, refusal.stdout) == (2, "")
    assert f"{name}:1:1: this cannot be written: file name too long" in refusal.stderr
