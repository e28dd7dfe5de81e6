"""The command line as tests run it: in this process, or as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from click.testing import CliRunner, Result

from cli.main import main
from tests.support.places import ROOT

# An installed console script needs the environment that pytest may not be running from.
PROGRAM = (sys.executable, "-c", "from cli.main import run; run()")
ENVIRONMENT: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*arguments: str | Path, given: str | None = None, **environment: str) -> Result:
    """Run a command in this process, in a pipe of 100 columns unless told otherwise."""
    clean = dict.fromkeys(("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM"))
    return CliRunner(env=clean | environment).invoke(
        main, [str(argument) for argument in arguments], input=given, prog_name="cp-pricing"
    )


def started(
    *arguments: str | Path,
    stdin: int | None = None,
    stderr: int = subprocess.PIPE,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.Popen[bytes]:
    """Start the program as a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=ROOT,
        env={**ENVIRONMENT, **environment},
    )


def results(output: str) -> list[dict[str, Any]]:
    """What stands in lines of JSON."""
    return [json.loads(line) for line in output.splitlines()]
