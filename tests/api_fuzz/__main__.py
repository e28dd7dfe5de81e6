"""Fuzz the API from its own description with schemathesis, in an environment of its own.

`python -m tests.api_fuzz [SECONDS] [PROGRAM]`: for about so long, 120 seconds by default; PROGRAM
is schemathesis where it is not found by its name.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.web_browser.serving import served

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
HINT = "python -m venv .venv-fuzz && .venv-fuzz/bin/pip install schemathesis"


def main() -> int:
    seconds, program = [*sys.argv[1:], *["120", ""][len(sys.argv) - 1 :]][:2]
    program = program or shutil.which("schemathesis") or ""
    if not program:
        sys.stderr.write(f"error: there is no schemathesis here\nhint: {HINT}\n")
        return 2
    with (
        tempfile.TemporaryDirectory() as folder,
        served(
            *("--rate", "100000", "--time-limit", "1"),
            *("--store", Path(folder, "quotes.sqlite")),
        ) as server,
    ):
        command = [program, "run", f"{server.address}/v1/openapi.json", "--checks"]
        command += [",".join(CHECKS), "--max-time", seconds, "--seed", "1"]
        command += ["--request-timeout", "60", "--warnings", "off"]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
