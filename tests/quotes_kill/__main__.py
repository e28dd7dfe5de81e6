"""`python -m tests.quotes_kill --times 100`: kill writers at random moments, and look.

With `--server` they write to a PostgreSQL server, else to an SQLite file.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from tests.quotes_kill.trial import trial
from tests.support.postgres import emptied, server


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", action="store_true")
    asked = parser.parse_args()
    with server() if asked.server else nullcontext("") as where:
        return run(asked, where)


def run(asked: argparse.Namespace, where: str) -> int:
    draw = random.Random(asked.seed)  # noqa: S311 - no secrets
    start, acts, wrong = time.monotonic(), 0, 0
    for number in range(1, asked.times + 1):
        if where:
            emptied(where)
        with tempfile.TemporaryDirectory() as folder:
            told, faults = trial(Path(folder), asked.writers, draw, where)
        acts += told
        wrong += bool(faults)
        print(f"{number}: {told} acknowledged: {faults or 'all there'}", flush=True)  # noqa: T201 - a report
    seconds = time.monotonic() - start
    kills = asked.times * asked.writers
    print(f"{kills} kills, {acts} acts acknowledged, {wrong} trials wrong; {seconds:.0f} s")  # noqa: T201
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
