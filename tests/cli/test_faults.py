"""What nobody foresaw is one line, a file with the details, and a status of its own."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FAULTY = """
import cp_pricing.tuning
def unforeseen(*_, **__):
    raise {error}
cp_pricing.tuning.solve = unforeseen
from cli.main import run
run()
"""


def faulty(error: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`cp-pricing solve` where solving raises something."""
    return subprocess.run(
        [sys.executable, "-c", _FAULTY.format(error=error), "solve"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fault_of_ours_is_told_in_one_line(tmp_path: Path) -> None:
    for error in ("KeyError('secret')", "RecursionError()", "MemoryError()"):
        done = faulty(error, tmp_path)
        assert (done.returncode, done.stdout) == (70, "")
        (line,) = done.stderr.splitlines()
        name = error.partition("(")[0]
        assert f"a fault in cp-pricing itself ({name})" in line
        assert "secret" not in line
        details = Path(re.findall(r"details in (.*)$", line)[0])
        assert details.parent == tmp_path
        assert "unforeseen" in details.read_text(encoding="utf-8")
        assert stat.S_IMODE(details.stat().st_mode) == 0o600
