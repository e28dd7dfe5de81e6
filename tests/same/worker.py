"""A process that answers commands of the command line which it finds on its path.

It is started as a script by the Python of a checkout, so it imports nothing else of the tests.
Each command is given to a process forked for it, so that none leaves anything to the next.
"""

from __future__ import annotations

import gc
import importlib
import json
import math
import os
import pkgutil
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

PACKAGES = ("cli", "cp_pricing", "constraints")
# What is done once beforehand, so that no command has to read grammars and templates again.
WARM = (["policy", "check"], ["report", "--request", "small-team-lower-price"])
LOAD = 20  # how much longer than its own time a command may take on a busy machine
TOO_LATE = (-signal.SIGPROF, -signal.SIGALRM)
PROGRAM = "cp-pricing"


def prepare() -> None:
    """Import whatever a command may need, and try a few in a folder that is thrown away."""
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with suppress(ImportError):
                importlib.import_module(module.name)
    with TemporaryDirectory() as folder, chdir(folder):
        for arguments in WARM:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                _run(arguments)
    gc.collect()
    gc.freeze()


def answer(asked: Mapping[str, Any]) -> dict[str, str] | None:
    """Exit status and output of one command, or null if it takes too many seconds."""
    with TemporaryFile() as given, TemporaryFile() as stdout, TemporaryFile() as stderr:
        given.write(asked["stdin"].encode())
        given.seek(0)
        process = os.fork()
        if process == 0:
            _become(asked, (given, stdout, stderr))
        _, status = os.waitpid(process, 0)
        texts = {"stdout": _text(stdout), "stderr": _text(stderr)}
    ended = os.waitstatus_to_exitcode(status)
    return None if ended in TOO_LATE else {"status": str(ended), **texts}


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")


def _become(asked: Mapping[str, Any], files: tuple[IO[bytes], ...]) -> None:
    """Do what the program does with these arguments, its streams being these files, and end."""
    signal.setitimer(signal.ITIMER_PROF, asked["seconds"])
    signal.alarm(LOAD * math.ceil(asked["seconds"]))
    os.chdir(asked["folder"])
    os.environ.update(asked["environment"])
    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
    status = 1
    try:
        status = _run(asked["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _run(arguments: list[str]) -> int:
    """The exit status; a traceback is its last lines alone, since code may have moved."""
    entry = importlib.import_module("cli.main").main
    try:
        entry(args=arguments, prog_name=PROGRAM)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is to be compared
        sys.stderr.write("".join(["Traceback: ", *traceback.format_exception_only(error)]))
        return 1
    return 0


def main() -> None:
    """Say where the packages are; then a line of JSON is a command, and one its answer."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    prepare()
    where = Path(str(sys.modules["cp_pricing"].__file__)).resolve()
    print(json.dumps({"cp_pricing": str(where)}), file=replies, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=replies, flush=True)


if __name__ == "__main__":
    main()
