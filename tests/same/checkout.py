"""A checkout of the project, and its command line."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

from tests.same.trials import Command

WORKER = Path(__file__).with_name("worker.py")
KEPT = ("PATH", "HOME", "TMPDIR")
# Sets are gone through in the same order each time, and nothing is written into a checkout.
FIXED = {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


class WrongCheckoutError(Exception):
    """A checkout cannot be started, or its Python imports other packages than its own."""


class Checkout:
    """A process that has imported a checkout's packages, and answers commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        python = root / ".venv" / "bin" / "python"
        if not python.exists():
            raise WrongCheckoutError(f"{root} has no .venv: run `python3 dev.py solve` there")
        self.process = subprocess.Popen(
            [python, "-P", WORKER],
            cwd=root,
            env=_environment(root),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        found = self._reply()
        if found is None or not Path(found["cp_pricing"]).is_relative_to(root.resolve()):
            raise WrongCheckoutError(f"{root} imports {found}")

    def ask(self, folder: Path, command: Command, seconds: float) -> dict[str, str] | None:
        """Exit status and output of a command in a folder, if so many seconds of work suffice."""
        asked = {
            "folder": str(folder),
            "seconds": seconds,
            "arguments": command.arguments,
            "stdin": command.stdin,
            "environment": dict(command.environment),
        }
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
        return self._reply()

    def end(self) -> None:
        """Let the process end, as it does when nothing more can come."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()

    def _reply(self) -> dict[str, str] | None:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise WrongCheckoutError(f"the worker of {self.root} ended")
        reply: dict[str, str] | None = json.loads(line)
        return reply


def _environment(root: Path) -> dict[str, str]:
    """Nothing that decides how output looks, but for what a command says itself."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **FIXED, "PYTHONPATH": str(root)}


@cache
def checkout(root: Path) -> Checkout:
    """The one process of a checkout that this process keeps."""
    return Checkout(root)
