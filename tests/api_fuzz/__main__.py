"""Fuzz the API from its own description with schemathesis, in an environment of its own.

`python -m tests.api_fuzz [REQUESTS] [PROGRAM]`: about so many requests, 2,000 by default; PROGRAM
is schemathesis where it is not found by its name.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from cp_pricing.web.api.table import OPERATIONS
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
    requests, *named = [*sys.argv[1:], "2000"][: max(1, len(sys.argv) - 1)]
    program = named[0] if named else shutil.which("schemathesis")
    if program is None:
        sys.stderr.write(f"error: there is no schemathesis here\nhint: {HINT}\n")
        return 2
    examples = str(max(1, int(requests) // len(OPERATIONS)))
    with served("--rate", "100000", "--time-limit", "2") as server:
        command = [program, "run", f"{server.address}/v1/openapi.json", "--checks"]
        command += [",".join(CHECKS), "--max-examples", examples, "--seed", "1"]
        command += ["--phases", "examples,coverage,fuzzing,stateful", "--request-timeout", "60"]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
