"""Completion offers ids that are valid, as words that the shell does not run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main
from tests.support.books import example_in

ROOT = Path(__file__).parents[2]
NAMES = (
    "plain",
    "two words",
    "$(touch smuggled)",
    "`touch smuggled`",
    "'; touch smuggled; '",
    "Ω/2026:1",
)
NO_IDS = ("x" * 201, "", " ", "a\nb", "\x1b[31mred", " padded ", 7, None, ["x"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with requests, and the program by its name."""
    requests = [{"id": name} for name in (*NAMES, *NO_IDS)]
    (tmp_path / "tuning_requests.json").write_text(json.dumps({"requests": requests}))
    program = tmp_path / "bin" / "cp-pricing"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from cli.main import main\nmain(prog_name='cp-pricing')\n"
    )
    program.chmod(0o755)
    return tmp_path


def completed(folder: Path, begun: str, before: str = "solve . --request") -> list[str]:
    """What bash has on its command line, read as its words, after completing the last one."""
    words = f"cp-pricing {before} {begun}"
    script = CliRunner().invoke(main, ["completion", "bash"], prog_name="cp-pricing").output
    program = f"""{script}
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_cp_pricing_completion cp-pricing
for word in "${{COMPREPLY[@]}}"; do eval "printf '%s\\n' $word"; done
"""
    done = subprocess.run(
        [shutil.which("bash") or "/bin/bash", "--norc", "-c", program],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_bash_reads_the_ids_and_runs_none_of_them(folder: Path) -> None:
    assert completed(folder, '""') == list(NAMES)
    assert not (folder / "smuggled").exists()
    assert completed(folder, "tw") == ["two words"]


def test_only_ids_are_offered_that_a_request_may_have(folder: Path) -> None:
    words = {"COMP_WORDS": f"cp-pricing solve {folder} --request "}
    for shell, word in (("zsh", "4"), ("fish", "")):
        found = CliRunner().invoke(
            main,
            [],
            prog_name="cp-pricing",
            env={**words, "COMP_CWORD": word, "_CP_PRICING_COMPLETE": f"{shell}_complete"},
        )
        assert all(name in found.output for name in NAMES), shell
        assert "red" not in found.output
        assert "padded" not in found.output


@pytest.mark.parametrize(
    ("before", "begun", "offered"),
    [
        ("quote", "mem", ["membership-plus-overage"]),
        ("quote membership-plus-overage", '""', ["small-team"]),
        ("quote membership-plus-overage small-team", "te", ["term=1", "term=6", "term=12"]),
        # Bash takes `term=1` for three words, and puts in the last of them only.
        ("quote membership-plus-overage small-team term", "=", ["1", "6", "12"]),
        ("quote membership-plus-overage small-team term =", "1", ["1", "12"]),
        ("quote membership-plus-overage small-team included", "=", ["0", "40M"]),
        ("quote membership-plus-overage small-team --open", "pre", ["prepaid"]),
        ("quote membership-plus-overage small-team --prefer", "l", ["ltv", "least"]),
        ("quote --fact", "de", ["deal_type=new", "deal_type=not $(touch smuggled) new"]),
        ("quote --fact", "str", ["strategic=yes", "strategic=no"]),
        ("quote --param", '""', ["price_floor=0.000004 USD/token"]),
    ],
)
def test_bash_completes_a_question(
    folder: Path, before: str, begun: str, offered: list[str]
) -> None:
    facts = """facts:
  deal_type: {values: [new, not $(touch smuggled) new], default: new}
  strategic: {default: false}
approvers"""
    book = example_in(folder / "book", ("policy.yaml", "approvers", facts))
    command, _, rest = before.partition(" ")
    found = completed(folder, begun, f"{command} --book {book} {rest}")
    assert found[: len(offered)] == offered
    assert not (folder / "smuggled").exists()


def test_nothing_is_offered_from_a_book_with_faults(folder: Path) -> None:
    assert completed(folder, '""', "quote --book nowhere") == []
