"""`cp-pricing batch` in a process that kills itself at a chosen moment of writing its files.

    python -m tests.batch_kill.driver MOMENT BEFORE ARGUMENTS...

MOMENT counts the calls that change what is on the disk (0: none is fatal); BEFORE is 1 if the
call is not made any more. What was counted goes to the file that CP_PRICING_MOMENTS names.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.main import main
from cp_pricing.batch import unfinished as batch_files

CALLS = ("fsync", "replace", "unlink", "rmdir")


class Fuse:
    """Counts calls and kills the process at one of them."""

    def __init__(self, moment: int, *, before: bool) -> None:
        self.moment = moment
        self.before = before
        self.count = 0

    def wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any call of `os`
            self.count += 1
            fatal = self.count == self.moment
            if fatal and self.before:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **options)
            if fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted


def run(arguments: list[str]) -> None:
    moment, before, *rest = arguments
    fuse = Fuse(int(moment), before=before == "1")
    for name in CALLS:
        setattr(os, name, fuse.wrapped(getattr(os, name)))
    batch_files.COMMIT_SECONDS = 0.05
    try:
        main(["batch", *rest], prog_name="cp-pricing", standalone_mode=True)
    finally:
        if place := os.environ.get("CP_PRICING_MOMENTS"):
            Path(place).write_text(str(fuse.count), encoding="utf-8")


if __name__ == "__main__":
    run(sys.argv[1:])
