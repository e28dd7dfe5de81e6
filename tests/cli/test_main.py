"""The program as such: its help, its version, completion, mistyped commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from tests.support.command import run
from tests.support.places import EXAMPLE, ROOT


def test_version_and_help_load_nothing_heavy() -> None:
    heavy = "{'pydantic', 'lark', 'ortools', 'rich', 'yaml'}"
    for option in ("--version", "--help"):
        script = (
            "import sys; from cli.main import main\n"
            f"try: main(['{option}'], prog_name='cp-pricing')\n"
            f"finally: print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == "[]"


def test_version_is_name_and_number() -> None:
    found = run("--version")
    assert re.fullmatch(r"cp-pricing \d+\.\d+\.\d+\n", found.output)
    assert found.exit_code == 0


@pytest.mark.parametrize(
    "command", [[], ["solve"], ["explain"], ["models"], ["report"], ["completion"]]
)
def test_every_command_has_help_with_examples(command: list[str]) -> None:
    found = run(*command, "--help")
    assert found.exit_code == 0
    assert "cp-pricing " in found.output.partition("Options:")[2]


def test_help_says_what_each_exit_status_means() -> None:
    text = run("solve", "--help").output
    assert re.findall(r"^ +(\d+) {2,}\w", text, re.MULTILINE) == ["0", "1", "2", "3"]


def test_the_list_of_commands_says_each_in_full() -> None:
    text = run("--help").output
    commands = text.partition("Commands:\n")[2].partition("\n\n")[0]
    assert re.findall(r"^  (\w+) +\w.*\.$", commands, re.MULTILINE) == [
        "batch",
        "books",
        "completion",
        "explain",
        "models",
        "policy",
        "profile",
        "quote",
        "quotes",
        "report",
        "serve",
        "solve",
    ]
    assert "..." not in commands


def test_a_mistyped_command_is_answered_with_the_right_one() -> None:
    found = run("sovle")
    assert found.exit_code == 2
    assert "no such command `sovle`; did you mean `solve`?" in found.stderr
    known = "solve, quote, quotes, explain, models, policy, profile, report, batch, books"
    assert known in run("dance").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    found = run("completion", shell)
    assert found.exit_code == 0
    assert f"_CP_PRICING_COMPLETE={shell}_complete" in found.output
    assert run("completion", SHELL=f"/usr/bin/{shell}").output == found.output


def test_completion_for_an_unknown_shell_asks_for_one() -> None:
    found = run("completion", SHELL="/bin/tcsh")
    assert found.exit_code == 2
    assert "name your shell: bash, zsh, fish" in found.stderr


def test_the_bash_script_can_be_sourced() -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.fail("bash is needed for this test")
    script = run("completion", "bash").output
    done = subprocess.run([bash, "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_request_ids_are_completed_from_the_file() -> None:
    words = f"cp-pricing solve {EXAMPLE} --request l"
    found = run(_CP_PRICING_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="4")
    assert found.output.split() == ["plain,lower-price", "plain,lower-price-approval"]
