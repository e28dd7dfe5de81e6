"""`python -m tests.cluster`: a batch on two nodes, one of which is killed in the middle."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.cluster.trial import trial


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = trial(Path(folder), asked.requests)
    print(report)  # noqa: T201 - a report
    killed = 0 < report.before_kill < report.requests and report.nodes_after < report.nodes
    print("identical" if killed and not report.differences else "NOT AS IT SHOULD BE")  # noqa: T201
    return int(bool(report.differences) or not killed)


if __name__ == "__main__":
    sys.exit(main())
